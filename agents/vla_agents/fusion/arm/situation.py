"""The scene in numbers, for the control network."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vla_agents.fusion.arm.grip import Grip
from vla_agents.fusion.arm.rules import (
    ABOVE,
    DROP,
    HIGHEST,
    LIFT,
    OPEN,
    OVER,
    SLACK,
    SPARE,
    Scene,
    Thing,
    grasp_height,
    push_height,
)

SKILL_NAMES = ("pick", "put", "push")
_COARSE, _FINE = 0.3, 0.02
"""Lengths [m] that are one in the coarse and in the fine numbers."""


def _lengths(*metres: float) -> list[float]:
    """Return lengths twice: on a coarse scale, and on a fine one that ends at 1: millimetres count near by."""
    coarse = [min(max(each / _COARSE, -2.0), 2.0) for each in metres]
    return coarse + [min(max(each / _FINE, -1.0), 1.0) for each in metres]


def numbers(scene: Scene, told: NDArray[np.float64], grip: Grip) -> NDArray[np.float32]:
    """Return the scene as numbers (SIZE,).

    ``scene.tool`` is where the joints say the tool is, ``told`` (4,) where it was told to be; which of them to believe
    is for the network to learn, as it is with the signs of a grip.
    """
    tool = scene.tool
    target, place = scene.target, scene.place
    known = [float(target is not None), float(place is not None)]
    values = [float(scene.skill == name) for name in SKILL_NAMES] + known
    values += [float(scene.held), *_known(grip.touches), *_known(grip.stops)]
    values += [(scene.told - scene.width) / _FINE, scene.told / OPEN, scene.width / OPEN]
    values += _lengths(float(tool[2]), float(told[2]), *(told[:3] - tool[:3]).tolist())
    values += [math.sin(scene.yaw - tool[3]), math.sin(scene.yaw - told[3]), math.sin(scene.yaw), math.cos(scene.yaw)]
    goal = target or Thing(float(scene.look[0]), float(scene.look[1]), 0.0, 0.0)
    x, y = goal.x - tool[0], goal.y - tool[1]
    low, over = grasp_height(goal), max(scene.tallest, goal.top) + ABOVE / 2
    wide = min(2 * goal.radius + SPARE, OPEN)
    loose = min(2 * goal.radius + SLACK, OPEN)
    values += _lengths(x, y, math.hypot(x, y), low - tool[2], over - tool[2], goal.top + 0.04 - tool[2])
    values += _lengths(push_height(goal) - tool[2], wide - scene.told, loose - scene.told, goal.radius)
    end = place or Thing(float(tool[0]), float(tool[1]), 0.0, 0.0)
    x, y = end.x - tool[0], end.y - tool[1]
    down = scene.hang + end.top + DROP
    carry = min(scene.hang + scene.tallest + OVER, HIGHEST)
    values += _lengths(x, y, math.hypot(x, y), down - tool[2], carry - tool[2], scene.hang + LIFT - tool[2])
    across, along = end.x - goal.x, end.y - goal.y
    left = math.hypot(across, along)
    values += _lengths(across, along, left, min(scene.tallest + ABOVE, HIGHEST) - tool[2], scene.hang)
    values += [across / max(left, 0.01), along / max(left, 0.01)]
    return np.array(values, np.float32)


def _known(value: bool | None) -> list[float]:
    """Return whether something is known, and what."""
    return [float(value is not None), float(bool(value))]


_NOWHERE = Scene(
    skill="pick",
    tool=np.zeros(4),
    told=OPEN,
    width=OPEN,
    held=False,
    target=None,
    place=None,
    hang=0.0,
    tallest=0.0,
    yaw=0.0,
    look=np.zeros(2),
)
SIZE = len(numbers(_NOWHERE, np.zeros(4), Grip()))
"""How many numbers they are."""
