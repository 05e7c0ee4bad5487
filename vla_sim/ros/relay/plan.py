"""Which faults are put on which topics, as far as it is known before anything has come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from vla_sim import seeding
from vla_sim.errors import InputError
from vla_sim.faults.injector import Injector
from vla_sim.faults.onset import Onset
from vla_sim.faults.spec import FaultSpec
from vla_sim.faults.target import channels
from vla_sim.ros.topics import topics_of
from vla_sim.sensing.reading import Stream


@dataclass(frozen=True, slots=True)
class RelayPlan:
    """Faults, the streams that they are about, and where these are.

    Each topic has an injector of its own, that knows all of the faults and all of the streams: every fault draws from
    a generator that is derived from the seed and its place in the list, so that nothing depends on which topic speaks
    first, and the same seed makes of the same readings what it makes in a trial of the environment.
    """

    faults: tuple[FaultSpec, ...]
    streams: Mapping[str, Stream]
    """The robot's as it is known, with those of commands and words."""
    topics: Mapping[str, str]
    """Of each of the robot's streams."""
    seed: int
    period: float
    """Time between two commands [s]."""

    @classmethod
    def make(
        cls,
        faults: Sequence[FaultSpec],
        robot: Mapping[str, Stream],
        seed: int = 0,
        control_rate: float = 10.0,
        topics: Mapping[str, str] | None = None,
    ) -> RelayPlan:
        """Make a plan; ``topics`` are those that are not the usual ones.

        Raises:
            InputError: a fault fits no stream, or waits for what nobody can know of a real robot.
        """
        for fault in faults:
            if isinstance(fault.onset, Onset):
                raise InputError(
                    f"the fault '{fault}' begins at '{fault.onset}', which nobody can tell of a real robot; "
                    "give the onset in seconds",
                    field="onset",
                )
        for name in topics or {}:
            if name not in robot:
                raise InputError(f"no stream '{name}'; the robot has {', '.join(sorted(robot))}", field="topic")
        period = 1.0 / control_rate
        streams = {**robot, **channels(period)}
        plan = cls(tuple(faults), streams, {**topics_of(robot), **(topics or {})}, seed, period)
        problems = plan.injector().unsupported()
        if problems:
            raise InputError(problems[0], field="fault")
        return plan

    def injector(self, native: Stream | None = None) -> Injector:
        """Return a fresh injector, with a stream as its messages are in the place of the known one."""
        streams = self.streams if native is None else {**self.streams, native.name: native}
        return Injector(self.faults, streams, seeding.derive_seed(self.seed, "faults"))

    def seeded(self, seed: int) -> RelayPlan:
        """Return the same plan with another seed."""
        return replace(self, seed=seed)
