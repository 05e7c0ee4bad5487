"""From Gazebo's messages to the arrays of the contract."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.gazebo.lockstep import pose_of
from vla_sim.engines.gazebo.topics import gz_name
from vla_sim.engines.streams import Source
from vla_sim.errors import SimulatorError
from vla_sim.geometry import Pose
from vla_sim.sdf.scene import ForceTorqueSpec, ImuSpec, OdometryPublisher
from vla_sim.seeding import generator
from vla_sim.sensing.noise import FieldNoise, NoiseModel, noise_on
from vla_sim.sensing.reading import Stream

Decoder = Callable[[Any], NDArray[np.generic]]

TYPES = {
    "rgb": "gz.msgs.Image",
    "depth": "gz.msgs.Image",
    "lidar": "gz.msgs.LaserScan",
    "imu": "gz.msgs.IMU",
    "odometry": "gz.msgs.Odometry",
    "joints": "gz.msgs.Model",
    "contact": "gz.msgs.Contacts",
    "force": "gz.msgs.Contacts",
    "wrench": "gz.msgs.Wrench",
}
"""Type of the messages of each modality."""

_RGB_INT8, _R_FLOAT32 = 3, 13


def make_decoder(source: Source, seed: int, physics_step: float, origin: Pose) -> Decoder:
    """Return what turns the messages of a stream into readings, with the noise that its file asks for.

    Args:
        source: the stream and what it comes from.
        seed: of the noise.
        physics_step: in seconds.
        origin: the pose that odometry told at time zero.
    """
    stream = source.stream
    draws = generator(seed, "sensor", stream.name)
    optics = stream.camera or stream.lidar
    noise = None if optics is None or optics.noise is None else FieldNoise(optics.noise, draws)
    match stream.modality:
        case "rgb":
            return lambda message: _rgb(message, stream, noise)
        case "depth":
            return lambda message: _depth(message, stream, noise)
        case "lidar":
            return lambda message: _lidar(message, stream, noise)
        case "imu":
            assert source.sensor is not None
            assert isinstance(source.sensor.spec, ImuSpec)
            spec = source.sensor.spec
            channels = (*spec.angular_velocity_noise, *spec.linear_acceleration_noise)
            model = noise_on(channels, draws)
            period = 1 / stream.rate if stream.rate > 0 else physics_step
            return lambda message: _imu(message, model, period)
        case "odometry":
            stddev = source.plugin.gaussian_noise if isinstance(source.plugin, OdometryPublisher) else 0.0
            back = origin.inverse()
            return lambda message: _odometry(message, back, stddev, draws)
        case "wrench":
            assert source.sensor is not None
            assert isinstance(source.sensor.spec, ForceTorqueSpec)
            axes = source.sensor.spec.noise
            model = noise_on(axes, draws)
            period = 1 / stream.rate if stream.rate > 0 else physics_step
            return lambda message: _wrench(message, model, period)
        case _:
            return lambda message: _joints(message, stream)


def pressure(contacts: Iterable[Any]) -> float:
    """Return how hard what touches presses on the collisions of a contact sensor [N]: the normal forces' sum."""
    total = 0.0
    for contact in contacts:
        for normal, wrench in zip(contact.normal, contact.wrench, strict=False):
            force = wrench.body_1_wrench.force
            total += abs(force.x * normal.x + force.y * normal.y + force.z * normal.z)
    return total


def _rgb(message: Any, stream: Stream, noise: FieldNoise | None) -> NDArray[np.generic]:
    picture = _pixels(message, stream, np.dtype(np.uint8), 3, _RGB_INT8)
    if noise is None:
        return picture
    # SDF's noise is on channels in 0..1.
    noisy = noise.apply(picture.astype(np.float32) / np.float32(255))
    speckled: NDArray[np.uint8] = (np.clip(noisy, 0, 1) * 255 + 0.5).astype(np.uint8)
    return speckled


def _depth(message: Any, stream: Stream, noise: FieldNoise | None) -> NDArray[np.generic]:
    depth = _pixels(message, stream, np.dtype(np.float32), 1, _R_FLOAT32)
    spec = stream.camera
    assert spec is not None
    near = spec.near if spec.depth_near is None else spec.depth_near
    far = spec.far if spec.depth_far is None else spec.depth_far
    measured = depth if noise is None else noise.apply(depth)
    return np.where(measured > far, np.float32(np.inf), np.where(measured < near, np.float32(-np.inf), measured))


def _pixels(message: Any, stream: Stream, dtype: np.dtype[Any], channels: int, format: int) -> NDArray[Any]:
    height, width = stream.shape[:2]
    row = width * channels * dtype.itemsize
    step = message.step or row
    sizes = (message.height, message.width, message.pixel_format_type, len(message.data))
    if sizes != (height, width, format, step * height) or step < row:
        raise SimulatorError(f"a frame of {stream.name!r} is no {width}x{height} picture of format {format}: {sizes}")
    rows = np.frombuffer(message.data, np.uint8).reshape(height, step)[:, :row]
    return np.ascontiguousarray(rows).view(dtype).reshape(stream.shape)


def _lidar(message: Any, stream: Stream, noise: FieldNoise | None) -> NDArray[np.generic]:
    spec = stream.lidar
    assert spec is not None
    ranges = np.array(message.ranges)
    if ranges.size != math.prod(stream.shape):
        raise SimulatorError(f"a scan of {stream.name!r} has {ranges.size} rays, not {math.prod(stream.shape)}")
    measured = ranges if noise is None else noise.apply(ranges)
    if spec.range_resolution > 0:
        measured = np.rint(measured / spec.range_resolution) * spec.range_resolution
    measured = np.where(measured < spec.range_min, -np.inf, measured)
    measured = np.where((measured > spec.range_max) | np.isposinf(ranges), np.inf, measured)
    return measured.astype(np.float32).reshape(stream.shape)


def _imu(message: Any, noise: NoiseModel | None, period: float) -> NDArray[np.generic]:
    turn, push = message.angular_velocity, message.linear_acceleration
    values = np.array([turn.x, turn.y, turn.z, push.x, push.y, push.z])
    return values if noise is None else noise.apply(values, period)


def _wrench(message: Any, noise: NoiseModel | None, period: float) -> NDArray[np.generic]:
    force, torque = message.force, message.torque
    values = np.array([force.x, force.y, force.z, torque.x, torque.y, torque.z])
    return values if noise is None else noise.apply(values, period)


def _odometry(message: Any, back: Pose, stddev: float, draws: np.random.Generator) -> NDArray[np.generic]:
    pose = back * pose_of(message.pose)
    values = np.array([*pose.position[:2], pose.yaw, message.twist.linear.x, message.twist.angular.z])
    return values + stddev * draws.standard_normal(5) if stddev > 0 else values


def _joints(message: Any, stream: Stream) -> NDArray[np.generic]:
    states = {}
    for joint in message.joint:
        states[joint.name] = (joint.axis1.position, joint.axis1.velocity)
        states[f"{joint.name}/2"] = (joint.axis2.position, joint.axis2.velocity)
    return np.array([states[gz_name(name)] for name in stream.joints])
