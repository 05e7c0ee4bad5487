"""Faults of inertial measurement units."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
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

    Levels: our own. By their data sheets, consumer parts are off before any calibration by 0.05 rad/s (Bosch BMI160)
    or 0.35 rad/s and 0.5 m/s^2 (InvenSense MPU-6050), which lies among levels 2 to 5; level 1 is a calibrated one.
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

    def corrupt(self, data: Sample, values: Values) -> Sample:
        """Return the sample with the offset."""
        return np.asarray(data + self._signs * _by_axis(values))

    def steady(self, values: Values) -> Callable[[Sample], Sample]:
        """Return the addition of the offset."""
        return partial(np.add, self._signs * _by_axis(values))


@register
class Dropout(DataKind):
    """Samples that read zero on every axis, as from a driver whose bus transfer failed; each with a probability.

    Samples that do not come at all are ``frame_drop``.
    """

    family = "imu"
    name = "dropout"
    modalities = _IMU
    parameters = (Parameter.probability("share of zero samples"),)

    def corrupt(self, data: Sample, values: Values) -> Sample:
        """Return zeros, or the same sample."""
        return np.zeros_like(data) if self.chance(self.stamp) < values["probability"] else data


@register
class Spikes(DataKind):
    """Single wild values: a sample gets, with a probability, a pulse of either sign on one of its six axes.

    Levels: our own, from one sample a second at 100 Hz to four of ten.
    """

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
    """Axes that keep the last value they had before the fault; which ones, in which order, is drawn once a trial.

    Levels: our own, from one axis to all.
    """

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


@register
class Noise(DataKind):
    """Gaussian noise on every axis.

    Levels: our own, up to vibration that is not damped. The data sheet of a consumer part, InvenSense's MPU-6050, has
    0.0009 rad/s, and 0.03 m/s^2 from its density over 50 Hz: level 1 is some twenty and seven times as much.
    """

    family = "imu"
    name = "noise"
    modalities = _IMU
    parameters = (
        Parameter("gyro", "rad/s", (0.02, 0.05, 0.1, 0.2, 0.5), "standard deviation", high=100.0),
        Parameter("accelerometer", "m/s^2", (0.2, 0.5, 1.0, 2.0, 5.0), "standard deviation", high=1000.0),
    )

    def corrupt(self, data: Sample, values: Values) -> Sample:
        """Return the sample with noise."""
        spread = _by_axis(values)
        return np.asarray(data + spread * self.rng.standard_normal(6))


@register
class Drift(DataKind):
    """Offsets that walk at random: the bias instability of a part that warms up, many times too large.

    Each axis walks with a spread of ``rate`` after one second, and twice that after four.

    Levels: our own.
    """

    family = "imu"
    name = "drift"
    modalities = _IMU
    parameters = (
        Parameter("gyro", "rad/s/sqrt(s)", (0.005, 0.015, 0.05, 0.1, 0.25), "spread after a second", high=100.0),
        Parameter("accelerometer", "m/s^2/sqrt(s)", (0.05, 0.1, 0.2, 0.5, 1.0), "spread after a second", high=1000.0),
    )

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        rate = stream.rate if stream.rate > 0.0 else 1000.0
        self._step = 1.0 / math.sqrt(rate)
        self._walk = np.zeros(6)

    def corrupt(self, data: Sample, values: Values) -> Sample:
        """Return the sample with the offset so far."""
        self._walk += self._step * self.rng.standard_normal(6)
        return np.asarray(data + self._walk * _by_axis(values))


@register
class ScaleError(DataKind):
    """Every axis is too sensitive, by the same share, as after a knock to the calibration.

    Levels: our own; the data sheet of InvenSense's MPU-6050 lets its scale be off by 3 %, which lies between the
    first two.
    """

    family = "imu"
    name = "scale"
    modalities = _IMU
    parameters = (Parameter("error", "1", (0.02, 0.05, 0.1, 0.25, 0.5), "factor on every axis, less one", high=10.0),)

    def corrupt(self, data: Sample, values: Values) -> Sample:
        """Return the scaled sample."""
        return data * (1.0 + values["error"])

    def steady(self, values: Values) -> Callable[[Sample], Sample]:
        """Return the multiplication by the factor."""
        return partial(np.multiply, 1.0 + values["error"])


@register
class Saturation(DataKind):
    """Values beyond a limit read as the limit, as of a part that is set to a measuring range too small.

    Clean is a range of 2000 degrees/s and 16 g.

    Levels: our own. Level 1 of the accelerometer is the least range that parts offer, 2 g; their gyros' least is
    2.2 rad/s (Bosch BMI160), which no indoor robot leaves.
    """

    family = "imu"
    name = "saturation"
    modalities = _IMU
    parameters = (
        Parameter("gyro", "rad/s", (1.0, 0.7, 0.5, 0.3, 0.15), "limit", clean=34.9, high=1000.0),
        Parameter("accelerometer", "m/s^2", (19.6, 12.0, 10.0, 8.0, 4.0), "limit", clean=156.9, high=10000.0),
    )

    def corrupt(self, data: Sample, values: Values) -> Sample:
        """Return the sample within the limits."""
        limit = _by_axis(values)
        return np.clip(data, -limit, limit)


@register
class SignFlip(DataKind):
    """Axes with the wrong sign, as of a part that was mounted on its head; which ones is drawn once a trial.

    Levels: our own, from one axis to all.
    """

    family = "imu"
    name = "sign_flip"
    modalities = _IMU
    parameters = (Parameter("axes", "of 6", (1.0, 2.0, 3.0, 4.0, 6.0), "number of such axes, rounded", high=6.0),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._order = rng.permutation(6)

    def corrupt(self, data: Sample, values: Values) -> Sample:
        """Return the sample with the axes turned round."""
        faulty = data.copy()
        flipped = self._order[: round(values["axes"])]
        faulty[flipped] = -faulty[flipped]
        return faulty


@register
class AxisSwap(DataKind):
    """The axes of both triads are passed on (x to y, y to z, z to x), as of a wrong driver setting.

    Below severity 1 a sample is swapped with a probability.
    """

    family = "imu"
    name = "axis_swap"
    modalities = _IMU
    parameters = (Parameter.probability("share of swapped samples"),)

    def corrupt(self, data: Sample, values: Values) -> Sample:
        """Return the swapped sample, or the same one."""
        return data[[2, 0, 1, 5, 3, 4]] if self.chance(self.stamp) < values["probability"] else data


@register
class Misalignment(DataKind):
    """The part is mounted askew: both triads are turned, about an axis that is drawn once a trial.

    Levels: our own.
    """

    family = "imu"
    name = "misalignment"
    modalities = _IMU
    parameters = (
        Parameter("angle", "rad", (0.0349, 0.0873, 0.1745, 0.3491, 0.7854), "2, 5, 10, 20, 45 degrees", high=3.1416),
    )

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        axis = rng.standard_normal(3)
        self._axis = axis / math.sqrt(float((axis**2).sum()))

    def corrupt(self, data: Sample, values: Values) -> Sample:
        """Return the turned sample (Rodrigues' formula)."""
        triads, axis, angle = data.reshape(2, 3), self._axis, values["angle"]
        along = (triads * axis).sum(axis=1, keepdims=True) * axis
        turned = along + (triads - along) * math.cos(angle) + np.cross(axis, triads) * math.sin(angle)
        return np.asarray(turned.reshape(6))


def _by_axis(values: Values) -> Sample:
    """Return the value of each of the six axes."""
    return np.repeat([values["gyro"], values["accelerometer"]], 3)
