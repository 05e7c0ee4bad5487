"""Telling a thing from a picture of it by the relief that the depth camera sees."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_LEAST_WIDTH = 9
"""Fewest pixels across that show a relief."""
_RELIEF = 0.02
"""A surface whose depth differs from a plane's by less than this share of its width is flat."""
_FACE_ON, _SQUARE, _FULL = 0.25, 0.17, 0.85
"""A flat surface turned away by less than this [rad], as high as wide within this share (and 1.5 pixels), filling this
share of its bounding box, may be a cube's side."""


def is_flat(mask: NDArray[np.bool_], depth: NDArray[np.float32], focal: float) -> bool | None:
    """Return whether the surface under a mask is a board; None where that cannot be told.

    A plane is fitted to the inverse depth, which is linear in the image for every plane.
    """
    height, width = mask.shape
    inner = mask & (depth > 0.0)
    # Depth at the rim is that of what stands behind.
    inner[[0, -1], :] = inner[:, [0, -1]] = False
    rows, columns = np.nonzero(inner)
    if width < _LEAST_WIDTH or rows.size < 20:
        return None
    away = depth[rows, columns].astype(np.float64)
    near = away < float(np.median(away)) + 0.3
    rows, columns, away = rows[near], columns[near], away[near]
    design = np.column_stack([rows, columns, np.ones(rows.size)])
    plane, *_ = np.linalg.lstsq(design, 1.0 / away, rcond=None)
    distance = float(np.median(away))
    relief = float(np.sqrt(np.mean((1.0 / away - design @ plane) ** 2))) * distance**2
    if relief > _RELIEF * width * distance / focal:
        return False
    turned = abs(math.atan(plane[1] * focal * distance))
    as_a_side = turned < _FACE_ON and abs(height / width - 1.0) < _SQUARE + 1.5 / height and mask.mean() > _FULL
    return None if as_a_side else True
