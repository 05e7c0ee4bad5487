"""Shapes of visuals and collisions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vla_sim.geometry import Vector3


@dataclass(frozen=True, slots=True)
class Box:
    """Full edge lengths [m]."""

    size: Vector3


@dataclass(frozen=True, slots=True)
class Sphere:
    """Radius [m]."""

    radius: float


@dataclass(frozen=True, slots=True)
class Cylinder:
    """Radius and full length along z [m]."""

    radius: float
    length: float


@dataclass(frozen=True, slots=True)
class Capsule:
    """Radius and length of the cylindrical part along z [m]."""

    radius: float
    length: float


@dataclass(frozen=True, slots=True)
class Cone:
    """Radius of the base (at -z) and full length along z [m]."""

    radius: float
    length: float


@dataclass(frozen=True, slots=True)
class Ellipsoid:
    """Radii along the three axes [m]."""

    radii: Vector3


@dataclass(frozen=True, slots=True)
class Plane:
    """Normal, and full extents for drawing [m]; a plane collides without bounds."""

    normal: Vector3
    size: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Mesh:
    """A mesh file (obj, stl or Collada) with its scale; ``submesh`` picks one part, centred if asked."""

    path: Path
    scale: Vector3 = (1.0, 1.0, 1.0)
    submesh: str | None = None
    centre_submesh: bool = False


Geometry = Box | Sphere | Cylinder | Capsule | Cone | Ellipsoid | Plane | Mesh
