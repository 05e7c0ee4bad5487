"""Faults of force-torque sensors: what strain gauges, their amplifiers and their wiring do."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.kind import DataKind, Parameter, Values, register
from vla_sim.sensing.reading import Modality, Stream

Load = NDArray[Any]

_WRENCH: frozenset[Modality] = frozenset({"wrench"})


def _by_axis(values: Values) -> Load:
    return np.array([values["force"]] * 3 + [values["torque"]] * 3)


class _Offset(DataKind):
    """An offset whose signs are drawn once a trial, axis by axis."""

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._signs = np.where(rng.random(6) < 0.5, -1.0, 1.0)


@register
class Bias(_Offset):
    """A constant offset on each axis, of one size, with signs drawn once a trial: a wrong zero.

    Levels: our own, from what is left after taring to a sensor that was never tared with its tool on.
    """

    family = "wrench"
    name = "bias"
    modalities = _WRENCH
    parameters = (
        Parameter("force", "N", (0.5, 2.0, 5.0, 15.0, 40.0), "offset of the force", high=10000.0),
        Parameter("torque", "N m", (0.02, 0.1, 0.3, 1.0, 3.0), "offset of the torque", high=10000.0),
    )

    def corrupt(self, data: Load, values: Values) -> Load:
        """Return the load with the offset."""
        return np.asarray(data + self._signs * _by_axis(values))


@register
class Saturation(DataKind):
    """The amplifier goes no further than a low limit, on each axis.

    Levels: our own, down to less than the weight of the hand.
    """

    family = "wrench"
    name = "saturation"
    modalities = _WRENCH
    parameters = (
        Parameter("force", "N", (60.0, 30.0, 15.0, 8.0, 3.0), "greatest force", clean=2000.0, high=10000.0),
        Parameter("torque", "N m", (6.0, 3.0, 1.0, 0.5, 0.2), "greatest torque", clean=200.0, high=10000.0),
    )

    def corrupt(self, data: Load, values: Values) -> Load:
        """Return the load within the limits."""
        limit = _by_axis(values)
        return np.clip(data, -limit, limit)


@register
class Noise(DataKind):
    """Gaussian noise on each axis, as of a bad shield beside a motor's cable.

    Levels: our own; level 1 is about what data sheets of wrist sensors state.
    """

    family = "wrench"
    name = "noise"
    modalities = _WRENCH
    parameters = (
        Parameter("force", "N", (0.1, 0.5, 1.5, 4.0, 10.0), "standard deviation", high=1000.0),
        Parameter("torque", "N m", (0.005, 0.02, 0.08, 0.25, 0.8), "standard deviation", high=1000.0),
    )

    def corrupt(self, data: Load, values: Values) -> Load:
        """Return the load with noise."""
        return np.asarray(data + _by_axis(values) * self.rng.standard_normal(6))


@register
class Drift(_Offset):
    """An offset that grows evenly from when the fault begins, as strain gauges that warm up; signs drawn once a trial.

    Levels: our own, up to the weight of a full cup in four seconds.
    """

    family = "wrench"
    name = "drift"
    modalities = _WRENCH
    parameters = (
        Parameter("force", "N/s", (0.02, 0.05, 0.15, 0.4, 1.0), "growth of the offset", high=1000.0),
        Parameter("torque", "N m/s", (0.001, 0.004, 0.012, 0.03, 0.08), "growth of the offset", high=1000.0),
    )

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._since: float | None = None

    def corrupt(self, data: Load, values: Values) -> Load:
        """Return the load with the offset of this moment."""
        if self._since is None:
            self._since = self.stamp
        return np.asarray(data + self._signs * _by_axis(values) * (self.stamp - self._since))


@register
class Dropout(DataKind):
    """Samples that read 0 on every axis, as from an amplifier without supply; each with a probability.

    Samples that do not come at all are ``frame_drop``.
    """

    family = "wrench"
    name = "dropout"
    modalities = _WRENCH
    parameters = (Parameter.probability("share of zero samples"),)

    def corrupt(self, data: Load, values: Values) -> Load:
        """Return zeros, or the same sample."""
        return np.zeros_like(data) if self.chance(self.stamp) < values["probability"] else data
