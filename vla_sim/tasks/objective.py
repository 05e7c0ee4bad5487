"""Judges of what the words ask: each watches the motion from the moment its words were said."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

from vla_sim.tasks.goal import Goal, Measure
from vla_sim.tasks.motion import Motion
from vla_sim.tasks.plan import Halt as HaltPlan
from vla_sim.tasks.plan import Plan

HOLD = 1.0
"""How long [s] a goal must be met without a break to count; a wrong goal that is met as long has failed the trial."""

SUCCESS = "success"


class Objective(Protocol):
    """What one instruction asks. It is begun once and then updated at every control step."""

    plan: Plan
    stages: Mapping[str, float]
    """How much of each stage was done, 0..1, at best since the objective was begun; empty where it has none."""

    def begin(self, start: Motion) -> None:
        """Start judging from this moment."""
        ...

    def update(self, now: Motion) -> str | None:
        """Return ``success``, the reason of a failure, or None."""
        ...

    @property
    def progress(self) -> float:
        """How much is done, 0..1, as of the last update."""
        ...

    @property
    def unit(self) -> str:
        """What the amounts below count: ``distance`` [m], ``angle`` [rad] or ``time`` [s]."""
        ...

    @property
    def optimal(self) -> float:
        """The least that a success must spend."""
        ...

    @property
    def spent(self) -> float:
        """What was spent so far."""
        ...

    @property
    def remaining(self) -> float:
        """What is left."""
        ...


class Reach:
    """Meet a goal for ``hold`` [s] without a break, and do not do so with any of the other goals.

    The other goals are what a robot that did not heed the words would try: without them it could try one after another.
    """

    def __init__(self, goal: Goal, others: Sequence[Goal], measure: Measure, hold: float = HOLD):
        self.goal, self.measure, self.hold = goal, measure, hold
        self.others = tuple(other for other in others if other is not goal)
        self.plan = goal.plan
        self.stages: Mapping[str, float] = {}
        self.unit = measure.unit

    def begin(self, start: Motion) -> None:
        """Start judging from this moment."""
        self._start = start
        self._held = 0.0
        self._wrong = [0.0] * len(self.others)
        self.optimal = self.remaining = self.measure.remaining(start, start)
        self.spent = 0.0

    def update(self, now: Motion) -> str | None:
        """Return ``success``, the reason of a failure, or None."""
        self.spent = self.measure.spent(now, self._start)
        left = self.measure.remaining(now, self._start)
        if math.isfinite(left):
            self.remaining = left
        met = self.goal.condition.met(now, self._start)
        self._held = self._held + now.dt if met else 0.0
        if self._held >= self.hold - 1e-6:
            return SUCCESS
        for index, other in enumerate(self.others):
            wrong = not met and now.still and other.condition.met(now, self._start)
            self._wrong[index] = self._wrong[index] + now.dt if wrong else 0.0
            if self._wrong[index] >= self.hold - 1e-6:
                return other.wrong
        return None

    @property
    def progress(self) -> float:
        """How much is done, 0..1, as of the last update."""
        if self.optimal <= 0.0:
            return 0.0
        return min(max(1.0 - self.remaining / self.optimal, 0.0), 1.0)


class InOrder:
    """Meet one objective after another; each begins when the one before has succeeded."""

    def __init__(self, parts: Sequence[Reach], legs: Sequence[float]):
        """Args: the parts, and for each but the first the least way [m] from the one before."""
        self.parts, self._legs = tuple(parts), tuple(legs)
        self.plan = tuple(step for part in parts for step in part.plan)
        self.stages: Mapping[str, float] = {}
        self.unit = parts[0].unit

    def begin(self, start: Motion) -> None:
        """Start judging from this moment."""
        self._index = 0
        self._done_spent = 0.0
        self.parts[0].begin(start)
        self.optimal = self.parts[0].optimal + sum(self._legs)

    def update(self, now: Motion) -> str | None:
        """Return ``success``, the reason of a failure, or None."""
        part = self.parts[self._index]
        result = part.update(now)
        if result != SUCCESS or self._index == len(self.parts) - 1:
            return result
        self._done_spent += part.spent
        self._index += 1
        self.parts[self._index].begin(now)
        return None

    @property
    def spent(self) -> float:
        """What was spent so far."""
        return self._done_spent + self.parts[self._index].spent

    @property
    def remaining(self) -> float:
        """What is left."""
        return self.parts[self._index].remaining + sum(self._legs[self._index :])

    @property
    def progress(self) -> float:
        """How much is done, 0..1, as of the last update."""
        return min(max(1.0 - self.remaining / self.optimal, 0.0), 1.0) if self.optimal > 0.0 else 0.0


class Halt:
    """Stand still at the latest ``within`` [s] after the word, and stay so for ``stay`` [s]."""

    def __init__(self, within: float = 1.0, stay: float = 2.0):
        self.within, self.stay = within, stay
        self.plan: Plan = (HaltPlan(),)
        self.stages: Mapping[str, float] = {}
        self.unit = "time"
        self.optimal = within + stay

    def begin(self, start: Motion) -> None:
        """Start judging from this moment."""
        self._start = start
        self.spent = self._stood = 0.0

    def update(self, now: Motion) -> str | None:
        """Return ``success``, ``missed_stop``, or None."""
        self.spent = now.time - self._start.time
        if not now.still and self.spent > self.within + 1e-6:
            return "missed_stop"
        self._stood = self._stood + now.dt if now.still else 0.0
        return SUCCESS if self._stood >= self.stay - 1e-6 and self.spent >= self.within - 1e-6 else None

    @property
    def remaining(self) -> float:
        """What is left [s]."""
        return max(self.stay - self._stood, 0.0)

    @property
    def progress(self) -> float:
        """How much is done, 0..1, as of the last update."""
        return self._stood / self.stay if self._stood < self.stay else 1.0
