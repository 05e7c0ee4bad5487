"""Going to the middle between two things."""

from __future__ import annotations

import math

import numpy as np

from vla_agents.classical import rover
from vla_agents.classical.approach import HOLD
from vla_agents.classical.belief import Belief
from vla_agents.classical.finding import Finder
from vla_agents.classical.navigator import Navigator, heed
from vla_agents.standing import Standing
from vla_agents.steering import STOP, Speeds, toward

_NEAR, _STILL_NEAR = 0.12, 0.22
"""Distance from the middle that will do [m], to arrive and to stay."""


class Between:
    """Finds both things, then goes to the point halfway and stands there for a while."""

    def __init__(self, first: Finder, second: Finder):
        self._finders = first, second
        self._navigator = Navigator()
        self._standing = Standing(HOLD)
        self._arrived = False

    def speeds(self, belief: Belief) -> Speeds | None:
        """Return what to do now, or None when done."""
        marks = []
        for finder in self._finders:
            mark = finder.find(belief)
            if mark is None:
                return finder.seek(belief)
            marks.append(mark)
        here = belief.here
        middle = (marks[0].x + marks[1].x) / 2, (marks[0].y + marks[1].y) / 2
        left = math.dist(middle, (here.x, here.y))
        self._arrived = left < (_STILL_NEAR if self._arrived else _NEAR)
        if not self._arrived:
            speeds = self._navigator.drive(belief, lambda: np.array([middle]))
            return speeds or heed(belief, toward(here, middle, rover.LIMITS, 0.3))
        return None if self._standing.enough(here) else STOP
