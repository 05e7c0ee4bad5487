"""Going to a thing: find it, drive up to it, face it, stand."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from vla_agents.classical import rover
from vla_agents.classical.belief import Belief
from vla_agents.classical.finding import Finder
from vla_agents.classical.floor import Disc
from vla_agents.classical.memory import Landmark
from vla_agents.classical.navigator import Navigator, heed
from vla_agents.classical.scan import Array
from vla_agents.standing import Standing
from vla_agents.steering import STOP, Speeds, spin, toward, wrap

HOLD = 1.3
"""How long to stand at a thing [s]."""
AT = 0.18
"""Gap between hull and thing at which the robot is at it [m]."""
RADIUS = {"cube": 0.22, "ball": 0.19, "cylinder": 0.15, "cone": 0.2}
TYPICAL = 0.18
"""Half of how wide a thing is whose shape is not known [m]."""
_CLOSE, _STILL_CLOSE = 0.08, 0.14
"""How much farther than wanted is near enough [m], to arrive and to stay."""
_TOO_NEAR = -0.1
_AIM = 0.08
"""How well to face a thing [rad]."""

Avoid = Callable[[Belief], list[Disc]]


def nothing(belief: Belief) -> list[Disc]:
    """Keep away from nothing."""
    return []


class Approach:
    """Ends beside a thing, or at a stated gap from it and facing it, after standing there for a while."""

    def __init__(self, finder: Finder, noun: str | None = None, gap: float | None = None, avoid: Avoid = nothing):
        self._finder, self._avoid = finder, avoid
        self._facing = gap is not None
        self._radius = RADIUS.get(noun or "", TYPICAL)
        self._away = rover.HULL + (AT if gap is None else gap) + self._radius
        self._navigator = Navigator()
        self._standing = Standing(HOLD)
        self._target: Landmark | None = None
        self._arrived = False

    def speeds(self, belief: Belief) -> Speeds | None:
        """Return what to do now, or None when done."""
        target = self._finder.find(belief)
        if target is not self._target:
            self._target, self._arrived = target, False
            self._navigator.renew()
        if target is None:
            return self._finder.seek(belief)
        here = belief.here
        left = math.dist(target.point, (here.x, here.y)) - self._away
        self._arrived = left < (_STILL_CLOSE if self._arrived else _CLOSE)
        if not self._arrived:
            return self._drive(belief, target)
        aside = wrap(math.atan2(target.y - here.y, target.x - here.x) - here.yaw)
        if self._facing and abs(aside) > _AIM:
            return spin(aside, rover.LIMITS)
        if self._facing and left < _TOO_NEAR:
            return -0.1, 0.0
        return None if self._standing.enough(here) else STOP

    def _drive(self, belief: Belief, target: Landmark) -> Speeds:
        speeds = self._navigator.drive(belief, lambda: self._places(belief, target), self._avoid(belief))
        return speeds or heed(belief, toward(belief.here, target.point, rover.LIMITS, 0.3))

    def _places(self, belief: Belief, target: Landmark) -> Array:
        """Return where the robot may stand: around the thing, with nothing between."""
        angles = np.linspace(-math.pi, math.pi, 48, endpoint=False)
        rays = np.column_stack([np.cos(angles), np.sin(angles)])
        outside = np.array(target.point) + (self._radius + 0.15) * rays
        places = np.array(target.point) + self._away * rays
        return places[belief.floor.open_between(outside, places)]
