"""From the eye's maps to things on a table: where their middles are, how high and how wide they are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vla_agents.fusion.arm.body import Lens
from vla_agents.fusion.perception.detector import Sight
from vla_agents.fusion.perception.things import Peak, peaks

FLAT = 0.012
"""What rises less above the table [m] is a mark on it, or the table."""
HIGHEST_THING = 0.22
"""What is higher above the table [m] is the arm."""
_LEAST_POINTS = 4
_RIM = 0.02
"""The middle of a thing is that of what lies no more than this below its top [m]: sides are seen at a slant."""


def relief(heights: Tensor, known: Tensor) -> Tensor:
    """Return heights above the table [m] (B, H, W), where they are known, as the eye takes them (B, 2, H, W).

    A cube and a cup are told apart by their heights: of depth in metres, too little would be left of these.
    """
    return torch.stack([heights.clamp(-0.02, 0.3) / 0.1 * known, known], 1)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A thing in a frame: its middle and its top [m] in the arm's frame, its radius [m], its looks (2, QUERY).

    ``whole`` is whether no edge of the frame cuts it.
    """

    x: float
    y: float
    top: float
    radius: float
    looks: NDArray[np.float32]
    score: float
    whole: bool


def sightings(
    sight: Sight, depth: NDArray[np.float32] | None, lens: Lens, joints: NDArray[np.float64]
) -> list[Sighting]:
    """Return the things of a frame that was taken with the arm at ``joints`` (6,)."""
    found = (_placed(peak, depth, lens, joints) for peak in peaks(sight))
    return [each for each in found if each is not None]


def _placed(peak: Peak, depth: NDArray[np.float32] | None, lens: Lens, joints: NDArray[np.float64]) -> Sighting | None:
    left, top, right, bottom = peak.box
    width, height = lens.spec.width, lens.spec.height
    whole = left > 0.5 and top > 0.5 and right < width - 0.5 and bottom < height - 0.5
    place = None if depth is None else _from_depth(peak, depth, lens, joints)
    x, y, high, radius = place or _from_range(peak, lens, joints)
    if not (-0.2 < x < 1.2 and abs(y) < 0.9):
        return None
    return Sighting(x, y, high, radius, peak.looks, peak.score, whole)


def _from_depth(
    peak: Peak, depth: NDArray[np.float32], lens: Lens, joints: NDArray[np.float64]
) -> tuple[float, float, float, float] | None:
    """Return the middle, the top and the radius of what the depth image shows in a box; None where it shows nothing."""
    rows, columns = _pixels(peak, depth.shape)
    values = depth[rows, columns].astype(float)
    points = lens.points(columns.astype(float) + 0.5, rows.astype(float) + 0.5, values, joints)[values > 0.0]
    raised = points[(points[:, 2] > FLAT) & (points[:, 2] < HIGHEST_THING)]
    if len(raised) < _LEAST_POINTS:
        low = points[points[:, 2] <= FLAT]
        return None if len(low) < _LEAST_POINTS else _extent(low, 0.0)
    top = float(np.partition(raised[:, 2], int(0.9 * (len(raised) - 1)))[int(0.9 * (len(raised) - 1))])
    return _extent(raised[raised[:, 2] > top - _RIM], top)


def _extent(points: NDArray[np.float64], top: float) -> tuple[float, float, float, float]:
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    x, y = (low + high) / 2
    return float(x), float(y), top, float((high - low).mean() / 2)


def _from_range(peak: Peak, lens: Lens, joints: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Return where a thing is by the distance that the eye guesses."""
    left, top, right, bottom = peak.box
    middle = np.array([(left + right) / 2]), np.array([(top + bottom) / 2])
    x, y, z = lens.points(*middle, np.array([peak.range]), joints)[0].tolist()
    radius = peak.range * (right - left + bottom - top) / 4 / lens.spec.fx
    return x, y, max(z, 0.0), radius


def _pixels(peak: Peak, shape: tuple[int, ...]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows and columns of the pixels of a box."""
    left, top, right, bottom = peak.box
    rows = np.arange(max(int(top), 0), min(math.ceil(bottom), shape[0]))
    columns = np.arange(max(int(left), 0), min(math.ceil(right), shape[1]))
    grid = np.meshgrid(rows, columns, indexing="ij")
    return grid[0].ravel(), grid[1].ravel()
