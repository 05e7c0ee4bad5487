"""Arithmetic on 8-bit images that gives the same bits on every machine: tables, integer sums and coarse fields."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[Any]

REFERENCE_WIDTH = 224
"""Lengths in pixels are those of an image of this width, which ImageNet-C's are; they are scaled with the width."""


OUTSIDE = -30000.0
"""A coordinate that lies in no image, and fits 16 bits."""


def looked_up(image: Image, curve: NDArray[np.float64]) -> Image:
    """Return the image with each grey level replaced by ``curve`` (256,) or (256, channels)."""
    table = eight_bit(curve)
    if table.ndim == 2:
        table = table[np.newaxis]
    return np.asarray(cv2.LUT(image, table))


def levels() -> NDArray[np.float64]:
    """Return the grey levels 0..255."""
    return np.arange(256, dtype=np.float64)


def blended(image: Image, other: Image, weight: NDArray[Any]) -> Image:
    """Return ``image`` with ``other`` over it; ``weight`` (height, width) is 0 .. 256 of 256."""
    share = weight.astype(np.int32)[..., np.newaxis]
    mixed = image.astype(np.int32) * (256 - share) + other.astype(np.int32) * share
    return ((mixed + 128) >> 8).astype(np.uint8)


def painted(height: int, width: int, colour: tuple[int, int, int]) -> Image:
    """Return an image of one colour."""
    return np.full((height, width, 3), colour, dtype=np.uint8)


def eight_bit(image: NDArray[Any]) -> Image:
    """Return grey levels rounded and clipped to 0..255."""
    return np.asarray(np.rint(np.clip(image, 0.0, 255.0)), dtype=np.uint8)


def pixels(length: float, image: Image) -> float:
    """Return a length given in pixels of an image 224 wide in the pixels of this one."""
    return length * int(image.shape[1]) / REFERENCE_WIDTH


def smooth_field(coarse: NDArray[np.float64], height: int, width: int) -> NDArray[np.float64]:
    """Stretch a coarse grid over an image, smoothly. Plain sums and products only: the same bits on every machine."""

    def stretch(grid: NDArray[np.float64], size: int) -> NDArray[np.float64]:
        place = np.arange(size) * (len(grid) - 1) / max(size - 1, 1)
        below = np.minimum(place.astype(np.int64), len(grid) - 2)
        part = (place - below)[:, None]
        weight = part * part * (3.0 - 2.0 * part)
        stretched: NDArray[np.float64] = grid[below] + (grid[below + 1] - grid[below]) * weight
        return stretched

    return stretch(stretch(coarse, height).T, width).T


def ranks(field: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the place of each element in the order of their sizes, 0 for the least."""
    rank = np.empty(field.size, dtype=np.int64)
    rank[np.argsort(field, axis=None, kind="stable")] = np.arange(field.size)
    return rank.reshape(field.shape)


def disk(radius: float) -> NDArray[np.float32]:
    """Return an averaging kernel over a disk, with soft edges, as ImageNet-C's defocus has it."""
    reach = max(1, math.ceil(radius))
    across, down = np.meshgrid(np.arange(-reach, reach + 1), np.arange(-reach, reach + 1))
    inside = np.clip(radius + 0.5 - np.sqrt(across**2 + down**2), 0.0, 1.0)
    return np.asarray(inside / inside.sum(), dtype=np.float32)


def filtered(image: Image, kernel: NDArray[np.float32]) -> Image:
    """Return the image filtered; the weights are in 1/4096, so that the sums are exact."""
    exact = np.rint(kernel.astype(np.float64) * 4096.0)
    exact[tuple(size // 2 for size in exact.shape)] += 4096.0 - exact.sum()
    sums = cv2.filter2D(image.astype(np.float32), -1, exact.astype(np.float32), borderType=cv2.BORDER_REFLECT_101)
    return ((np.asarray(sums).astype(np.int32) + 2048) >> 12).clip(0, 255).astype(np.uint8)


def warped(image: Image, back: NDArray[np.float64]) -> Image:
    """Return the image seen through a homography, black where nothing is known.

    ``back`` (3, 3) takes pixels of the result to those of the image; what it takes behind the camera is not known.
    """
    y, x = np.mgrid[0 : image.shape[0], 0 : image.shape[1]].astype(np.float64)
    across, down, depth = (row[0] * x + row[1] * y + row[2] for row in back)
    ahead = depth > 1e-9
    depth = np.where(ahead, depth, 1.0)
    return resampled(image, np.where(ahead, across / depth, OUTSIDE), np.where(ahead, down / depth, OUTSIDE))


def resampled(image: Image, x: NDArray[np.float64], y: NDArray[np.float64]) -> Image:
    """Return the image at places (height, width) in pixels, between pixels by straight lines, black outside.

    Places are rounded to 1/32 of a pixel here and handed over as integers: OpenCV's own warps round in single
    precision, and differently on processors with and without AVX2.
    """
    across, down = (np.rint(np.clip(place, OUTSIDE, -OUTSIDE) * 32.0).astype(np.int32) for place in (x, y))
    whole = np.stack([across >> 5, down >> 5], axis=-1).astype(np.int16)
    part = ((down & 31) * 32 + (across & 31)).astype(np.uint16)
    return np.asarray(cv2.remap(image, whole, part, cv2.INTER_LINEAR))
