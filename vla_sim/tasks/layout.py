"""Drawing where the robot and the objects stand: free of collisions, apart from each other, reachable."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import numpy as np

from vla_sim.engines.engine import Placements
from vla_sim.errors import InputError
from vla_sim.geometry import Pose, wrap_angle
from vla_sim.tasks.navmap import Array, Mask, NavMap
from vla_sim.tasks.semantics import Point, Rect
from vla_sim.tasks.site import Site

T = TypeVar("T")
Where = Callable[[Array, Array], Mask]
"""Which points (x, y) are allowed."""

OUT_OF_VIEW = 0.8
"""Share of the trials that must start with the target out of the camera's view."""
WALL_GAP = 0.1
"""Least gap [m] between an object and what stands still."""
PASSAGE = 0.25
"""Free room [m] beside the robot where it passes between two objects."""
_ATTEMPTS = 250
"""Where one layout in ten works out, as for the hardest task in the apartment, one trial in 10^11 finds none."""


class NoRoomError(Exception):
    """A draw that did not work out; another may."""


def attempt(task: str, site: Site, draw: Callable[[], T]) -> T:
    """Return the first draw that works out.

    Raises:
        InputError: none of many did: the world has too little room for the task.
    """
    for _ in range(_ATTEMPTS):
        try:
            return draw()
        except NoRoomError as error:
            reason = error
    raise InputError(f"no room for the task {task}: {reason}; widen 'spawn' or 'clear'", file=site.world.source)


def around(point: Point, radius: float) -> Where:
    """Allow what is within ``radius`` [m] of a point."""
    return lambda x, y: np.hypot(x - point[0], y - point[1]) <= radius


def outside(point: Point, radius: float) -> Where:
    """Allow what is beyond ``radius`` [m] of a point."""
    return lambda x, y: np.hypot(x - point[0], y - point[1]) >= radius


class Layout:
    """Placements that grow one by one; objects that are not put are absent."""

    def __init__(self, site: Site, rng: np.random.Generator):
        self.site, self.rng = site, rng
        self.points: dict[str, Point] = {}
        self.yaws: dict[str, float] = {}
        self.robot: Pose | None = None

    def put(self, model: str, where: Where | None = None) -> Point:
        """Put an object at a random free place in the ``clear`` areas of the site, and where ``where`` allows."""
        site = self.site
        radius = site.objects[model].radius
        places = self._places(site.semantics.clear, radius + WALL_GAP, where)
        for other, point in self.points.items():
            apart = radius + site.objects[other].radius + 2 * site.robot_radius + PASSAGE
            self._strike(places, point, apart)
        if self.robot is not None:
            self._strike(places, self.robot.position[:2], radius + site.robot_radius + 0.6)
        point = self._draw(places, model)
        self.points[model] = point
        self.yaws[model] = float(self.rng.uniform(-math.pi, math.pi))
        return point

    def start(
        self,
        *,
        targets: Iterable[str] = (),
        least: float = 1.0,
        margin: float = 0.1,
        where: Where | None = None,
    ) -> Pose:
        """Put the robot in the ``spawn`` areas of the site, no nearer to an object than ``least`` [m], hull to surface.

        It looks anywhere, but so that in most trials it sees none of the ``targets``.
        """
        site = self.site
        places = self._places(site.semantics.spawn, site.robot_radius + margin, where)
        for model, point in self.points.items():
            self._strike(places, point, site.robot_radius + site.objects[model].radius + least)
        x, y = self._draw(places, "the robot")
        self.robot = site.standing_pose(site.semantics.robot, x, y, 0.0)
        self.look(targets)
        return self.robot

    def look(self, targets: Iterable[str]) -> None:
        """Turn the robot to a random heading; in most trials to one from which it sees none of the targets."""
        assert self.robot is not None
        x, y, _ = self.robot.position
        hidden = self.rng.random() < OUT_OF_VIEW
        points = [self.points[model] for model in targets]
        for _ in range(20):
            self.turn_robot(float(self.rng.uniform(-math.pi, math.pi)))
            if not (hidden and any(self.site.in_view(self.robot, point) for point in points)):
                return
        if points:
            away = math.atan2(y - points[0][1], x - points[0][0])
            self.turn_robot(wrap_angle(away))

    def turn_robot(self, yaw: float) -> None:
        """Turn the robot to a heading [rad]."""
        assert self.robot is not None
        x, y, _ = self.robot.position
        self.robot = self.site.standing_pose(self.site.semantics.robot, x, y, yaw)

    def stand_robot(self, x: float, y: float, yaw: float) -> None:
        """Put the robot at a given place."""
        self.robot = self.site.standing_pose(self.site.semantics.robot, x, y, yaw)

    @property
    def placements(self) -> Placements:
        """Where everything stands; objects that were not put are absent."""
        site = self.site
        poses: dict[str, Pose | None] = dict.fromkeys(site.objects)
        for model, (x, y) in self.points.items():
            poses[model] = site.standing_pose(model, x, y, self.yaws[model])
        if self.robot is not None:
            poses[site.semantics.robot] = self.robot
        return poses

    def locate(self, model: str) -> Point:
        """Return where an object was put."""
        return self.points[model]

    def nav_map(self, keep_out: Sequence[tuple[float, float, float]] = ()) -> NavMap:
        """Return where the robot can drive among what was put."""
        return self.site.nav_map(self.placements, keep_out)

    def _places(self, areas: tuple[Rect, ...], clearance: float, where: Where | None) -> Mask:
        places = self.site.places(areas, clearance).copy()
        if where is not None:
            rows, columns = np.nonzero(places)
            x, y = self.site.grid.centres()
            places[rows, columns] = where(x[0, columns], y[rows, 0])
        return places

    def _strike(self, places: Mask, point: Point, radius: float) -> None:
        grid = self.site.grid
        radius += grid.step
        window = grid.window(point[0] - radius, point[1] - radius, point[0] + radius, point[1] + radius)
        x, y = grid.centres(window)
        places[window] &= np.hypot(x - point[0], y - point[1]) > radius

    def _draw(self, places: Mask, what: str) -> Point:
        cells = np.flatnonzero(places)
        if len(cells) == 0:
            raise NoRoomError(f"no free place for {what}")
        grid = self.site.grid
        row, column = divmod(int(cells[self.rng.integers(len(cells))]), grid.columns)
        dx, dy = self.rng.uniform(-grid.step / 2, grid.step / 2, 2)
        return grid.x0 + column * grid.step + float(dx), grid.y0 + row * grid.step + float(dy)
