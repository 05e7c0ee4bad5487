"""What must not happen on the way: each rule watches while its instruction holds, and fails the trial at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from vla_sim.tasks.goal import advance
from vla_sim.tasks.motion import Motion
from vla_sim.tasks.site import Site


class Rule(Protocol):
    """Something to keep to."""

    def begin(self, start: Motion) -> None:
        """Start watching from this moment."""
        ...

    def broken(self, now: Motion) -> str | None:
        """Return the reason of a failure, or None."""
        ...


@dataclass(frozen=True, slots=True)
class KeepAway:
    """Keep a gap [m] between the robot's hull and a model."""

    site: Site
    model: str
    gap: float

    def begin(self, start: Motion) -> None:
        """Start watching from this moment."""

    def broken(self, now: Motion) -> str | None:
        """Return ``too_close`` once the gap is less."""
        away = math.dist((now.x, now.y), now.locate(self.model))
        gap = away - self.site.objects[self.model].radius - self.site.robot_radius
        return "too_close" if gap < self.gap else None


class KeepLine:
    """Stay within ``aside`` [m] of the straight line through the start along a direction [rad]."""

    def __init__(self, direction: float, aside: float):
        self.direction, self.aside = direction, aside

    def begin(self, start: Motion) -> None:
        """Start watching from this moment."""
        self._start = start

    def broken(self, now: Motion) -> str | None:
        """Return ``off_course`` once the robot has left the strip."""
        across = advance(now, self._start, self.direction + math.pi / 2)
        return "off_course" if abs(across) > self.aside else None


class KeepPlace:
    """Stay within ``radius`` [m] of the start."""

    def __init__(self, radius: float):
        self.radius = radius

    def begin(self, start: Motion) -> None:
        """Start watching from this moment."""
        self._start = start

    def broken(self, now: Motion) -> str | None:
        """Return ``off_course`` once the robot has left the place."""
        away = math.hypot(now.x - self._start.x, now.y - self._start.y)
        return "off_course" if away > self.radius else None


class KeepMoving:
    """Once under way (0.3 m from the start), do not stand still for longer than ``pause`` [s]."""

    def __init__(self, pause: float):
        self.pause = pause

    def begin(self, start: Motion) -> None:
        """Start watching from this moment."""
        self._start, self._stood = start, 0.0

    def broken(self, now: Motion) -> str | None:
        """Return ``stopped_early`` once the robot has stood for too long."""
        under_way = now.travelled - self._start.travelled > 0.3
        self._stood = self._stood + now.dt if now.still and under_way else 0.0
        return "stopped_early" if self._stood > self.pause + 1e-6 else None
