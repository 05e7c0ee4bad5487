"""SDF's Gaussian sensor noise, as gz-sensors models it, with a generator of its own per sensor."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vla_sim.sdf.scene import GaussianNoise

Floats = NDArray[np.float64]


class NoiseModel:
    """Noise on channels of one reading: each channel has its own bias and, if asked for, a drifting one.

    The bias is drawn once, when the model is made. The drift is a first-order Gauss-Markov process
    (gz-sensors, GaussianNoiseModel.cc): b' = exp(-dt / tau) b + N(0, sqrt(-s^2 tau / 2 expm1(-2 dt / tau))).
    """

    def __init__(self, channels: Sequence[GaussianNoise | None], generator: np.random.Generator):
        specs = [channel or GaussianNoise() for channel in channels]
        self._generator = generator
        self._stddev = np.array([spec.stddev for spec in specs])
        self._precision = np.array([spec.precision for spec in specs])
        self._drift_stddev = np.array([spec.dynamic_bias_stddev for spec in specs])
        self._drift_time = np.array([spec.dynamic_bias_correlation_time for spec in specs])
        self._drifts = bool(np.any((self._drift_stddev > 0) & (self._drift_time > 0)))
        self._quantised = bool(np.any(self._precision > 0))
        bias = np.array([spec.bias_mean for spec in specs])
        bias_stddev = np.array([spec.bias_stddev for spec in specs])
        self._offset = (
            np.array([spec.mean for spec in specs]) + bias + bias_stddev * generator.standard_normal(len(specs))
        )
        self._drift = np.zeros(len(specs))

    def apply(self, values: Floats, dt: float) -> Floats:
        """Return the values of one reading, shape (channels,), with noise, ``dt`` [s] after the last one."""
        noisy: Floats = values + self._offset + self._stddev * self._generator.standard_normal(values.shape)
        if self._drifts:
            noisy += self._advance_drift(dt)
        if self._quantised:
            steps = np.where(self._precision > 0, self._precision, 1.0)
            noisy = np.where(self._precision > 0, np.round(noisy / steps) * steps, noisy)
        return noisy

    def _advance_drift(self, dt: float) -> Floats:
        tau = np.where(self._drift_time > 0, self._drift_time, math.inf)
        spread = np.sqrt(-(self._drift_stddev**2) * np.where(np.isinf(tau), 0.0, tau) / 2 * np.expm1(-2 * dt / tau))
        self._drift = np.exp(-dt / tau) * self._drift + spread * self._generator.standard_normal(len(tau))
        return self._drift


class FieldNoise:
    """The same noise on every element of an array (an image, a scan): one bias, independent draws."""

    def __init__(self, spec: GaussianNoise, generator: np.random.Generator):
        self._spec = spec
        self._generator = generator
        self._offset = spec.mean + spec.bias_mean + spec.bias_stddev * generator.standard_normal()

    def apply(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the array with noise, in its own dtype; infinite elements stay infinite."""
        draws = self._generator.standard_normal(values.shape, dtype=np.float32)
        noisy = values + (self._offset + self._spec.stddev * draws).astype(values.dtype, copy=False)
        if self._spec.precision > 0:
            noisy = np.round(noisy / self._spec.precision) * self._spec.precision
        return noisy


def noise_on(channels: Sequence[GaussianNoise | None], generator: np.random.Generator) -> NoiseModel | None:
    """Return the noise of a reading's channels; None where none of them is noisy."""
    return NoiseModel(channels, generator) if any(channel is not None for channel in channels) else None
