"""What an arm can do with a thing: each skill goes on until it is done, and begins again where it went wrong."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from vla_agents.manipulation.arm import Arm, Entry, Lost, Motion, NoWay
from vla_agents.manipulation.grips import TILTS, UP, Grip, extent, frame, grips
from vla_sim.geometry import Pose
from vla_sim.kinematics import Chain
from vla_sim.kinematics.transforms import Array, transform_of
from vla_sim.tasks.plan import Pick, Place, Press, Pull, Push

LEADS = (0.1, 0.05, 0.03)
"""Lengths [m] of the straight line on which the gripper comes over a thing, or a thing to its place, the next one where
there is no way with the one before: near its base the arm soon touches itself."""
MORE = 0.03
"""How much higher than asked a thing is lifted [m]."""
TRIES = 8
DROP = 0.003
"""Height [m] above its place at which a thing is let go."""
LET_GO = 0.016
"""How much the gripper is opened to let go [m]: there may be walls about it."""
RAISE = 0.1
"""How far [m] above its place a thing is carried."""
PULL_TILTS = (0.5, 0.8, 0.2, 1.1, 1.4, 0.0)
"""Angles [rad] from straight down, towards what is pulled open, at which a handle is taken."""
AROUND_BAR = 0.03
"""How far the gripper is opened to come about a handle's bar [m]."""
SLACK = 0.012
"""Play [m] between the fingers and what they push."""
PUSH_HEIGHT = 0.022
"""Of the tool above the ground [m]: low, so that nothing topples."""
SQUEEZE = 0.008
"""How much narrower than a thing the gripper is told to be [m]; its springs make a force of that."""
FINGER = 0.015
"""From the tool to the finger tips [m]."""
_NEAR = 0.03
_TURNS = 12
_PAUSE = 0.3


def pick(arm: Arm, step: Pick, then: Place | None = None) -> Motion:
    """Take hold of a thing and lift it; done when it is held, up there.

    If it is to be placed ``then``, it is taken in a way in which it can be, where there is one.
    """
    for _ in range(TRIES):
        try:
            if not arm.holds(step.model):
                yield from _let_go(arm)
                yield from _take(arm, step.model, then)
            yield from _lift(arm, step)
            yield from arm.wait(_PAUSE)
            if arm.holds(step.model):
                return
        except Lost:
            continue
    raise NoWay


def place(arm: Arm, step: Place) -> Motion:
    """Put down a thing where it belongs, taking it up first if it is not held, until it is there."""
    for _ in range(TRIES):
        if not arm.holds(step.model):
            if _is_placed(arm, step):
                return
            yield from pick(arm, Pick(step.model, 0.05), step)
        try:
            yield from _put(arm, step)
        except Lost:
            continue
        if _is_placed(arm, step):
            return
    raise NoWay


def push(arm: Arm, step: Push) -> Motion:
    """Slide a thing with the fingers before and behind it, again and again until it is near enough."""
    yield from _let_go(arm)
    model = arm.world.model(step.model)
    for _ in range(TRIES):
        pose = arm.pose(step.model)
        way = np.array([*np.subtract(step.to, pose.position[:2]), 0.0])
        distance = float(np.linalg.norm(way))
        if distance < step.radius:
            return
        along = way / distance
        width = extent(model, pose, along)
        origin = np.array([*pose.position[:2], pose.position[2] + PUSH_HEIGHT])
        arm.arrange(ignoring=[step.model], width=width + SLACK)
        tools = [frame(-UP, side * along, origin) for side in (1.0, -1.0)]
        entry = _first_entry(arm, tools, then=way + along * SLACK / 2)
        yield from arm.grip(width + SLACK, _PAUSE)
        yield from arm.travel([entry.start])
        yield from arm.along(entry.path)
        yield from arm.shift(way + along * SLACK / 2, speed=0.12)
        yield from arm.grip(width + 2 * SLACK, _PAUSE)
        yield from arm.shift(0.1 * UP)
    raise NoWay


def pull(arm: Arm, step: Pull) -> Motion:
    """Take a handle, the fingers before and behind it, and pull until the joint is where it should be."""
    yield from _let_go(arm)
    chain = _child(arm, step.model, step.joint)
    axis = next(joint.axis for joint in arm.world.model(step.model).joints if joint.name == step.joint)
    assert axis is not None
    for _ in range(TRIES):
        left = step.to - arm.truth.models[step.model].joints[step.joint]
        if left <= 0.0:
            return
        link = _link(arm, step.model, chain)
        outward = link[:3, :3] @ np.array(axis.xyz)
        handle = (link @ np.array([*step.handle, 1.0]))[:3]
        bar = np.cross(UP, outward)
        openings = [side * (math.cos(tilt) * outward - math.sin(tilt) * UP) for tilt in PULL_TILTS for side in (1, -1)]
        tools = [frame(_across(bar, opening), opening, handle) for opening in openings]
        arm.arrange(width=AROUND_BAR)
        entry = _first_entry(arm, tools, then=left * outward)
        yield from arm.grip(AROUND_BAR, _PAUSE)
        yield from arm.travel([entry.start])
        yield from arm.along(entry.path, speed=0.1)
        yield from arm.grip(0.0)
        yield from arm.shift(left * outward, speed=0.08)
        yield from arm.grip(AROUND_BAR)
        yield from arm.shift(-0.08 * arm.tool[:3, 2])
    raise NoWay


def press(arm: Arm, step: Press) -> Motion:
    """Press with the closed fingers until the joint is low enough, and stay."""
    yield from _let_go(arm)
    chain = _child(arm, step.model, step.joint)
    for _ in range(TRIES):
        top = (_link(arm, step.model, chain) @ np.array([*step.top, 1.0]))[:3]
        above = top + (FINGER + 0.02) * UP
        arm.arrange(width=0.0)
        entry = _first_entry(arm, [frame(-UP, _level(turn), above) for turn in _turns()])
        yield from arm.grip(0.0)
        yield from arm.travel([entry.start])
        yield from arm.along(entry.path)
        for _ in range(25):
            if arm.truth.models[step.model].joints[step.joint] <= step.to - 0.0005:
                break
            yield from arm.shift(-0.0015 * UP)
        if arm.truth.models[step.model].joints[step.joint] <= step.to:
            yield from arm.wait(1.0)
            return
        yield from arm.shift(0.05 * UP)
    raise NoWay


def stow(arm: Arm, held: str | None) -> Motion:
    """Draw the tool in and up, with what is held, so that the robot can drive and turn beside tables."""
    yield from arm.travel([arm.stowed], holding=held)


def rest(arm: Arm) -> Motion:
    """Let go of what is held, rise, and stay still for good."""
    yield from _let_go(arm)
    while True:
        yield from arm.wait(1.0)


# --- parts of skills ------------------------------------------------------------------------------------------------


def _take(arm: Arm, model: str, then: Place | None) -> Motion:
    """Come over a thing and close the gripper on it."""
    pose = arm.pose(model)
    for grip in _grips(arm, model, then):
        for lead in LEADS:
            arm.arrange(ignoring=[model], width=grip.opening)
            entry = arm.entry(grip.tool, -lead * grip.tool[:3, 2])
            if entry is None:
                continue
            yield from arm.grip(grip.opening, _PAUSE)
            try:
                yield from arm.travel([entry.start])
            except NoWay:
                break
            if math.dist(arm.pose(model).position, pose.position) > 0.005:
                return
            yield from arm.along(entry.path)
            yield from arm.grip(grip.width - SQUEEZE)
            return
    raise NoWay


def _grips(arm: Arm, model: str, then: Place | None) -> Iterator[Grip]:
    """Yield the grips of a thing, steep ones first, but last those with which it cannot be placed ``then``."""
    pose, opening = arm.pose(model), arm.tool[:3, 1]
    # Of those equally steep, the one for which the hand turns least.
    found = sorted(
        grips(arm.world.model(model), pose), key=lambda one: (TILTS.index(one.tilt), -float(one.tool[:3, 1] @ opening))
    )
    if then is None:
        yield from found
        return
    # A thing is put down at any heading, which makes up for how the hand is turned: one grip of each tilt tells of all.
    good: dict[float, bool] = {}
    for grip in found:
        if grip.tilt not in good:
            arm.arrange(ignoring=[model], width=grip.width + LET_GO)
            tools = _tools_to_put(arm, then, np.linalg.inv(grip.tool) @ transform_of(pose))
            good[grip.tilt] = _find_entry(arm, tools, RAISE * UP) is not None
        if good[grip.tilt]:
            yield grip
    yield from (grip for grip in found if not good[grip.tilt])


def _lift(arm: Arm, step: Pick) -> Motion:
    """Raise what is held, to somewhat more than the height asked for where there is room."""
    heights = [step.lift + more for more in (MORE, 0.0, -0.02, -0.035)]
    free = (height for height in heights if arm.can_shift(height * UP, step.model))
    yield from arm.shift(next(free, step.lift) * UP, holding=step.model)


def _put(arm: Arm, step: Place) -> Motion:
    """Carry what is held over its place, lower it, let it go and rise."""
    grip = np.linalg.inv(arm.tool_now) @ transform_of(arm.pose(step.model))
    arm.arrange(held=step.model)
    entry = _first_entry(arm, _tools_to_put(arm, step, grip), RAISE * UP)
    yield from arm.travel([entry.start], holding=step.model)
    yield from arm.along(entry.path, holding=step.model)
    yield from arm.wait(_PAUSE)
    width = arm.width_now
    yield from arm.grip(width + LET_GO, 0.5)
    # Back as it came: farther up, the arm might touch itself.
    yield from arm.along(entry.path[::-1])


def _tools_to_put(arm: Arm, step: Place, grip: Array) -> list[Array]:
    """Return the tool's transforms that bring a thing, at ``grip`` in the tool's frame, to its place at any heading."""
    x, y, z = arm.pose(step.on).transform((*step.at, step.height))
    heading = arm.pose(step.model).yaw
    turned = [transform_of(Pose.planar(x, y, heading + turn, z + DROP)) for turn in _turns()]
    return [pose @ np.linalg.inv(grip) for pose in turned]


def _let_go(arm: Arm) -> Motion:
    """Open the gripper if something is held, and rise above it."""
    if not arm.truth.held:
        return
    yield from arm.grip(arm.width_now + 2 * LET_GO)
    yield from arm.shift(-RAISE * arm.tool[:3, 2])


def _first_entry(arm: Arm, tools: list[Array], lead: Array | None = None, then: Array | None = None) -> Entry:
    """Return what ``_find_entry`` finds, where it must find something.

    Raises:
        NoWay: there is none.
    """
    entry = _find_entry(arm, tools, lead, then)
    if entry is None:
        raise NoWay
    return entry


def _find_entry(arm: Arm, tools: list[Array], lead: Array | None = None, then: Array | None = None) -> Entry | None:
    """Return a way to one of the tool's transforms, or None.

    Args:
        arm: the arm.
        tools: transforms in the world, in the order of preference.
        lead: from where the tool comes [m]; None for along its approach.
        then: a translation [m] that must be possible from there.
    """
    for length in LEADS:
        for tool in tools:
            way = -length * tool[:3, 2] if lead is None else lead * length / LEADS[0]
            entry = arm.entry(tool, way)
            if entry is not None and (then is None or arm.line(entry.path[-1], tool, then) is not None):
                return entry
    return None


def _is_placed(arm: Arm, step: Place) -> bool:
    x, y, z = arm.pose(step.on).transform((*step.at, step.height))
    here = arm.pose(step.model).position
    return math.hypot(here[0] - x, here[1] - y) < _NEAR and abs(here[2] - z) < 0.02


def _child(arm: Arm, model: str, joint: str) -> Chain:
    found = next(one for one in arm.world.model(model).joints if one.name == joint)
    return Chain.to(arm.world.model(model), found.child)


def _link(arm: Arm, model: str, chain: Chain) -> Array:
    state = arm.truth.models[model]
    return np.asarray(transform_of(state.pose) @ chain.forward(chain.configuration(state.joints)))


def _across(bar: Array, opening: Array) -> Array:
    """Return the approach at right angles to a bar and to the fingers' motion, the one that looks down."""
    approach = np.cross(bar, opening)
    return approach if approach[2] < 0 else -approach


def _turns() -> list[float]:
    """Return turns about the vertical [rad], the small ones first."""
    return sorted((math.tau * (k - _TURNS // 2) / _TURNS for k in range(_TURNS)), key=abs)


def _level(turn: float) -> Array:
    return np.array([-math.sin(turn), math.cos(turn), 0.0])
