"""Sensor faults on the reading stream: kinds by modality, schedules, and the injector that applies them."""

from vla_sim.faults import camera, depth, imu, lidar, timing
from vla_sim.faults.injector import Injector
from vla_sim.faults.kind import KINDS, Kind, Parameter
from vla_sim.faults.spec import FaultSpec, read_faults

__all__ = [
    "KINDS",
    "FaultSpec",
    "Injector",
    "Kind",
    "Parameter",
    "camera",
    "depth",
    "imu",
    "lidar",
    "read_faults",
    "timing",
]
