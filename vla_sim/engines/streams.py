"""The streams of a world: what every sensor and odometry plugin will say, and under which name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vla_sim.errors import InputError
from vla_sim.geometry import Pose
from vla_sim.sdf.scene import (
    CameraSpec,
    ContactSpec,
    DiffDrive,
    ForceTorqueSpec,
    ImuSpec,
    JointStatePublisher,
    LidarSpec,
    Model,
    OdometryPublisher,
    Sensor,
    World,
)
from vla_sim.sensing.reading import Modality, Stream


@dataclass(frozen=True, slots=True)
class Source:
    """A stream with what it is made from: an SDF sensor, or a plugin of the model."""

    stream: Stream
    sensor: Sensor | None = None
    plugin: DiffDrive | OdometryPublisher | JointStatePublisher | None = None


def sources(world: World, wanted: Sequence[str] | None = None) -> dict[str, Source]:
    """Return the streams of a world by name, sorted; all of them, or those ``wanted``.

    Names are the sensors' own; where two would share one, both become ``model/link/sensor``.

    Raises:
        InputError: a wanted name is unknown.
    """
    found = [source for model in world.models for source in _of_model(model)]
    counts = Counter(source.stream.name for source in found)
    named: dict[str, Source] = {}
    for source in found:
        stream = source.stream
        name = stream.name
        if counts[name] > 1:
            name = "/".join(part for part in (stream.model, stream.link if source.sensor else "", stream.name) if part)
        named[name] = replace(source, stream=replace(stream, name=name))
    if wanted is not None:
        for name in wanted:
            if name not in named:
                known = ", ".join(sorted(named)) or "none"
                raise InputError(f"unknown sensor {name!r}; the world has: {known}", file=world.source, field="sensors")
        named = {name: source for name, source in named.items() if name in set(wanted)}
    return dict(sorted(named.items()))


def contact_sources(world: World) -> dict[str, Source]:
    """Return the streams of all contact sensors of a world by name: what they feel is in the ground truth."""
    return {name: source for name, source in sources(world).items() if source.stream.modality == "contact"}


def force_sources(world: World) -> dict[str, Source]:
    """Return the streams of all forces and wrenches of a world by name: their peaks are in the ground truth."""
    return {name: source for name, source in sources(world).items() if source.stream.modality in ("force", "wrench")}


def _of_model(model: Model) -> Iterator[Source]:
    for link, sensor in model.sensors():
        for stream in _of_sensor(model.name, link.name, sensor):
            yield Source(stream, sensor=sensor)
    for plugin in model.plugins:
        base = model.canonical_link or (model.links[0].name if model.links else "")
        if isinstance(plugin, DiffDrive):
            rate, name = plugin.odom_publish_frequency, "odom"
        elif isinstance(plugin, OdometryPublisher):
            rate, name = plugin.odom_publish_frequency, "odometry"
        else:
            if isinstance(plugin, JointStatePublisher) and (joints := published_joints(model, plugin)):
                shape = len(joints), 2
                stream = _stream("joints", "joints", plugin.update_rate, shape, np.float64, model.name, base, Pose())
                yield Source(replace(stream, joints=joints), plugin=plugin)
            continue
        yield Source(_stream(name, "odometry", rate, (5,), np.float64, model.name, base, Pose()), plugin=plugin)


def _of_sensor(model: str, link: str, sensor: Sensor) -> Iterator[Stream]:
    def make(name: str, modality: Modality, shape: tuple[int, ...], dtype: type[np.generic]) -> Stream:
        return _stream(name, modality, sensor.update_rate, shape, dtype, model, link, sensor.pose)

    match sensor.spec:
        case CameraSpec() as camera:
            size = (camera.height, camera.width)
            if sensor.type != "depth_camera":
                yield replace(make(sensor.name, "rgb", (*size, 3), np.uint8), camera=camera)
            if sensor.type != "camera":
                name = sensor.name if sensor.type == "depth_camera" else f"{sensor.name}_depth"
                yield replace(make(name, "depth", size, np.float32), camera=camera)
        case LidarSpec() as lidar:
            rays = (lidar.horizontal_samples,)
            shape = rays if lidar.vertical_samples == 1 else (lidar.vertical_samples, *rays)
            yield replace(make(sensor.name, "lidar", shape, np.float32), lidar=lidar)
        case ImuSpec():
            yield make(sensor.name, "imu", (6,), np.float64)
        case ContactSpec() as contact:
            yield make(sensor.name, "contact", (), np.bool_)
            if contact.force:
                yield make(f"{sensor.name}_force", "force", (), np.float64)
        case ForceTorqueSpec():
            yield make(sensor.name, "wrench", (6,), np.float64)


def _stream(
    name: str,
    modality: Modality,
    rate: float,
    shape: tuple[int, ...],
    dtype: type[np.generic],
    model: str,
    link: str,
    pose: Pose,
) -> Stream:
    return Stream(name, modality, rate, shape, np.dtype(dtype), model, link, pose)


def published_joints(model: Model, plugin: JointStatePublisher) -> tuple[str, ...]:
    """Return the names of the axes that are published; the second one of a joint is ``joint/2``."""
    return tuple(
        name
        for joint in model.joints
        if not plugin.joints or joint.name in plugin.joints
        for name in _axes(joint.name, joint.type)
    )


def _axes(name: str, kind: str) -> Iterator[str]:
    if kind not in ("fixed", "ball"):
        yield name
    if kind in ("universal", "revolute2"):
        yield f"{name}/2"
