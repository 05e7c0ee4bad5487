"""Attention as people see it: a heat map over the picture."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

OPACITY = 0.6
"""Of the heat map where attention is greatest; where there is none, the picture stays as it is."""


def overlay(picture: NDArray[np.uint8], attention: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return a picture (height, width, 3) with a map over it, which may be of another size.

    The map is stretched to 0..1; one that is the same everywhere, or nowhere finite, leaves the picture as it is.
    """
    heat: NDArray[Any] = np.nan_to_num(np.asarray(attention, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    height, width = picture.shape[:2]
    if heat.shape != (height, width):
        heat = cv2.resize(heat, (width, height), interpolation=cv2.INTER_LINEAR)
    low, high = float(heat.min()), float(heat.max())
    if high - low < 1e-6:
        return picture
    heat = (heat - low) / (high - low)
    colours = cv2.applyColorMap((255.0 * heat).astype(np.uint8), cv2.COLORMAP_TURBO)[..., ::-1]
    share = (OPACITY * heat)[..., None]
    blended: NDArray[np.uint8] = np.rint((1.0 - share) * picture + share * colours).astype(np.uint8)
    return blended
