"""The lines between agent and robot: commands one way, words the other, where faults can get at them."""

from __future__ import annotations

import math

import numpy as np

from vla_sim.engines.engine import Command, Engine
from vla_sim.faults.injector import Injector
from vla_sim.faults.target import COMMAND, GOAL
from vla_sim.sensing.reading import Reading

_ARRIVED = 1e-9


class _Underway:
    """Readings on their way; one that was overtaken by a newer one never comes."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self._newest = -math.inf

    def come(self, now: float) -> list[Reading]:
        """Return what has arrived by a time [s], in the order in which it was sent."""
        latest = now + _ARRIVED
        arrived = [reading for reading in self.readings if reading.arrival <= latest]
        self.readings = [reading for reading in self.readings if reading.arrival > latest]
        come = []
        for reading in arrived:
            if reading.stamp >= self._newest:
                self._newest = reading.stamp
                come.append(reading)
        return come


class CommandLine:
    """Brings commands to the drive. The drive holds the last one that came; one overtaken by a newer one is ignored."""

    def __init__(self, engine: Engine, injector: Injector):
        self._engine, self._injector = engine, injector
        self._faulty = injector.touches(COMMAND)
        self._underway = _Underway()
        self.contacts: frozenset[tuple[str, str]] = frozenset()
        """What touched in the last period before its last part, which the engine's truth does not tell."""
        self.arrived: list[tuple[float, Command]] = []
        """What the drive was told in the last period, and when [s since the reset]."""

    def drive(self, command: Command, period: float) -> list[Reading]:
        """Send a command, run the engine for a control period [s] and return its readings."""
        self.arrived = []
        if not self._faulty:
            self._apply(command)
            return self._engine.step(period)
        now = self._engine.time
        sent = Reading(COMMAND, now, np.array([command.linear, command.angular]), now)
        self._underway.readings += self._injector.process([sent])
        self.contacts = frozenset()
        readings: list[Reading] = []
        left = round(period / self._engine.physics_step)
        while left:
            self._deliver()
            steps = min(left, self._steps_to_next(left))
            readings += self._engine.step(steps * self._engine.physics_step)
            left -= steps
            if left:
                self.contacts |= self._engine.truth().contacts
        return readings

    def _deliver(self) -> None:
        """Apply the commands that have come."""
        for reading in self._underway.come(self._engine.time):
            linear, angular = reading.data.tolist()
            self._apply(Command(linear, angular))

    def _apply(self, command: Command) -> None:
        self.arrived.append((self._engine.time, command))
        self._engine.apply(command)

    def _steps_to_next(self, most: int) -> int:
        """Return after how many physics steps, at ``most``, the next command has come."""
        wait = min((reading.arrival for reading in self._underway.readings), default=math.inf) - self._engine.time
        return most if math.isinf(wait) else max(1, math.ceil(wait / self._engine.physics_step - 1e-6))


class GoalLine:
    """Brings the goal's words to the agent, who goes by the last ones that came.

    Args:
        injector: the faults.
        heard: what the agent has heard before any have come.
    """

    def __init__(self, injector: Injector, heard: str = ""):
        self._injector = injector
        self._faulty = injector.touches(GOAL)
        self._underway = _Underway()
        self._heard = heard
        self.script: list[dict[str, object]] = []
        """What the agent heard and when [s since the reset], where a fault is on the words."""

    def hear(self, now: float, words: str) -> str:
        """Say the words as they stand, and return what the agent hears."""
        if not self._faulty:
            return words
        self._underway.readings += self._injector.process([Reading(GOAL, now, np.array(words), now)])
        for reading in self._underway.come(now):
            self._heard = str(reading.data)
        if not self.script or self.script[-1]["words"] != self._heard:
            self.script.append({"time": round(now, 6), "words": self._heard})
        return self._heard
