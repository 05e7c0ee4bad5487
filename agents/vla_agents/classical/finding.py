"""Finding the thing that is meant: by its looks, or by where it stands at the start."""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np

from vla_agents.classical import rover
from vla_agents.classical.belief import Belief
from vla_agents.classical.memory import SURE, Landmark
from vla_agents.classical.search import Search
from vla_agents.classical.words import Side, Thing
from vla_agents.steering import STOP, Here, Speeds, spin, wrap

BEARINGS: dict[Side, float] = {"front": 0.0, "left": math.pi / 2, "right": -math.pi / 2, "back": math.pi}
_SECTOR = math.radians(25)
"""How far off its bearing a thing may be [rad]."""
_DEPTH = 0.18
"""How far behind its surface the middle of a thing lies [m]."""


class Finder(Protocol):
    """Knows what to look for."""

    def find(self, belief: Belief) -> Landmark | None:
        """Return the thing, or None as long as it is not known."""
        ...

    def seek(self, belief: Belief) -> Speeds:
        """Return what to do to find it."""
        ...


def finder_for(thing: Thing, look_round: bool = False) -> Finder:
    """Return a finder that has not begun; ``look_round`` asks to look at everything around before choosing."""
    return ByLooks(thing, look_round) if thing.bearing is None else ByBearing(thing.bearing)


class ByLooks:
    """Takes the most probable of the things that were seen; one that is not sure only after looking round."""

    def __init__(self, thing: Thing, look_round: bool = False):
        self._thing, self._look_round = thing, look_round
        self._search = Search()

    def find(self, belief: Belief) -> Landmark | None:
        """Return the thing, or None as long as it is not known."""
        mark, chance = belief.memory.best(self._thing)
        if self._search.looked_round or (chance >= SURE and not self._look_round):
            return mark
        return None

    def seek(self, belief: Belief) -> Speeds:
        """Return what to do to find it."""
        return self._search.speeds(belief)


class ByBearing:
    """Takes the nearest thing on a side of the robot, as it stood when it was told to."""

    def __init__(self, side: Side):
        self._bearing = BEARINGS[side]
        self._start: Here | None = None
        self._found: Landmark | None = None

    def find(self, belief: Belief) -> Landmark | None:
        """Return the thing, or None as long as it is not known."""
        here = belief.here
        self._start = self._start or here
        if self._found is None:
            scan = belief.lidar or belief.ahead
            towards = wrap(self._start.yaw + self._bearing - here.yaw)
            if scan is not None and (scan is belief.lidar or abs(towards) < _SECTOR):
                aside = np.angle(np.exp(1j * (scan.bearing - towards)))
                away = np.where(scan.hit & (np.abs(aside) < _SECTOR), scan.away, math.inf)
                nearest = int(away.argmin())
                if math.isfinite(away[nearest]):
                    angle = here.yaw + float(scan.bearing[nearest])
                    reach = float(away[nearest]) + _DEPTH
                    self._found = Landmark("", here.x + reach * math.cos(angle), here.y + reach * math.sin(angle))
        return self._found

    def seek(self, belief: Belief) -> Speeds:
        """Turn to that side, where the depth camera may see it."""
        left = self.left(belief.here)
        return spin(left, rover.LIMITS) if abs(left) > rover.LIMITS.aim else STOP

    def left(self, here: Here) -> float:
        """Return the angle by which to turn left until that side is ahead [rad]."""
        return wrap((self._start or here).yaw + self._bearing - here.yaw)
