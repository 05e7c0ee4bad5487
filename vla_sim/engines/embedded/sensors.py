"""The sensors of a built world, each with its clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

import mujoco
import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.embedded.camera import Camera, Eye
from vla_sim.engines.embedded.contact import ContactSensor, PressureSensor
from vla_sim.engines.embedded.diff_drive import WheelOdometry
from vla_sim.engines.embedded.imu import Imu
from vla_sim.engines.embedded.joint_states import JointStates
from vla_sim.engines.embedded.lidar import Lidar
from vla_sim.engines.embedded.odometry import ModelOdometry
from vla_sim.engines.embedded.placement import Placement
from vla_sim.engines.embedded.plan import Built
from vla_sim.engines.embedded.wrench import Wrench
from vla_sim.engines.streams import Source
from vla_sim.sdf.scene import DiffDrive, ForceTorqueSpec, ImuSpec, JointStatePublisher, OdometryPublisher
from vla_sim.sensing.clock import SensorClock
from vla_sim.sensing.reading import Stream


class Sensor(Protocol):
    """What produces one stream."""

    stream: Stream

    def reset(self, seed: int) -> None:
        """Start anew at time zero, with the noise of a seed."""
        ...

    def read(self, step: int) -> NDArray[np.generic]:
        """Return the reading at this physics step."""
        ...


class Scheduled:
    """A sensor and the clock by which it fires."""

    __slots__ = ("clock", "name", "sensor")

    def __init__(self, sensor: Sensor, physics_step: float):
        self.sensor = sensor
        self.name = sensor.stream.name
        self.clock = SensorClock(sensor.stream.rate, physics_step)


class Parts(NamedTuple):
    """What sensors are made from."""

    built: Built
    data: mujoco.MjData
    placement: Placement
    eye: Callable[[], Eye]
    feeling: Mapping[str, ContactSensor]


def make_sensor(source: Source, parts: Parts) -> Sensor | None:
    """Make the sensor of a stream, or None where the plugin behind it cannot work."""
    stream = source.stream
    built, data, placement, eye, feeling = parts
    owner = built.models[stream.model]
    if isinstance(source.plugin, DiffDrive):
        if any(name not in owner.joints for name in (*source.plugin.left_joints, *source.plugin.right_joints)):
            return None
        return WheelOdometry(stream, source.plugin, owner, built.model, data)
    if isinstance(source.plugin, OdometryPublisher):
        return ModelOdometry(stream, source.plugin, lambda: placement.state(stream.model))
    if isinstance(source.plugin, JointStatePublisher):
        if any(name not in owner.joints for name in stream.joints):
            return None
        return JointStates(stream, owner, built.model, data)
    assert source.sensor is not None
    if stream.camera is not None:
        return Camera(source, built.cameras[stream.name], eye)
    if stream.lidar is not None:
        return Lidar(stream, built.model, data, built.sites[stream.name])
    if isinstance(source.sensor.spec, ImuSpec):
        return Imu(stream, source.sensor.spec, built.model, data, built.sites[stream.name])
    if isinstance(source.sensor.spec, ForceTorqueSpec):
        return Wrench(stream, source.sensor.spec, built.model, data, built.sites[stream.name])
    if stream.modality == "force":
        return PressureSensor(stream, built.model, data, built.pressures[stream.name])
    return feeling[stream.name]
