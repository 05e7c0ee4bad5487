"""The shadow that a collision geometry throws on the floor: what a robot on wheels cannot drive through."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vla_sim.errors import InputError
from vla_sim.geometry import Pose
from vla_sim.sdf.scene import Box, Capsule, Cone, Cylinder, Ellipsoid, Geometry, Mesh, Model, Plane, Sphere

Array = NDArray[np.float64]

_UPRIGHT = math.cos(math.radians(1.0))
"""A cylinder is taken as upright if its axis is within one degree of the vertical."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """A convex polygon (or a point, or a segment) grown by ``radius`` [m], standing from ``low`` to ``high`` [m]."""

    model: str
    vertices: tuple[tuple[float, float], ...]
    """Counter-clockwise."""
    radius: float
    low: float
    high: float

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Xmin, ymin, xmax, ymax [m]."""
        xs, ys = zip(*self.vertices, strict=True)
        return min(xs) - self.radius, min(ys) - self.radius, max(xs) + self.radius, max(ys) + self.radius

    def distance(self, x: Array, y: Array) -> Array:
        """Return the signed distance [m] from points to the outline, negative inside."""
        first = self.vertices[0]
        if len(self.vertices) == 1:
            return np.hypot(x - first[0], y - first[1]) - self.radius
        nearest = np.full(np.broadcast(x, y).shape, np.inf)
        inside = np.full(nearest.shape, len(self.vertices) > 2)
        for (ax, ay), (bx, by) in zip(self.vertices, (*self.vertices[1:], first), strict=True):
            ex, ey = bx - ax, by - ay
            px, py = x - ax, y - ay
            along = np.clip((px * ex + py * ey) / (ex * ex + ey * ey), 0.0, 1.0)
            nearest = np.minimum(nearest, np.hypot(px - along * ex, py - along * ey))
            inside &= ex * py - ey * px >= 0.0
        return np.where(inside, -nearest, nearest) - self.radius


def model_footprints(model: Model) -> Iterator[Footprint]:
    """Yield the footprint of every collision of a model, horizontal planes left out."""
    for link in model.links:
        for collision in link.collisions:
            pose = model.pose * link.pose * collision.pose
            found = _footprint(model.name, collision.geometry, pose)
            if found is not None:
                yield found


def convex(name: str, shapes: Iterable[Footprint]) -> Footprint:
    """Return the convex hull of some footprints; round ones by their bounding squares."""
    corners: list[tuple[float, float, float]] = []
    for shape in shapes:
        grow = [(a * shape.radius, b * shape.radius) for a in (-1, 1) for b in (-1, 1)]
        corners += [(x + dx, y + dy, z) for x, y in shape.vertices for dx, dy in grow for z in (shape.low, shape.high)]
    return _hull(name, np.array(corners), 0.0, Pose())


def _footprint(name: str, geometry: Geometry, pose: Pose) -> Footprint | None:
    upright = abs(pose.matrix()[2, 2]) >= _UPRIGHT
    match geometry:
        case Plane():
            return None
        case Sphere(radius):
            return _hull(name, np.zeros((1, 3)), radius, pose)
        case Capsule(radius, length):
            return _hull(name, np.array([[0.0, 0.0, -length / 2], [0.0, 0.0, length / 2]]), radius, pose)
        case Cylinder(radius, length) | Cone(radius, length):
            if upright:
                x, y, z = pose.position
                return Footprint(name, ((x, y),), radius, z - length / 2, z + length / 2)
            return _hull(name, _corners(2 * radius, 2 * radius, length), 0.0, pose)
        case Box(size):
            return _hull(name, _corners(*size), 0.0, pose)
        case Ellipsoid(radii):
            return _hull(name, _corners(*(2 * radius for radius in radii)), 0.0, pose)
        case Mesh():
            return _hull(name, _mesh_corners(geometry), 0.0, pose)


def _corners(length: float, width: float, height: float) -> Array:
    return np.array(
        list(itertools.product((-length / 2, length / 2), (-width / 2, width / 2), (-height / 2, height / 2)))
    )


def _mesh_corners(mesh: Mesh) -> Array:
    import trimesh  # slow to import, and most worlds have no mesh that collides

    try:
        bounds = trimesh.load(mesh.path, force="mesh").bounds
    except (OSError, ValueError, NotImplementedError) as error:
        raise InputError(f"cannot read the mesh: {error}", file=mesh.path) from error
    if bounds is None:
        raise InputError("the mesh is empty", file=mesh.path)
    corners: Array = np.array(list(itertools.product(*np.transpose(bounds)))) * np.array(mesh.scale)
    return corners


def _hull(name: str, points: Array, radius: float, pose: Pose) -> Footprint:
    placed = points @ pose.matrix().T + np.array(pose.position)
    flat = cv2.convexHull(placed[:, :2].astype(np.float32), clockwise=False).reshape(-1, 2)
    vertices = tuple((float(x), float(y)) for x, y in flat)
    return Footprint(name, vertices, radius, float(placed[:, 2].min()) - radius, float(placed[:, 2].max()) + radius)
