"""Where things may stand: free rectangles between obstacles, and a first arrangement of the objects."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from builder import sdf
from builder.objects import tags

Rect = tuple[float, float, float, float]
"""xmin, ymin, xmax, ymax [m]."""

CELL = 0.1


def grow(rect: Rect, margin: float) -> Rect:
    """Return the rectangle, wider by ``margin`` on every side."""
    return (rect[0] - margin, rect[1] - margin, rect[2] + margin, rect[3] + margin)


def free(bounds: Rect, obstacles: Iterable[Rect], margin: float, least: float = 0.5) -> list[Rect]:
    """Cut the area inside ``bounds`` that keeps ``margin`` from every obstacle into few rectangles, largest first.

    Bounds are obstacles too. Rectangles narrower than ``least`` are dropped.
    """
    x0, y0, x1, y1 = grow(bounds, -margin)
    columns, rows = int((x1 - x0 + 1e-9) / CELL), int((y1 - y0 + 1e-9) / CELL)
    if columns < 1 or rows < 1:
        return []
    open_cells = np.ones((columns, rows), bool)
    for obstacle in obstacles:
        a, b, c, d = grow(obstacle, margin)
        left, right = math.floor((a - x0) / CELL + 1e-6), math.ceil((c - x0) / CELL - 1e-6)
        low, high = math.floor((b - y0) / CELL + 1e-6), math.ceil((d - y0) / CELL - 1e-6)
        open_cells[max(left, 0) : max(right, 0), max(low, 0) : max(high, 0)] = False
    found: list[Rect] = []
    while True:
        i, j, wide, high = _largest(open_cells)
        if min(wide, high) * CELL < least - 1e-9:
            return found
        open_cells[i : i + wide, j : j + high] = False
        corner = (x0 + i * CELL, y0 + j * CELL)
        rect = (corner[0], corner[1], corner[0] + wide * CELL, corner[1] + high * CELL)
        found.append((round(rect[0], 3), round(rect[1], 3), round(rect[2], 3), round(rect[3], 3)))


def _largest(cells: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Return first column, first row, columns and rows of the best open rectangle: wide both ways (to 2 m), then large.

    Each column is the base of a histogram of how far the open cells reach back; a stack yields its maximal rectangles.
    """
    columns, rows = cells.shape
    best, best_rank = (0, 0, 0, 0), (0, 0)
    depth = np.zeros(rows, int)
    for column in range(columns):
        depth = np.where(cells[column], depth + 1, 0)
        stack: list[tuple[int, int]] = []
        for row, wide in enumerate([*depth.tolist(), 0]):
            start = row
            while stack and stack[-1][1] >= wide:
                start, high = stack.pop()
                rank = (min(high, row - start, 20), high * (row - start))
                if rank > best_rank:
                    best, best_rank = (column - high + 1, start, high, row - start), rank
            stack.append((start, wide))
    return best


def arrange(clear: Sequence[Rect], keep_off: Sequence[tuple[float, float, float]], seed: int) -> list[str]:
    """Return includes of all objects and pictures, spread over ``clear`` and off the circles (x, y, radius)."""
    rng = np.random.default_rng(seed)
    areas = np.array([(c - a) * (d - b) for a, b, c, d in clear])
    taken = list(keep_off)
    includes = []
    for name in tags():
        for attempt in range(4000):
            a, b, c, d = clear[rng.choice(len(clear), p=areas / areas.sum())]
            x, y = rng.uniform(a, c), rng.uniform(b, d)
            gap = 1.0 - attempt / 8000
            if all(math.hypot(x - u, y - v) > gap * max(r, 1.0) for u, v, r in taken):
                break
        else:
            raise ValueError(f"no room for {name}")
        taken.append((x, y, 1.0))
        yaw = rng.uniform(-math.pi, math.pi)
        includes.append(sdf.include(name, f"model://{name}", (round(x, 2), round(y, 2), 0, 0, 0, round(yaw, 2))))
    return includes
