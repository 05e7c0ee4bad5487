"""One thing that can be asked of the robot: when it is met, how it is done, and what is left of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from vla_sim.tasks.motion import Motion
from vla_sim.tasks.navmap import Field
from vla_sim.tasks.plan import Plan
from vla_sim.tasks.region import Locate, Region, bearing, holds

REACH = 0.35
"""Gap [m] between the robot's hull and an object within which the robot has come to it."""


class Condition(Protocol):
    """Whether a goal is met at this moment; ``start`` is the moment at which it was set."""

    def met(self, now: Motion, start: Motion) -> bool:
        """Return whether the goal is met."""
        ...


class Measure(Protocol):
    """What is left of a goal, in metres or radians."""

    @property
    def unit(self) -> str:
        """``distance`` [m] or ``angle`` [rad]: names the metric ``distance_to_goal`` or ``angle_to_goal``."""
        ...

    def remaining(self, now: Motion, start: Motion) -> float:
        """Return what is left."""
        ...

    def spent(self, now: Motion, start: Motion) -> float:
        """Return what was used so far, in the same unit."""
        ...


@dataclass(frozen=True, slots=True)
class Goal:
    """A condition that can be asked for, with the plan that meets it.

    ``name`` says it in a record; ``wrong`` is the reason of the failure when a robot meets it though another was asked.
    """

    name: str
    condition: Condition
    plan: Plan
    wrong: str = "wrong_object"

    @property
    def region(self) -> Region:
        """Where the robot has to stand.

        Raises:
            TypeError: the goal is not about a place.
        """
        if not isinstance(self.condition, Standing):
            raise TypeError(f"the goal '{self.name}' is not about a place")
        return self.condition.region


# --- conditions -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """Standing still in a region; facing a model within ``tolerance`` [rad] if one is named."""

    region: Region
    facing: str | None = None
    tolerance: float = math.radians(20)

    def met(self, now: Motion, start: Motion) -> bool:
        """Return whether the goal is met."""
        return now.still and self.placed(now.x, now.y, now.yaw, now.locate)

    def placed(self, x: float, y: float, yaw: float, locate: Locate) -> bool:
        """Return whether a robot that stands like this has met the goal."""
        if not holds(self.region, x, y, locate):
            return False
        return self.facing is None or abs(bearing(x, y, yaw, locate(self.facing))) <= self.tolerance


@dataclass(frozen=True, slots=True)
class Turned:
    """Standing still, turned by a signed angle [rad, left positive] since the start."""

    angle: float
    tolerance: float

    def met(self, now: Motion, start: Motion) -> bool:
        """Return whether the goal is met."""
        return now.still and abs(now.turned - start.turned - self.angle) <= self.tolerance


@dataclass(frozen=True, slots=True)
class Advanced:
    """Standing still after ``distance`` [m] along a direction [rad] from the start, whatever the way aside."""

    direction: float
    distance: float
    tolerance: float

    def met(self, now: Motion, start: Motion) -> bool:
        """Return whether the goal is met."""
        return now.still and abs(advance(now, start, self.direction) - self.distance) <= self.tolerance


def advance(now: Motion, start: Motion, direction: float) -> float:
    """Return how far the robot has come along a direction [m]."""
    return (now.x - start.x) * math.cos(direction) + (now.y - start.y) * math.sin(direction)


# --- measures -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Geodesic:
    """The shortest way [m] into a region, around obstacles."""

    field: Field
    unit: str = "distance"

    def remaining(self, now: Motion, start: Motion) -> float:
        """Return what is left [m]."""
        return self.field.distance(now.x, now.y)

    def spent(self, now: Motion, start: Motion) -> float:
        """Return the length of the way so far [m]."""
        return now.travelled - start.travelled


@dataclass(frozen=True, slots=True)
class Turning:
    """The angle [rad] that is left of a turn."""

    angle: float
    unit: str = "angle"

    def remaining(self, now: Motion, start: Motion) -> float:
        """Return what is left [rad]."""
        return abs(self.angle - (now.turned - start.turned))

    def spent(self, now: Motion, start: Motion) -> float:
        """Return all turning so far [rad]."""
        return now.swept - start.swept


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is left [m] of a distance along a direction [rad]."""

    direction: float
    distance: float
    unit: str = "distance"

    def remaining(self, now: Motion, start: Motion) -> float:
        """Return what is left [m]."""
        return abs(self.distance - advance(now, start, self.direction))

    def spent(self, now: Motion, start: Motion) -> float:
        """Return the length of the way so far [m]."""
        return now.travelled - start.travelled
