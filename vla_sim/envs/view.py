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


def view_pose(truth: Truth, site: Site) -> Pose:
    """Return where the eye stands, x looking forward: where the semantics say, or behind the robot."""
    view = site.semantics.view
    if view is None:
        return chase_pose(truth.models[site.robot.name].pose, site)
    x, y, z = (at - eye for at, eye in zip(view.at, view.eye, strict=True))
    return Pose.from_xyz_rpy(*view.eye, 0.0, math.atan2(-z, math.hypot(x, y)), math.atan2(y, x))


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


def robot_view(engine: Engine, truth: Truth, site: Site, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a picture (height, width, 3) of the robot at work; ``size`` is width, height."""
    width, height = size
    return engine.render(width, height, view_pose(truth, site))
