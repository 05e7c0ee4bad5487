"""Links, the joints between them, and lights."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from vla_sim.geometry import Pose, Vector3
from vla_sim.sdf.scene.sensors import Sensor
from vla_sim.sdf.scene.surfaces import Collision, Inertial, Rgba, Visual


@dataclass(frozen=True, slots=True)
class Light:
    """A light; ``pose`` is in the frame of what holds it (world or link). ``direction`` is in the light's frame."""

    name: str
    type: Literal["point", "directional", "spot"]
    pose: Pose
    diffuse: Rgba = (1.0, 1.0, 1.0, 1.0)
    specular: Rgba = (0.1, 0.1, 0.1, 1.0)
    direction: Vector3 = (0.0, 0.0, -1.0)
    attenuation_range: float = 10.0
    attenuation: Vector3 = (1.0, 0.0, 0.0)
    """Constant, linear and quadratic terms."""
    spot_inner: float = 0.0
    spot_outer: float = 0.0
    spot_falloff: float = 0.0
    cast_shadows: bool = False
    intensity: float = 1.0


@dataclass(frozen=True, slots=True)
class Link:
    """A rigid body; ``pose`` is in the top-level model's frame."""

    name: str
    pose: Pose
    inertial: Inertial = field(default_factory=Inertial)
    visuals: tuple[Visual, ...] = ()
    collisions: tuple[Collision, ...] = ()
    sensors: tuple[Sensor, ...] = ()
    lights: tuple[Light, ...] = ()
    gravity: bool = True
    kinematic: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """A named frame of a model; ``pose`` is in the frame of the link that it moves with."""

    name: str
    link: str
    pose: Pose


JointType = Literal["fixed", "revolute", "continuous", "prismatic", "ball", "universal", "screw", "revolute2"]


@dataclass(frozen=True, slots=True)
class Axis:
    """A joint axis: unit vector ``xyz`` in the joint's frame, limits (infinite where unlimited) and dynamics."""

    xyz: Vector3
    lower: float = -math.inf
    upper: float = math.inf
    effort: float = math.inf
    velocity: float = math.inf
    damping: float = 0.0
    friction: float = 0.0
    spring_stiffness: float = 0.0
    spring_reference: float = 0.0


@dataclass(frozen=True, slots=True)
class Joint:
    """A joint; ``pose`` is the joint frame in the child link's frame. ``parent`` may be ``"world"``.

    ``thread_pitch`` of a screw is the advance along its axis per turn [m], right-handed.
    """

    name: str
    type: JointType
    parent: str
    child: str
    pose: Pose
    axis: Axis | None = None
    axis2: Axis | None = None
    thread_pitch: float = 0.0
    sensors: tuple[Sensor, ...] = ()
