"""Where things on a table are, out of the ground truth."""

from __future__ import annotations

import math

from vla_sim.geometry import Vector3, rotate
from vla_sim.tasks.motion import Motion
from vla_sim.tasks.semantics import Point
from vla_sim.tasks.site import Site

SETTLED = 0.05
"""Below this speed [m/s] a thing has come to rest."""


def height_of(site: Site, model: str) -> float:
    """Return the height [m] of a thing or of a fixture."""
    tag = site.objects.get(model) or site.fixtures[model]
    return tag.height or 0.0


def radius_of(site: Site, model: str) -> float:
    """Return the radius [m] of the footprint of a thing or of a fixture."""
    return (site.objects.get(model) or site.fixtures[model]).radius


def middle(now: Motion, site: Site, model: str) -> Vector3:
    """Return the middle of a thing in the world, half its height above its origin, however it lies."""
    return now.truth.models[model].pose.transform((0.0, 0.0, height_of(site, model) / 2))


def seen_from(now: Motion, model: str, point: Vector3) -> Vector3:
    """Express a point of the world in the frame of a model."""
    return now.truth.models[model].pose.inverse().transform(point)


def upright(now: Motion, model: str) -> bool:
    """Return whether a thing stands, to within 20 degrees."""
    return rotate(now.truth.models[model].pose.rotation, (0.0, 0.0, 1.0))[2] > math.cos(math.radians(20))


def settled(now: Motion, model: str) -> bool:
    """Return whether a thing is at rest and not in the robot's grip."""
    return model not in now.truth.held and math.hypot(*now.truth.models[model].linear) < SETTLED


def rise(now: Motion, start: Motion, site: Site, model: str) -> float:
    """Return by how much [m] a thing is above where it was."""
    return middle(now, site, model)[2] - middle(start, site, model)[2]


def along_and_across(origin: Point, point: Point, direction: float) -> Point:
    """Return how far a point is from an origin [m] along a direction [rad], and to the left of it."""
    dx, dy = point[0] - origin[0], point[1] - origin[1]
    cos, sin = math.cos(direction), math.sin(direction)
    return dx * cos + dy * sin, dy * cos - dx * sin
