"""How an arm picks up, puts down and pushes, in rules on what it takes to be so: what the policy learns from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

Skill = Literal["pick", "put", "push"]

OPEN = 0.1
"""Width of the open gripper [m]."""
SPARE = 0.045
"""How much wider than the thing [m] the gripper comes over it, at most ``OPEN``."""
BELOW_TOP, LEAST = 0.03, 0.02
"""The tool takes a thing so far below its top [m], but no lower than this above what it stands on."""
ABOVE = 0.09
"""Room [m] between the tool and the top of a thing before it comes down on it."""
SQUEEZE = 0.015
"""How much narrower than what it holds the gripper is told to be [m]; its springs make a force of that."""
OVER = 0.03
"""Room [m] between what is carried and the highest thing on the table."""
HIGHEST = 0.36
"""The arm carries no higher than this [m]: farther up its reach is short."""
DROP = 0.006
"""A thing is let go so far above its place [m]."""
SLACK = 0.016
"""Play [m] between the fingers and what they push."""
PUSH_HEIGHT, PALM = 0.022, 0.052
"""Height of the tool while it pushes [m], or more: no farther above it than this is the palm."""
LIFT = 0.12
"""How far a thing is lifted that is only to be picked up [m]."""
FAST, CARRYING, SLOW, PUSHING = 0.04, 0.03, 0.02, 0.012
"""Greatest steps of the tool [m]."""
GRIP = 0.015
"""Change of the gripper's width in a step [m]."""
TURN = 0.2
"""Greatest turn in a step [rad]."""
GAIN = 0.7
"""Share of an error that a step takes back."""
CENTRED = 0.008
"""Distance [m] at which the tool is over a place."""
NEAR = 0.03
"""What is so near its place [m] is there."""
_STRADDLES = 0.06
"""Height of the tool and distance to a thing [m] within which the fingers are about it."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing or a place on the table: its middle and its top [m] in the arm's frame, and its radius."""

    x: float
    y: float
    top: float
    radius: float

    @property
    def xy(self) -> np.ndarray:
        """Its middle [m]."""
        return np.array([self.x, self.y])


@dataclass(frozen=True, slots=True)
class Scene:
    """What the arm takes to be so; lengths in metres in the arm's frame, whose floor is the table.

    ``tool`` (4,) is x, y, z and yaw; ``told`` is the width that the gripper was told, ``width`` the one that it has;
    ``hang`` is how far what is held reaches below the tool, ``tallest`` the highest thing on the table beside it.
    ``yaw`` is how the hand should be turned, ``look`` (2,) where to go as long as something is not known. For a place,
    ``top`` is the height on which things stand there.
    """

    skill: Skill
    tool: np.ndarray
    told: float
    width: float
    held: bool
    target: Thing | None
    place: Thing | None
    hang: float
    tallest: float
    yaw: float
    look: np.ndarray


@dataclass(frozen=True, slots=True)
class Motion:
    """What the tool does in a step: a translation [m], a turn about the vertical [rad], and the gripper's width [m]."""

    x: float
    y: float
    z: float
    turn: float
    width: float

    def array(self) -> np.ndarray:
        """Return its numbers (5,)."""
        return np.array([self.x, self.y, self.z, self.turn, self.width], np.float32)


def decide(scene: Scene) -> Motion:
    """Return what to do in this step."""
    if scene.target is None or (scene.skill != "pick" and scene.place is None):
        if scene.held:
            return _motion(scene, scene.look, HIGHEST, scene.told, CARRYING)
        return _motion(scene, scene.look, HIGHEST, OPEN, FAST)
    if scene.skill == "push":
        return _push(scene, scene.target)
    if scene.held:
        return _carry(scene)
    if scene.place is not None and _is_at(scene.target, scene.place, NEAR):
        return _leave(scene, scene.target)
    return _take(scene, scene.target)


def push_yaw(before: float, tool: np.ndarray, thing: Thing, place: Thing) -> float:
    """Return how the hand should be turned to push a thing to a place; once the fingers are about it, as ``before``."""
    way = place.xy - thing.xy
    if np.linalg.norm(way) < 0.04 or (tool[2] < _STRADDLES and np.linalg.norm(tool[:2] - thing.xy) < _STRADDLES):
        return before
    # The fingers open along the tool's y axis; which of them is behind does not matter.
    across = math.atan2(way[1], way[0]) + math.pi / 2
    return (across + math.pi / 2) % math.pi - math.pi / 2


def grasp_height(thing: Thing) -> float:
    """Return the height of the tool that takes a thing which stands on the table [m]."""
    return max(thing.top - BELOW_TOP, LEAST)


def push_height(thing: Thing) -> float:
    """Return the height of the tool that pushes a thing over the table [m]."""
    return max(PUSH_HEIGHT, thing.top - PALM)


def _take(scene: Scene, thing: Thing) -> Motion:
    """Come over a thing, go down and close."""
    x, y, z, _ = scene.tool
    off = math.hypot(thing.x - x, thing.y - y)
    low = grasp_height(thing)
    over = max(scene.tallest, thing.top) + ABOVE / 2
    wide = min(2 * thing.radius + SPARE, OPEN)
    is_down = z < low + 0.012 and off < 2 * CENTRED
    if is_down and (scene.told < wide - 0.02 and scene.width < 0.008):
        return _rise(scene, OPEN)
    if is_down:
        return _motion(scene, thing.xy, low, scene.told - GRIP, SLOW)
    if scene.told < wide - 0.005:
        # It closed on nothing: open again, out of the way.
        return _motion(scene, scene.tool[:2], over, scene.told + GRIP, FAST)
    if off > CENTRED and (z < over - 0.02 and off > 2 * CENTRED):
        return _motion(scene, scene.tool[:2], over, wide, FAST)
    if off > CENTRED:
        return _motion(scene, thing.xy, over if off > 0.03 else z, wide, FAST)
    return _motion(scene, thing.xy, low, wide, FAST if z > thing.top + 0.04 else SLOW)


def _carry(scene: Scene) -> Motion:
    """Lift what is held; bring it over its place, lower it and let go."""
    x, y, z, _ = scene.tool
    grip = max(scene.width - SQUEEZE, 0.0)
    place = scene.place
    off = math.inf if place is None else math.hypot(place.x - x, place.y - y)
    down = scene.hang + DROP + (0.0 if place is None else place.top)
    if place is not None and off < 2 * CENTRED and z < down + 0.006:
        return _motion(scene, place.xy, down, scene.told + GRIP, SLOW)
    if scene.told > scene.width - 0.006:
        return Motion(0.0, 0.0, 0.0, 0.0, max(scene.told - GRIP, 0.0))
    if place is None:
        return _motion(scene, scene.tool[:2], min(scene.hang + LIFT, HIGHEST), grip, SLOW)
    over = min(scene.hang + scene.tallest + OVER, HIGHEST)
    if off > 2 * CENTRED and z < over - 0.02:
        return _motion(scene, scene.tool[:2], over, grip, SLOW if z < scene.hang + 0.02 else CARRYING)
    if off > 2 * CENTRED:
        return _motion(scene, place.xy, over, grip, CARRYING)
    return _motion(scene, place.xy, down, grip, CARRYING if z > down + 0.06 else SLOW)


def _push(scene: Scene, thing: Thing) -> Motion:
    """Take a thing loosely between the fingers, one behind it, and move on."""
    x, y, z, _ = scene.tool
    place = scene.place
    assert place is not None
    if _is_at(thing, place, NEAR):
        return _leave(scene, thing)
    low = push_height(thing)
    way = place.xy - thing.xy
    left = float(np.linalg.norm(way))
    along = way / max(left, 1e-6)
    loose = min(2 * thing.radius + SLACK, OPEN)
    wide = min(2 * thing.radius + SPARE, OPEN)
    over = max(scene.tallest, thing.top) + ABOVE / 2
    off = math.hypot(thing.x - x, thing.y - y)
    turned = abs(_wrap(scene.yaw - scene.tool[3])) < 0.1
    if z < low + 0.012 and off < thing.radius + SLACK:
        if scene.told > loose + 0.002:
            return _motion(scene, scene.tool[:2], low, max(scene.told - GRIP, loose), SLOW)
        step = along * min(PUSHING, left + 0.004)
        return Motion(float(step[0]), float(step[1]), _step(low - z, SLOW), _turn(scene), loose)
    if off > 2 * CENTRED and z < over - 0.02:
        return _motion(scene, scene.tool[:2], over, wide, FAST)
    if off > CENTRED or not turned:
        return _motion(scene, thing.xy, over if off > 0.03 else z, wide, FAST)
    return _motion(scene, thing.xy, low, wide, FAST if z > thing.top + 0.04 else SLOW)


def _leave(scene: Scene, thing: Thing) -> Motion:
    """Open the gripper where it still is about a thing; then go up."""
    about = math.hypot(thing.x - scene.tool[0], thing.y - scene.tool[1]) < _STRADDLES and scene.tool[2] < thing.top
    if about and scene.told < min(2 * thing.radius + 2 * SLACK, OPEN - 0.001):
        return Motion(0.0, 0.0, 0.0, 0.0, min(scene.told + GRIP, OPEN))
    return _rise(scene, scene.told)


def _rise(scene: Scene, width: float) -> Motion:
    """Go up where it is, with the gripper at a width."""
    return _motion(scene, scene.tool[:2], min(scene.tallest + ABOVE, HIGHEST), width, FAST)


def _motion(scene: Scene, xy: np.ndarray, z: float, width: float, most: float) -> Motion:
    x, y = (_step(float(way), most) for way in GAIN * (xy - scene.tool[:2]))
    told = scene.told + _step(width - scene.told, GRIP)
    return Motion(x, y, _step(GAIN * (z - float(scene.tool[2])), most), _turn(scene), min(max(told, 0.0), OPEN))


def _turn(scene: Scene) -> float:
    return _step(GAIN * _wrap(scene.yaw - float(scene.tool[3])), TURN)


def _step(way: float, most: float) -> float:
    return min(max(way, -most), most)


def _wrap(angle: float) -> float:
    return (angle + math.pi) % (2 * math.pi) - math.pi


def _is_at(thing: Thing, place: Thing, near: float) -> bool:
    return math.hypot(thing.x - place.x, thing.y - place.y) < near
