"""Faults of when readings come, for any sensor."""

from __future__ import annotations

import math
from typing import Any, ClassVar, get_args

import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.kind import DataKind, Kind, Parameter, Values, register
from vla_sim.faults.target import SENSORS
from vla_sim.sensing.reading import Modality, Reading, Stream

_ANY: frozenset[Modality] = frozenset(get_args(Modality))
_STAMPED: frozenset[Modality] = SENSORS
"""What is told by its stamp: of commands and words only the order counts."""


@register
class Latency(Kind):
    """Each reading arrives later than it should; its stamp still says when it was taken.

    Levels: our own, doubling, from half a control period at 10 Hz to eight.
    """

    family = "timing"
    name = "latency"
    modalities = _ANY
    parameters = (Parameter("delay", "s", (0.05, 0.1, 0.2, 0.4, 0.8), "time between stamp and arrival", high=3600.0),)

    def apply(self, reading: Reading, values: Values) -> list[Reading]:
        """Return the reading with a later arrival."""
        return [_delayed(reading, values["delay"])]


@register
class FrameDrop(Kind):
    """Readings that never arrive, each with a probability; at severity 1 the sensor is dead."""

    family = "timing"
    name = "frame_drop"
    modalities = _ANY
    parameters = (Parameter.probability("share of lost readings"),)

    def apply(self, reading: Reading, values: Values) -> list[Reading]:
        """Return the reading, or nothing."""
        return [] if self.chance(reading.stamp) < values["probability"] else [reading]


@register
class Freeze(DataKind):
    """The last data again under a fresh stamp, as a hung driver gives it: nothing in the timing tells.

    Below severity 1 each reading is a repetition with a probability. Where no reading came before the fault, the
    first one is what repeats.
    """

    family = "timing"
    name = "freeze"
    modalities = _ANY
    parameters = (Parameter.probability("share of repeated readings"),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._last: NDArray[Any] | None = None

    def watch(self, reading: Reading) -> None:
        """Keep the data for when the fault begins."""
        self._last = reading.data

    def corrupt(self, data: NDArray[Any], values: Values) -> NDArray[Any]:
        """Return the last data, or the same."""
        frozen = self.chance(self.stamp) < values["probability"]
        if not frozen or self._last is None:
            self._last = data
        return self._last


@register
class Jitter(Kind):
    """Each reading arrives later by a time of its own, anywhere between 0 and ``spread``; so some overtake others.

    Levels: our own.
    """

    family = "timing"
    name = "jitter"
    modalities = _ANY
    parameters = (Parameter("spread", "s", (0.02, 0.05, 0.1, 0.25, 0.5), "longest delay", high=3600.0),)

    def apply(self, reading: Reading, values: Values) -> list[Reading]:
        """Return the reading with a later arrival."""
        return [_delayed(reading, values["spread"] * self.chance(reading.stamp))]


@register
class LowerRate(Kind):
    """Only one reading out of several comes, evenly, as of a driver or a bus that cannot keep up.

    Levels: our own, from half the rate to a twentieth.
    """

    family = "timing"
    name = "lower_rate"
    modalities = _ANY
    parameters = (Parameter("every", "readings", (2.0, 3.0, 5.0, 10.0, 20.0), "one out of so many", clean=1.0, low=1.0,
                            high=10000.0),)  # fmt: skip

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._since = 0.0

    def apply(self, reading: Reading, values: Values) -> list[Reading]:
        """Return the reading, or nothing."""
        self._since += 1.0
        if self._since + 1e-9 < values["every"]:
            return []
        self._since -= values["every"]
        return [reading]


@register
class OutOfOrder(Kind):
    """Readings that are held back for one and a half periods, each with a probability: newer ones come first.

    Levels: our own.
    """

    family = "timing"
    name = "out_of_order"
    modalities = _ANY
    parameters = (Parameter("probability", "1", (0.1, 0.2, 0.4, 0.6, 0.9), "share of such readings", high=1.0),)

    def apply(self, reading: Reading, values: Values) -> list[Reading]:
        """Return the reading, perhaps with a later arrival."""
        held = self.chance(reading.stamp) < values["probability"]
        rate = self.stream.rate
        return [_delayed(reading, 1.5 / rate if rate > 0.0 else 0.0015)] if held else [reading]


@register
class Burst(Kind):
    """Readings are collected and arrive together, once every ``period``, as through a buffer that fills up.

    Levels: our own, doubling; the least is more than a control period at 10 Hz.
    """

    family = "timing"
    name = "burst"
    modalities = _ANY
    parameters = (Parameter("period", "s", (0.15, 0.3, 0.6, 1.2, 2.4), "time between two deliveries", high=3600.0),)

    def apply(self, reading: Reading, values: Values) -> list[Reading]:
        """Return the reading with the arrival of the next delivery."""
        period = values["period"]
        delivery = math.ceil(round(reading.arrival / period, 9)) * period
        return [_delayed(reading, max(0.0, delivery - reading.arrival))]


@register
class StampSkew(Kind):
    """Stamps are too early by a constant, as of a sensor whose clock was never set: what is fresh looks old.

    Levels: our own.
    """

    family = "timing"
    name = "stamp_skew"
    version = 2
    modalities = _STAMPED
    parameters = (Parameter("skew", "s", (0.02, 0.05, 0.1, 0.25, 0.5), "stamps are too early by this", high=3600.0),)

    def apply(self, reading: Reading, values: Values) -> list[Reading]:
        """Return the reading with another stamp."""
        return [_restamped(reading, values["skew"])]


@register
class ClockDrift(Kind):
    """The sensor's clock goes slow: its stamps fall behind more and more.

    Levels: our own, far beyond a quartz clock, so that it shows within a trial.
    """

    family = "timing"
    name = "clock_drift"
    version = 2
    modalities = _STAMPED
    parameters = (Parameter("drift", "s/s", (0.005, 0.01, 0.02, 0.05, 0.1), "time lost in a second", high=1.0),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._right = 0.0

    def watch(self, reading: Reading) -> None:
        """Note until when the clock was right."""
        self._right = reading.stamp

    def apply(self, reading: Reading, values: Values) -> list[Reading]:
        """Return the reading with another stamp."""
        return [_restamped(reading, values["drift"] * (reading.stamp - self._right))]


@register
class Duplicate(Kind):
    """Samples that come twice, each with a probability; the second time late, by two periods, under the old stamp.

    For streams of which a window is kept: where only the newest reading counts, a second one changes nothing.
    """

    family = "timing"
    name = "duplicate"
    version = 2
    modalities: ClassVar[frozenset[Modality]] = frozenset({"imu", "wrench"})
    parameters = (Parameter.probability("share of such readings"),)

    def apply(self, reading: Reading, values: Values) -> list[Reading]:
        """Return the reading once or twice."""
        twice = self.chance(reading.stamp) < values["probability"]
        rate = self.stream.rate
        return [reading, _delayed(reading, 2.0 / rate if rate > 0.0 else 0.002)] if twice else [reading]


def _delayed(reading: Reading, delay: float) -> Reading:
    return Reading(reading.sensor, reading.stamp, reading.data, round(reading.arrival + delay, 9))


def _restamped(reading: Reading, skew: float) -> Reading:
    return Reading(reading.sensor, round(reading.stamp - skew, 9), reading.data, reading.arrival)
