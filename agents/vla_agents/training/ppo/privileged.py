"""What the critic may know and the actor may not: the ground truth, and how far the robot's own belief is off it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vla_agents.fusion.control.inputs import SENSORS
from vla_agents.fusion.mind import Mind
from vla_agents.steering import Here, wrap
from vla_agents.training.rollouts import failing_sensors
from vla_sim.faults.target import COMMAND
from vla_sim.tasks.plan import GoTo

if TYPE_CHECKING:
    from vla_sim.envs.env import VlaSimEnv

NAMES = (
    "progress",
    "time_left",
    "distance_to_goal",
    "collisions",
    "speed",
    "rate",
    "goes",
    "goal_x",
    "goal_y",
    "astray_x",
    "astray_y",
    "astray_yaw",
    *(f"{name}_fails" for name in SENSORS),
    "drive_fails",
)
"""``time_left`` as a share of the limit; lengths in metres, in the robot's frame; ``goal`` is the middle of the place
that is gone to, if one is; ``astray`` is how far the robot is from where it takes itself to be since the start."""


class Privileged:
    """Tells it of one episode: an asymmetric critic's view (Pinto et al. 2017)."""

    def __init__(self, env: VlaSimEnv, mind: Mind):
        self._env, self._mind = env, mind
        self._start = Here.of(env.truth, env.site.semantics.robot)
        self._believed_start: Here | None = None

    def look(self) -> NDArray[np.float32]:
        """Return ``NAMES`` as numbers (len(NAMES),)."""
        env = self._env
        metrics = env.episode.metrics()
        state = env.truth.models[env.site.semantics.robot]
        here, believed = Here.of(env.truth, env.site.semantics.robot), self._mind.belief.here
        self._believed_start = self._believed_start or believed
        forward = state.linear[0] * math.cos(here.yaw) + state.linear[1] * math.sin(here.yaw)
        goes, goal_x, goal_y = self._goal(here)
        there, taken = _since(self._start, here), _since(self._believed_start, believed)
        values = (
            env.episode.progress,
            1.0 - env.time / env.episode.time_limit,
            metrics.get("distance_to_goal", 0.0),
            min(metrics["collisions"], 4.0),
            forward,
            state.angular[2],
            goes,
            goal_x,
            goal_y,
            there[0] - taken[0],
            there[1] - taken[1],
            wrap(there[2] - taken[2]),
            *failing_sensors(env),
            self._drive_fails(),
        )
        return np.nan_to_num(np.array(values, np.float32), posinf=10.0, neginf=-10.0).clip(-10.0, 10.0)

    def _drive_fails(self) -> bool:
        """Return whether a fault changed the last command, or holds it back."""
        since = self._env.time - 1.0
        last = (fault["last"] for fault in self._env.injector.report() if fault["target"] == COMMAND)
        return any(moment is not None and float(str(moment)) >= since for moment in last)

    def _goal(self, here: Here) -> tuple[float, float, float]:
        """Return whether a place is gone to, and where it lies in the robot's frame [m]."""
        env = self._env
        step = next((step for step in env.episode.plan if isinstance(step, GoTo)), None)
        if step is None:
            return 0.0, 0.0, 0.0
        xmin, ymin, xmax, ymax = step.region.bounds(lambda name: env.truth.models[name].pose.position[:2])
        dx, dy = (xmin + xmax) / 2 - here.x, (ymin + ymax) / 2 - here.y
        c, s = math.cos(here.yaw), math.sin(here.yaw)
        return 1.0, c * dx + s * dy, c * dy - s * dx


def _since(start: Here, here: Here) -> tuple[float, float, float]:
    """Return a place and heading in the frame of another."""
    dx, dy = here.x - start.x, here.y - start.y
    c, s = math.cos(start.yaw), math.sin(start.yaw)
    return c * dx + s * dy, c * dy - s * dx, wrap(here.yaw - start.yaw)
