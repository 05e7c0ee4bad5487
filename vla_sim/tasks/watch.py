"""What is kept an eye on during a trial, whatever its goal: how the robot treats the world around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from vla_sim.engines.engine import Placements
from vla_sim.tasks.motion import Motion
from vla_sim.tasks.site import Site

CONTACT_LIMIT = 2.0
"""Time [s] in contact with what is not to be touched, summed over a trial, after which it has failed for
``collision``: a touch is counted and forgiven, going on pushing is not."""
NEW_CONTACT = 1.0
"""Contact with the same model after less than this [s] without is the same collision."""


class Watch(Protocol):
    """Begun once and then updated at every control step."""

    def begin(self, start: Motion) -> None:
        """Start watching from this moment."""
        ...

    def update(self, now: Motion) -> str | None:
        """Return the reason of a failure, or None."""
        ...

    def metrics(self) -> Mapping[str, float]:
        """Return the measures; ``path_length`` and ``collisions`` are among them."""
        ...


class Collisions:
    """Counts contacts with models that are not to be touched."""

    def __init__(self) -> None:
        self.count, self.time = 0, 0.0
        self._touched: dict[str, float] = {}

    def update(self, now: Motion, touching: Sequence[str]) -> str | None:
        """Take note of what is touched at this moment; return ``collision`` once it was too long."""
        if touching:
            self.time += now.dt
        for model in touching:
            if now.time - self._touched.get(model, -NEW_CONTACT) >= NEW_CONTACT:
                self.count += 1
            self._touched[model] = now.time
        return "collision" if self.time >= CONTACT_LIMIT - 1e-6 else None

    def metrics(self) -> Mapping[str, float]:
        """Return how many there were, and for how long [s]."""
        return {"collisions": float(self.count), "contact_time": self.time}


class DrivingWatch:
    """Watches a robot that drives: it is to touch nothing but the ground.

    Metrics: ``path_length``, ``collisions``, ``contact_time``, and ``clearance``, the least gap between the robot's
    circle and any obstacle, at most 1 m.
    """

    def __init__(self, site: Site, placements: Placements):
        self._site = site
        self._objects = tuple(site.present(placements))

    def begin(self, start: Motion) -> None:
        """Start watching from this moment."""
        self._now = start
        self._collisions = Collisions()
        self._clearance = self._gap(start)

    def update(self, now: Motion) -> str | None:
        """Return ``collision`` once the robot has touched things for too long."""
        self._now = now
        self._clearance = min(self._clearance, self._gap(now))
        return self._collisions.update(now, self._site.obstacles_touched(now.truth, self._site.robot.name))

    def metrics(self) -> Mapping[str, float]:
        """Return the measures."""
        return {
            "path_length": self._now.travelled,
            "clearance": self._clearance,
            **self._collisions.metrics(),
        }

    def _gap(self, now: Motion) -> float:
        models = now.truth.models
        return self._site.hull_clearance(now.x, now.y, {name: models[name].pose.position for name in self._objects})
