"""Drawing where things stand on a table: within reach, apart from each other, with room for a gripper."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from vla_sim.engines.engine import Placements
from vla_sim.geometry import Pose
from vla_sim.tasks.layout import NoRoomError
from vla_sim.tasks.manipulation.things import height_of, radius_of
from vla_sim.tasks.navmap import Array, Mask
from vla_sim.tasks.semantics import Point, Rect
from vla_sim.tasks.site import Site

Where = Callable[[Point], bool]
"""Whether a point of the table is allowed."""

GAP = 0.05
"""Least gap [m] between two things, for a finger to go between."""
TALL = 0.078
"""Higher things than this [m] are in the way of the palm of a hand that takes a low one ..."""
TALL_GAP = 0.085
"""... and things keep this far from them [m]."""
DRAWER_ROOM = 0.12
"""Free depth [m] before the handle of a drawer when it is open."""
_DRAWS = 120


class Bench:
    """Placements on a surface that grow one by one; what is not put is absent.

    All is put where the robot reaches it from where it stands in the file, unless it ``comes`` to what it takes.

    Attributes:
        surface: name of the model that they stand on.
        points: where each thing and fixture stands in the world.
    """

    def __init__(self, site: Site, rng: np.random.Generator, surface: str | None = None, comes: bool = False):
        self.site, self.rng, self._comes = site, rng, comes
        self.surface = surface or next(iter(site.surfaces))
        self.points: dict[str, Point] = {}
        self._yaws: dict[str, float] = {}
        self._reserved: list[tuple[Point, float, float]] = []
        """Places kept free: point, radius and height of what will stand there."""

    def put(
        self, model: str, where: Where | None = None, *, within: Rect | None = None, yaw: float | None = None
    ) -> Point:
        """Put a thing or a fixture at a random free place, see ``find``, at a random heading unless it is given."""
        turn = float(self.rng.uniform(-math.pi, math.pi))
        point = self.find(model, where, within)
        self.put_at(model, point, turn if yaw is None else yaw)
        return point

    def put_at(self, model: str, point: Point, yaw: float) -> None:
        """Put a thing or a fixture at a given place, whatever is there."""
        self.points[model] = point
        self._yaws[model] = yaw

    def reserve(self, model: str, where: Where | None = None, *, within: Rect | None = None) -> Point:
        """Return a free place for a thing that is put elsewhere, see ``find``, and keep it free."""
        point = self.find(model, where, within)
        self._reserved.append((point, radius_of(self.site, model), height_of(self.site, model)))
        return point

    def find(self, model: str, where: Where | None = None, within: Rect | None = None) -> Point:
        """Draw a free place for a model, in a rectangle and where it is allowed, if these are given.

        Raises:
            NoRoomError: none was found.
        """
        radius, height = radius_of(self.site, model), height_of(self.site, model)
        area = self.site.surfaces[self.surface].area
        xmin, ymin, xmax, ymax = area if within is None else overlap(area, within)
        if xmin >= xmax or ymin >= ymax:
            raise NoRoomError(f"no free place for {model}")
        x, y = self.rng.uniform((xmin, ymin), (xmax, ymax), (_DRAWS, 2)).T
        for index in np.flatnonzero(self._free(x, y, radius, height)):
            point = float(x[index]), float(y[index])
            if where is None or where(point):
                return point
        raise NoRoomError(f"no free place for {model}")

    def clutter(self, models: Sequence[str], least: int, most: int) -> list[str]:
        """Put some of the models, as many as find room but no more than a random number; return them."""
        wanted = int(self.rng.integers(least, most + 1))
        put: list[str] = []
        for model in models:
            if len(put) == wanted:
                break
            try:
                self.put(model)
            except NoRoomError:
                continue
            put.append(model)
        return put

    @property
    def height(self) -> float:
        """Height [m] of the surface above the origin of its model."""
        return self.site.surfaces[self.surface].height - self.site.world.model(self.surface).pose.position[2]

    def on_surface(self, point: Point) -> Point:
        """Express a point of the world in the frame of the surface's model."""
        return self.site.world.model(self.surface).pose.inverse().transform((*point, 0.0))[:2]

    @property
    def placements(self) -> Placements:
        """Where everything stands; things and fixtures that were not put are absent, the robot is as in the file."""
        poses: dict[str, Pose | None] = dict.fromkeys((*self.site.objects, *self.site.fixtures))
        height = self.site.surfaces[self.surface].height
        for model, (x, y) in self.points.items():
            poses[model] = Pose.planar(x, y, self._yaws[model], height)
        return poses

    def _free(self, x: Array, y: Array, radius: float, height: float) -> Mask:
        """Return at which points something round could stand and be grasped."""
        least, most = (0.0, math.inf) if self._comes else self.site.surfaces[self.surface].reach
        foot = self.site.robot.pose.position
        away = np.hypot(x - foot[0], y - foot[1])
        free = (away >= least) & (away <= most)
        for gap, high in self._gaps(x, y):
            free &= gap - radius >= (TALL_GAP if max(high, height) > TALL else GAP)
        return np.asarray(free)

    def _gaps(self, x: Array, y: Array) -> Iterator[tuple[Array, float]]:
        """Yield the distance [m] from points to each thing that stands there, with its height."""
        for (u, v), radius, height in self._reserved:
            yield np.hypot(x - u, y - v) - radius, height
        for model, point in self.points.items():
            yield self._gap(model, point, x, y), height_of(self.site, model)

    def _gap(self, model: str, point: Point, x: Array, y: Array) -> Array:
        """Return the distance [m] from points to a thing or a fixture, the way of its drawers included."""
        tag = self.site.fixtures.get(model)
        if tag is None or tag.marks is not None or (tag.holds is not None and tag.holds.radius is not None):
            return np.hypot(x - point[0], y - point[1]) - radius_of(self.site, model)
        cos, sin = math.cos(self._yaws[model]), math.sin(self._yaws[model])
        ahead = (x - point[0]) * cos + (y - point[1]) * sin
        aside = (y - point[1]) * cos - (x - point[0]) * sin
        outline = self.site.outline(model)
        gap = outline.distance(ahead, aside)
        if tag.drawers:
            _, _, front, side = outline.bounds
            # What stands in the way of a drawer, or of the hand that pulls it.
            gap[(ahead >= 0.0) & (ahead <= front + 2 * DRAWER_ROOM) & (np.abs(aside) <= side)] = 0.0
        return np.asarray(gap)


def around(point: Point, half: float) -> Rect:
    """Return the square of half edge ``half`` [m] about a point."""
    return point[0] - half, point[1] - half, point[0] + half, point[1] + half


def overlap(one: Rect, other: Rect) -> Rect:
    """Return what two rectangles have in common; empty where its first corner is not below its second."""
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])
