"""Going somewhere with the whole map at hand: plan, follow, face, and get free when stuck."""

from __future__ import annotations

import math
from dataclasses import dataclass

from vla_agents.recovery import Recovery
from vla_agents.standing import Standing
from vla_agents.steering import STOP, Here, Limits, Path, PathFollower, Speeds, spin, stopping_speed, toward, wrap
from vla_sim.engines.engine import Truth
from vla_sim.geometry import Pose
from vla_sim.tasks.plan import GoTo
from vla_sim.tasks.region import Locate, cells_of, holds
from vla_sim.tasks.semantics import Point
from vla_sim.tasks.site import Site

LOOKAHEAD = 0.45
"""How far ahead on its path the robot heads for [m]."""
OFF_PATH = 0.35
"""Distance from its path [m] at which the expert plans anew."""
PLAN_AGAIN = 0.5
"""Least time between two plans [s]."""
MARGIN = 0.06
"""What the expert keeps beyond a gap that it was asked to keep [m]."""
NEAR_ENOUGH = 0.02
"""What may be left of a path that counts as driven [m]."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a driver may know: the site, what the robot can do, and which objects are there."""

    site: Site
    limits: Limits
    present: tuple[str, ...]

    def grip(self, here: Here) -> Limits:
        """Return what the robot can do where it is: next to nothing on slippery floor."""
        ahead = (
            (here.x + reach * math.cos(here.yaw), here.y + reach * math.sin(here.yaw)) for reach in (0.0, 0.4, 0.8)
        )
        return self.limits.on_ice() if any(self.site.is_slippery(*point) for point in ahead) else self.limits


def locator(truth: Truth) -> Locate:
    """Return where models stand."""

    def locate(model: str) -> Point:
        x, y, _ = truth.models[model].pose.position
        return x, y

    return locate


class Goer:
    """Plans a way into a region among everything that stands about, follows it, and turns to face what it should.

    It plans anew when it is off its way, and backs off first when it is stuck.
    """

    def __init__(self, goal: GoTo, scene: Surroundings):
        self._goal, self._scene = goal, scene
        self._follower: PathFollower | None = None
        self._driven = False
        self._next_plan = -math.inf
        self._whole: float | None = None
        self._standing = Standing(goal.hold)
        self._recovery = Recovery(scene.site)

    def speeds(self, here: Here, truth: Truth) -> Speeds | None:
        """Return what to do now, or None when done."""
        retreat = self._recovery.speeds(here, truth)
        if retreat is not None:
            self._follower = None
            return retreat
        follower = self._path(here, truth)
        if follower is None:
            return STOP
        speeds = self._drive(here, follower)
        if speeds is None and self._goal.halt_after < 1.0:
            return STOP
        if speeds is None:
            speeds = self._face(here, truth)
        if speeds is not None:
            self._recovery.note(here, speeds)
            return speeds
        if not self._standing.enough(here):
            return STOP
        if self._arrived(here, truth):
            return None
        self._follower = None
        return STOP

    def _path(self, here: Here, truth: Truth) -> PathFollower | None:
        """Return the path to follow, advanced to where the robot is; None while there is none."""
        if self._follower is None and here.time >= self._next_plan:
            path = self._plan(here, truth)
            self._next_plan = here.time + PLAN_AGAIN
            if len(path) > 0:
                self._follower, self._driven = PathFollower(path), False
        if self._follower is None:
            return None
        self._follower.advance(here)
        if self._whole is None:
            self._whole = self._follower.left
        if self._follower.off > OFF_PATH and not self._driven:
            self._follower = None
        return self._follower

    def _arrived(self, here: Here, truth: Truth) -> bool:
        grid = self._scene.site.grid
        return holds(self._goal.region, *grid.centre(grid.cell(*here.point)), locator(truth))

    def _drive(self, here: Here, follower: PathFollower) -> Speeds | None:
        assert self._whole is not None
        left = follower.left - (1.0 - self._goal.halt_after) * self._whole
        if self._driven or left < NEAR_ENOUGH:
            self._driven = True
            return None
        site, limits = self._scene.site, self._scene.grip(here)
        room = float(site.clearance[site.grid.cell(*here.point)]) - site.robot_radius
        calm = 0.3 + 1.2 * max(room, 0.0)
        return toward(
            here, follower.ahead(LOOKAHEAD), limits, min(calm, max(stopping_speed(left, limits), limits.crawl))
        )

    def _face(self, here: Here, truth: Truth) -> Speeds | None:
        facing = self._goal.facing
        if facing is None:
            return None
        x, y = locator(truth)(facing) if isinstance(facing, str) else facing
        left = wrap(math.atan2(y - here.y, x - here.x) - here.yaw)
        return spin(left, self._scene.limits) if abs(left) > 2 * self._scene.limits.aim else None

    def _plan(self, here: Here, truth: Truth) -> Path:
        site, locate = self._scene.site, locator(truth)
        placements: dict[str, Pose | None] = dict.fromkeys(site.objects)
        placements.update({model: truth.models[model].pose for model in self._scene.present})
        keep_out = [(*locate(model), site.objects[model].radius + gap + MARGIN) for model, gap in self._goal.avoid]
        nav = site.nav_map(placements, keep_out)
        return nav.path(here.point, cells_of(self._goal.region, nav.grid, locate))
