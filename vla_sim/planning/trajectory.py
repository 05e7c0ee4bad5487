"""When to be where on a path: as fast as the joints' limits of speed and acceleration allow."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from vla_sim.kinematics.transforms import Array

_SPACING = 0.01
"""Distance of the points at which the limits are looked at [rad]."""
_ROUNDING = 0.06
"""Length of the arc that takes the place of a corner [rad]."""


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Configurations (k, n) at times (k,) [s] from 0 on, linear in between."""

    times: Array
    positions: Array

    @property
    def duration(self) -> float:
        """How long it takes [s]."""
        return float(self.times[-1])

    @property
    def end(self) -> Array:
        """The last configuration."""
        return np.asarray(self.positions[-1])

    def at(self, time: float) -> Array:
        """Return the configuration at a time [s], the last one after the end."""
        return np.array([np.interp(time, self.times, column) for column in self.positions.T])


def time_path(path: Array, speed: Array, acceleration: Array) -> Trajectory:
    """Return the fastest motion along a path (k, n) from rest to rest within the joints' limits (n,), corners rounded.

    Numerical integration along the path (Bobrow, Dubowsky and Gibson 1985) with limits of speed and acceleration: at
    each point the square of the path speed is bounded by the joints' speeds and by the curvature; a pass forward and
    one backward bound its growth. Half of the acceleration is kept for the curvature, half for speeding up.
    """
    points = _rounded(_resampled(path))
    steps = np.diff(points, axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    keep = np.concatenate([[True], lengths > 1e-9])
    points, lengths = points[keep], lengths[lengths > 1e-9]
    if len(points) < 2:
        return Trajectory(np.zeros(1), points[-1:])
    slopes = np.diff(points, axis=0) / lengths[:, None]
    tangent = np.vstack([slopes[:1], (slopes[1:] + slopes[:-1]) / 2, slopes[-1:]])
    bend = np.zeros_like(points)
    bend[1:-1] = 2 * np.diff(slopes, axis=0) / (lengths[1:] + lengths[:-1])[:, None]
    with np.errstate(divide="ignore"):
        most = np.minimum(((speed / np.abs(tangent)) ** 2).min(axis=1), (acceleration / 2 / np.abs(bend)).min(axis=1))
        growth = (acceleration / 2 / np.abs(slopes)).min(axis=1)
    squares = most.copy()
    squares[0] = squares[-1] = 0.0
    for k in range(1, len(squares)):
        squares[k] = min(squares[k], squares[k - 1] + 2 * growth[k - 1] * lengths[k - 1])
    for k in range(len(squares) - 2, -1, -1):
        squares[k] = min(squares[k], squares[k + 1] + 2 * growth[k] * lengths[k])
    pace = np.sqrt(squares)
    durations = 2 * lengths / (pace[1:] + pace[:-1])
    return Trajectory(np.concatenate([[0.0], np.cumsum(durations)]), points)


def _resampled(path: Array) -> Array:
    """Return points at most ``_SPACING`` apart on the same lines."""
    pieces = [path[:1]]
    for start, end in pairwise(path):
        # Two pieces at least: a piece from rest to rest would take for ever.
        count = max(2, int(np.ceil(np.linalg.norm(end - start) / _SPACING)))
        pieces.append(start + (end - start) * (np.arange(1, count + 1) / count)[:, None])
    return np.vstack(pieces)


def _rounded(points: Array) -> Array:
    """Return the moving average of the points, over ever fewer towards both ends, which stay where they are."""
    count = len(points)
    most = round(_ROUNDING / _SPACING / 2)
    half = np.minimum(most, np.minimum(np.arange(count), np.arange(count)[::-1]))
    sums = np.vstack([np.zeros(points.shape[1]), np.cumsum(points, axis=0)])
    index = np.arange(count)
    averaged: Array = (sums[index + half + 1] - sums[index - half]) / (2 * half + 1)[:, None]
    return averaged
