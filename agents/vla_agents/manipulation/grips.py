"""Where a parallel gripper can take hold of a thing: read off the shapes of its collisions, however it lies."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vla_sim.geometry import Pose
from vla_sim.kinematics.transforms import Array, transform_of
from vla_sim.sdf.scene import Box, Collision, Cylinder, Model

UP = np.array([0.0, 0.0, 1.0])
WIDEST = 0.088
"""Wider things [m] do not go between the fingers."""
SPARE = 0.03
"""How much wider than the thing [m] the gripper is opened to come over it."""
ABOVE_GROUND = 0.02
"""Least height [m] of the tool above what the thing stands on: the finger tips are 15 mm lower."""
BELOW_TOP = 0.03
"""How far below the top of a shape [m] the tool takes it: the pads reach 25 mm up from the tool."""
TO_PALM = 0.054
"""Room [m] between the tool and the palm."""
TILTS = (0.0, 0.3, -0.3, 0.6, -0.6)
"""Angles [rad] of the approach from straight down, in the order of preference."""
_YAWS = 12
_LEVEL = 0.2


@dataclass(frozen=True, eq=False)
class Grip:
    """A way to take a thing: ``tool`` (4, 4) in the world, z along the approach, ``width`` [m] the thing's."""

    tool: Array
    width: float
    tilt: float

    @property
    def opening(self) -> float:
        """How far to open the gripper for it [m]."""
        return self.width + SPARE


def grips(model: Model, pose: Pose) -> list[Grip]:
    """Return the grips of a model of one link that stands or lies at a pose, those straight from above first."""
    low, high = _span(model, pose, UP)
    found = [grip for collision, place in _shapes(model, pose) for grip in _of_shape(collision, place, low, high)]
    return sorted(found, key=lambda grip: TILTS.index(grip.tilt))


def extent(model: Model, pose: Pose, direction: Array) -> float:
    """Return how wide a model is along a unit vector of the world [m]."""
    low, high = _span(model, pose, direction)
    return high - low


def frame(approach: Array, opening: Array, origin: Array) -> Array:
    """Return the tool's transform for unit vectors of its approach (z) and of the fingers' motion (y)."""
    tool = np.eye(4)
    tool[:3, :3] = np.column_stack([np.cross(opening, approach), opening, approach])
    tool[:3, 3] = origin
    return tool


def tilted(opening: Array, tilt: float) -> Array:
    """Return the approach straight down, turned about the fingers' motion by an angle [rad]."""
    return -math.cos(tilt) * UP - math.sin(tilt) * np.cross(opening, UP)


def _of_shape(collision: Collision, place: Array, low: float, high: float) -> Iterator[Grip]:
    top = float(place[2, 3] + _half(collision, place, UP))
    origin = place[:3, 3].copy()
    origin[2] = max(low + ABOVE_GROUND, top - BELOW_TOP)
    if origin[2] + TO_PALM < high:
        return
    for opening in _openings(collision, place):
        width = 2 * _half(collision, place, opening)
        if width <= WIDEST:
            for tilt in TILTS:
                yield Grip(frame(tilted(opening, tilt), opening, origin), width, tilt)


def _openings(collision: Collision, place: Array) -> Iterator[Array]:
    """Yield level directions in which the two sides of a shape are opposite each other, each both ways."""
    geometry = collision.geometry
    axes = [place[:3, k] for k in range(3)]
    if isinstance(geometry, Cylinder) and abs(axes[2][2]) > 1 - _LEVEL:
        for k in range(_YAWS):
            yaw = math.tau * k / _YAWS
            yield np.array([math.cos(yaw), math.sin(yaw), 0.0])
        return
    if isinstance(geometry, Cylinder):
        axes = [np.cross(axes[2], UP)]
    for axis in axes:
        if abs(axis[2]) < _LEVEL:
            level = np.array([axis[0], axis[1], 0.0]) / np.hypot(axis[0], axis[1])
            yield level
            yield -level


def _half(collision: Collision, place: Array, direction: Array) -> float:
    """Return half the extent [m] of a box or a cylinder along a unit vector."""
    local = np.abs(place[:3, :3].T @ direction)
    match collision.geometry:
        case Box(size):
            return float(local @ np.array(size)) / 2
        case Cylinder(radius, length):
            return float(radius * np.hypot(local[0], local[1]) + local[2] * length / 2)
    return 0.0


def _shapes(model: Model, pose: Pose) -> list[tuple[Collision, Array]]:
    return [
        (one, transform_of(pose * link.pose * one.pose))
        for link in model.links
        for one in link.collisions
        if isinstance(one.geometry, Box | Cylinder)
    ]


def _span(model: Model, pose: Pose, direction: Array) -> tuple[float, float]:
    """Return from where to where a model reaches along a unit vector of the world [m]."""
    shapes = [(place[:3, 3] @ direction, _half(one, place, direction)) for one, place in _shapes(model, pose)]
    return float(min(at - half for at, half in shapes)), float(max(at + half for at, half in shapes))
