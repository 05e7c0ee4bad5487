"""The way of a robot over ROS 2 beside the way of the same trial in one process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vla_sim.agent import action_type, load_agent
from vla_sim.envs.env import VlaSimEnv
from vla_sim.tasks.task import Words

Path4 = Sequence[Sequence[float]]
"""Points of time [s], x [m], y [m], yaw [rad]."""


@dataclass(frozen=True, slots=True)
class Drive:
    """How a trial went in one process."""

    outcome: str
    """``success`` or ``failure``."""
    path: Path4


class Reference:
    """Drives trials in one process, with the agent alone."""

    def __init__(self, agent: str, world: str, task: str, robot: str | None, words: Words):
        self._agent = load_agent(agent)
        self._env = VlaSimEnv(world, task, robot=robot, words=words, action_type=action_type(agent))

    def drive(self, seed: int) -> Drive:
        """Drive the trial of a seed."""
        env, agent = self._env, self._agent
        observation, info = env.reset(seed=seed)
        agent.reset(0)
        path = [self._place()]
        while not (info["success"] or info["reason"]):
            observation, _, _, _, info = env.step(agent.act(observation))
            path.append(self._place())
        return Drive("success" if info["success"] else "failure", path)

    def close(self) -> None:
        """Free the engine."""
        self._env.close()

    def _place(self) -> tuple[float, float, float, float]:
        pose = self._env.truth.models[self._env.site.robot.name].pose
        return self._env.truth.time, pose.position[0], pose.position[1], pose.yaw


def apart(one: Path4, other: Path4) -> float | None:
    """Return the greatest distance [m] of two ways at the same time, while both go on; None if they never do.

    Between its points a way is taken to be straight.
    """
    a, b = (np.asarray(path, float).reshape(-1, 4) for path in (one, other))
    if not (len(a) and len(b)):
        return None
    begin, end = max(a[0, 0], b[0, 0]), min(a[-1, 0], b[-1, 0])
    times = np.unique(np.concatenate([a[:, 0], b[:, 0]]))
    times = times[(times >= begin) & (times <= end)]
    if not times.size:
        return None
    gaps = [np.interp(times, a[:, 0], a[:, axis]) - np.interp(times, b[:, 0], b[:, axis]) for axis in (1, 2)]
    return float(np.hypot(*gaps).max())
