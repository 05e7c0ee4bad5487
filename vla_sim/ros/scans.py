"""Scans of any LiDAR as the scans of the LiDAR that an agent knows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vla_sim.ros.malformed import MalformedError
from vla_sim.sdf.scene import LidarSpec

_TURN = 2.0 * math.pi
_EXACT = 1e-4
"""Share of the spacing of two rays by which they may differ and be the same ones; messages carry 32-bit floats."""


def ranges_of(message: Any, lidar: LidarSpec) -> NDArray[np.float32]:
    """Return the ranges [m] of a ``sensor_msgs/LaserScan`` along the rays of a LiDAR, in REP-117's terms.

    Each ray takes the nearest of the message's rays that are closer to it than to its neighbours, or the one next to
    it where there is none; what was not scanned is lost (nan). Ranges that the message itself calls impossible are
    lost too: many drivers give 0 where nothing came back.

    Raises:
        MalformedError: the message holds no scan.
    """
    ranges = np.asarray(message.ranges, dtype=np.float32)
    spacing = float(message.angle_increment)
    numbers = float(message.angle_min), spacing, float(message.range_min), float(message.range_max)
    if not (ranges.size and all(map(math.isfinite, numbers)) and spacing != 0.0):
        raise MalformedError(f"a scan of {ranges.size} rays that are {spacing:g} rad apart")
    impossible = np.isfinite(ranges) & (ranges < numbers[2])
    ranges = np.where(impossible, np.float32(np.nan), ranges)
    taken = _along(ranges, numbers[0], spacing, lidar)
    taken[taken > min(lidar.range_max, numbers[3])] = np.inf
    taken[taken < lidar.range_min] = -np.inf
    return taken


def _along(ranges: NDArray[np.float32], start: float, spacing: float, lidar: LidarSpec) -> NDArray[np.float32]:
    """Return the ranges along the rays of a LiDAR."""
    count = lidar.horizontal_samples
    wanted = (lidar.horizontal_max - lidar.horizontal_min) / max(1, count - 1)
    same = ranges.size == count and abs(spacing - wanted) * count < _EXACT * wanted
    if same and abs(start - lidar.horizontal_min) < _EXACT * wanted:
        return ranges.copy()
    start = math.remainder(start, _TURN)
    angles = lidar.horizontal_min + wanted * np.arange(count)
    half = max(abs(wanted), abs(spacing)) / 2
    taken = np.full(count, np.nan, np.float32)
    for turn in (-_TURN, 0.0, _TURN):
        places = (angles + turn - start) / spacing
        nearest = np.rint(places)
        seen = (nearest >= 0) & (nearest < ranges.size) & (np.abs(places - nearest) * abs(spacing) <= half)
        taken[seen] = np.fmin(taken[seen], ranges[nearest[seen].astype(int)])
    if abs(spacing) < abs(wanted):
        _take_nearer(taken, ranges, start + spacing * np.arange(ranges.size), lidar.horizontal_min, wanted)
    return taken


def _take_nearer(
    taken: NDArray[np.float32], ranges: NDArray[np.float32], angles: NDArray[Any], start: float, wanted: float
) -> None:
    """Put the nearest of the ranges around each ray in its place: a thin thing between two rays must not vanish."""
    for turn in (-_TURN, 0.0, _TURN):
        places = np.rint((angles + turn - start) / wanted).astype(int)
        inside = (places >= 0) & (places < taken.size)
        np.fmin.at(taken, places[inside], ranges[inside])
