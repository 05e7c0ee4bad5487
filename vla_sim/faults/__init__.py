"""Faults of sensors, commands and words: kinds by modality, schedules, and the injector that applies them."""

from vla_sim.faults import (
    actuator,
    camera,
    camera_blur,
    camera_defects,
    camera_dirt,
    camera_geometry,
    camera_light,
    camera_noise,
    compute,
    contact,
    depth,
    imu,
    joints,
    language,
    lidar,
    lidar_false,
    odometry,
    timing,
    weather,
)
from vla_sim.faults.injector import Injector
from vla_sim.faults.kind import KINDS, Kind, Parameter
from vla_sim.faults.onset import Moment, Onset
from vla_sim.faults.spec import FaultSpec, read_faults

__all__ = [
    "KINDS",
    "FaultSpec",
    "Injector",
    "Kind",
    "Moment",
    "Onset",
    "Parameter",
    "actuator",
    "camera",
    "camera_blur",
    "camera_defects",
    "camera_dirt",
    "camera_geometry",
    "camera_light",
    "camera_noise",
    "compute",
    "contact",
    "depth",
    "imu",
    "joints",
    "language",
    "lidar",
    "lidar_false",
    "odometry",
    "read_faults",
    "timing",
    "weather",
]
