"""What a robot can be told, read off its model: a drive, joints that go to goals, a gripper."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.engine import Command
from vla_sim.sdf.scene import DiffDrive, JointPositionController, Model

FINGERS = ("left_finger", "right_finger")
"""Names of the joints that are a gripper; at 0 they meet."""

DEFAULT_LINEAR = 1.0
"""Speed [m/s] of a drive that has no limit."""
DEFAULT_ANGULAR = 2.0
"""Yaw rate [rad/s] of a drive that has no limit."""
DEFAULT_TURN = math.pi
"""Goal [rad or m] of a joint that has no limit, either way."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class GoalJoint:
    """A joint with a position controller: its limits [rad or m], where it is told to be at first, and its effort.

    ``effort`` [N m or N] is the greatest that can be commanded; None where the controller works by velocity.
    """

    name: str
    lower: float
    upper: float
    start: float
    effort: float | None


@dataclass(frozen=True)
class Gripper:
    """Two fingers that close on what is between them."""

    fingers: tuple[GoalJoint, GoalJoint]

    @cached_property
    def width(self) -> float:
        """Greatest distance between the pads [m]."""
        return sum(finger.upper for finger in self.fingers)

    def goals(self, width: float) -> dict[str, float]:
        """Return the goal of each finger for a width [m], shared evenly."""
        return {finger.name: min(max(width / 2, finger.lower), finger.upper) for finger in self.fingers}


@dataclass(frozen=True)
class Body:
    """A robot as its agent commands it.

    Attributes:
        drive: least and greatest speed [m/s], then least and greatest yaw rate [rad/s]; None without a drive.
        joints: those with a controller, in the order of the file, fingers left out.
        gripper: None without one.
    """

    drive: tuple[float, float, float, float] | None
    joints: tuple[GoalJoint, ...]
    gripper: Gripper | None

    @cached_property
    def movable(self) -> tuple[GoalJoint, ...]:
        """All joints that can be given a goal: the joints, then the fingers."""
        return (*self.joints, *(self.gripper.fingers if self.gripper else ()))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What the numbers of ``told`` mean."""
        return (
            *(("linear", "angular") if self.drive else ()),
            *(joint.name for joint in self.joints),
            *(("gripper_width",) if self.gripper else ()),
        )

    @cached_property
    def low(self) -> Floats:
        """The least number of each of ``names``."""
        drive = (self.drive[0], self.drive[2]) if self.drive else ()
        return np.array([*drive, *(joint.lower for joint in self.joints), *([0.0] if self.gripper else ())], np.float32)

    @cached_property
    def high(self) -> Floats:
        """The greatest number of each of ``names``."""
        drive = (self.drive[1], self.drive[3]) if self.drive else ()
        width = [self.gripper.width] if self.gripper else []
        return np.array([*drive, *(joint.upper for joint in self.joints), *width], np.float32)

    def told(self, command: Command, goals: Mapping[str, float]) -> Floats:
        """Return a command as numbers, one for each of ``names``; ``goals`` are where all joints are told to be."""
        drive = (command.linear, command.angular) if self.drive else ()
        width = [sum(goals[finger.name] for finger in self.gripper.fingers)] if self.gripper else []
        return np.array([*drive, *(goals[joint.name] for joint in self.joints), *width], np.float32)

    def at_first(self) -> dict[str, float]:
        """Return where the joints are told to be at a reset."""
        return {joint.name: joint.start for joint in self.movable}


def body_of(model: Model) -> Body:
    """Return what a robot can be told."""
    drive = next((plugin for plugin in model.plugins if isinstance(plugin, DiffDrive)), None)
    controlled = [plugin for plugin in model.plugins if isinstance(plugin, JointPositionController)]
    joints = {plugin.joint: _goal_joint(model, plugin) for plugin in controlled}
    left, right = (joints.get(name) for name in FINGERS)
    gripper = None if left is None or right is None else Gripper((left, right))
    others = tuple(joint for name, joint in joints.items() if gripper is None or name not in FINGERS)
    return Body(None if drive is None else drive_limits(drive), others, gripper)


def _goal_joint(model: Model, plugin: JointPositionController) -> GoalJoint:
    axis = next(joint.axis for joint in model.joints if joint.name == plugin.joint)
    lower, upper = (-math.inf, math.inf) if axis is None else (axis.lower, axis.upper)
    effort = None if plugin.use_velocity_commands else min(plugin.cmd_max, math.inf if axis is None else axis.effort)
    return GoalJoint(
        plugin.joint,
        lower if math.isfinite(lower) else -DEFAULT_TURN,
        upper if math.isfinite(upper) else DEFAULT_TURN,
        plugin.initial_position,
        effort,
    )


def drive_limits(drive: DiffDrive) -> tuple[float, float, float, float]:
    """Return the least and greatest speed [m/s], then the least and greatest yaw rate [rad/s], all finite."""

    def finite(value: float, default: float) -> float:
        return value if math.isfinite(value) else math.copysign(default, value)

    return (
        finite(drive.min_linear_velocity, DEFAULT_LINEAR),
        finite(drive.max_linear_velocity, DEFAULT_LINEAR),
        finite(drive.min_angular_velocity, DEFAULT_ANGULAR),
        finite(drive.max_angular_velocity, DEFAULT_ANGULAR),
    )
