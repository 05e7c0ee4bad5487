"""The teacher of the fusion agent: rules on what the robot takes to be so for going somewhere, the truth for turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vla_agents.fusion.mind import Mind
from vla_agents.fusion.rules import come
from vla_agents.goer import Surroundings
from vla_agents.manoeuvres import Driver, driver_for
from vla_agents.steering import STOP, Here, Limits, Speeds
from vla_sim.tasks.plan import GoTo, Manoeuvre, Plan

if TYPE_CHECKING:
    from vla_sim.envs.env import VlaSimEnv


class Teacher:
    """Says at each step what the robot should do, whatever led it where it is: the labels of imitation.

    Where something is to be looked for and come to, the robot's own memory and map say where it stands, and the teacher
    knows the rules alone: an expert with the whole map goes other ways than the robot can know of, and labels that
    depend on what the learner cannot know are noise. Turns, lines and halts are judged by ground truth, so that the
    learner finds out which of its estimates to trust when a sensor fails.
    """

    def __init__(self, env: VlaSimEnv):
        self._env = env
        site = env.site
        self._scene = Surroundings(site, Limits.of(site.drive), tuple(site.present(env.episode.placements)))
        self._plan: Plan | None = None
        self._left: list[Manoeuvre] = []
        self._driver: Driver | None = None

    def speeds(self, mind: Mind) -> Speeds:
        """Return what to do now."""
        env = self._env
        if env.episode.plan is not self._plan:
            self._plan = env.episode.plan
            self._left, self._driver = list(self._plan), None
        if any(isinstance(manoeuvre, GoTo) for manoeuvre in self._plan):
            return come(mind.situation.latest)
        here = Here.of(env.truth, env.site.semantics.robot)
        while self._left:
            if self._driver is None:
                self._driver = driver_for(self._left[0], self._scene)
            speeds = self._driver.speeds(here, env.truth)
            if speeds is not None:
                return speeds
            self._left.pop(0)
            self._driver = None
        return STOP
