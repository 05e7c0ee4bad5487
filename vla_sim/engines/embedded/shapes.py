"""SDF geometry as MuJoCo geoms."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import mujoco
import numpy as np

from vla_sim.errors import InputError
from vla_sim.geometry import Pose, Quaternion, Vector3
from vla_sim.sdf import scene

GeomType = mujoco.mjtGeom

GROUP_SEEN = 0
"""What cameras and rays see."""
GROUP_DRAWN = 1
"""What cameras draw and rays pass: textured stand-ins of primitives, meshes that are skins of boxes."""
GROUP_SCANNED = 2
"""What rays hit and cameras pass: the primitives behind textured stand-ins, the boxes behind skins."""
GROUP_HIDDEN = 3
"""Collision shapes."""
GROUP_ABSENT = 4
"""Geoms of absent models."""

CAMERA_GROUPS = np.array([1, 1, 0, 0, 0, 0], dtype=np.uint8)
RAY_GROUPS = np.array([1, 0, 1, 0, 0, 0], dtype=np.uint8)

_SMALLEST = 1e-6
_THIN = 0.001


@dataclass(frozen=True, slots=True)
class Primitive:
    """A geom type, its size in MuJoCo's half lengths, and the pose of the geom in the frame of the SDF geometry."""

    type: mujoco.mjtGeom
    size: Vector3
    pose: Pose = field(default_factory=Pose)


def primitive(geometry: scene.Geometry, moves: bool = False) -> Primitive | None:
    """Return the geom of a geometry, or None for one that needs a mesh (mesh, cone).

    A plane cannot move in MuJoCo: on a body that ``moves`` it becomes a thin box of the plane's size.
    """
    match geometry:
        case scene.Box(size):
            return Primitive(GeomType.mjGEOM_BOX, _positive(size[0] / 2, size[1] / 2, size[2] / 2))
        case scene.Sphere(radius):
            return Primitive(GeomType.mjGEOM_SPHERE, _positive(radius, 0, 0))
        case scene.Cylinder(radius, length):
            return Primitive(GeomType.mjGEOM_CYLINDER, _positive(radius, length / 2, 0))
        case scene.Capsule(radius, length):
            return Primitive(GeomType.mjGEOM_CAPSULE, _positive(radius, length / 2, 0))
        case scene.Ellipsoid(radii):
            return Primitive(GeomType.mjGEOM_ELLIPSOID, _positive(*radii))
        case scene.Plane(normal, (width, height)):
            turn = Pose(rotation=rotation_to(normal))
            if moves:
                size = _positive(width / 2, height / 2, _THIN / 2)
                return Primitive(GeomType.mjGEOM_BOX, size, turn * Pose((0.0, 0.0, -_THIN / 2)))
            grid = max(width, height, 1.0) / 8
            return Primitive(GeomType.mjGEOM_PLANE, (width / 2, height / 2, grid), turn)
        case _:
            return None


def _positive(a: float, b: float, c: float) -> Vector3:
    if not all(math.isfinite(value) for value in (a, b, c)):
        raise InputError(f"a geometry has a size that is not finite: {(a, b, c)}; give a number")
    return (max(abs(a), _SMALLEST), max(abs(b), _SMALLEST), max(abs(c), _SMALLEST))


def rotation_to(normal: Vector3) -> Quaternion:
    """Return the shortest rotation that takes the z axis to ``normal``."""
    length = math.sqrt(sum(value * value for value in normal))
    x, y, z = (value / length for value in normal) if length > 0 else (0.0, 0.0, 1.0)
    if z < -1 + 1e-12:
        return (0.0, 1.0, 0.0, 0.0)
    w = math.sqrt((1 + z) / 2)
    return (w, -y / (2 * w), x / (2 * w), 0.0)


def same_place(a: Pose, b: Pose, tolerance: float = 1e-6) -> bool:
    """Tell whether two poses are equal to within ``tolerance`` (a quaternion and its negative are the same)."""
    apart = max(abs(p - q) for p, q in zip(a.position, b.position, strict=True))
    dot = abs(sum(p * q for p, q in zip(a.rotation, b.rotation, strict=True)))
    return apart <= tolerance and 1 - dot <= tolerance


def tiles(length: float) -> float:
    """Return how often a texture repeats over a length [m]: a tile of about 1 m, at least one whole picture."""
    return float(max(1, round(length)))


def repeats(geometry: scene.Geometry) -> tuple[float, float]:
    """Return how often a texture repeats along a plane's two edges; MuJoCo needs it in the material."""
    if isinstance(geometry, scene.Plane):
        return tiles(geometry.size[0]), tiles(geometry.size[1])
    return 1.0, 1.0
