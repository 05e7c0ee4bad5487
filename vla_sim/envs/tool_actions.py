"""Actions that move the tool, rather than single joints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from vla_sim.engines.engine import Command
from vla_sim.envs.actions import numbers
from vla_sim.envs.body import Body
from vla_sim.envs.vocabulary import Primitive
from vla_sim.kinematics import Chain
from vla_sim.kinematics.differential import follow, moved
from vla_sim.sdf.scene import Model

TOOL = "tool"
"""Name of the frame that ``end_effector`` actions move."""
REACH = 0.5
"""Greatest speed of the tool along each axis [m/s]."""
TURN = 2.5
"""Greatest rate of turning of the tool about each axis [rad/s]."""


class ToolActions:
    """Motion of the frame ``tool``: translation [m] and rotation vector [rad] in the frame of the arm's base.

    The gripper's width [m] comes behind it, speed and yaw rate of a drive in front of it. The motion is added to where
    the tool was told to be, and solved on the robot's own kinematic model.
    """

    def __init__(self, model: Model, body: Body, period: float):
        self._body, self._period = body, period
        self._chain = Chain.to(model, TOOL)
        self._base = _base_of(model, self._chain)
        most = np.array([REACH * period] * 3 + [TURN * period] * 3, np.float32)
        drive = 2 if body.drive else 0
        width = [] if body.gripper is None else [body.gripper.width]
        self._low = np.concatenate([body.low[:drive], -most, np.zeros(len(width), np.float32)])
        self._high = np.concatenate([body.high[:drive], most, np.array(width, np.float32)])
        self.space: spaces.Space[Any] = spaces.Box(self._low, self._high)

    def still(self, goals: Mapping[str, float]) -> NDArray[np.float32]:
        """Return no motion, with the gripper as it is."""
        action = np.zeros(len(self._low), np.float32)
        if self._body.gripper:
            action[-1] = self._body.told(Command(), goals)[-1]
        return action

    def command(
        self, action: Any, observation: Mapping[str, Any], goals: Mapping[str, float]
    ) -> tuple[Command, Primitive | None]:
        """Return the command to move there in one period; numbers outside the limits are clipped to them."""
        what = "x, y, z [m], a rotation vector [rad] and the gripper's width [m]"
        front = "speed, yaw rate, " if self._body.drive else ""
        values = numbers(action, len(self._low), f"{len(self._low)} finite numbers, {front}{what}")
        clipped = np.clip(values, self._low, self._high).astype(float)
        linear, angular = clipped[:2].tolist() if self._body.drive else (0.0, 0.0)
        motion = clipped[2 if self._body.drive else 0 :]
        told = self._chain.configuration(goals)
        target = moved(self._chain.forward(told), self._base @ motion[:3], self._base @ motion[3:6])
        reached = follow(self._chain, told, target, self._period)
        joints = dict(zip(self._chain.names, reached.tolist(), strict=True))
        if self._body.gripper:
            joints |= self._body.gripper.goals(float(motion[6]))
        return Command(linear, angular, joints, duration=self._period), None


def _base_of(model: Model, chain: Chain) -> NDArray[np.float64]:
    """Return the rotation from the frame of the link below the chain's first joint to the model's."""
    first = next(joint for joint in model.joints if joint.name == chain.names[0])
    return model.link(first.parent).pose.matrix()
