"""The typed, engine-neutral scene that an SDF file becomes: every pose resolved, every default filled in.

Units are SI; angles are radians. Colours are RGBA in 0..1. Names inside a model are scoped with ``::`` where models
are nested; nested models are flattened into the top-level model that holds them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from vla_sim.geometry import Pose, Vector3

Rgba = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Issue:
    """One element that a file holds and the reader, or an engine, does not support."""

    file: str
    line: int
    element: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: <{self.element}>: {self.message}"


# --- geometry -------------------------------------------------------------------------------------------------------


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


# --- surfaces and looks ---------------------------------------------------------------------------------------------


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


# --- sensors --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GaussianNoise:
    """Zero or non-zero mean Gaussian noise plus a bias drawn once per reset from N(bias_mean, bias_stddev)."""

    mean: float = 0.0
    stddev: float = 0.0
    bias_mean: float = 0.0
    bias_stddev: float = 0.0
    dynamic_bias_stddev: float = 0.0
    dynamic_bias_correlation_time: float = 0.0
    precision: float = 0.0


@dataclass(frozen=True, slots=True)
class CameraSpec:
    """Pinhole camera. fx, fy, cx, cy are in pixels; the image plane's x is right, y is down (optical frame)."""

    width: int
    height: int
    horizontal_fov: float
    near: float
    far: float
    fx: float
    fy: float
    cx: float
    cy: float
    noise: GaussianNoise | None = None
    depth_near: float | None = None
    depth_far: float | None = None


@dataclass(frozen=True, slots=True)
class LidarSpec:
    """A scan of ``horizontal x vertical`` rays between the given angles [rad], both ends included."""

    horizontal_samples: int
    horizontal_min: float
    horizontal_max: float
    vertical_samples: int = 1
    vertical_min: float = 0.0
    vertical_max: float = 0.0
    range_min: float = 0.08
    range_max: float = 10.0
    range_resolution: float = 0.0
    noise: GaussianNoise | None = None


@dataclass(frozen=True, slots=True)
class ImuSpec:
    """Noise per axis (x, y, z), or None for an exact axis."""

    angular_velocity_noise: tuple[GaussianNoise | None, GaussianNoise | None, GaussianNoise | None] = (None, None, None)
    linear_acceleration_noise: tuple[GaussianNoise | None, GaussianNoise | None, GaussianNoise | None] = (
        None,
        None,
        None,
    )


@dataclass(frozen=True, slots=True)
class ContactSpec:
    """Names of the link's collisions that feel; empty means all of them."""

    collisions: tuple[str, ...] = ()


SensorType = Literal["camera", "depth_camera", "rgbd_camera", "lidar", "imu", "contact"]
SensorSpec = CameraSpec | LidarSpec | ImuSpec | ContactSpec


@dataclass(frozen=True, slots=True)
class Sensor:
    """A sensor on a link.

    ``pose`` is in the link's frame (x forward, also for cameras); ``update_rate`` 0 means every physics step.
    """

    name: str
    type: SensorType
    pose: Pose
    update_rate: float
    topic: str | None
    spec: SensorSpec


# --- kinematics -----------------------------------------------------------------------------------------------------


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


# --- plugins --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DiffDrive:
    """gz-sim's differential drive. Limits are infinite where the file sets none."""

    left_joints: tuple[str, ...]
    right_joints: tuple[str, ...]
    wheel_separation: float
    wheel_radius: float
    odom_publish_frequency: float = 50.0
    topic: str | None = None
    odom_topic: str | None = None
    frame_id: str | None = None
    child_frame_id: str | None = None
    min_linear_velocity: float = -math.inf
    max_linear_velocity: float = math.inf
    min_angular_velocity: float = -math.inf
    max_angular_velocity: float = math.inf
    min_linear_acceleration: float = -math.inf
    max_linear_acceleration: float = math.inf
    min_angular_acceleration: float = -math.inf
    max_angular_acceleration: float = math.inf


@dataclass(frozen=True, slots=True)
class JointPositionController:
    """gz-sim's PID position controller of one joint, or its direct velocity mode."""

    joint: str
    p_gain: float = 1.0
    i_gain: float = 0.1
    d_gain: float = 0.01
    i_max: float = 1.0
    i_min: float = -1.0
    cmd_max: float = 1000.0
    cmd_min: float = -1000.0
    cmd_offset: float = 0.0
    use_velocity_commands: bool = False
    initial_position: float = 0.0
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class OdometryPublisher:
    """gz-sim's exact odometry of a model."""

    odom_publish_frequency: float = 50.0
    dimensions: int = 2
    odom_topic: str | None = None
    odom_frame: str | None = None
    robot_base_frame: str | None = None
    gaussian_noise: float = 0.0


@dataclass(frozen=True, slots=True)
class JointStatePublisher:
    """gz-sim's publisher of positions and velocities of joints; of all joints where none is named.

    ``update_rate`` 0 means every physics step, which is what Gazebo does.
    """

    joints: tuple[str, ...] = ()
    update_rate: float = 0.0
    topic: str | None = None


Plugin = DiffDrive | JointPositionController | OdometryPublisher | JointStatePublisher


# --- models and worlds ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Model:
    """A top-level model with its nested models flattened into it; ``pose`` is in the world's frame."""

    name: str
    pose: Pose
    links: tuple[Link, ...]
    joints: tuple[Joint, ...] = ()
    plugins: tuple[Plugin, ...] = ()
    static: bool = False
    self_collide: bool = False
    canonical_link: str | None = None

    def link(self, name: str) -> Link:
        """Return the link of that scoped name; KeyError where there is none."""
        for link in self.links:
            if link.name == name:
                return link
        raise KeyError(name)

    def sensors(self) -> Iterator[tuple[Link, Sensor]]:
        """Yield every sensor with the link that carries it."""
        for link in self.links:
            for sensor in link.sensors:
                yield link, sensor


@dataclass(frozen=True, slots=True)
class SceneLook:
    """What surrounds the models: ambient light and background colour, fog and sky if asked for."""

    ambient: Rgba = (0.4, 0.4, 0.4, 1.0)
    background: Rgba = (0.7, 0.7, 0.7, 1.0)
    shadows: bool = True
    grid: bool = True
    sky: bool = False


@dataclass(frozen=True, slots=True)
class Physics:
    """Step [s] and real-time factor as the file states them."""

    max_step_size: float = 0.001
    real_time_factor: float = 1.0


@dataclass(frozen=True, slots=True)
class World:
    """A world: models, lights, physics, and the list of what the file holds that is not supported."""

    name: str
    models: tuple[Model, ...] = ()
    lights: tuple[Light, ...] = ()
    gravity: Vector3 = (0.0, 0.0, -9.8)
    magnetic_field: Vector3 = (5.5645e-6, 22.8758e-6, -42.3884e-6)
    physics: Physics = field(default_factory=Physics)
    look: SceneLook = field(default_factory=SceneLook)
    issues: tuple[Issue, ...] = ()
    source: Path | None = None

    def model(self, name: str) -> Model:
        """Return the model of that name; KeyError where there is none."""
        for model in self.models:
            if model.name == name:
                return model
        raise KeyError(name)

    def with_model(self, model: Model) -> World:
        """Return this world with the model added, or in the place of the one of the same name."""
        others = tuple(other for other in self.models if other.name != model.name)
        return replace(self, models=(*others, model))
