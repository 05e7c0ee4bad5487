"""How the robot has moved: what every judge looks at."""

from __future__ import annotations

import math
from typing import NamedTuple

from vla_sim.engines.engine import Truth
from vla_sim.geometry import Vector3, wrap_angle
from vla_sim.tasks.semantics import Point

STILL_SPEED = 0.05
"""Below this speed [m/s] the robot counts as standing ..."""
STILL_RATE = 0.1
"""... if its yaw rate is below this too [rad/s]."""


class Motion(NamedTuple):
    """The robot at one moment of a trial, and how it came there."""

    time: float
    """Since the trial began [s]."""
    dt: float
    """Since the moment before [s]."""
    x: float
    y: float
    yaw: float
    speed: float
    """Over the ground, without sign [m/s]."""
    yaw_rate: float
    travelled: float
    """Length of the way since the trial began [m]."""
    turned: float
    """Heading gained since the trial began, counted past full turns [rad]."""
    swept: float
    """Sum of all turning, left and right alike [rad]."""
    truth: Truth
    tool: Vector3 | None = None
    """Where the tool is in the world; None for a robot without an arm."""
    tool_speed: float = 0.0
    """Without sign [m/s]."""
    tool_way: float = 0.0
    """Length of the tool's way since the trial began [m]."""

    @property
    def still(self) -> bool:
        """Whether the robot stands still."""
        return self.speed < STILL_SPEED and abs(self.yaw_rate) < STILL_RATE

    def locate(self, model: str) -> Point:
        """Return where a model stands now."""
        x, y, _ = self.truth.models[model].pose.position
        return x, y


def first_motion(truth: Truth, robot: str, tool: Vector3 | None = None) -> Motion:
    """Return the moment at which a trial begins; ``tool`` is where the robot's tool is, if it has one."""
    return _motion(truth, robot, 0.0, 0.0, truth.models[robot].pose.yaw, 0.0, 0.0, 0.0)._replace(tool=tool)


def next_motion(last: Motion, truth: Truth, robot: str, tool: Vector3 | None = None) -> Motion:
    """Return the moment after ``last``."""
    pose = truth.models[robot].pose
    yaw = pose.yaw
    turn = wrap_angle(yaw - last.yaw)
    step = math.hypot(pose.position[0] - last.x, pose.position[1] - last.y)
    dt = truth.time - last.truth.time
    travelled, turned, swept = last.travelled + step, last.turned + turn, last.swept + abs(turn)
    now = _motion(truth, robot, last.time + dt, dt, yaw, travelled, turned, swept)
    if tool is None or last.tool is None:
        return now
    moved = math.dist(tool, last.tool)
    return now._replace(tool=tool, tool_speed=moved / dt if dt > 0.0 else 0.0, tool_way=last.tool_way + moved)


def _motion(
    truth: Truth, robot: str, time: float, dt: float, yaw: float, travelled: float, turned: float, swept: float
) -> Motion:
    state = truth.models[robot]
    x, y, _ = state.pose.position
    speed = math.hypot(state.linear[0], state.linear[1])
    return Motion(time, dt, x, y, yaw, speed, state.angular[2], travelled, turned, swept, truth)
