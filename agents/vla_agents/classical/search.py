"""Looking for what is not known yet: turn once about, then go where the camera has not looked."""

from __future__ import annotations

import math

from vla_agents.classical import rover
from vla_agents.classical.belief import Belief
from vla_agents.classical.navigator import Navigator
from vla_agents.steering import Speeds

_RATE = 1.2
"""Rate of looking round [rad/s]."""
_ROUND = 2 * math.pi - 0.8 * rover.CAMERA_FOV
"""Angle to turn by until everything was in view [rad]."""


class Search:
    """Goes on for ever; whoever searches stops it on finding something."""

    def __init__(self) -> None:
        self._turned = 0.0
        self._yaw: float | None = None
        self.navigator = Navigator()

    @property
    def left(self) -> float:
        """Angle by which the robot still has to turn about [rad]."""
        return max(_ROUND - self._turned, 0.0)

    @property
    def looked_round(self) -> bool:
        """Whether the robot has turned about once."""
        return self._turned >= _ROUND

    def speeds(self, belief: Belief) -> Speeds:
        """Return what to do now."""
        self.update(belief)
        return self.follow(belief)

    def follow(self, belief: Belief) -> Speeds:
        """Return what to do after the last update."""
        return (self.navigator.follow(belief) if self.looked_round else None) or (0.0, _RATE)

    def update(self, belief: Belief) -> bool:
        """Return whether to go on along the navigator's way, after planning it; else the robot turns about."""
        yaw = belief.here.yaw
        if self._yaw is not None and not self.looked_round and belief.senses.camera is not None:
            self._turned += max(yaw - self._yaw, 0.0)
        self._yaw = yaw
        if not self.looked_round:
            return False
        if self.navigator.plan_exploration(belief):
            return True
        belief.floor.look_again()
        self._turned = 0.0
        self.navigator.renew()
        return False
