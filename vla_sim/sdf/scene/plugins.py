"""The systems that a model asks for."""

from __future__ import annotations

import math
from dataclasses import dataclass


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
