"""Ranges around the robot as points on the floor plan: from the LiDAR, or from the depth camera's narrower view."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vla_agents.classical import rover
from vla_agents.steering import Here

Array = NDArray[np.float64]

_LOW, _HIGH = 0.06, 0.55
"""Heights between which a thing is in the way of the robot [m]: it does not go under the seat of a chair."""
_DEPTH_REACH = 3.0
"""How far the depth camera's points are used [m]."""
_STRIDE = 3


@dataclass(frozen=True, slots=True)
class Scan:
    """Ends of rays in the robot's frame [m]: ``x``, ``y``; ``hit`` where something returned the ray.

    ``origin`` is how far ahead of the axle the rays start; a lost ray ends there.
    """

    x: Array
    y: Array
    hit: NDArray[np.bool_]
    origin: float

    @property
    def away(self) -> Array:
        """Distance of each end from the robot's middle [m]."""
        return np.hypot(self.x, self.y)

    @property
    def bearing(self) -> Array:
        """Bearing of each end from the robot's middle [rad, left positive]."""
        return np.arctan2(self.y, self.x)

    def placed(self, here: Here) -> tuple[Array, Array]:
        """Return the ends in the frame of a pose."""
        c, s = math.cos(here.yaw), math.sin(here.yaw)
        return here.x + c * self.x - s * self.y, here.y + s * self.x + c * self.y


def lidar_scan(ranges: NDArray[np.float32]) -> Scan:
    """Return the scan of the LiDAR, whose rays go from straight behind round to the left."""
    angles = np.linspace(-math.pi, math.pi, ranges.size, endpoint=False)
    away = ranges.astype(np.float64)
    x, y = rover.LIDAR_X + away * np.cos(angles), away * np.sin(angles)
    return Scan(x, y, (away > 0.0) & (away < 0.99 * rover.LIDAR_RANGE), rover.LIDAR_X)


def depth_scan(depth: NDArray[np.float32]) -> Scan:
    """Return, for some columns of a depth image, the nearest point that stands in the robot's way, left to right."""
    height, width = depth.shape
    focal = width / 2 / math.tan(rover.CAMERA_FOV / 2)
    rows, columns = np.arange(0, height, _STRIDE), np.arange(0, width, _STRIDE)
    z = depth[np.ix_(rows, columns)].astype(np.float64)
    left = -(columns - (width - 1) / 2) / focal
    up = -(rows - (height - 1) / 2)[:, None] / focal
    c, s = math.cos(rover.CAMERA_PITCH), math.sin(rover.CAMERA_PITCH)
    ahead = z * (c + s * up)
    above = rover.CAMERA_HEIGHT + z * (c * up - s)
    in_the_way = (z > 0.0) & (above > _LOW) & (above < _HIGH) & (ahead < _DEPTH_REACH)
    nearest = np.where(in_the_way, ahead, math.inf).min(axis=0)
    hit = np.isfinite(nearest)
    reach = np.where(hit, nearest, _DEPTH_REACH)
    return Scan(rover.CAMERA_X + reach, reach * left / c, hit, rover.CAMERA_X)
