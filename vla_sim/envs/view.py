"""The picture that ``render`` returns."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.engine import Engine, Truth
from vla_sim.geometry import Pose
from vla_sim.tasks.site import Site

BEHIND = (1.7, 1.4, 1.1, 0.8, 0.5)
"""Distances of the eye behind the robot [m]: the first one that no wall parts from it."""
ABOVE = 1.6
"""Height of the eye above the robot [m]."""
AHEAD = 0.9
"""The point looked at lies this far ahead of the robot [m]."""


def chase_pose(robot: Pose, site: Site) -> Pose:
    """Return where the eye stands, x looking forward: behind and above the robot, looking over it."""
    x, y, z = robot.position
    yaw = robot.yaw
    for behind in BEHIND:
        eye = (x - behind * math.cos(yaw), y - behind * math.sin(yaw))
        if site.line_of_sight((x, y), eye):
            break
    pitch = math.atan2(ABOVE, behind + AHEAD)
    return Pose.from_xyz_rpy(*eye, z + ABOVE, 0.0, pitch, yaw)


def chase_view(engine: Engine, truth: Truth, site: Site, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a picture (height, width, 3) from behind and above the robot; ``size`` is width, height."""
    width, height = size
    return engine.render(width, height, chase_pose(truth.models[site.robot.name].pose, site))
