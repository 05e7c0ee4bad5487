"""What the owner of a rover knows about it: where its sensors sit and what it can do (``robots/rover/model.sdf``)."""

from __future__ import annotations

import math

from vla_agents.steering import Limits

HULL = math.hypot(0.22, 0.18)
"""Radius of the circle about the axle's middle that holds the hull [m]."""
NOSE, HALF_WIDTH = 0.22, 0.18
"""How far the hull reaches ahead, and to either side [m]."""

CAMERA_X, CAMERA_HEIGHT, CAMERA_PITCH = 0.122, 0.33, 0.1
"""Place of the camera (and the depth camera) on the robot [m], and how far it looks down [rad]."""
CAMERA_FOV = 1.4835
"""Horizontal field of view [rad]; pixels are square."""

LIDAR_X = 0.03
LIDAR_RANGE = 10.0

LIMITS = Limits(speed=0.7, rate=1.5, braking=0.5, spin_braking=2.0, aim=math.radians(1.5), crawl=0.06)
CREEP = 0.1
"""Speed when nothing tells what is ahead [m/s]."""
