"""The picture that ``render`` returns."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.engine import Engine, Truth
from vla_sim.geometry import Pose
from vla_sim.tasks.site import Site

BEHIND = 1.7
"""Distance of the eye behind the robot [m]."""
ABOVE = 1.6
"""Height of the eye above the robot [m]."""
AHEAD = 0.9
"""The point looked at lies this far ahead of the robot [m]."""


def chase_pose(robot: Pose) -> Pose:
    """Return where the eye stands, x looking forward: behind and above the robot, looking over it."""
    x, y, z = robot.position
    yaw = robot.yaw
    pitch = math.atan2(ABOVE, BEHIND + AHEAD)
    return Pose.from_xyz_rpy(x - BEHIND * math.cos(yaw), y - BEHIND * math.sin(yaw), z + ABOVE, 0.0, pitch, yaw)


def chase_view(engine: Engine, truth: Truth, site: Site, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a picture (height, width, 3) from behind and above the robot; ``size`` is width, height."""
    eye = chase_pose(truth.models[site.robot.name].pose)
    return engine.render(eye, *size)
