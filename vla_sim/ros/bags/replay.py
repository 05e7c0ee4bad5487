"""A bag's events through an agent, clean or with faults, in the bag's own time."""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from vla_sim.agent import PrivilegedAgent, action_type, load_agent
from vla_sim.envs.lines import GoalLine
from vla_sim.errors import InputError
from vla_sim.faults.injector import Injector, Window
from vla_sim.faults.onset import Onset
from vla_sim.faults.spec import FaultSpec
from vla_sim.faults.target import COMMAND, GOAL, channels
from vla_sim.ros.bags.tape import Event
from vla_sim.ros.loop import AgentLoop, Decision
from vla_sim.ros.robot import RobotSpec
from vla_sim.ros.synchroniser import Synchroniser
from vla_sim.seeding import derive_seed
from vla_sim.sensing.reading import Reading

_ARRIVED = 1e-9


@dataclass(frozen=True, slots=True)
class Setting:
    """How an agent is replayed; times in seconds."""

    agent: str
    robot: RobotSpec
    period: float = 0.1
    window: float = 0.1
    threshold: float = 0.0
    seed: int = 0
    since: float = 0.0
    until: float | None = None
    words: str | None = None
    """Said from the beginning, in the place of those in the bag."""


@dataclass(slots=True)
class Outcome:
    """What an agent decided, and how long [ms] each decision took: of wall time, and so never the same twice."""

    decisions: list[Decision] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)
    """When each fault was on."""
    faults: list[dict[str, Any]] = field(default_factory=list)
    """What was asked for, and what became of it."""


class Playback:
    """One agent on its way through a bag.

    Args:
        setting: how it is replayed.
        present: the sensors that the bag has; the others are not waited for.
        faults: what fails on the agent's side, on the bag's time.

    Raises:
        InputError: the agent cannot be loaded or needs the ground truth, or a fault cannot be put on a bag.
    """

    def __init__(self, setting: Setting, present: Sequence[str], faults: Sequence[FaultSpec] = ()):
        agent = load_agent(setting.agent)
        if isinstance(agent, PrivilegedAgent):
            raise InputError(f"'{setting.agent}' reads the ground truth, which no bag has", field="agent")
        self._setting = setting
        discrete = action_type(setting.agent) == "discrete"
        self._loop = AgentLoop(agent, setting.robot, setting.period, setting.threshold, discrete=discrete)
        self._loop.reset(setting.seed)
        streams = {name: setting.robot.streams[name] for name in present}
        self._synchroniser = Synchroniser(streams, setting.period, setting.window)
        self._synchroniser.reset(setting.since)
        goal = {GOAL: channels(setting.period)[GOAL]}
        self._injector = Injector(_checked(faults), {**streams, **goal}, derive_seed(setting.seed, "faults"))
        for problem in self._injector.unsupported():
            raise InputError(problem.replace("this world", "this bag"), field="--fault")
        self._line = GoalLine(self._injector)
        self._underway: list[tuple[float, int, Reading]] = []
        self._sent = 0
        self._words = setting.words or ""
        self._now = setting.since
        self.outcome = Outcome()

    def take(self, events: Iterable[Event], now: float) -> None:
        """Take what arrives at one time [s], and decide if that completes a batch."""
        while self._now + self._setting.period < now:  # nothing came: a robot's timer goes on all the same
            self._now += self._setting.period
            self._advance(self._now)
        self._now = max(self._now, now)
        for event in events:
            if isinstance(event.value, Reading):
                self._send(event.value)
            elif isinstance(event.value, str) and self._setting.words is None:
                self._words = event.value
        self._advance(now)

    def finish(self, now: float) -> Outcome:
        """Decide what is still due at the bag's end, and return everything."""
        self._advance(now)
        self.outcome.windows = self._injector.windows(float("-inf"), now)
        self.outcome.faults = self._injector.report()
        return self.outcome

    def _send(self, reading: Reading) -> None:
        if reading.stamp + _ARRIVED < self._setting.since:
            return
        for faulty in self._injector.process([reading]):
            self._sent += 1
            heapq.heappush(self._underway, (faulty.arrival, self._sent, faulty))

    def _advance(self, now: float) -> None:
        while self._underway and self._underway[0][0] <= now + _ARRIVED:
            arrival, _, reading = heapq.heappop(self._underway)
            # A delay may end between two messages of the bag: what was due until then is decided without it.
            self._decide(min(arrival, now) - _ARRIVED)
            # Whatever is part of a batch has come: the observation must not wait for it once more.
            self._synchroniser.push(reading._replace(arrival=reading.stamp))
        self._decide(now)

    def _decide(self, now: float) -> None:
        batch = self._synchroniser.due(now)
        if batch is None or batch.time > (self._setting.until or float("inf")) + _ARRIVED:
            return
        words = self._line.hear(batch.time, self._words)
        began = time.perf_counter()
        try:
            decision = self._loop.decide(batch, words)
        except Exception as error:
            told = " ".join(f"{type(error).__name__}: {error}".split())
            raise InputError(f"'{self._setting.agent}' raised {told} at {batch.time:g} s", field="agent") from error
        self.outcome.milliseconds.append(1e3 * (time.perf_counter() - began))
        self.outcome.decisions.append(decision)


def replay(
    events: Iterable[Event], playbacks: Sequence[Playback], until: float | None = None
) -> list[tuple[float, tuple[float, float]]]:
    """Play a bag to several agents at once, and return the recorded commands with their times [s].

    Args:
        events: in the order of their arrival.
        playbacks: who listens.
        until: the end [s]; None: the bag's.
    """
    commands: list[tuple[float, tuple[float, float]]] = []
    pending: list[Event] = []
    now = 0.0
    for event in events:
        if pending and event.time > now:
            for playback in playbacks:
                playback.take(pending, now)
            pending = []
        if until is not None and event.time > until + 1.0:
            break
        now = event.time
        if isinstance(event.value, tuple) and not isinstance(event.value, Reading):
            commands.append((now, event.value))
        else:
            pending.append(event)
    for playback in playbacks:
        playback.take(pending, now)
        playback.finish(now)
    return commands


def _checked(faults: Sequence[FaultSpec]) -> Sequence[FaultSpec]:
    """See that faults make sense where nothing that the agent does changes what comes next."""
    for fault in faults:
        if COMMAND in fault.target.split(","):
            raise InputError(f"{fault}: a replay drives nothing, so that a fault on commands shows nowhere")
        if isinstance(fault.onset, Onset):
            raise InputError(f"{fault}: a bag tells no events; give the onset in seconds", field="--fault")
    return faults
