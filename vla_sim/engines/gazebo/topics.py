"""Names on the wire: the world file and the engine agree on them, whoever started the server."""

from __future__ import annotations

import re

from vla_sim.engines.streams import Source
from vla_sim.sdf.scene import CameraSpec, DiffDrive, JointStatePublisher, World

_UNSAFE = re.compile(r"[^A-Za-z0-9_./-]")
_PREFIX = "vla_sim"


def gz_name(name: str) -> str:
    """Return a name that SDF takes: ``::`` separates scopes there and must not be part of a name."""
    return name.replace("::", "__")


def world_name(world: World) -> str:
    """Return the world's name as it stands in the names of services."""
    return _UNSAFE.sub("_", world.name).replace("/", "_") or "world"


def stream_topic(source: Source) -> str:
    """Return the topic on which a stream's messages come."""
    stream, sensor = source.stream, source.sensor
    if sensor is None:
        if isinstance(source.plugin, JointStatePublisher):
            return joint_states_topic(stream.model)
        return plugin_topic(stream.model, "odom" if isinstance(source.plugin, DiffDrive) else "odometry")
    base = sensor_topic(stream.model, stream.link, sensor.name)
    if isinstance(sensor.spec, CameraSpec) and sensor.type == "rgbd_camera":
        return f"{base}/{'image' if stream.modality == 'rgb' else 'depth_image'}"
    return base


def sensor_topic(model: str, link: str, sensor: str) -> str:
    """Return the topic of an SDF sensor."""
    return f"{_topic(model)}/{_safe(link)}/{_safe(sensor)}"


def plugin_topic(model: str, what: str) -> str:
    """Return the topic of a model's odometry."""
    return f"{_topic(model)}/{what}"


def drive_topic(model: str) -> str:
    """Return the topic on which a model's DiffDrive takes its Twist."""
    return f"{_topic(model)}/cmd_vel"


def joint_topic(model: str, joint: str) -> str:
    """Return the topic on which a joint's position controller takes its goal."""
    return f"{_topic(model)}/goal/{_safe(joint)}"


def joint_states_topic(model: str) -> str:
    """Return the topic of a model's joint states."""
    return f"{_topic(model)}/joint_states"


def touch_topic(model: str, link: str) -> str:
    """Return the topic on which the ground truth hears what a link touches."""
    return f"{_topic(model)}/touch/{_safe(link)}"


def _topic(model: str) -> str:
    return f"/{_PREFIX}/{_safe(model)}"


def _safe(name: str) -> str:
    return _UNSAFE.sub("_", gz_name(name)).replace("/", "_")
