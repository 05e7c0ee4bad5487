"""Faults of inertial measurement units."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.kind import DataKind, Parameter, Values, register
from vla_sim.sensing.reading import Modality, Reading, Stream

Sample = NDArray[Any]

_IMU: frozenset[Modality] = frozenset({"imu"})


@register
class Bias(DataKind):
    """A constant offset on each axis, of one size, with signs drawn once a trial.

    From a consumer part after warming up (level 1) to one with a failed calibration (level 5).
    """

    family = "imu"
    name = "bias"
    modalities = _IMU
    parameters = (
        Parameter("gyro", "rad/s", (0.01, 0.03, 0.1, 0.2, 0.5), "offset of the angular velocity", high=100.0),
        Parameter("accelerometer", "m/s^2", (0.1, 0.3, 0.6, 1.0, 2.0), "offset of the specific force", high=1000.0),
    )

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._signs = np.where(rng.random(6) < 0.5, -1.0, 1.0)
        self._values: Values = {}
        self._offset = np.zeros(6)

    def corrupt(self, data: Sample, values: Values) -> Sample:
        """Return the sample with the offset."""
        if values is not self._values:
            self._values = values
            self._offset = self._signs * np.repeat([values["gyro"], values["accelerometer"]], 3)
        return data + self._offset


@register
class Dropout(DataKind):
    """Samples that read zero on every axis, as from a driver whose bus transfer failed; each with a probability.

    Samples that do not come at all are ``frame_drop``.
    """

    family = "imu"
    name = "dropout"
    modalities = _IMU
    parameters = (Parameter("probability", "1", (0.2, 0.4, 0.6, 0.8, 1.0), "share of zero samples", high=1.0),)

    def corrupt(self, data: Sample, values: Values) -> Sample:
        """Return zeros, or the same sample."""
        return np.zeros_like(data) if self.rng.random() < values["probability"] else data


@register
class Spikes(DataKind):
    """Single wild values: a sample gets, with a probability, a pulse of either sign on one of its six axes."""

    family = "imu"
    name = "spikes"
    modalities = _IMU
    parameters = (
        Parameter("probability", "1", (0.01, 0.03, 0.1, 0.2, 0.4), "share of samples with a pulse", high=1.0),
        Parameter.constant("gyro", "rad/s", 5.0, "size of a pulse of angular velocity", 0.0, 1000.0),
        Parameter.constant("accelerometer", "m/s^2", 30.0, "size of a pulse of specific force", 0.0, 10000.0),
    )

    def corrupt(self, data: Sample, values: Values) -> Sample:
        """Return the sample with a pulse, or the same one."""
        chance, place = self.rng.random(), self.rng.random()
        if chance >= values["probability"]:
            return data
        axis, sign = divmod(int(place * 12.0), 2)
        faulty = data.copy()
        faulty[axis] += (values["gyro"] if axis < 3 else values["accelerometer"]) * (1.0 if sign else -1.0)
        return faulty


@register
class Stuck(DataKind):
    """Axes that keep the last value they had before the fault; which ones, in which order, is drawn once a trial."""

    family = "imu"
    name = "stuck"
    modalities = _IMU
    parameters = (Parameter("axes", "of 6", (1.0, 2.0, 3.0, 4.0, 6.0), "number of stuck axes, rounded", high=6.0),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._order = rng.permutation(6)
        self._last: Sample | None = None

    def watch(self, reading: Reading) -> None:
        """Keep the sample for when the fault begins."""
        self._last = reading.data

    def corrupt(self, data: Sample, values: Values) -> Sample:
        """Return the sample with the stuck axes at their old values."""
        if self._last is None:
            self._last = data
        stuck = self._order[: round(values["axes"])]
        faulty = data.copy()
        faulty[stuck] = self._last[stuck]
        return faulty
