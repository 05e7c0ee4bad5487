"""How a goal is done, for agents that may know: a sequence of manoeuvres. No judge reads it."""

from __future__ import annotations

from dataclasses import dataclass

from vla_sim.geometry import Vector3
from vla_sim.tasks.region import Region
from vla_sim.tasks.semantics import Point


@dataclass(frozen=True, slots=True)
class GoTo:
    """Drive into a region, turn to face a model or a point if there is one, and stand still for ``hold`` [s].

    ``avoid`` names models and the gap [m] to keep between them and the robot's hull. With ``halt_after`` < 1 the robot
    stops for good at that share of its way.
    """

    region: Region
    facing: str | Point | None = None
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


@dataclass(frozen=True, slots=True)
class Pick:
    """Grasp a model and lift it until it is ``lift`` [m] above where it stood."""

    model: str
    lift: float = 0.1


@dataclass(frozen=True, slots=True)
class Place:
    """Put down the model that is held, upright, with its axis over the point ``at`` of the frame of ``on``, and let go.

    ``on`` is a model: a table, a tray, another object. ``height`` [m] is that of the place above the frame's origin.
    """

    model: str
    on: str
    at: Point
    height: float


@dataclass(frozen=True, slots=True)
class Push:
    """Slide a model over what it stands on until its axis is within ``radius`` [m] of the point ``to`` of the world."""

    model: str
    to: Point
    radius: float


@dataclass(frozen=True, slots=True)
class Pull:
    """Grasp a handle and bring the joint beyond ``to`` [m]; ``handle`` is a point of the frame of the joint's child."""

    model: str
    joint: str
    handle: Vector3
    to: float


@dataclass(frozen=True, slots=True)
class Press:
    """Press on ``top``, a point of the frame of the joint's child, until the joint is below ``to`` [m], and hold it."""

    model: str
    joint: str
    top: Vector3
    to: float


@dataclass(frozen=True, slots=True)
class Rest:
    """Take the tool away from everything, holding nothing, and keep it still."""


Manoeuvre = GoTo | Turn | Straight | Along | Halt | Pick | Place | Push | Pull | Press | Rest
Plan = tuple[Manoeuvre, ...]
