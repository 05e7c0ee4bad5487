"""How far dead reckoning is off, from matching each LiDAR scan to an earlier one (point-to-line ICP, translation only).

The heading stays the gyro's. Censi, "An ICP variant using a point-to-line metric", ICRA 2008.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from vla_agents.classical.scan import Array, Scan
from vla_agents.steering import Here

_RENEW = 1.5
"""Way [m] after which a new scan becomes the one to match."""
_JOINED = 0.35
"""Neighbouring points at most so far apart are on one surface [m]."""
_NEAR = (0.3, 0.12)
"""Distance within which points are paired [m], in each round."""
_STRIDE = 4
"""One ray in so many is matched."""
_LEAST_PAIRS = 15
_FARTHEST = 0.4
"""Greatest correction that is believed [m]."""
_INERTIA = 2.0
"""How many pairs dead reckoning itself counts for: holds along walls that do not tell how far along one is."""


class ScanMatcher:
    """Keeps one scan, in the frame of dead reckoning, to which the next ones are matched."""

    def __init__(self) -> None:
        self._tree: KDTree | None = None
        self._normals: Array = np.empty((0, 2))
        self._at = np.zeros(2)

    def correction(self, scan: Scan, here: Here) -> Array:
        """Return what to add to a pose's position (2,) so that its scan fits the one that is kept."""
        points = np.column_stack(scan.placed(here))
        seen = points[scan.hit][::_STRIDE]
        shift = np.zeros(2)
        if self._tree is None or len(seen) < _LEAST_PAIRS:
            self._keep(points, scan, here)
            return shift
        matched = True
        for near in _NEAR:
            away, nearest = self._tree.query(seen + shift, distance_upper_bound=near)
            index = np.asarray(nearest)
            paired = np.isfinite(away)
            matched = int(paired.sum()) >= _LEAST_PAIRS
            if not matched:
                break
            normals = self._normals[index[paired]]
            gaps = np.einsum("ij,ij->i", normals, np.asarray(self._tree.data)[index[paired]] - seen[paired] - shift)
            hold = _INERTIA * np.eye(2)
            shift = shift + np.linalg.solve(normals.T @ normals + hold, normals.T @ gaps)
        if not matched or float(np.hypot(*shift)) > _FARTHEST:
            shift = np.zeros(2)
            self._keep(points, scan, here)
        elif np.hypot(*(self._at - (here.x, here.y))) > _RENEW:
            self._keep(points + shift, scan, here)
        return shift

    def _keep(self, points: Array, scan: Scan, here: Here) -> None:
        """Make a scan the one to match: its points on surfaces, with their normals."""
        along = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)
        length = np.hypot(*along.T)
        joined = scan.hit & np.roll(scan.hit, 1) & np.roll(scan.hit, -1) & (length > 1e-6) & (length < 2 * _JOINED)
        self._at = np.array([here.x, here.y])
        self._tree = None
        if joined.sum() >= _LEAST_PAIRS:
            self._normals = np.column_stack([-along[joined, 1], along[joined, 0]]) / length[joined, None]
            self._tree = KDTree(points[joined])
