"""How the expert carries out each manoeuvre of a plan, knowing where everything is."""

from __future__ import annotations

import math
from typing import Protocol

from vla_agents.goer import Goer, Surroundings
from vla_agents.standing import Standing
from vla_agents.steering import STOP, Here, Limits, Speeds, along_line, spin, wrap
from vla_sim.engines.engine import Truth
from vla_sim.tasks.plan import Along, GoTo, Halt, Manoeuvre, Straight, Turn
from vla_sim.tasks.region import Spot
from vla_sim.tasks.semantics import Point

HOLD = 1.2
"""How long [s] to stand still before going on: a little longer than a judge wants."""

SLACK = 0.02
"""How much before the end of a line to stop [m]."""


class Driver(Protocol):
    """Carries out one manoeuvre."""

    def speeds(self, here: Here, truth: Truth) -> Speeds | None:
        """Return what to do now, or None when done."""
        ...


def driver_for(manoeuvre: Manoeuvre, scene: Surroundings) -> Driver:
    """Return a driver that has not begun yet."""
    match manoeuvre:
        case GoTo():
            return Goer(manoeuvre, scene)
        case Turn(angle):
            return Turner(angle, scene.limits)
        case Straight(distance):
            return StraightDriver(distance, scene)
        case Along(start, end):
            return LineDriver(start, end, scene)
        case Halt():
            return Halter()
        case _:
            raise TypeError(f"no drive can {type(manoeuvre).__name__.lower()}")


class Halter:
    """Stops and stays."""

    def speeds(self, here: Here, truth: Truth) -> Speeds | None:
        """Return no motion."""
        return STOP


class Turner:
    """Turns on the spot, counting past half turns."""

    def __init__(self, angle: float, limits: Limits):
        self._left, self._limits = angle, limits
        self._yaw: float | None = None
        self._standing = Standing(HOLD)

    def speeds(self, here: Here, truth: Truth) -> Speeds | None:
        """Return what to do now, or None when done."""
        if self._yaw is not None:
            self._left -= wrap(here.yaw - self._yaw)
        self._yaw = here.yaw
        if abs(self._left) > self._limits.aim:
            return spin(self._left, self._limits)
        return None if self._standing.enough(here) else STOP


class StraightDriver:
    """Drives straight ahead from where it begins."""

    def __init__(self, distance: float, scene: Surroundings):
        self._distance, self._scene = distance, scene
        self._start: Here | None = None
        self._standing = Standing(HOLD)

    def speeds(self, here: Here, truth: Truth) -> Speeds | None:
        """Return what to do now, or None when done."""
        if self._start is None:
            self._start = here
        start = self._start
        speeds = along_line(here, start.point, start.yaw, self._distance - SLACK, self._scene.grip(here))
        return None if speeds == STOP and self._standing.enough(here) else speeds


class LineDriver:
    """Goes to the start of a line and drives it to its end."""

    def __init__(self, start: Point, end: Point, scene: Surroundings):
        self._start, self._scene = start, scene
        self._direction = math.atan2(end[1] - start[1], end[0] - start[0])
        self._length = math.dist(start, end)
        self._approach: Goer | None = Goer(GoTo(Spot(start, 0.12), hold=0.0), scene)
        self._standing = Standing(HOLD)

    def speeds(self, here: Here, truth: Truth) -> Speeds | None:
        """Return what to do now, or None when done."""
        if self._approach is not None:
            speeds = self._approach.speeds(here, truth)
            if speeds is not None:
                return speeds
            self._approach = None
        speeds = along_line(here, self._start, self._direction, self._length - SLACK, self._scene.grip(here))
        return None if speeds == STOP and self._standing.enough(here) else speeds
