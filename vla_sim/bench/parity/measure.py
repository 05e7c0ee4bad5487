"""How far two readings of one sensor are apart: one number for each modality, and what is borne."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.generic]


class Measure(NamedTuple):
    """A difference, in words, with the tolerance of the conformance suite."""

    what: str
    tolerance: float
    between: Callable[[Array, Array], float]


def _off(one: NDArray[np.float64], two: NDArray[np.float64], bound: NDArray[np.float64]) -> float:
    """Return the share of elements that differ by more than a bound; infinities agree with themselves."""
    with np.errstate(invalid="ignore"):
        good = (one == two) | (np.abs(one - two) <= bound) | (np.isnan(one) & np.isnan(two))
    return float(1 - good.mean())


def _lidar(one: Array, two: Array) -> float:
    return _off(one.astype(float), two.astype(float), np.full(one.shape, 0.01))


def _depth(one: Array, two: Array) -> float:
    first = one.astype(float)
    return _off(first, two.astype(float), 0.01 * np.abs(np.where(np.isfinite(first), first, 0.0)))


def _rgb(one: Array, two: Array) -> float:
    return float(np.abs(one.astype(float) - two.astype(float)).mean() / 255)


def _largest(one: Array, two: Array) -> float:
    return float(np.abs(one.astype(float) - two.astype(float)).max(initial=0.0))


MEASURES = {
    "rgb": Measure("mean difference of a channel, of 1", 0.05, _rgb),
    "depth": Measure("share of pixels more than 1 % apart", 0.05, _depth),
    "lidar": Measure("share of rays more than 1 cm apart", 0.01, _lidar),
    "imu": Measure("largest difference [rad/s, m/s^2]", 0.5, _largest),
    "odometry": Measure("largest difference [m, rad, m/s, rad/s]", 0.05, _largest),
    "joints": Measure("largest difference [rad, rad/s]", 0.5, _largest),
    "contact": Measure("differs", 0.5, _largest),
    "force": Measure("largest difference [N]", 5.0, _largest),
    "wrench": Measure("largest difference [N, N m]", 10.0, _largest),
}
"""By modality. Accelerations are told apart late: engines ramp speeds up in steps of their own."""
