"""Dead reckoning: where the robot is since the trial began, from the gyro, the wheels, or what it was asked to do."""

from __future__ import annotations

import math
from collections import deque

from vla_agents.classical.senses import Odometry, Senses
from vla_agents.steering import STOP, Here, Speeds, wrap

_MEMORY = 3.0
"""How long past poses are kept [s], for pictures that come late."""


class Reckoning:
    """Poses in the frame in which the trial began: x ahead, y left.

    The heading is the integral of the gyro; without it, of the wheels' yaw; without these, of the yaw rate that was
    asked for. It counts past full turns. The way driven comes from the wheels, or from the speed that was asked for.
    """

    def __init__(self) -> None:
        self.here = Here(0.0, 0.0, 0.0, True, 0.0)
        self._past: deque[Here] = deque([self.here])
        self._wheels: Odometry | None = None
        self._begun = False

    def update(self, senses: Senses, asked: Speeds = STOP) -> Here:
        """Take in an observation; ``asked`` are the speeds that were asked for since the last one."""
        before, wheels = self._wheels, senses.odometry
        dt = senses.time - self.here.time if self._begun else 0.0
        self._begun = True
        way, wheel_turn = asked[0] * dt, asked[1] * dt
        speed, rate = asked
        if wheels is not None:
            speed, rate = wheels.speed, wheels.rate
            if before is not None:
                along = (before.yaw + wheels.yaw) / 2
                way = (wheels.x - before.x) * math.cos(along) + (wheels.y - before.y) * math.sin(along)
                wheel_turn = wrap(wheels.yaw - before.yaw)
        self._wheels = wheels
        turn = wheel_turn if senses.yaw_rate is None else senses.yaw_rate * dt
        rate = rate if senses.yaw_rate is None else senses.yaw_rate
        middle = self.here.yaw + turn / 2
        still = abs(speed) < 0.04 and abs(rate) < 0.08
        x, y = self.here.x + way * math.cos(middle), self.here.y + way * math.sin(middle)
        self.here = Here(x, y, self.here.yaw + turn, still, senses.time)
        self._past.append(self.here)
        while self._past[0].time < senses.time - _MEMORY:
            self._past.popleft()
        return self.here

    def at(self, stamp: float) -> Here:
        """Return where the robot was when something was seen."""
        return min(self._past, key=lambda pose: abs(pose.time - stamp))
