"""A straight wall beside the robot, fitted to the LiDAR's points."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from vla_agents.classical.belief import Belief
from vla_agents.classical.scan import Array
from vla_agents.steering import Here

_REACH = 3.0
"""Distance from the robot within which points are taken for the wall [m]."""
_FIRST, _LATER = 0.05, 0.12
"""Distance from the line within which points belong to it [m], at first and as it is followed."""
_LEAST_POINTS = 8


class WallLine:
    """The wall that was nearest when it was first seen, in the frame of dead reckoning.

    It is fitted anew to the points near it; without points it stays where it was.
    """

    def __init__(self, side: Literal["left", "right"]):
        self._side = 1.0 if side == "left" else -1.0
        self.known = False
        """Whether the wall was ever seen."""
        self._point = np.zeros(2)
        self._normal = np.zeros(2)

    @property
    def heading(self) -> float:
        """Direction in which the wall is on the stated side [rad]."""
        return math.atan2(self._normal[1], self._normal[0]) - self._side * math.pi / 2

    def point_beside(self, here: Here, away: float) -> tuple[float, float]:
        """Return the point abreast of a pose that is ``away`` from the wall [m]."""
        at = np.array([here.x, here.y])
        x, y = at + (float((self._point - at) @ self._normal) - away) * self._normal
        return float(x), float(y)

    def update(self, belief: Belief) -> None:
        """Fit the line to the newest scan."""
        scan = belief.lidar
        if scan is None:
            return
        near = scan.hit & (scan.away < _REACH)
        if near.sum() < _LEAST_POINTS:
            return
        here = belief.reckoning.at(belief.senses.lidar_stamp)
        points = np.column_stack(scan.placed(here))[near]
        robot = np.array([here.x, here.y])
        if not self.known:
            nearest = points[int(scan.away[near].argmin())]
            patch = points[np.hypot(*(points - nearest).T) < 0.35]
            if len(patch) < _LEAST_POINTS:
                return
            self._fit(patch, robot)
            within = _FIRST
        else:
            within = _LATER
        for _ in range(2):
            off = np.abs((points - self._point) @ self._normal)
            belonging = points[off < within]
            if len(belonging) < _LEAST_POINTS:
                return
            self._fit(belonging, robot)

    def _fit(self, points: Array, robot: Array) -> None:
        """Take the line through points; its normal points from the robot to the wall."""
        middle = points.mean(axis=0)
        _, vectors = np.linalg.eigh(np.cov((points - middle).T))
        normal = vectors[:, 0]
        if (middle - robot) @ normal < 0.0:
            normal = -normal
        self._point, self._normal, self.known = middle, normal, True
