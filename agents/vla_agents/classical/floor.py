"""The floor as far as it is known: what is free, what is in the way, what the camera has looked at, and ways across."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vla_agents.classical import rover
from vla_agents.classical.scan import Array, Scan
from vla_agents.steering import Here

Mask = NDArray[np.bool_]
Disc = tuple[float, float, float]
"""x, y and radius [m]."""

CELL = 0.1
"""Size of a cell [m]."""
REACH = 22.0
"""How far the map goes to each side of where the trial began [m]."""
SIGHT = 5.0
"""Distance within which the camera is taken to find what there is [m]."""
_COUNT = round(2 * REACH / CELL)
_HIT, _MISS, _MOST = 3, 1, 9
"""Evidence that a cell is taken rises by a hit and falls by a miss, within bounds."""
_TAKEN = 3
_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)
_SQUARE = np.ones((3, 3), np.uint8)
_PATCH = np.ones((5, 5), np.uint8)
"""Least patch of floor that is worth a look [cells]."""
_MARGIN = 8


class Floor:
    """Occupancy in the frame of dead reckoning. Scans of different heights have layers of their own."""

    def __init__(self) -> None:
        self._layers: dict[str, NDArray[np.int8]] = {}
        self._looked = np.zeros((_COUNT, _COUNT), np.uint8)
        self._known = np.array([_COUNT // 2, _COUNT // 2, _COUNT // 2 + 1, _COUNT // 2 + 1])
        """First row and column, and last ones plus 1, of what was ever seen."""

    # --- taking in ----------------------------------------------------------------------------------------------------

    def add(self, layer: str, scan: Scan, here: Here) -> None:
        """Take in a scan from a pose."""
        evidence = self._layers.setdefault(layer, np.zeros((_COUNT, _COUNT), np.int8))
        x, y = scan.placed(here)
        rows, columns = _cells(x, y)
        window, free = _inside(rows, columns, here, scan.origin)
        top, left = window[:2]
        part = evidence[window[0] : window[2], window[1] : window[3]]
        part -= free.view(np.int8) * _MISS
        at = rows[scan.hit] - top, columns[scan.hit] - left
        part[at] += _HIT + _MISS
        np.clip(part, -_MOST, _MOST, out=part)
        self._known = np.array(
            [*np.minimum(self._known[:2], window[:2]).tolist(), *np.maximum(self._known[2:], window[2:]).tolist()]
        )

    def look(self, scan: Scan, here: Here) -> None:
        """Take what lies in the camera's view and within a scan as looked at."""
        half = rover.CAMERA_FOV / 2 - 0.05
        inside = np.abs(scan.bearing) < half
        x, y = scan.x[inside], scan.y[inside]
        if x.size < 3:
            return
        shrink = np.minimum(1.0, SIGHT / np.maximum(np.hypot(x, y), 1e-6))
        fan = Scan(x * shrink, y * shrink, np.ones(x.size, np.bool_), 0.0)
        rows, columns = _cells(*fan.placed(here))
        window, seen = _inside(rows, columns, here, 0.0)
        part = self._looked[window[0] : window[2], window[1] : window[3]]
        np.maximum(part, seen, out=part)

    def look_again(self) -> None:
        """Forget what was looked at, and where something was touched: that may be what hides the rest."""
        self._looked[:] = 0
        self._layers.pop("touch", None)

    # --- asking -------------------------------------------------------------------------------------------------------

    def way(self, here: Here, goals: Array, keep_out: Sequence[Disc] = (), clearance: float = 0.36) -> Array:
        """Return the shortest way to any of some points (n, 2), as points; empty where there is none."""
        rows, columns = _cells(goals[:, 0], goals[:, 1])
        plan = _Plan(self, here, keep_out, clearance, (rows, columns))
        wanted = np.zeros(plan.free.shape, np.bool_)
        wanted[rows - plan.top, columns - plan.left] = True
        return plan.shortest(wanted & (plan.free > 0))

    def way_to_unseen(self, here: Here, keep_out: Sequence[Disc] = (), clearance: float = 0.36) -> Array:
        """Return the shortest way to free floor that the camera has not looked at, or to the edge of what is known.

        Slivers do not count. The way is empty where there is nothing left to see.
        """
        plan = _Plan(self, here, keep_out, clearance, None)
        seen_free = plan.seen_free.astype(np.uint8)
        unseen = (self._looked[plan.rows, plan.columns] == 0).astype(np.uint8) & seen_free
        unknown = self._unknown(plan.rows, plan.columns)
        wanted = _patches(unseen) | (_patches(unknown) & _grown(seen_free, _SQUARE))
        # Where the robot stands there is nothing to go and see.
        cv2.circle(wanted, plan.start[::-1], round(0.5 / CELL), 0, -1)
        return plan.shortest((wanted > 0) & (plan.free > 0))

    def is_unseen(self, point: tuple[float, float]) -> bool:
        """Return whether a point is still to be looked at."""
        row, column = _cell(*point)
        unknown = self._unknown(slice(row, row + 1), slice(column, column + 1))
        return not self._looked[row, column] or bool(unknown.any())

    def _unknown(self, rows: slice, columns: slice) -> NDArray[np.uint8]:
        known = [evidence[rows, columns] != 0 for evidence in self._layers.values()]
        shape = self._looked[rows, columns].shape
        return (~np.logical_or.reduce(known)).astype(np.uint8) if known else np.ones(shape, np.uint8)

    def touch(self, here: Here, points: Sequence[tuple[float, float]]) -> None:
        """Take points (x, y) in the robot's frame [m] as taken for good: something was touched there."""
        evidence = self._layers.setdefault("touch", np.zeros((_COUNT, _COUNT), np.int8))
        c, s = math.cos(here.yaw), math.sin(here.yaw)
        for x, y in points:
            evidence[_cell(here.x + c * x - s * y, here.y + s * x + c * y)] = _MOST

    def near(self, here: Here, reach: float = 0.7) -> tuple[Array, Array]:
        """Return the taken cells about a pose, but those of the LiDAR, as points in its frame [m]."""
        row, column = _cell(here.x, here.y)
        size = math.ceil(reach / CELL)
        top, left = max(row - size, 0), max(column - size, 0)
        around = slice(top, row + size + 1), slice(left, column + size + 1)
        taken = [evidence[around] >= _TAKEN for layer, evidence in self._layers.items() if layer != "lidar"]
        rows, columns = np.nonzero(np.logical_or.reduce(taken)) if taken else (np.empty(0), np.empty(0))
        x, y = (columns + left + 0.5) * CELL - REACH - here.x, (rows + top + 0.5) * CELL - REACH - here.y
        c, s = math.cos(here.yaw), math.sin(here.yaw)
        return c * x + s * y, c * y - s * x

    def open_between(self, starts: Array, ends: Array) -> Mask:
        """Return between which points (n, 2) and (n, 2) nothing stands in the way."""
        shares = np.linspace(0.0, 1.0, 24)[:, None, None]
        points = starts + shares * (ends - starts)
        rows, columns = _cells(points[..., 0], points[..., 1])
        return np.asarray(~self._taken(rows, columns).any(axis=0))

    def _taken(self, rows: NDArray[np.intp] | slice, columns: NDArray[np.intp] | slice) -> Mask:
        layers = [evidence[rows, columns] >= _TAKEN for evidence in self._layers.values()]
        return np.logical_or.reduce(layers) if layers else np.zeros(self._looked[rows, columns].shape, np.bool_)


class _Plan:
    """The part of the floor on which a way is looked for."""

    def __init__(
        self,
        floor: Floor,
        here: Here,
        keep_out: Sequence[Disc],
        clearance: float,
        goals: tuple[NDArray[np.intp], NDArray[np.intp]] | None,
    ):
        row, column = _cell(here.x, here.y)
        ends = np.array([[row, column]]) if goals is None else np.vstack([np.column_stack(goals), [row, column]])
        low = np.minimum(floor._known[:2], ends.min(axis=0)) - _MARGIN
        high = np.maximum(floor._known[2:], ends.max(axis=0) + 1) + _MARGIN
        self.top, self.left = (int(value) for value in np.maximum(low, 0))
        bottom, right = (int(value) for value in np.minimum(high, _COUNT))
        self.rows, self.columns = slice(self.top, bottom), slice(self.left, right)
        self.start = row - self.top, column - self.left
        taken = floor._taken(self.rows, self.columns)
        away = cv2.distanceTransform((~taken).astype(np.uint8), cv2.DIST_L2, 3) * CELL
        self.free = (away >= clearance).astype(np.uint8)
        for x, y, radius in keep_out:
            at = _cell(x, y)
            cv2.circle(self.free, (at[1] - self.left, at[0] - self.top), math.ceil(radius / CELL), 0, -1)
        # The robot may leave a place that is too tight.
        ys, xs = np.ogrid[: self.free.shape[0], : self.free.shape[1]]
        around = np.hypot(xs - self.start[1], ys - self.start[0]) * CELL < clearance + 0.05
        self.free[around & ~taken] = 1
        seen = [evidence[self.rows, self.columns] < 0 for evidence in floor._layers.values()]
        self.seen_free = np.logical_or.reduce(seen) if seen else np.zeros(self.free.shape, np.bool_)

    def shortest(self, goals: Mask) -> Array:
        """Grow a wave from the robot until it comes to a goal, then go back down."""
        if not goals.any():
            return np.empty((0, 2))
        wave = np.zeros_like(self.free)
        wave[self.start] = 1
        steps = np.zeros(self.free.shape, np.int16)
        count, size = 0, 1
        while True:
            count += 1
            wave = np.minimum(cv2.dilate(wave, _CROSS if count % 2 else _SQUARE), self.free).astype(
                np.uint8, copy=False
            )
            steps += wave
            if count % 4 == 0:
                if wave[goals].any():
                    break
                grown = cv2.countNonZero(wave)
                if grown == size:
                    return np.empty((0, 2))
                size = grown
        reached = np.argwhere(goals & (wave > 0))
        at = reached[int(steps[tuple(reached.T)].argmax())]
        return self._back(at, steps)

    def _back(self, at: NDArray[np.intp], steps: NDArray[np.int16]) -> Array:
        """Return the way to a cell; ``steps`` is greater the earlier the wave came."""
        padded = np.pad(steps, 1)
        cells = [tuple(map(int, at))]
        while cells[-1] != self.start:
            row, column = cells[-1]
            around = padded[row : row + 3, column : column + 3]
            best = int(around.argmax())
            step = best // 3 - 1, best % 3 - 1
            if step == (0, 0) or around[1, 1] >= around.flat[best]:
                break
            cells.append((row + step[0], column + step[1]))
        path = np.array(cells[::-1], dtype=float) + np.array((self.top, self.left))
        return np.asarray((path[:, ::-1] + 0.5) * CELL - REACH)


def _cells(x: Array, y: Array) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return rows and columns of points; those beyond the map's edge are at its edge."""
    rows = np.clip(np.floor((y + REACH) / CELL).astype(np.intp), 1, _COUNT - 2)
    columns = np.clip(np.floor((x + REACH) / CELL).astype(np.intp), 1, _COUNT - 2)
    return rows, columns


def _cell(x: float, y: float) -> tuple[int, int]:
    """Return row and column of one point."""
    row, column = math.floor((y + REACH) / CELL), math.floor((x + REACH) / CELL)
    return min(max(row, 1), _COUNT - 2), min(max(column, 1), _COUNT - 2)


def _grown(image: NDArray[np.uint8], kernel: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.dilate(image, kernel), np.uint8)


def _patches(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an image without its slivers."""
    return np.asarray(cv2.morphologyEx(image, cv2.MORPH_OPEN, _PATCH), np.uint8)


def _inside(
    rows: NDArray[np.intp], columns: NDArray[np.intp], here: Here, origin: float
) -> tuple[tuple[int, int, int, int], NDArray[np.uint8]]:
    """Return the window about a scan and its sensor (first row, column, last ones plus 1), and its inside as ones."""
    x, y = here.x + origin * math.cos(here.yaw), here.y + origin * math.sin(here.yaw)
    row, column = _cell(x, y)
    rows, columns = np.append(rows, row), np.append(columns, column)
    top, left = int(rows.min()), int(columns.min())
    window = top, left, int(rows.max()) + 1, int(columns.max()) + 1
    image = np.zeros((window[2] - top, window[3] - left), np.uint8)
    cv2.fillPoly(image, [np.column_stack([columns - left, rows - top]).astype(np.int32)], 1)
    return window, image
