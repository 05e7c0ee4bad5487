"""Dead reckoning: where the robot is since the trial began, from the gyro, the wheels, or what it was asked to do."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace

from vla_agents.classical.senses import Odometry, Senses
from vla_agents.steering import STOP, Here, Speeds, wrap

_SLIP = 0.006
"""Least slip between two scans [m] that counts as motion."""
_MEMORY = 1.5
"""How long past poses are kept [s], for pictures that come late."""


class Reckoning:
    """Poses in the frame in which the trial began: x ahead, y left.

    The heading is the integral of the gyro; without it, of the wheels' yaw; without these, of the yaw rate that was
    asked for. It counts past full turns. The way driven comes from the wheels, or from the speed that was asked for.
    """

    def __init__(self) -> None:
        self.here = Here(0.0, 0.0, 0.0, True, 0.0)
        self._past: deque[Here] = deque([self.here])
        """Poses as they were before any shift."""
        self._shift = 0.0, 0.0
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
                along = (before.yaw + wheels.yaw) / 2 + math.pi * (abs(wheels.yaw - before.yaw) > math.pi)
                way = (wheels.x - before.x) * math.cos(along) + (wheels.y - before.y) * math.sin(along)
                wheel_turn = wrap(wheels.yaw - before.yaw)
        self._wheels = wheels
        turn = wheel_turn if senses.yaw_rate is None else senses.yaw_rate * dt
        rate = rate if senses.yaw_rate is None else senses.yaw_rate
        middle = self.here.yaw + turn / 2
        still = abs(speed) < 0.04 and abs(rate) < 0.08
        x, y = self.here.x + way * math.cos(middle), self.here.y + way * math.sin(middle)
        self.here = Here(x, y, self.here.yaw + turn, still, senses.time)
        self._past.append(replace(self.here, x=x - self._shift[0], y=y - self._shift[1]))
        while self._past[0].time < senses.time - _MEMORY:
            self._past.popleft()
        return self.here

    def shift(self, x: float, y: float) -> None:
        """Move where the robot is taken to be, and to have been [m]: the wheels slipped by as much since the last time.

        A robot that slips does not stand still, whatever its wheels say.
        """
        self._shift = self._shift[0] + x, self._shift[1] + y
        still = self.here.still and math.hypot(x, y) < _SLIP
        self.here = replace(self.here, x=self.here.x + x, y=self.here.y + y, still=still)

    def at(self, stamp: float) -> Here:
        """Return where the robot was when something was seen."""
        pose = min(self._past, key=lambda pose: abs(pose.time - stamp))
        return replace(pose, x=pose.x + self._shift[0], y=pose.y + self._shift[1])
