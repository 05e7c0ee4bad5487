"""The teacher of the fusion agent: knows the truth, but goes only to what the robot has had in view."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vla_agents.classical import rover
from vla_agents.classical.search import Search
from vla_agents.fusion.mind import Mind
from vla_agents.fusion.situation import AT, HOLD, RADIUS
from vla_agents.goer import Goer, Surroundings, locator
from vla_agents.manoeuvres import Driver, driver_for
from vla_agents.standing import Standing
from vla_agents.steering import STOP, Here, Limits, Speeds, spin
from vla_sim.tasks.plan import GoTo, Manoeuvre, Plan
from vla_sim.tasks.region import Between, Near

if TYPE_CHECKING:
    from vla_sim.envs.env import VlaSimEnv

_CLOSE, _AIM = 0.1, 0.06
"""How near to the place is near enough [m], and how well to face a thing [rad]."""
_PLAN_AGAIN = 1.0
"""Time after which the expert's way is planned anew [s]."""
_ASTRAY = 0.6
"""How far from the truth the robot may take its goal to be [m], for its way to be right."""
LEAST_PIXELS = 6
"""Pixels of a frame in which a thing counts as seen."""


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A place on the floor, and how far from it the robot's middle should be [m]."""

    point: tuple[float, float]
    away: float


class Teacher:
    """Says at each step what the robot should do, whatever led it where it is: the labels of imitation.

    Its way, its turns and its stops come from ground truth. What it must not know, it looks for as the robot has to: as
    long as something that the plan names was never in view, the robot explores the floor that it knows of.
    """

    def __init__(self, env: VlaSimEnv):
        self._env = env
        site = env.site
        self._index = {model.name: index for index, model in enumerate(site.world.models)}
        self._scene = Surroundings(site, Limits.of(site.drive), tuple(site.present(env.episode.placements)))
        self.seen: set[str] = set()
        """Models that were in view since the trial began."""
        self._plan: Plan | None = None
        self._left: list[Manoeuvre] = []
        self._driver: Driver | None = None
        self._goer: Goer | None = None
        self._goer_since = 0.0
        self._standing = Standing(HOLD)
        self._search: Search | None = None

    def look(self, segmentation: NDArray[np.int32], sees: bool = True) -> None:
        """Note what a frame shows: which model each pixel belongs to (height, width); a dead camera shows nothing."""
        if not sees:
            return
        counts = np.bincount(segmentation.ravel() + 1, minlength=len(self._index) + 1)[1:]
        self.seen.update(name for name, index in self._index.items() if counts[index] >= LEAST_PIXELS)

    def speeds(self, mind: Mind) -> Speeds:
        """Return what to do now. Where the robot searches too, it goes where the robot's own search would."""
        env = self._env
        if env.episode.plan is not self._plan:
            self._plan = env.episode.plan
            self._left, self._driver, self._search = list(self._plan), None, None
            self._standing = Standing(HOLD)
        here = Here.of(env.truth, env.site.semantics.robot)
        while self._left:
            speeds = self._carry_out(self._left[0], mind, here)
            if speeds is not None:
                return speeds
            self._left.pop(0)
            self._driver, self._standing = None, Standing(HOLD)
        return STOP

    def _carry_out(self, manoeuvre: Manoeuvre, mind: Mind, here: Here) -> Speeds | None:
        """Return what to do for a manoeuvre, or None when it is done."""
        if not self._known(manoeuvre):
            return self._explore(mind)
        self._search = None
        if isinstance(manoeuvre, GoTo) and manoeuvre.halt_after >= 1.0:
            arrival = self._arrival(manoeuvre)
            if arrival is not None:
                return self._come(manoeuvre, arrival, mind, here)
        if self._driver is None:
            self._driver = driver_for(manoeuvre, self._scene)
        return self._driver.speeds(here, self._env.truth)

    def _come(self, manoeuvre: GoTo, arrival: _Arrival, mind: Mind, here: Here) -> Speeds | None:
        """Come to a thing, face it if asked to, and stand; None after standing for a while.

        Where the robot takes it to be about where it is, its own estimate counts: it cannot do better, and of two ways
        that are both right it should take the one that it knows of.
        """
        dx, dy = arrival.point[0] - here.x, arrival.point[1] - here.y
        c, s = math.cos(here.yaw), math.sin(here.yaw)
        point = c * dx + s * dy, c * dy - s * dx
        theirs = mind.situation.pursuit(mind.belief.here)
        right = theirs is not None and math.dist(theirs[1], point) < _ASTRAY
        if theirs is not None and right:
            point = theirs[1]
        left = math.hypot(*point) - arrival.away
        if left >= _CLOSE:
            self._standing = Standing(HOLD)
            by_their_way = theirs[0].follow(mind.belief) if theirs is not None and right else None
            return by_their_way or self._by_the_map(manoeuvre, here)
        aside = math.atan2(point[1], point[0])
        if manoeuvre.facing is not None and abs(aside) > _AIM:
            return spin(aside, self._scene.limits)
        if manoeuvre.facing is not None and left < -_CLOSE:
            return -0.1, 0.0
        return None if self._standing.enough(here) else STOP

    def _by_the_map(self, manoeuvre: GoTo, here: Here) -> Speeds | None:
        """Return the expert's way, planned anew all the time: a learner that does not follow would count as stuck."""
        if self._goer is None or here.time - self._goer_since > _PLAN_AGAIN:
            self._goer, self._goer_since = Goer(manoeuvre, self._scene), here.time
        return self._goer.speeds(here, self._env.truth) or STOP

    def _arrival(self, manoeuvre: GoTo) -> _Arrival | None:
        """Return where the thing, or the middle of the two, stands, and how far from it to stop."""
        locate = locator(self._env.truth)
        match manoeuvre.region:
            case Near(model=model, least=least, most=most):
                gap = (least + most) / 2 if manoeuvre.facing is not None else AT
                return _Arrival(locate(model), gap + RADIUS + rover.HULL)
            case Between(first=first, second=second):
                (ax, ay), (bx, by) = locate(first), locate(second)
                return _Arrival(((ax + bx) / 2, (ay + by) / 2), 0.0)
        return None

    def _explore(self, mind: Mind) -> Speeds:
        theirs = mind.situation.search
        if theirs is not None:
            return theirs.follow(mind.belief)
        self._search = self._search or Search()
        return self._search.speeds(mind.belief)

    def _known(self, manoeuvre: Manoeuvre) -> bool:
        return self._env.episode.light == 0.0 or self.seen.issuperset(named(manoeuvre))


def named(manoeuvre: Manoeuvre) -> Iterator[str]:
    """Yield the models that must have been seen before a manoeuvre can begin."""
    if not isinstance(manoeuvre, GoTo):
        return
    match manoeuvre.region:
        case Near(model=model):
            yield model
        case Between(first=first, second=second):
            yield first
            yield second
    yield from (model for model, _ in manoeuvre.avoid)
