"""From the eye's maps to things on the floor: boxes, what they look like, and where they stand."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from vla_agents.classical import rover
from vla_agents.classical.relief import is_flat
from vla_agents.classical.scan import Scan
from vla_agents.fusion.perception.detector import STRIDE, Sight

THRESHOLD = 0.3
"""Least probability of a thing."""
MOST = 12
"""Things of one frame at most."""
_HALF = 0.18
"""How far behind its surface the middle of a thing lies [m]."""
_FARTHEST = 9.0
_DEEP = 0.3
"""What is farther than this from a thing's surface is not of it [m]."""
_RELIEF_SAYS = {True: 2.2, False: -0.9, None: 0.0}
"""Log odds that a flat relief, a round one, or none speaks for a picture: of 528 things and 60 boards in views that
were not trained on, it was flat for 2 % and 20 %, round for 63 % and 25 %."""

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Detection:
    """A thing in a frame: its box [pixels] (left, top, right, bottom), and where its middle stands from the robot [m].

    ``looks`` (2, QUERY) says what colour and shape it has, ``flat`` how probably it is but a picture; ``whole`` is
    whether no edge of the frame cuts it.
    """

    box: tuple[float, float, float, float]
    score: float
    x: float
    y: float
    looks: Array
    flat: float
    whole: bool

    @property
    def height(self) -> float:
        """Height of the box [pixels]."""
        return self.box[3] - self.box[1]


@dataclass(frozen=True, slots=True)
class Peak:
    """A cell of the maps where a thing is centred, before anything is known of where it stands."""

    box: tuple[float, float, float, float]
    score: float
    range: float
    looks: Array
    flat: float


def peaks(sight: Sight, row: int = 0, threshold: float = THRESHOLD) -> list[Peak]:
    """Return the local maxima of the map of things, the most certain first, but those whose box a better one covers."""
    chance = torch.sigmoid(sight.thing[row])
    highest = F.max_pool2d(chance[None, None], 3, 1, 1)[0, 0]
    rows, columns = torch.nonzero((chance >= highest) & (chance >= threshold), as_tuple=True)
    order = chance[rows, columns].argsort(descending=True)[: 2 * MOST]
    found: list[Peak] = []
    for at in order.tolist():
        i, j = int(rows[at]), int(columns[at])
        left, top, right, bottom = sight.box[row, :, i, j].tolist()
        x, y = (j + 0.5) * STRIDE, (i + 0.5) * STRIDE
        box = x - left, y - top, x + right, y + bottom
        if any(overlap(box, other.box) > 0.45 for other in found):
            continue
        found.append(
            Peak(
                box,
                float(chance[i, j]),
                float(sight.range[row, i, j].exp()),
                sight.looks[row, :, :, i, j].numpy().copy(),
                float(torch.sigmoid(sight.flat[row, i, j])),
            )
        )
    return found[:MOST]


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Return the intersection of two boxes over their union."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    common = max(width, 0.0) * max(height, 0.0)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return common / max(areas - common, 1e-6)


def placed(peak: Peak, size: int, depth: Array | None, scan: Scan | None) -> Detection | None:
    """Return where a peak's thing stands: its distance from the depth image, else from a scan, else as the eye guesses.

    None for what is farther than anything can be told of. ``size`` is the width of the frame [pixels].
    """
    focal = size / 2 / np.tan(rover.CAMERA_FOV / 2)
    left, top, right, bottom = peak.box
    aside = ((size - 1) / 2 - ((left + right) / 2 - 0.5)) / focal
    away = _from_depth(depth, peak) if depth is not None else None
    if away is None and scan is not None:
        away = _from_scan(scan, aside, (right - left) / 2 / focal)
    if away is None:
        away = peak.range
    if not 0.05 < away < _FARTHEST:
        return None
    whole = left > 0.5 and right < size - 0.5 and top > 0.5 and bottom < size - 0.5
    middle = away + _HALF
    flat = peak.flat
    if whole and depth is not None:
        flat = _with_relief(flat, depth, peak, away, float(focal))
    return Detection(peak.box, peak.score, rover.CAMERA_X + middle, middle * aside, peak.looks, flat, whole)


def _with_relief(flat: float, depth: Array, peak: Peak, away: float, focal: float) -> float:
    """Return how probably it is a picture, after a look at the relief of what lies in the box at its distance."""
    left, top, right, bottom = peak.box
    part = depth[int(top) : math.ceil(bottom), int(left) : math.ceil(right)]
    odds = _RELIEF_SAYS[is_flat((part > 0.0) & (np.abs(part - away) < _DEEP), part, focal)]
    return 1.0 / (1.0 + (1.0 / min(max(flat, 1e-4), 1.0 - 1e-4) - 1.0) * math.exp(-odds))


def _from_depth(depth: Array, peak: Peak) -> float | None:
    left, top, right, bottom = peak.box
    rows, columns = depth.shape
    quarter_x, quarter_y = (right - left) / 4, (bottom - top) / 4
    part = depth[
        max(int(top + quarter_y), 0) : min(max(int(bottom - quarter_y), int(top + quarter_y) + 1), rows),
        max(int(left + quarter_x), 0) : min(max(int(right - quarter_x), int(left + quarter_x) + 1), columns),
    ]
    known = part[part > 0.0]
    # The nearer surface is the thing's; what is seen past its outline is farther.
    return float(np.partition(known, int(0.3 * (known.size - 1)))[int(0.3 * (known.size - 1))]) if known.size else None


def _from_scan(scan: Scan, aside: float, half: float) -> float | None:
    ahead = scan.x - rover.CAMERA_X
    inside = scan.hit & (ahead > 0.05) & (np.abs(scan.y - aside * ahead) <= np.maximum(0.6 * half, 0.012) * ahead)
    if not inside.any():
        return None
    ranges = ahead[inside]
    rank = int(0.3 * (ranges.size - 1))
    return float(np.partition(ranges, rank)[rank])
