"""The thread in which the world runs: it steps, publishes, judges, and answers requests between two steps."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from vla_sim.report.ros2_messages import nanoseconds_of
from vla_sim.ros.bridge.inbox import AskedError, Inbox, Order, Request
from vla_sim.ros.bridge.outlets import Outlets
from vla_sim.ros.bridge.pace import DAWN, Pace
from vla_sim.ros.bridge.record import Records, Track
from vla_sim.ros.bridge.world import NO_TASK, Moment, SimulatedWorld

State = Literal["playing", "paused", "over"]
After = Literal["stay", "reset", "quit"]


@dataclass(frozen=True, slots=True)
class Programme:
    """What is run, and what is kept of it."""

    trials: int = 0
    """How many seeds to run, one after the other; 0: one for good."""
    after: After = "stay"
    """What happens after the verdict where there is no next trial."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What each record says of the run."""
    out: Path | None = None
    """File of the records."""


class Simulation:
    """Runs a world at a pace, trial by trial.

    Args:
        world: what is simulated; it is closed at the end.
        inbox: where commands and requests come in.
        pace: when to step.
        outlets: what is published.
        programme: what is run.
        seed: asked at each reset; the number of the trial is added.
        say: told one line a trial.
    """

    def __init__(
        self,
        world: SimulatedWorld,
        inbox: Inbox,
        pace: Pace,
        outlets: Outlets,
        programme: Programme,
        seed: Callable[[], int],
        say: Callable[[str], None],
    ):
        self._world, self._inbox, self._pace, self._outlets = world, inbox, pace, outlets
        self._programme, self._seed, self._say = programme, seed, say
        self._records = Records(programme.out)
        self.state: State = "playing"
        self.outcomes: list[bool] = []
        """Whether each trial that is over was a success."""
        self.complete = False
        """Whether all that was to be run has been."""
        self._met = False
        self._steps = self._late = self._refused = 0
        self._pending: Moment | None = None
        """What has been simulated and is not yet due."""

    @property
    def seed(self) -> int:
        """The seed of this trial."""
        return self._track.seed

    @property
    def steps(self) -> int:
        """How many moments of this trial have been published."""
        return self._steps

    def run(self) -> None:
        """Run until everything is done or somebody asks to stop.

        Raises:
            SimulatorError: the simulator failed.
            NobodyError: the agent that is waited for does not come.
        """
        try:
            self._reset()
            while not self.complete:
                request = self._inbox.request()
                if request is not None:
                    if request.wish == "stop":
                        request.answer.set_result(None)
                        return
                    self._answer(request)
                    continue
                with contextlib.suppress(AskedError):
                    if self.state == "playing":
                        self._go_on()
                    else:
                        self._inbox.wait(lambda: False, None)
        finally:
            self._inbox.close()
            self._world.close()

    def _go_on(self) -> None:
        """Do what is next; what is broken off by a request is done again."""
        if not self._met:
            self._pace.meet(self._outlets, self._inbox)
            self._met = True
        elif self._pending is not None:
            self._pace.await_time(self._pending.time, self._inbox)
            self._publish()
        else:
            order = self._pace.command(self._inbox)
            self._pending = self._world.step(order.linear, order.angular, order.joints)

    def _reset(self) -> None:
        """Begin a trial anew; its first moment is published once somebody is there to see it."""
        seed = self._seed() + len(self.outcomes) if self._programme.trials else self._seed()
        self._inbox.restart(DAWN)
        self._outlets.restart()
        self._pending = self._world.reset(seed)
        self._track = Track(seed, judged=self._world.task != NO_TASK)
        self._steps, self._met = 0, False
        self._late, self._refused = self._pace.late, self._inbox.refused
        self._pace.rest()
        self._outlets.tell_time(DAWN)

    def _publish(self) -> None:
        """Publish what has been simulated, its readings before the time."""
        moment, self._pending = self._pending, None
        assert moment is not None
        now = nanoseconds_of(moment.time)
        self._track.follow(moment)
        self._inbox.tell(now)
        self._outlets.tell(moment)
        if self._pace.tells(self._steps) or moment.verdict is not None:
            self._outlets.tell_time(now)
        self._steps += 1
        if moment.verdict is not None:
            self._conclude()

    def _conclude(self) -> None:
        """Keep the trial, and begin the next one if there is one."""
        track, programme = self._track, self._programme
        verdict = track.verdict(self._world.task)
        counts = {"late": self._pace.late - self._late, "refused": self._inbox.refused - self._refused}
        self._records.add(track.record({**programme.facts, **counts}))
        self._outlets.tell_verdict(verdict)
        self.outcomes.append(verdict["success"])
        how = "success" if verdict["success"] else verdict["reason"]
        self._say(f"seed {track.seed}: {how} after {verdict['time']:g} s, '{verdict['words']}', late {counts['late']}")
        if len(self.outcomes) < programme.trials or (not programme.trials and programme.after == "reset"):
            self._reset()
        elif programme.trials or programme.after == "quit":
            self.complete = True
        else:
            self.state = "over"

    def _answer(self, request: Request) -> None:
        """Do what a service asks for."""
        problem = None
        match request.wish:
            case "reset":
                self._reset()
                self.state = "paused" if self.state == "paused" else "playing"
            case "pause" | "resume" if self.state == "over":
                problem = "the trial is over; reset it"
            case "pause":
                self.state = "paused"
                if self._met and self._pending is not None:
                    self._publish()
            case "resume":
                self.state = "playing"
                self._pace.rest()
            case "step" if self.state != "paused":
                problem = f"the simulation is {self.state}; pause it first"
            case "step":
                self._step_once()
        request.answer.set_result(problem)

    def _step_once(self) -> None:
        """Take one step with the last command, without waiting for anything."""
        if self._pending is None:
            last = self._inbox.last or Order(0)
            self._pending = self._world.step(last.linear, last.angular, last.joints)
        self._met = True
        self._publish()
