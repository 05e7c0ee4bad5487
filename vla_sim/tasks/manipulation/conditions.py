"""When what an arm is asked is met: conditions on the ground truth, each for the things that it names."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from vla_sim.tasks.goal import Condition
from vla_sim.tasks.manipulation.language import Side
from vla_sim.tasks.manipulation.things import (
    along_and_across,
    height_of,
    middle,
    radius_of,
    rise,
    seen_from,
    settled,
)
from vla_sim.tasks.motion import Motion
from vla_sim.tasks.site import Site

LIFT = 0.05
"""Least height [m] above where it was at which a thing is lifted."""
SLACK = 0.02
"""Tolerance [m] of where things stand."""
BESIDE = 0.12
"""Greatest gap [m] to a thing at which another one is beside it."""
ASIDE = 0.05
"""How far [m] from the straight line a thing may be that is to be on one side of, or between, others."""
STILL_TOOL = 0.02
"""Below this speed [m/s] the tool is at rest."""

DIRECTIONS: dict[Side, float] = {"left": math.pi / 2, "right": -math.pi / 2, "front": math.pi, "behind": 0.0}
"""Of each side, from the direction in which the robot looked when it was told [rad, left positive]."""


@dataclass(frozen=True, slots=True)
class Lifted:
    """A thing is in the grip, ``LIFT`` above where it was."""

    site: Site
    model: str

    def met(self, now: Motion, start: Motion) -> bool:
        """Return whether the goal is met."""
        return self.model in now.truth.held and rise(now, start, self.site, self.model) >= LIFT


@dataclass(frozen=True, slots=True)
class Inside:
    """A thing rests in a tray, a bowl or another fixture with a hollow."""

    site: Site
    model: str
    fixture: str

    def met(self, now: Motion, start: Motion) -> bool:
        """Return whether the goal is met."""
        return settled(now, self.model) and self.there(now)

    def there(self, now: Motion) -> bool:
        """Return whether it is there, at rest or not."""
        hollow = self.site.fixtures[self.fixture].holds
        assert hollow is not None
        x, y, z = seen_from(now, self.fixture, middle(now, self.site, self.model))
        if hollow.size is not None:
            within = abs(x) <= hollow.size[0] / 2 and abs(y) <= hollow.size[1] / 2
        else:
            assert hollow.radius is not None
            within = math.hypot(x, y) <= hollow.radius + SLACK
        return within and 0.0 <= z <= self.site.fixtures[self.fixture].height + height_of(self.site, self.model)


@dataclass(frozen=True, slots=True)
class OnMark:
    """A thing stands or lies on a flat mark, its middle over it."""

    site: Site
    model: str
    fixture: str

    def met(self, now: Motion, start: Motion) -> bool:
        """Return whether the goal is met."""
        marks = self.site.fixtures[self.fixture].marks
        assert marks is not None
        x, y, z = seen_from(now, self.fixture, middle(now, self.site, self.model))
        low = z <= height_of(self.site, self.model) / 2 + SLACK
        return settled(now, self.model) and math.hypot(x, y) <= marks and low


@dataclass(frozen=True, slots=True)
class OnTop:
    """A thing rests on another one."""

    site: Site
    model: str
    below: str

    def met(self, now: Motion, start: Motion) -> bool:
        """Return whether the goal is met."""
        if not (settled(now, self.model) and settled(now, self.below)):
            return False
        x, y, z = middle(now, self.site, self.model)
        u, v, w = middle(now, self.site, self.below)
        apart = (height_of(self.site, self.model) + height_of(self.site, self.below)) / 2
        return math.hypot(x - u, y - v) <= radius_of(self.site, self.below) and abs(z - w - apart) <= 0.01


@dataclass(frozen=True, slots=True)
class OnSurface:
    """A thing rests on a table, on the table itself, anywhere."""

    site: Site
    model: str
    surface: str

    def met(self, now: Motion, start: Motion) -> bool:
        """Return whether the goal is met."""
        here = middle(now, self.site, self.model)
        x, y, _ = seen_from(now, self.surface, here)
        over = self.site.outline(self.surface).distance(np.array(x), np.array(y)) <= 0.0
        up = here[2] >= self.site.surfaces[self.surface].height
        return settled(now, self.model) and bool(over) and up and _is_low(self.site, self.surface, self.model, here[2])


@dataclass(frozen=True, slots=True)
class Beside:
    """A thing rests on the surface at one side of another one, near it."""

    site: Site
    surface: str
    model: str
    other: str
    side: Side

    def met(self, now: Motion, start: Motion) -> bool:
        """Return whether the goal is met."""
        here, there = middle(now, self.site, self.model), now.truth.models[self.other].pose.position
        along, across = along_and_across(there[:2], here[:2], start.yaw + DIRECTIONS[self.side])
        gap = along - radius_of(self.site, self.model) - radius_of(self.site, self.other)
        low = _is_low(self.site, self.surface, self.model, here[2])
        return settled(now, self.model) and low and -SLACK <= gap <= BESIDE and abs(across) <= ASIDE


@dataclass(frozen=True, slots=True)
class Between:
    """A thing rests on the surface in the middle third between two others."""

    site: Site
    surface: str
    model: str
    first: str
    second: str

    def met(self, now: Motion, start: Motion) -> bool:
        """Return whether the goal is met."""
        here = middle(now, self.site, self.model)
        (ax, ay, _), (bx, by, _) = (now.truth.models[name].pose.position for name in (self.first, self.second))
        along, across = along_and_across((ax, ay), here[:2], math.atan2(by - ay, bx - ax))
        share = along / max(math.hypot(bx - ax, by - ay), 1e-6)
        low = _is_low(self.site, self.surface, self.model, here[2])
        return settled(now, self.model) and low and 1 / 3 <= share <= 2 / 3 and abs(across) <= ASIDE


@dataclass(frozen=True, slots=True)
class JointBeyond:
    """A joint of a fixture is at least at a position, or at most where ``below``."""

    model: str
    joint: str
    position: float
    below: bool = False

    def met(self, now: Motion, start: Motion) -> bool:
        """Return whether the goal is met."""
        value = now.truth.models[self.model].joints[self.joint]
        return value <= self.position if self.below else value >= self.position


@dataclass(frozen=True, slots=True)
class Every:
    """Several conditions are met at once."""

    parts: tuple[Condition, ...]

    def met(self, now: Motion, start: Motion) -> bool:
        """Return whether the goal is met."""
        return all(part.met(now, start) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Holding:
    """So many of the ``wanted`` rest in a fixture, none of the ``others`` is there, and the arm has come to rest."""

    site: Site
    fixture: str
    wanted: tuple[str, ...]
    others: tuple[str, ...]
    count: int

    def met(self, now: Motion, start: Motion) -> bool:
        """Return whether the goal is met."""
        if now.tool_speed > STILL_TOOL or now.truth.held:
            return False
        inside = [Inside(self.site, model, self.fixture).met(now, start) for model in self.wanted]
        return sum(inside) == self.count and not any(
            Inside(self.site, model, self.fixture).there(now) for model in self.others
        )


@dataclass(frozen=True, slots=True)
class MoreThan:
    """More than ``count`` of some things rest in a fixture."""

    site: Site
    fixture: str
    models: tuple[str, ...]
    count: int

    def met(self, now: Motion, start: Motion) -> bool:
        """Return whether the goal is met."""
        return sum(Inside(self.site, model, self.fixture).met(now, start) for model in self.models) > self.count


def _is_low(site: Site, surface: str, model: str, z: float) -> bool:
    """Return whether a thing whose middle is at a height [m] is on the surface, not on something that stands there."""
    return z - site.surfaces[surface].height <= height_of(site, model) / 2 + SLACK
