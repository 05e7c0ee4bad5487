"""Coloured things in a picture: segmentation by hue, then where each blob stands and how large it is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vla_agents.classical import rover
from vla_agents.classical.relief import is_flat
from vla_agents.classical.scan import Scan
from vla_agents.classical.silhouette import Scores, noun_scores

Frame = NDArray[np.uint8]
Depth = NDArray[np.float32]

HUES = {
    "red": (170, 6),
    "orange": (8, 19),
    "yellow": (20, 35),
    "green": (45, 88),
    "blue": (98, 125),
    "purple": (127, 160),
}
"""First and last hue of each colour, as OpenCV counts them (0..179, red about 0)."""
_LEAST_SATURATION, _LEAST_VALUE = 130, 30
_LEAST_AREA = 5
"""Smallest blob that counts [pixels]."""
_WIDEST, _TALLEST, _LEAST_HEIGHT, _DEEPEST = 0.65, 0.75, 0.2, 0.35
"""Size of a thing [m]; it stands on the floor."""
_GROUND = 0.15
"""Height above the floor [m] up to which the lower edge of a thing may be seen."""
_FAR = 9.0

_COLOURS = tuple(HUES)


def _hue_table() -> NDArray[np.uint8]:
    table = np.zeros(256, np.uint8)
    for index, (first, last) in enumerate(HUES.values(), start=1):
        hues = range(first, last + 1) if first <= last else [*range(first, 180), *range(last + 1)]
        table[list(hues)] = index
    return table


_TABLE = _hue_table()


@dataclass(frozen=True, slots=True)
class Sighting:
    """A coloured thing as seen in one picture; its middle is ``x`` ahead and ``y`` to the left of the robot [m]."""

    colour: str
    x: float
    y: float
    scores: Scores | None
    """How well its outline fits each noun, as log likelihoods; None where it is not seen whole."""
    flat: bool | None
    """Whether it is but a picture; None where that cannot be told."""


@dataclass(frozen=True, slots=True)
class View:
    """A picture with what tells distances in it: the depth image, or the scan, or neither."""

    frame: Frame
    depth: Depth | None
    scan: Scan | None

    @property
    def focal(self) -> float:
        """Focal length [pixels]."""
        return float(self.frame.shape[1] / 2 / math.tan(rover.CAMERA_FOV / 2))


@dataclass(frozen=True, slots=True)
class _Blob:
    colour: str
    mask: NDArray[np.bool_]
    left: int
    top: int

    @property
    def height(self) -> int:
        return int(self.mask.shape[0])

    @property
    def width(self) -> int:
        return int(self.mask.shape[1])


def sightings(view: View) -> list[Sighting]:
    """Return the coloured things that stand on the floor."""
    found = (_sighting(view, blob) for blob in _blobs(view.frame))
    return [sighting for sighting in found if sighting is not None]


def _blobs(frame: Frame) -> Iterator[_Blob]:
    hsv = cv2.cvtColor(frame, cv2.COLOR_RGB2HSV)
    vivid = (hsv[..., 1] >= _LEAST_SATURATION) & (hsv[..., 2] >= _LEAST_VALUE)
    labels = _TABLE[hsv[..., 0]] * vivid.astype(np.uint8)
    for index in np.flatnonzero(np.bincount(labels.ravel(), minlength=len(_COLOURS) + 1)[1:] >= _LEAST_AREA) + 1:
        count, parts, stats, _ = cv2.connectedComponentsWithStats((labels == index).astype(np.uint8), connectivity=8)
        for part in range(1, count):
            left, top, width, height, area = map(int, stats[part])
            if area >= _LEAST_AREA and height >= 2 and width >= 2:
                mask = parts[top : top + height, left : left + width] == part
                yield _Blob(_COLOURS[index - 1], mask, left, top)


def _sighting(view: View, blob: _Blob) -> Sighting | None:
    """Measure a blob, or return None for what is no thing that stands on the floor."""
    focal = view.focal
    rows, columns = view.frame.shape[:2]
    blob = _nearest_part(view, blob)
    aside = ((columns - 1) / 2 - (blob.left + (blob.width - 1) / 2)) / focal
    top, bottom = _slope(view, blob.top - 0.5), _slope(view, blob.top + blob.height - 0.5)
    away = _distance(view, blob, aside, bottom)
    if away is None or not 0.05 < away < _FAR:
        return None
    cut = blob.left == 0 or blob.top == 0 or blob.left + blob.width == columns or blob.top + blob.height == rows
    width, pixel = blob.width * away / focal, away / focal
    base, crown = rover.CAMERA_HEIGHT + away * bottom, rover.CAMERA_HEIGHT + away * top
    if width > _WIDEST + 2 * pixel or crown > _TALLEST + 2 * pixel or crown < _LEAST_HEIGHT - 2 * pixel:
        return None
    if not cut and base > _GROUND + 3 * pixel:
        return None
    whole = not cut and not _hidden(view, blob, away)
    radius = min(max(width / 2, 0.14), 0.21)
    return Sighting(
        colour=blob.colour,
        x=rover.CAMERA_X + away + radius,
        y=(away + radius) * aside,
        scores=noun_scores(blob.mask) if whole else None,
        flat=None if view.depth is None or not whole else is_flat(blob.mask, _within(view.depth, blob), focal),
    )


def _nearest_part(view: View, blob: _Blob) -> _Blob:
    """Return a blob without what stands farther back and has the same colour."""
    if view.depth is None:
        return blob
    depths = _within(view.depth, blob)
    known = blob.mask & (depths > 0.0)
    if not known.any():
        return blob
    mask = known & (np.abs(depths - _nearer(depths[known])) < _DEEPEST)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, left = int(rows[0]), int(columns[0])
    inside = mask[top : rows[-1] + 1, left : columns[-1] + 1]
    return _Blob(blob.colour, inside, blob.left + left, blob.top + top)


def _within(depth: Depth, blob: _Blob) -> Depth:
    """Return the part of a depth image that is a blob's bounding box."""
    return depth[blob.top : blob.top + blob.height, blob.left : blob.left + blob.width]


def _slope(view: View, row: float) -> float:
    """Return how far a row of the picture rises in a metre ahead, with respect to the floor."""
    up = ((view.frame.shape[0] - 1) / 2 - row) / view.focal
    return math.tan(math.atan(up) - rover.CAMERA_PITCH)


def _distance(view: View, blob: _Blob, aside: float, bottom: float) -> float | None:
    """Return how far ahead of the camera the blob's surface is [m]."""
    if view.depth is not None:
        depths = _within(view.depth, blob)[blob.mask]
        depths = depths[depths > 0.0]
        if depths.size:
            return _nearer(depths)
    if view.scan is not None:
        return _from_scan(view, blob, aside)
    # Where the thing touches the floor: the camera's height over the slope down to there.
    return rover.CAMERA_HEIGHT / -bottom if bottom < -0.02 else None


def _from_scan(view: View, blob: _Blob, aside: float) -> float | None:
    assert view.scan is not None
    scan = view.scan
    ahead = scan.x - rover.CAMERA_X
    half = blob.width / 2 / view.focal
    inside = scan.hit & (ahead > 0.05) & (np.abs(scan.y - aside * ahead) <= np.maximum(0.6 * half, 0.012) * ahead)
    return _nearer(ahead[inside]) if inside.any() else None


def _nearer(distances: NDArray[np.floating[Any]]) -> float:
    """Return a distance that three in ten fall short of: that of a surface, whatever else is behind it."""
    rank = int(0.3 * (distances.size - 1))
    return float(np.partition(distances, rank)[rank])


def _hidden(view: View, blob: _Blob, away: float) -> bool:
    """Return whether something nearer stands at either side of a blob, and may hide a part of it."""
    if view.depth is None:
        return False
    row = blob.top + blob.height // 2
    beside = view.depth[row, [blob.left - 1, blob.left + blob.width]]
    return bool(((beside > 0.0) & (beside < away - 0.15)).any())
