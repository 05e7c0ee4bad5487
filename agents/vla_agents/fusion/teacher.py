"""The teacher of the fusion agent: knows the truth, but goes only to what the robot has had in view."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vla_agents.classical.search import Search
from vla_agents.fusion.mind import Mind
from vla_agents.goer import Surroundings, locator
from vla_agents.manoeuvres import Driver, driver_for
from vla_agents.steering import STOP, Here, Limits, Speeds
from vla_sim.tasks.plan import GoTo, Manoeuvre, Plan
from vla_sim.tasks.region import Between, Near

if TYPE_CHECKING:
    from vla_sim.envs.env import VlaSimEnv

_LAST_BIT = 0.5
"""What is left of a way [m] when the teacher takes over from the robot's own plan."""
_ASTRAY = 0.35
"""How far from the truth the robot may take its goal to be [m], for its way to be right."""
LEAST_PIXELS = 6
"""Pixels of a frame in which a thing counts as seen."""


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
        here = Here.of(env.truth, env.site.semantics.robot)
        while self._left:
            if not self._known(self._left[0]):
                self._driver = None
                return self._explore(mind)
            self._search = None
            if self._driver is None:
                self._driver = driver_for(self._left[0], self._scene)
            speeds = self._driver.speeds(here, env.truth)
            if speeds is not None:
                return self._by_their_way(mind, here, self._left[0]) or speeds
            self._left.pop(0)
            self._driver = None
        return STOP

    def _by_their_way(self, mind: Mind, here: Here, manoeuvre: Manoeuvre) -> Speeds | None:
        """Return how to go on along the way that the robot itself has planned, if it leads where it should.

        Of two ways that are both right it should take the one that it knows of. For the last bit the truth counts.
        """
        theirs = mind.situation.pursuit(mind.belief.here)
        goal = self._goal(manoeuvre)
        if theirs is None or goal is None:
            return None
        navigator, point, left = theirs
        dx, dy = goal[0] - here.x, goal[1] - here.y
        c, s = math.cos(here.yaw), math.sin(here.yaw)
        astray = math.dist(point, (c * dx + s * dy, c * dy - s * dx))
        return navigator.follow(mind.belief) if left > _LAST_BIT and astray < _ASTRAY else None

    def _goal(self, manoeuvre: Manoeuvre) -> tuple[float, float] | None:
        """Return where the thing, or the middle of the two, stands that a manoeuvre leads to."""
        locate = locator(self._env.truth)
        match manoeuvre:
            case GoTo(region=Near(model=model)):
                return locate(model)
            case GoTo(region=Between(first=first, second=second)):
                (ax, ay), (bx, by) = locate(first), locate(second)
                return (ax + bx) / 2, (ay + by) / 2
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
