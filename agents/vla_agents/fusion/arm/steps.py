"""From motions to actions, and what the arm is told by them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vla_agents.fusion.arm.body import arm_body
from vla_agents.fusion.arm.rules import OPEN, Motion
from vla_sim.kinematics.differential import follow, moved


class Told:
    """Where the arm is told to be, followed from one action to the next as the environment does it.

    Attributes:
        joints: goals of the arm's joints (6,) [rad].
        width: of the gripper [m].
    """

    def __init__(self) -> None:
        self._chain = arm_body().chain
        self.joints: NDArray[np.float64] = np.zeros(len(self._chain))
        self.width = OPEN

    def act(self, motion: Motion, period: float) -> NDArray[np.float32]:
        """Return an ``end_effector`` action (7,) and take note of it; ``period`` is how long it holds [s]."""
        x, y, z, turn, width = (float(number) for number in motion.array())
        target = moved(self._chain.forward(self.joints), np.array([x, y, z]), np.array([0.0, 0.0, turn]))
        self.joints = follow(self._chain, self.joints, target, period)
        self.width = width
        return np.array([x, y, z, 0.0, 0.0, turn, width], np.float32)
