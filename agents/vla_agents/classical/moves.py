"""Moves that need no thing: turn by an angle, drive straight ahead, follow a wall, stop."""

from __future__ import annotations

from dataclasses import replace

from vla_agents.classical import rover
from vla_agents.classical.belief import Belief
from vla_agents.classical.navigator import heed
from vla_agents.classical.wall import WallLine
from vla_agents.classical.words import Side
from vla_agents.standing import Standing
from vla_agents.steering import STOP, Here, Speeds, along_line, spin

_HOLD = 1.3
_SLACK = 0.02
"""How much before the end of a line to stop [m]."""
_GENTLY = replace(rover.LIMITS, speed=0.6, braking=0.15)
"""To go straight: wheels that brake softly do not slip, wherever the floor may be smooth."""
_LANE = 0.6
"""Distance from a wall at which to follow it [m]."""


class Stop:
    """Stops and stays."""

    def speeds(self, belief: Belief) -> Speeds | None:
        """Return no motion."""
        return STOP


class Turn:
    """Turns on the spot by an angle [rad], counting past half turns."""

    def __init__(self, angle: float):
        self._angle = angle
        self._end: float | None = None
        self._standing = Standing(_HOLD)

    def speeds(self, belief: Belief) -> Speeds | None:
        """Return what to do now, or None when done."""
        here = belief.here
        if self._end is None:
            self._end = here.yaw + self._angle
        left = self._end - here.yaw
        if abs(left) > rover.LIMITS.aim:
            return spin(left, rover.LIMITS)
        return None if self._standing.enough(here) else STOP


class Straight:
    """Drives straight ahead from where it begins, for a distance [m]."""

    def __init__(self, distance: float):
        self._distance = distance
        self._start: Here | None = None
        self._standing = Standing(_HOLD)

    def speeds(self, belief: Belief) -> Speeds | None:
        """Return what to do now, or None when done."""
        here = belief.here
        self._start = start = self._start or here
        speeds = along_line(here, (start.x, start.y), start.yaw, self._distance - _SLACK, _GENTLY)
        return None if speeds == STOP and self._standing.enough(here) else heed(belief, speeds)


class FollowWall:
    """Follows the nearest wall on a side for a distance [m]; without a LiDAR to show a wall it stays where it is."""

    def __init__(self, side: Side, distance: float):
        self._distance = distance
        self._wall = WallLine("left" if side == "left" else "right")
        self._start: Here | None = None
        self._standing = Standing(_HOLD)

    def speeds(self, belief: Belief) -> Speeds | None:
        """Return what to do now, or None when done."""
        here = belief.here
        self._start = start = self._start or here
        self._wall.update(belief)
        if not self._wall.known:
            return STOP
        lane = self._wall.point_beside(start, _LANE)
        speeds = along_line(here, lane, self._wall.heading, self._distance - _SLACK, rover.LIMITS)
        return None if speeds == STOP and self._standing.enough(here) else heed(belief, speeds)
