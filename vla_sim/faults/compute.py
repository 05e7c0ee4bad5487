"""Faults of the computer that the agent runs on: its answers come late, or not at all; the drive holds the last one."""

from __future__ import annotations

import numpy as np

from vla_sim.faults.actuator import COMMAND
from vla_sim.faults.kind import Kind, Parameter, Values, register
from vla_sim.sensing.reading import Reading, Stream


@register
class SlowInference(Kind):
    """Each answer takes a time, in which the agent looks at nothing new: answers come late and seldom.

    Other than ``latency``, whose commands come late but all of them.

    Levels: our own, from five answers a second to one in two seconds.
    """

    family = "compute"
    name = "slow_inference"
    modalities = COMMAND
    parameters = (Parameter("time", "s", (0.2, 0.4, 0.8, 1.2, 2.0), "from observation to command", high=3600.0),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._busy_until = 0.0

    def apply(self, reading: Reading, values: Values) -> list[Reading]:
        """Return the command with a later arrival, or nothing while the one before is still being worked on."""
        if reading.stamp < self._busy_until - 1e-9:
            return []
        self._busy_until = round(reading.stamp + values["time"], 9)
        arrival = round(reading.arrival + values["time"], 9)
        return [Reading(reading.sensor, reading.stamp, reading.data, arrival)]


@register
class NoAnswer(Kind):
    """The agent hangs for a stretch, again and again: no command comes in it, and the drive holds the last one.

    Levels: our own, from a tenth of the time to all of it.
    """

    family = "compute"
    name = "no_answer"
    modalities = COMMAND
    parameters = (
        Parameter("share", "of the time", (0.1, 0.25, 0.5, 0.75, 1.0), "time without an answer", high=1.0),
        Parameter.constant("period", "s", 2.0, "from one stretch to the next", 0.1, 3600.0),
    )

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._phase = rng.random()

    def apply(self, reading: Reading, values: Values) -> list[Reading]:
        """Return the command, or nothing."""
        place = (reading.stamp / values["period"] + self._phase) % 1.0
        return [] if place < values["share"] else [reading]
