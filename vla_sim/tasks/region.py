"""Places that a goal names: near an object, between two, in a room. Judges, maps and planners share them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vla_sim.tasks.navmap import Array, Grid, Mask
from vla_sim.tasks.semantics import Point, Rect
from vla_sim.tasks.site import Site

Locate = Callable[[str], Point]
"""Where a model stands."""


class Region(Protocol):
    """A part of the floor plan, for the robot's origin."""

    def contains(self, x: Array, y: Array, locate: Locate) -> Mask:
        """Return which points lie in it; ``x`` and ``y`` broadcast to two axes."""
        ...

    def bounds(self, locate: Locate) -> Rect:
        """Return a rectangle that holds it."""
        ...


def holds(region: Region, x: float, y: float, locate: Locate) -> bool:
    """Return whether one point lies in a region."""
    xmin, ymin, xmax, ymax = region.bounds(locate)
    if not (xmin <= x <= xmax and ymin <= y <= ymax):
        return False
    return bool(region.contains(np.array([[x]]), np.array([[y]]), locate)[0, 0])


def cells_of(region: Region, grid: Grid, locate: Locate) -> Mask:
    """Return which cells of a grid lie in a region."""
    cells = np.zeros((grid.rows, grid.columns), dtype=bool)
    window = grid.window(*region.bounds(locate))
    cells[window] = region.contains(*grid.centres(window), locate)
    return cells


@dataclass(frozen=True, slots=True)
class Near:
    """Where the gap between the robot's hull and a model is in [``least``, ``most``] [m], with no wall between.

    No other candidate may be nearer. ``beam`` [m] is how wide the view of the model must be, to either side.
    """

    site: Site
    model: str
    least: float
    most: float
    candidates: tuple[str, ...] = ()
    beam: float = 0.0

    def contains(self, x: Array, y: Array, locate: Locate) -> Mask:
        """Return which points lie in it."""
        gap = self._gap(self.model, x, y, locate)
        inside = np.asarray((gap >= self.least) & (gap <= self.most))
        for other in self.candidates:
            if other != self.model:
                inside &= gap < self._gap(other, x, y, locate)
        rows, columns = np.nonzero(inside)
        xs, ys = np.broadcast_arrays(x, y)
        seen = self.site.lines_of_sight(xs[rows, columns], ys[rows, columns], locate(self.model), self.beam)
        inside[rows, columns] = seen
        return inside

    def bounds(self, locate: Locate) -> Rect:
        """Return a rectangle that holds it."""
        return _square(locate(self.model), self.most + self.site.objects[self.model].radius + self.site.robot_radius)

    def _gap(self, model: str, x: Array, y: Array, locate: Locate) -> Array:
        mx, my = locate(model)
        return np.hypot(x - mx, y - my) - self.site.objects[model].radius - self.site.robot_radius


@dataclass(frozen=True, slots=True)
class Between:
    """The middle of the straight line between two models: a disc of ``radius`` [m] about its midpoint."""

    first: str
    second: str
    radius: float

    def contains(self, x: Array, y: Array, locate: Locate) -> Mask:
        """Return which points lie in it."""
        middle = self._middle(locate)
        return np.hypot(x - middle[0], y - middle[1]) <= self.radius

    def bounds(self, locate: Locate) -> Rect:
        """Return a rectangle that holds it."""
        return _square(self._middle(locate), self.radius)

    def _middle(self, locate: Locate) -> Point:
        (ax, ay), (bx, by) = locate(self.first), locate(self.second)
        return (ax + bx) / 2, (ay + by) / 2


@dataclass(frozen=True, slots=True)
class Within:
    """Inside any of some rectangles, at least ``margin`` [m] from their edges."""

    areas: tuple[Rect, ...]
    margin: float = 0.0

    def contains(self, x: Array, y: Array, locate: Locate) -> Mask:
        """Return which points lie in it."""
        inside = np.zeros(np.broadcast(x, y).shape, dtype=bool)
        for xmin, ymin, xmax, ymax in self.areas:
            m = self.margin
            inside |= (x >= xmin + m) & (x <= xmax - m) & (y >= ymin + m) & (y <= ymax - m)
        return inside

    def bounds(self, locate: Locate) -> Rect:
        """Return a rectangle that holds it."""
        xmin, ymin, xmax, ymax = zip(*self.areas, strict=True)
        return min(xmin), min(ymin), max(xmax), max(ymax)


@dataclass(frozen=True, slots=True)
class Spot:
    """A disc of ``radius`` [m] about a point."""

    centre: Point
    radius: float

    def contains(self, x: Array, y: Array, locate: Locate) -> Mask:
        """Return which points lie in it."""
        return np.hypot(x - self.centre[0], y - self.centre[1]) <= self.radius

    def bounds(self, locate: Locate) -> Rect:
        """Return a rectangle that holds it."""
        return _square(self.centre, self.radius)


@dataclass(frozen=True, slots=True)
class Ring:
    """Between two circles about a point, ``least`` and ``most`` [m] from it: where an arm reaches it from.

    What lies between is not looked at: no wall may be so thin that a robot stands behind it as near.
    """

    centre: Point
    least: float
    most: float

    def contains(self, x: Array, y: Array, locate: Locate) -> Mask:
        """Return which points lie in it."""
        away = np.hypot(x - self.centre[0], y - self.centre[1])
        return np.asarray((away >= self.least) & (away <= self.most))

    def bounds(self, locate: Locate) -> Rect:
        """Return a rectangle that holds it."""
        return _square(self.centre, self.most)


def _square(centre: Point, half: float) -> Rect:
    return centre[0] - half, centre[1] - half, centre[0] + half, centre[1] + half


def bearing(x: float, y: float, yaw: float, target: Point) -> float:
    """Return the angle [rad] by which a robot must turn left to face a point."""
    angle = math.atan2(target[1] - y, target[0] - x) - yaw
    return math.atan2(math.sin(angle), math.cos(angle))
