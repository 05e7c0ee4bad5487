"""Driving to places across the known floor, without running into what is seen on the way."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from vla_agents.classical import rover
from vla_agents.classical.belief import Belief
from vla_agents.classical.floor import Disc
from vla_agents.classical.scan import Array
from vla_agents.steering import Here, Speeds, stopping_speed, toward

_LOOKAHEAD = 0.5
"""How far ahead on its way the robot heads for [m]."""
_RENEW = 1.0
"""Time after which a way is planned anew [s]."""
_SIDE_ROOM, _NOSE_ROOM = 0.05, 0.05
"""Room that the robot keeps beside and in front of it [m]."""
_CLEARANCES = (0.38, 0.3)
"""Distances of the robot's middle from what is in the way [m], tried in this order."""


def heed(belief: Belief, speeds: Speeds) -> Speeds:
    """Slow down before what stands in the way; creep where nothing tells what does."""
    speed, rate = speeds
    if speed <= 0.0:
        return speeds
    if belief.blind:
        return min(speed, rover.CREEP), rate
    x, y = belief.obstacles()
    in_the_way = x[(np.abs(y) < rover.HALF_WIDTH + _SIDE_ROOM) & (x > 0.1)]
    if in_the_way.size == 0:
        return speeds
    room = float(in_the_way.min()) - rover.NOSE - _NOSE_ROOM
    return min(speed, stopping_speed(room, rover.LIMITS)), rate


class Navigator:
    """Plans a way to any of some points, follows it, and plans anew every second."""

    def __init__(self) -> None:
        self._way: Array = np.empty((0, 2))
        self._planned = -math.inf

    def renew(self) -> None:
        """Plan anew at the next step."""
        self._planned = -math.inf

    def drive(self, belief: Belief, goals: Callable[[], Array], keep_out: Sequence[Disc] = ()) -> Speeds | None:
        """Return speeds on the way to the nearest of the goals (n, 2); None where there is no way."""
        return self.follow(belief) if self.plan(belief, goals, keep_out) else None

    def plan(self, belief: Belief, goals: Callable[[], Array], keep_out: Sequence[Disc] = ()) -> bool:
        """Find a way to the nearest of the goals (n, 2), where the last one is old; return whether there is one."""
        here = belief.here
        if here.time - self._planned >= _RENEW:
            self._planned = here.time
            self._way = self._plan(belief, goals(), keep_out)
        return len(self._way) > 0

    def _plan(self, belief: Belief, goals: Array, keep_out: Sequence[Disc]) -> Array:
        way = np.empty((0, 2))
        for clearance in _CLEARANCES:
            if len(goals) and not len(way):
                way = belief.floor.way(belief.here, goals, keep_out, clearance)
        return way

    def explore(self, belief: Belief, keep_out: Sequence[Disc] = ()) -> Speeds | None:
        """Return speeds towards floor that the camera has not looked at; None where there is none left."""
        return self.follow(belief) if self.plan_exploration(belief, keep_out) else None

    def plan_exploration(self, belief: Belief, keep_out: Sequence[Disc] = ()) -> bool:
        """Find a way to floor that the camera has not looked at; return whether there is one.

        The robot keeps to one goal until it has seen it.
        """
        here = belief.here
        goal = self._way[-1] if len(self._way) else None
        seen = goal is None or not belief.floor.is_unseen((float(goal[0]), float(goal[1])))
        if seen or here.time - self._planned >= _RENEW:
            self._planned = here.time
            if goal is not None and not seen:
                self._way = belief.floor.way(here, goal[None, :], keep_out)
            if seen or not len(self._way):
                self._way = belief.floor.way_to_unseen(here, keep_out)
                if not len(self._way):
                    self._way = belief.floor.way_to_unseen(here, keep_out, _CLEARANCES[-1])
        return len(self._way) > 0

    def aim(self, here: Here) -> tuple[tuple[float, float], float] | None:
        """Return the point of the way to head for, and the length of way that is left [m]; None without a way."""
        way = self._way
        if not len(way):
            return None
        away = np.hypot(way[:, 0] - here.x, way[:, 1] - here.y)
        nearest = int(away.argmin())
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(way[nearest:], axis=0).T))])
        target = way[nearest + min(int(np.searchsorted(along, _LOOKAHEAD)), len(along) - 1)]
        return (float(target[0]), float(target[1])), float(along[-1]) + float(away[nearest])

    def follow(self, belief: Belief) -> Speeds | None:
        """Pursue a point that runs ahead on the way."""
        aim = self.aim(belief.here)
        if aim is None:
            return None
        target, left = aim
        speed = max(stopping_speed(left, rover.LIMITS), 0.08)
        return heed(belief, toward(belief.here, target, rover.LIMITS, speed))


class Recovery:
    """Backs off from what was touched, or when the wheels turn no more."""

    _PATIENCE, _RETREAT, _SPEED = 1.5, 0.9, 0.22

    def __init__(self) -> None:
        self._past: deque[tuple[Here, Speeds]] = deque()
        self._until = -math.inf
        self._backward = True

    def speeds(self, belief: Belief) -> Speeds | None:
        """Return the way out while the robot is getting free, else None."""
        here = belief.here
        if here.time < self._until:
            return (-self._SPEED if self._backward else self._SPEED), 0.0
        if not (belief.senses.touched and self._past) and not self._stuck(here):
            return None
        self._backward = not self._backward if here.time - self._until < 1.0 else True
        self._until = here.time + self._RETREAT
        self._past.clear()
        return self.speeds(belief)

    def note(self, here: Here, asked: Speeds) -> None:
        """Remember what was asked for, to see whether it comes about."""
        self._past.append((here, asked))
        while here.time - self._past[0][0].time > self._PATIENCE + 1e-6:
            self._past.popleft()

    def _stuck(self, here: Here) -> bool:
        if not self._past or here.time - self._past[0][0].time < self._PATIENCE - 1e-6:
            return False
        start = self._past[0][0]
        wanted = all(abs(speed) > 0.05 or abs(rate) > 0.3 for _, (speed, rate) in self._past)
        moved = math.hypot(here.x - start.x, here.y - start.y) > 0.04 or abs(here.yaw - start.yaw) > 0.1
        return wanted and not moved
