"""A model of the scene as SDF, with the sensors and systems that the engine listens to."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple
from xml.etree.ElementTree import Element

from vla_sim.engines.gazebo import topics
from vla_sim.engines.gazebo.elements import (
    add,
    add_geometry,
    add_light,
    add_material,
    add_pose,
    add_surface,
    add_system,
)
from vla_sim.engines.gazebo.rates import spacing, update_rate
from vla_sim.sdf.scene import (
    Axis,
    CameraSpec,
    Collision,
    ContactSpec,
    Cylinder,
    DiffDrive,
    ForceTorqueSpec,
    ImuSpec,
    Joint,
    JointPositionController,
    LidarSpec,
    Link,
    Model,
    OdometryPublisher,
    Plugin,
    Sensor,
    World,
)

EVERYBODY = 0x07FFFFFF
"""Visibility bits that are free for our use; Gazebo keeps those above for its GUI."""


TREAD = 0.002
"""Widest tread [m] of a driven wheel. A cylinder on the ground touches with both its edges, and in DART the outer one
sticks: a robot with wheels 35 mm wide, 31 cm apart, turned at 0.90 of what its wheels and MuJoCo say."""


class Writing(NamedTuple):
    """What all models of a world file have in common."""

    physics_step: float
    sensors: Collection[tuple[str, str, str]]
    """Model, link and name of the sensors to write."""
    lidar_bits: Mapping[tuple[str, str], int]
    """The visibility bit of the visuals of a link that carries a LiDAR: it is transparent to its own rays."""
    light: float
    contacts: bool
    """Whether robots feel what they touch, for the ground truth."""

    def rate(self, hertz: float) -> float:
        """Return the rate that makes Gazebo speak whenever a sensor of this rate is due."""
        return update_rate(spacing(hertz, self.physics_step), self.physics_step)


def is_robot(model: Model) -> bool:
    """Tell whether a model is commanded: what it touches is in the ground truth."""
    return any(isinstance(plugin, (DiffDrive, JointPositionController)) for plugin in model.plugins)


def drives(world: World) -> list[tuple[Model, DiffDrive]]:
    """Return every DiffDrive with its model; the first one is what commands go to: that of ``robot``, if any."""
    models = sorted(world.models, key=lambda model: model.name != "robot")
    return [(model, plugin) for model in models for plugin in model.plugins if isinstance(plugin, DiffDrive)]


def wheels(model: Model) -> frozenset[str]:
    """Return the links that a DiffDrive turns."""
    driven = {
        joint
        for plugin in model.plugins
        if isinstance(plugin, DiffDrive)
        for joint in (*plugin.left_joints, *plugin.right_joints)
    }
    return frozenset(joint.child for joint in model.joints if joint.name in driven)


def has_moving_joints(model: Model) -> bool:
    """Tell whether a model's joints have a state."""
    return not model.static and any(joint.type not in ("fixed", "ball") for joint in model.joints)


def add_model(parent: Element, model: Model, writing: Writing) -> None:
    """Append a model with its links, joints, sensors and systems."""
    element = add(parent, "model", name=topics.gz_name(model.name))
    if model.canonical_link is not None:
        element.set("canonical_link", topics.gz_name(model.canonical_link))
    add_pose(element, model.pose)
    add(element, "static", model.static)
    add(element, "self_collide", model.self_collide)
    for link in model.links:
        _add_link(element, model, link, writing)
    for joint in model.joints:
        _add_joint(element, model.name, joint, writing)
    for plugin in model.plugins:
        _add_plugin(element, model.name, plugin, writing)
    if has_moving_joints(model):
        states = add_system(element, "joint-state-publisher", "JointStatePublisher")
        add(states, "topic", topics.joint_states_topic(model.name))


def _add_link(parent: Element, model: Model, link: Link, writing: Writing) -> None:
    element = add(parent, "link", name=topics.gz_name(link.name))
    add_pose(element, link.pose)
    add(element, "gravity", link.gravity)
    if link.kinematic:
        add(element, "kinematic", True)
    inertial = add(element, "inertial")
    add_pose(inertial, link.inertial.pose)
    add(inertial, "mass", link.inertial.mass)
    inertia = add(inertial, "inertia")
    for name, value in zip(("ixx", "iyy", "izz", "ixy", "ixz", "iyz"), link.inertial.inertia, strict=True):
        add(inertia, name, value)
    flags = writing.lidar_bits.get((model.name, link.name))
    for visual in link.visuals:
        drawn = add(element, "visual", name=topics.gz_name(visual.name))
        add_pose(drawn, visual.pose)
        add(drawn, "transparency", visual.transparency)
        add(drawn, "cast_shadows", visual.cast_shadows)
        if flags is not None:
            add(drawn, "visibility_flags", flags)
        add_geometry(drawn, visual.geometry)
        if visual.material is not None:
            add_material(drawn, visual.material)
    rolls = link.name in wheels(model)
    for collision in link.collisions:
        _add_collision(element, collision, rolls)
    for light in link.lights:
        add_light(element, light, writing.light)
    for sensor in link.sensors:
        if (model.name, link.name, sensor.name) in writing.sensors:
            _add_sensor(element, model.name, link, sensor, writing)
    if writing.contacts and is_robot(model) and link.collisions:
        touch = add(element, "sensor", name="vla_sim_touch", type="contact")
        _add_contact(touch, [c.name for c in link.collisions], topics.touch_topic(model.name, link.name))


def _add_collision(parent: Element, collision: Collision, rolls: bool) -> None:
    element = add(parent, "collision", name=topics.gz_name(collision.name))
    add_pose(element, collision.pose)
    geometry = collision.geometry
    if rolls and isinstance(geometry, Cylinder):
        geometry = replace(geometry, length=min(geometry.length, TREAD))
    add_geometry(element, geometry)
    add_surface(element, collision.surface)


def _add_joint(parent: Element, model: str, joint: Joint, writing: Writing) -> None:
    element = add(parent, "joint", name=topics.gz_name(joint.name), type=joint.type)
    add(element, "parent", topics.gz_name(joint.parent))
    add(element, "child", topics.gz_name(joint.child))
    add_pose(element, joint.pose)
    if joint.type == "screw":
        add(element, "screw_thread_pitch", joint.thread_pitch)
    for tag, axis in (("axis", joint.axis), ("axis2", joint.axis2)):
        if axis is not None:
            _add_axis(element, tag, axis)
    for sensor in joint.sensors:
        if (model, joint.child, sensor.name) in writing.sensors:
            _add_joint_sensor(element, model, joint, sensor, writing)


def _add_joint_sensor(parent: Element, model: str, joint: Joint, sensor: Sensor, writing: Writing) -> None:
    element = add(parent, "sensor", name=topics.gz_name(sensor.name), type=sensor.type)
    add_pose(element, joint.pose.inverse() * sensor.pose)
    add(element, "update_rate", writing.rate(sensor.update_rate))
    add(element, "always_on", True)
    add(element, "topic", topics.sensor_topic(model, joint.child, sensor.name))
    if isinstance(sensor.spec, ForceTorqueSpec):
        settings = add(element, "force_torque")
        add(settings, "frame", "sensor")
        add(settings, "measure_direction", "parent_to_child" if sensor.spec.to_child else "child_to_parent")


def _add_axis(parent: Element, tag: str, axis: Axis) -> None:
    element = add(parent, tag)
    add(element, "xyz", axis.xyz)
    limit = add(element, "limit")
    for name in ("lower", "upper", "effort", "velocity"):
        value = getattr(axis, name)
        if math.isfinite(value):
            add(limit, name, value)
    dynamics = add(element, "dynamics")
    for name in ("damping", "friction", "spring_stiffness", "spring_reference"):
        add(dynamics, name, getattr(axis, name))


def _add_sensor(parent: Element, model: str, link: Link, sensor: Sensor, writing: Writing) -> None:
    kind = "gpu_lidar" if sensor.type == "lidar" else sensor.type
    topic = topics.sensor_topic(model, link.name, sensor.name)
    element = add(parent, "sensor", name=topics.gz_name(sensor.name), type=kind)
    add_pose(element, sensor.pose)
    add(element, "update_rate", writing.rate(sensor.update_rate))
    add(element, "always_on", True)
    add(element, "topic", topic)
    match sensor.spec:
        case CameraSpec() as camera:
            _add_camera(element, sensor.type, camera)
        case LidarSpec() as lidar:
            _add_lidar(element, lidar, EVERYBODY & ~writing.lidar_bits[model, link.name])
        case ContactSpec() as contact:
            _add_contact(element, contact.collisions or [c.name for c in link.collisions], topic)
        case ImuSpec():
            add(element, "imu")


def _add_camera(parent: Element, kind: str, spec: CameraSpec) -> None:
    camera = add(parent, "camera")
    add(camera, "horizontal_fov", spec.horizontal_fov)
    image = add(camera, "image")
    add(image, "width", spec.width)
    add(image, "height", spec.height)
    add(image, "format", "R_FLOAT32" if kind == "depth_camera" else "R8G8B8")
    _add_clip(camera, spec.near, spec.far)
    if spec.depth_near is not None or spec.depth_far is not None:
        near = spec.near if spec.depth_near is None else spec.depth_near
        _add_clip(add(camera, "depth_camera"), near, spec.far if spec.depth_far is None else spec.depth_far)
    focal = spec.width / (2 * math.tan(spec.horizontal_fov / 2))
    plain = (focal, focal, spec.width / 2, spec.height / 2)
    if any(abs(a - b) > 1e-6 for a, b in zip((spec.fx, spec.fy, spec.cx, spec.cy), plain, strict=True)):
        intrinsics = add(add(camera, "lens"), "intrinsics")
        for name in ("fx", "fy", "cx", "cy"):
            add(intrinsics, name, getattr(spec, name))
        add(intrinsics, "s", 0.0)


def _add_clip(parent: Element, near: float, far: float) -> None:
    clip = add(parent, "clip")
    add(clip, "near", near)
    add(clip, "far", far)


def _add_lidar(parent: Element, spec: LidarSpec, mask: int) -> None:
    lidar = add(parent, "lidar")
    scan = add(lidar, "scan")
    for axis in ("horizontal", "vertical"):
        rays = add(scan, axis)
        add(rays, "samples", getattr(spec, f"{axis}_samples"))
        add(rays, "resolution", 1)
        add(rays, "min_angle", getattr(spec, f"{axis}_min"))
        add(rays, "max_angle", getattr(spec, f"{axis}_max"))
    reach = add(lidar, "range")
    add(reach, "min", spec.range_min)
    add(reach, "max", spec.range_max)
    add(reach, "resolution", spec.range_resolution)
    add(lidar, "visibility_mask", mask)


def _add_contact(parent: Element, collisions: Sequence[str], topic: str) -> None:
    contact = add(parent, "contact")
    for name in collisions:
        add(contact, "collision", topics.gz_name(name))
    add(contact, "topic", topic)


def _add_plugin(parent: Element, model: str, plugin: Plugin, writing: Writing) -> None:
    match plugin:
        case DiffDrive():
            element = add_system(parent, "diff-drive", "DiffDrive")
            for side, joints in (("left_joint", plugin.left_joints), ("right_joint", plugin.right_joints)):
                for joint in joints:
                    add(element, side, topics.gz_name(joint))
            add(element, "wheel_separation", plugin.wheel_separation)
            add(element, "wheel_radius", plugin.wheel_radius)
            add(element, "odom_publish_frequency", writing.rate(plugin.odom_publish_frequency))
            add(element, "topic", topics.drive_topic(model))
            add(element, "odom_topic", topics.plugin_topic(model, "odom"))
            for quantity in ("linear_velocity", "angular_velocity", "linear_acceleration", "angular_acceleration"):
                for bound in (f"min_{quantity}", f"max_{quantity}"):
                    if math.isfinite(value := getattr(plugin, bound)):
                        add(element, bound, value)
        case JointPositionController():
            element = add_system(parent, "joint-position-controller", "JointPositionController")
            add(element, "joint_name", topics.gz_name(plugin.joint))
            for name in ("p_gain", "i_gain", "d_gain", "i_max", "i_min", "cmd_max", "cmd_min", "cmd_offset"):
                add(element, name, getattr(plugin, name))
            add(element, "use_velocity_commands", plugin.use_velocity_commands)
            add(element, "initial_position", plugin.initial_position)
            add(element, "topic", topics.joint_topic(model, plugin.joint))
        case OdometryPublisher():
            element = add_system(parent, "odometry-publisher", "OdometryPublisher")
            add(element, "odom_publish_frequency", writing.rate(plugin.odom_publish_frequency))
            add(element, "odom_topic", topics.plugin_topic(model, "odometry"))
