"""What visuals and collisions look and feel like, and what a link weighs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from vla_sim.geometry import Pose
from vla_sim.sdf.scene.shapes import Geometry

Rgba = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Material:
    """How a surface looks. ``texture`` is an image file (the PBR albedo map), or None."""

    ambient: Rgba = (0.3, 0.3, 0.3, 1.0)
    diffuse: Rgba = (0.7, 0.7, 0.7, 1.0)
    specular: Rgba = (0.0, 0.0, 0.0, 1.0)
    emissive: Rgba = (0.0, 0.0, 0.0, 1.0)
    texture: Path | None = None
    metalness: float = 0.0
    roughness: float = 1.0


@dataclass(frozen=True, slots=True)
class Surface:
    """Contact surface: Coulomb friction along two directions, restitution, and optional contact stiffness/damping."""

    mu: float = 1.0
    mu2: float = 1.0
    torsional: float | None = None
    restitution: float = 0.0
    stiffness: float | None = None
    damping: float | None = None


@dataclass(frozen=True, slots=True)
class Visual:
    """What cameras see. ``pose`` is in the link's frame."""

    name: str
    pose: Pose
    geometry: Geometry
    material: Material | None = None
    transparency: float = 0.0
    cast_shadows: bool = True


@dataclass(frozen=True, slots=True)
class Collision:
    """What touches and what LiDAR rays hit in engines that cast them on collisions. ``pose`` is in the link's frame."""

    name: str
    pose: Pose
    geometry: Geometry
    surface: Surface = field(default_factory=Surface)


@dataclass(frozen=True, slots=True)
class Inertial:
    """Mass [kg], pose of the inertial frame in the link, and (ixx, iyy, izz, ixy, ixz, iyz) [kg m^2] in that frame."""

    mass: float = 1.0
    pose: Pose = field(default_factory=Pose)
    inertia: tuple[float, float, float, float, float, float] = (1.0, 1.0, 1.0, 0.0, 0.0, 0.0)
