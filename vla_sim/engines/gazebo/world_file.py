"""The world as a file for a Gazebo server: every pose resolved, noise off, physics as fast as it goes."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element, indent, tostring

from vla_sim.engines.gazebo.elements import add, add_light, add_system, scaled
from vla_sim.engines.gazebo.model_file import Writing, add_model
from vla_sim.engines.gazebo.topics import world_name
from vla_sim.engines.streams import Source, force_sources
from vla_sim.sdf.scene import World

SDF_VERSION = "1.11"
"""What Harmonic reads (sdformat 14)."""

_POSES_HZ = 1_000_000_000
"""Gazebo throttles the poses of models by wall time: with this rate it never does."""

_MAX_LIDAR_LINKS = 27


def world_file(
    world: World,
    sources: Mapping[str, Source],
    physics_step: float,
    render_engine: str,
    light: float = 1.0,
    contacts: bool = True,
) -> str:
    """Return the text of the SDF file: the world, the sensors behind ``sources``, and the systems that serve them.

    SDF's noise is left out: Gazebo draws all of it from one generator that a reset does not seed again, so that noise
    is added on our side. ``light`` is a factor on every light; with ``contacts`` robots feel what they touch and how
    hard, for the ground truth.
    """
    root = Element("sdf", version=SDF_VERSION)
    element = add(root, "world", name=world_name(world))
    physics = add(element, "physics", name="lock_step", type="dart")
    add(physics, "max_step_size", physics_step)
    add(physics, "real_time_factor", 0)
    for library, name in (
        ("physics", "Physics"),
        ("user-commands", "UserCommands"),
        ("imu", "Imu"),
        ("contact", "Contact"),
        ("forcetorque", "ForceTorque"),
    ):
        add_system(element, library, name)
    add(add_system(element, "scene-broadcaster", "SceneBroadcaster"), "dynamic_pose_hertz", _POSES_HZ)
    add(add_system(element, "sensors", "Sensors"), "render_engine", render_engine)
    add(element, "gravity", world.gravity)
    add(element, "magnetic_field", world.magnetic_field)
    scene = add(element, "scene")
    add(scene, "ambient", scaled(world.look.ambient, light))
    # The background gives no light, yet a dark room with a bright sky over its walls would be none.
    add(scene, "background", scaled(world.look.background, min(light, 1.0)))
    add(scene, "shadows", world.look.shadows)
    add(scene, "grid", False)
    for lamp in world.lights:
        add_light(element, lamp, light)
    written = {**force_sources(world), **sources} if contacts else sources
    behind = [(source.stream, source.sensor) for source in written.values() if source.sensor is not None]
    lidar_links = sorted({(stream.model, stream.link) for stream, _ in behind if stream.lidar is not None})
    writing = Writing(
        physics_step,
        frozenset((stream.model, stream.link, sensor.name) for stream, sensor in behind),
        {link: 1 << (place % _MAX_LIDAR_LINKS) for place, link in enumerate(lidar_links)},
        light,
        contacts,
    )
    for model in world.models:
        add_model(element, model, writing)
    indent(root)
    return '<?xml version="1.0"?>\n' + tostring(root, encoding="unicode") + "\n"
