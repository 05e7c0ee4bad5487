"""How a goal is done, for agents that may know: a sequence of manoeuvres. No judge reads it."""

from __future__ import annotations

from dataclasses import dataclass

from vla_sim.tasks.region import Region
from vla_sim.tasks.semantics import Point


@dataclass(frozen=True, slots=True)
class GoTo:
    """Drive into a region, turn to face a model if one is named, and stand still for ``hold`` [s].

    ``avoid`` names models and the gap [m] to keep between them and the robot's hull. With ``halt_after`` < 1 the robot
    stops for good at that share of its way.
    """

    region: Region
    facing: str | None = None
    avoid: tuple[tuple[str, float], ...] = ()
    hold: float = 1.2
    halt_after: float = 1.0


@dataclass(frozen=True, slots=True)
class Turn:
    """Turn on the spot by a signed angle [rad, left positive]."""

    angle: float


@dataclass(frozen=True, slots=True)
class Straight:
    """Drive straight ahead for a distance [m]."""

    distance: float


@dataclass(frozen=True, slots=True)
class Along:
    """Go to ``start`` and drive the straight line to ``end``."""

    start: Point
    end: Point


@dataclass(frozen=True, slots=True)
class Halt:
    """Stop and stay."""


Manoeuvre = GoTo | Turn | Straight | Along | Halt
Plan = tuple[Manoeuvre, ...]
