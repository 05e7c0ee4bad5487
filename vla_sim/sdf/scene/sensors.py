"""Sensors on links, and their noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vla_sim.geometry import Pose


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
    """Names of the link's collisions that feel; empty means all of them.

    ``force`` asks for how hard they are pressed as well (``<vla_sim:force>``, an element of our own).
    """

    collisions: tuple[str, ...] = ()
    force: bool = False


@dataclass(frozen=True, slots=True)
class ForceTorqueSpec:
    """The force and torque that the joint's child exerts on its parent, or with ``to_child`` the other way round.

    They are told in the frame of the sensor's pose. Noise per axis: force x, y, z, then torque.
    """

    to_child: bool = False
    noise: tuple[GaussianNoise | None, ...] = (None,) * 6


SensorType = Literal["camera", "depth_camera", "rgbd_camera", "lidar", "imu", "contact", "force_torque"]
SensorSpec = CameraSpec | LidarSpec | ImuSpec | ContactSpec | ForceTorqueSpec


@dataclass(frozen=True, slots=True)
class Sensor:
    """A sensor on a link, or on a joint.

    ``pose`` is in the link's frame (x forward, also for cameras), for a joint in that of its child link;
    ``update_rate`` 0 means every physics step.
    """

    name: str
    type: SensorType
    pose: Pose
    update_rate: float
    topic: str | None
    spec: SensorSpec
