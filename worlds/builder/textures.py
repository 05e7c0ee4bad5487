"""Textures drawn by numpy and OpenCV: no file comes from elsewhere, and the same code draws the same pixels.

Every function returns RGB uint8. A texture covers a face once, so floors and walls are drawn to their whole size.
Noise is quantised: it looks the same and a PNG stays small.
"""

from __future__ import annotations

import zlib

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Rgb = tuple[float, float, float]


def generator(name: str) -> np.random.Generator:
    """Return the random numbers of the texture of this name."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def rgb(colour: str) -> Rgb:
    """Return ``#rrggbb`` as three numbers."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return (red, green, blue)


def fill(width: int, height: int, colour: str) -> NDArray[np.float64]:
    """Return a canvas of one colour."""
    return np.full((height, width, 3), rgb(colour), np.float64)


def clouds(rng: np.random.Generator, width: int, height: int, cells: float, level: float) -> NDArray[np.float64]:
    """Return smooth noise (height, width, 1) of about +-``level``, with ``cells`` blobs along the longer side."""
    cell = max(width, height) / cells
    grid = rng.uniform(-1, 1, (max(2, round(height / cell)), max(2, round(width / cell)))).astype(np.float32)
    smooth = cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
    return (level * smooth)[..., None].astype(np.float64)


def finish(canvas: NDArray[np.float64], quantum: float = 3.0) -> Image:
    """Round to a few levels and to bytes."""
    return np.clip(np.round(canvas / quantum) * quantum, 0, 255).astype(np.uint8)


def line(
    canvas: NDArray[np.float64], start: tuple[float, float], end: tuple[float, float], colour: str, width: int
) -> None:
    """Draw a line in pixels."""
    a, b = (tuple(round(value) for value in point) for point in (start, end))
    cv2.line(canvas, a, b, rgb(colour), width)


def planks(name: str, metres: tuple[float, float], pixels_per_metre: int, colour: str, plank: float = 0.14) -> Image:
    """Draw floor boards that run along x; ``metres`` is the floor's size."""
    rng = generator(name)
    width, height = (round(value * pixels_per_metre) for value in metres)
    canvas = fill(width, height, colour)
    rows = max(1, round(metres[1] / plank))
    grain = clouds(rng, width, height * 4, 24, 7)[::4]
    for row in range(rows):
        top, bottom = round(row * height / rows), round((row + 1) * height / rows)
        x = -rng.uniform(0, 1.2) * pixels_per_metre
        while x < width:
            end = x + rng.uniform(1.0, 1.9) * pixels_per_metre
            left, right = max(0, round(x)), min(width, round(end))
            if right > left:
                canvas[top:bottom, left:right] *= rng.uniform(0.86, 1.1)
                canvas[top:bottom, right - 1 : right] *= 0.7
            x = end
        canvas[top : top + 1] *= 0.68
    return finish(canvas + grain, 4)


def tiles(
    name: str,
    metres: tuple[float, float],
    pixels_per_metre: int,
    colours: tuple[str, str],
    tile: float = 0.4,
    grout: str = "#8c8a86",
) -> Image:
    """Draw square floor tiles, chequered in two colours."""
    rng = generator(name)
    columns, rows = (max(1, round(value / tile)) for value in metres)
    width, height = (round(value * pixels_per_metre) for value in metres)
    canvas = fill(width, height, grout)
    for row in range(rows):
        for column in range(columns):
            x0, x1 = round(column * width / columns) + 1, round((column + 1) * width / columns)
            y0, y1 = round(row * height / rows) + 1, round((row + 1) * height / rows)
            shade = rng.uniform(0.95, 1.04)
            canvas[y0:y1, x0:x1] = np.multiply(rgb(colours[(row + column) % 2]), shade)
    return finish(canvas)


def concrete(name: str, width: int, height: int, colour: str, cells: float = 14) -> NDArray[np.float64]:
    """Return a canvas of cloudy concrete to draw on."""
    rng = generator(name)
    canvas = fill(width, height, colour)
    return canvas + clouds(rng, width, height, cells, 7) + clouds(rng, width, height, cells * 5, 4)
