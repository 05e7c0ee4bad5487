"""Where a round robot can drive: clearance on a grid, geodesic distance, shortest and comfortable paths."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.graph import MCP_Geometric

from vla_sim.tasks.footprint import Footprint

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

RESOLUTION = 0.05
"""Edge of a grid cell [m]."""
COARSE = 2
"""Cells of the map to one of a distance field."""
FAR = 1.0
"""Clearance [m] beyond which obstacles do not matter; the grid stores no larger value."""
COMFORT = 0.3
"""Clearance [m] beyond the robot's radius that a comfortable path likes to keep."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A rectangle of square cells; cell (row, column) has its centre at ``x0 + column * step, y0 + row * step``."""

    x0: float
    y0: float
    rows: int
    columns: int
    step: float = RESOLUTION

    @classmethod
    def covering(cls, xmin: float, ymin: float, xmax: float, ymax: float) -> Grid:
        """Return the smallest grid over a rectangle."""
        rows, columns = (math.ceil(span / RESOLUTION) + 1 for span in (ymax - ymin, xmax - xmin))
        return cls(xmin, ymin, rows, columns)

    def coarser(self, factor: int) -> Grid:
        """Return the grid of every ``factor``-th row and column."""
        rows, columns = math.ceil(self.rows / factor), math.ceil(self.columns / factor)
        return Grid(self.x0, self.y0, rows, columns, self.step * factor)

    def cell(self, x: float, y: float) -> tuple[int, int]:
        """Return the row and column nearest to a point; the border cell for a point outside."""
        row, column = round((y - self.y0) / self.step), round((x - self.x0) / self.step)
        return min(max(row, 0), self.rows - 1), min(max(column, 0), self.columns - 1)

    def centre(self, cell: tuple[int, int]) -> tuple[float, float]:
        """Return the centre of a cell."""
        return self.x0 + cell[1] * self.step, self.y0 + cell[0] * self.step

    def cells(self, x: Array, y: Array) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the rows and columns nearest to points; border cells for points outside."""
        rows = np.rint((y - self.y0) / self.step).astype(np.intp).clip(0, self.rows - 1)
        columns = np.rint((x - self.x0) / self.step).astype(np.intp).clip(0, self.columns - 1)
        return rows, columns

    def interpolate(self, values: Array, x: float, y: float) -> float:
        """Return the bilinear interpolation of a grid of values at a point; the border's value outside."""
        column = min(max((x - self.x0) / self.step, 0.0), self.columns - 1.001)
        row = min(max((y - self.y0) / self.step, 0.0), self.rows - 1.001)
        i, j = int(row), int(column)
        u, v = row - i, column - j
        low = values.item(i, j) * (1 - v) + values.item(i, j + 1) * v
        high = values.item(i + 1, j) * (1 - v) + values.item(i + 1, j + 1) * v
        return low * (1 - u) + high * u

    def window(self, xmin: float, ymin: float, xmax: float, ymax: float) -> tuple[slice, slice]:
        """Return the rows and columns that a rectangle touches."""
        (row, column), (last_row, last_column) = self.cell(xmin, ymin), self.cell(xmax, ymax)
        return slice(row, last_row + 1), slice(column, last_column + 1)

    def centres(self, window: tuple[slice, slice] | None = None) -> tuple[Array, Array]:
        """Return x (1, columns) and y (rows, 1) of the cells' centres, to be broadcast."""
        rows, columns = window or (slice(0, self.rows), slice(0, self.columns))
        x = self.x0 + self.step * np.arange(columns.start, columns.stop)
        y = self.y0 + self.step * np.arange(rows.start, rows.stop)
        return x[None, :], y[:, None]


def lower_clearance(grid: Grid, clearance: Array, footprint: Footprint) -> None:
    """Take an obstacle into a clearance grid (in place)."""
    xmin, ymin, xmax, ymax = footprint.bounds
    window = grid.window(xmin - FAR, ymin - FAR, xmax + FAR, ymax + FAR)
    part = clearance[window]
    np.minimum(part, footprint.distance(*grid.centres(window)), out=part)


class Field:
    """Geodesic distance [m] from every free cell to a region."""

    def __init__(self, grid: Grid, costs: Array, search: MCP_Geometric):
        self._grid, self._costs, self._search = grid, costs, search

    def distance(self, x: float, y: float) -> float:
        """Return the distance from a point, or from the nearest free cell within 0.5 m; inf where there is none."""
        between = self._grid.interpolate(self._costs, x, y)
        if math.isfinite(between):
            return between
        cell = self._reachable_cell(x, y)
        return math.inf if cell is None else float(self._costs[cell])

    def least(self, region: Mask) -> float:
        """Return the distance from the nearest cell of a region of the map; inf if there is none."""
        return float(self._costs[region[::COARSE, ::COARSE]].min(initial=math.inf))

    def path(self, x: float, y: float) -> Array:
        """Return the way from a point to the region, (n, 2) cell centres; empty if there is none."""
        cell = self._reachable_cell(x, y)
        if cell is None:
            return np.empty((0, 2))
        cells = np.array(self._search.traceback(cell))[::-1]
        origin = np.array([self._grid.x0, self._grid.y0])
        return np.asarray(origin + self._grid.step * cells[:, ::-1])

    def _reachable_cell(self, x: float, y: float) -> tuple[int, int] | None:
        grid = self._grid
        cell = grid.cell(x, y)
        if np.isfinite(self._costs[cell]):
            return cell
        window = grid.window(x - 0.5, y - 0.5, x + 0.5, y + 0.5)
        xs, ys = grid.centres(window)
        away = np.where(np.isfinite(self._costs[window]), np.hypot(xs - x, ys - y), np.inf)
        row, column = np.unravel_index(int(np.argmin(away)), away.shape)
        if not np.isfinite(away[row, column]):
            return None
        return int(row) + window[0].start, int(column) + window[1].start


class NavMap:
    """Clearance [m] of every cell to the nearest obstacle, for a robot of a given radius [m]."""

    def __init__(self, grid: Grid, clearance: Array, radius: float):
        self.grid, self.clearance, self.radius = grid, clearance, radius
        self.free: Mask = clearance >= radius

    def is_free(self, x: float, y: float, margin: float = 0.0) -> bool:
        """Return whether the robot fits at a point with ``margin`` to spare."""
        return bool(self.clearance[self.grid.cell(x, y)] >= self.radius + margin)

    def connected(self, x: float, y: float) -> Mask:
        """Return the free cells that can be reached from a free point."""
        _, labels = cv2.connectedComponents(self.free.astype(np.uint8), connectivity=4)
        return np.asarray(labels == labels[self.grid.cell(x, y)])

    def line_clearance(self, start: tuple[float, float], end: tuple[float, float]) -> float:
        """Return the least clearance on a straight line [m]."""
        count = max(2, math.ceil(math.dist(start, end) / (0.5 * self.grid.step)) + 1)
        line = self.grid.cells(np.linspace(start[0], end[0], count), np.linspace(start[1], end[1], count))
        return float(self.clearance[line].min())

    def field(self, region: Mask) -> Field:
        """Return shortest distances to the free cells of a region, on a grid of half the map's resolution.

        Steps go to the eight neighbours, so a distance is up to 8 % longer than the straight line.
        """
        grid = self.grid.coarser(COARSE)
        free = self.free[::COARSE, ::COARSE]
        return _search(grid, region[::COARSE, ::COARSE] & free, np.where(free, grid.step, -1.0))

    def path(self, start: tuple[float, float], region: Mask) -> Array:
        """Return a way (n, 2) from a point into a region that keeps some distance from obstacles, corners cut.

        Empty if there is none.
        """
        short = np.clip((self.radius + COMFORT - self.clearance) / COMFORT, 0.0, 1.0)
        costs = np.where(self.free, self.grid.step * (1.0 + 4.0 * short * short), -1.0)
        cell = self.grid.cell(*start)
        field = _search(self.grid, region & self.free, costs, [cell] if self.free[cell] else None)
        return self._pull(field.path(*start))

    def _pull(self, path: Array) -> Array:
        """Cut corners wherever the straight line keeps as much clearance as the way around (or is comfortable)."""
        if len(path) < 3:
            return path
        nodes = [*range(0, len(path) - 1, 3), len(path) - 1]
        room = [
            min(self.line_clearance(_point(path, i), _point(path, j)), self.radius + COMFORT)
            for i, j in itertools.pairwise(nodes)
        ]
        kept, at = [nodes[0]], 0
        while at < len(nodes) - 1:
            ahead = len(nodes) - 1
            while ahead > at + 1:
                line = self.line_clearance(_point(path, nodes[at]), _point(path, nodes[ahead]))
                if line >= min(room[at:ahead]) - 1e-9:
                    break
                ahead -= 1
            at = ahead
            kept.append(nodes[at])
        return path[kept]


def _search(grid: Grid, region: Mask, costs: Array, ends: list[tuple[int, int]] | None = None) -> Field:
    """Return the costs to a region (Dijkstra); the search stops early once it has come to all ``ends``."""
    seeds = np.argwhere(region)
    search = MCP_Geometric(costs)
    if len(seeds) == 0:
        return Field(grid, np.full(costs.shape, np.inf), search)
    found, _ = search.find_costs(seeds, ends)
    return Field(grid, found, search)


def _point(path: Array, index: int) -> tuple[float, float]:
    return float(path[index, 0]), float(path[index, 1])


def path_length(path: Array) -> float:
    """Return the length [m] of a polyline (n, 2)."""
    return float(np.hypot(*np.diff(path, axis=0).T).sum()) if len(path) > 1 else 0.0
