"""Getting free: what to do when the wheels are asked to turn and nothing moves, or something is touched."""

from __future__ import annotations

import math
from collections import deque

from vla_agents.steering import Here, Speeds
from vla_sim.engines.engine import Truth
from vla_sim.geometry import wrap_angle
from vla_sim.tasks.site import Site

PATIENCE = 1.5
"""Time without motion [s] after which the robot counts as stuck."""
RETREAT = 0.8
"""How long it backs off [s]."""
RETREAT_SPEED = 0.25


class Recovery:
    """Backs off after a while without motion, or at once from what was run into; the other way if that did not help."""

    def __init__(self, site: Site):
        self._site, self._robot = site, site.semantics.robot
        self._past: deque[tuple[Here, Speeds]] = deque()
        self._until = -math.inf
        self._speed = -RETREAT_SPEED

    def note(self, here: Here, asked: Speeds) -> None:
        """Remember what was asked for, to see whether it comes about."""
        self._past.append((here, asked))
        while self._past and here.time - self._past[0][0].time > PATIENCE + 1e-6:
            self._past.popleft()

    def speeds(self, here: Here, truth: Truth) -> Speeds | None:
        """Return the way out while the robot is getting free, else None."""
        if here.time < self._until:
            return self._speed, 0.0
        bumped = bool(self._site.obstacles_touched(truth, self._robot)) and bool(self._past)
        if not (bumped or self._stuck(here)):
            return None
        forward = sum(speed for _, (speed, _) in self._past) >= 0.0
        self._speed = -RETREAT_SPEED if forward and here.time - self._until > 1.0 else -self._speed
        self._until = here.time + RETREAT
        self._past.clear()
        return self._speed, 0.0

    def _stuck(self, here: Here) -> bool:
        if not self._past or here.time - self._past[0][0].time < PATIENCE - 1e-6:
            return False
        moved = max(math.dist(here.point, past.point) for past, _ in self._past)
        turned = max(abs(wrap_angle(here.yaw - past.yaw)) for past, _ in self._past)
        wanted = all(abs(speed) > 0.05 or abs(rate) > 0.2 for _, (speed, rate) in self._past)
        return wanted and moved < 0.05 and turned < 0.15
