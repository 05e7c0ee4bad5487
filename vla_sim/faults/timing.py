"""Faults of when readings come, for any sensor."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.kind import DataKind, Kind, Parameter, Values, register
from vla_sim.sensing.reading import Modality, Reading, Stream

_ANY: frozenset[Modality] = frozenset(get_args(Modality))


@register
class Latency(Kind):
    """Each reading arrives later than it should; its stamp still says when it was taken."""

    family = "timing"
    name = "latency"
    modalities = _ANY
    parameters = (Parameter("delay", "s", (0.05, 0.1, 0.2, 0.4, 0.8), "time between stamp and arrival", high=3600.0),)

    def apply(self, reading: Reading, values: Values) -> list[Reading]:
        """Return the reading with a later arrival."""
        arrival = round(reading.arrival + values["delay"], 9)
        return [Reading(reading.sensor, reading.stamp, reading.data, arrival)]


@register
class FrameDrop(Kind):
    """Readings that never arrive, each with a probability; at severity 1 the sensor is dead."""

    family = "timing"
    name = "frame_drop"
    modalities = _ANY
    parameters = (Parameter("probability", "1", (0.2, 0.4, 0.6, 0.8, 1.0), "share of lost readings", high=1.0),)

    def apply(self, reading: Reading, values: Values) -> list[Reading]:
        """Return the reading, or nothing."""
        return [] if self.rng.random() < values["probability"] else [reading]


@register
class Freeze(DataKind):
    """The last data again under a fresh stamp, as a hung driver gives it: nothing in the timing tells.

    Below severity 1 each reading is a repetition with a probability. Where no reading came before the fault, the
    first one is what repeats.
    """

    family = "timing"
    name = "freeze"
    modalities = _ANY
    parameters = (Parameter("probability", "1", (0.2, 0.4, 0.6, 0.8, 1.0), "share of repeated readings", high=1.0),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._last: NDArray[Any] | None = None

    def watch(self, reading: Reading) -> None:
        """Keep the data for when the fault begins."""
        self._last = reading.data

    def corrupt(self, data: NDArray[Any], values: Values) -> NDArray[Any]:
        """Return the last data, or the same."""
        frozen = self.rng.random() < values["probability"]
        if not frozen or self._last is None:
            self._last = data
        return self._last
