"""``<plugin>``: the systems that are simulated, under their gz, Ignition and library names."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

from vla_sim.sdf import values
from vla_sim.sdf.document import Node, shorten
from vla_sim.sdf.reading import Reading
from vla_sim.sdf.scene import DiffDrive, JointPositionController, JointStatePublisher, OdometryPublisher, Plugin
from vla_sim.sdf.scope import Scope

PROVIDED = frozenset({"Physics", "Sensors", "UserCommands", "SceneBroadcaster", "Imu", "Contact", "ForceTorque"})
"""World systems whose work every engine does anyway; their own settings choose between other engines' parts."""

_FILENAME = re.compile(r"(?:lib)?(?:gz|ignition)-(?:sim|gazebo)[0-9]*-([a-z0-9-]+)-system(?:\.so)?")


def system_name(node: Node) -> str:
    """Return a plugin's class name whatever its age: ``ignition::gazebo::systems::DiffDrive`` gives ``DiffDrive``.

    Where the name is no class, the library's file name is used: ``gz-sim-diff-drive-system`` gives ``DiffDrive`` too.
    """
    name = node.attribute("name") or ""
    if "::" in name:
        return name.rsplit("::", 1)[1]
    match = _FILENAME.fullmatch(node.attribute("filename") or "")
    return "".join(part.capitalize() for part in match.group(1).split("-")) if match else name


def read_world_plugin(node: Node, reading: Reading) -> None:
    """Take note of a world's plugin: silent if the engines do its work, an issue if not."""
    if system_name(node) in PROVIDED:
        node.close()
    else:
        reading.report(node, f"system {shorten(system_name(node))!r} is not simulated; left out")


def read_model_plugin(node: Node, scope: Scope, prefix: str, reading: Reading) -> tuple[Plugin, ...]:
    """Return what a model's plugin asks for; nothing (with an issue) if it is not simulated.

    ``prefix`` scopes the names of joints from the top-level model. InputError where a joint is unknown.
    """
    reader = _READERS.get(system_name(node))
    if reader is not None:
        return reader(node, scope, prefix)
    read_world_plugin(node, reading)
    return ()


def _diff_drive(node: Node, scope: Scope, prefix: str) -> tuple[Plugin, ...]:
    def bound(quantity: str, side: str, unlimited: float) -> float:
        both = values.limit(node, f"{side}_{quantity.split('_')[1]}", unlimited)
        value = values.limit(node, f"{side}_{quantity}", both)
        if value * unlimited < 0.0:
            raise node.error(f"<{side}_{quantity}> is {value:g}; standing still must lie within the limits")
        return value

    def bounds(quantity: str) -> tuple[float, float]:
        return bound(quantity, "min", -math.inf), bound(quantity, "max", math.inf)

    linear, angular = bounds("linear_velocity"), bounds("angular_velocity")
    linear_change, angular_change = bounds("linear_acceleration"), bounds("angular_acceleration")
    drive = DiffDrive(
        left_joints=_joints(node, "left_joint", scope, prefix),
        right_joints=_joints(node, "right_joint", scope, prefix),
        wheel_separation=values.number(node, "wheel_separation", 1.0, above=0),
        wheel_radius=values.number(node, "wheel_radius", 0.2, above=0),
        odom_publish_frequency=values.number(node, "odom_publish_frequency", 50.0, least=0),
        topic=values.text(node, "topic"),
        odom_topic=values.text(node, "odom_topic"),
        frame_id=values.text(node, "frame_id"),
        child_frame_id=values.text(node, "child_frame_id"),
        min_linear_velocity=linear[0],
        max_linear_velocity=linear[1],
        min_angular_velocity=angular[0],
        max_angular_velocity=angular[1],
        min_linear_acceleration=linear_change[0],
        max_linear_acceleration=linear_change[1],
        min_angular_acceleration=angular_change[0],
        max_angular_acceleration=angular_change[1],
    )
    node.child("tf_topic")
    return (drive,)


def _joint_position_controller(node: Node, scope: Scope, prefix: str) -> tuple[Plugin, ...]:
    first, *others = _joints(node, "joint_name", scope, prefix)
    controller = JointPositionController(
        joint=first,
        p_gain=values.number(node, "p_gain", 1.0),
        i_gain=values.number(node, "i_gain", 0.1),
        d_gain=values.number(node, "d_gain", 0.01),
        i_max=values.limit(node, "i_max", 1.0),
        i_min=values.limit(node, "i_min", -1.0),
        cmd_max=values.limit(node, "cmd_max", 1000.0),
        cmd_min=values.limit(node, "cmd_min", -1000.0),
        cmd_offset=values.number(node, "cmd_offset", 0.0),
        use_velocity_commands=values.flag(node, "use_velocity_commands", False),
        initial_position=values.number(node, "initial_position", 0.0),
        topic=values.text(node, "topic") or values.text(node, "sub_topic"),
    )
    return (controller, *(replace(controller, joint=joint) for joint in others))


def _odometry_publisher(node: Node, scope: Scope, prefix: str) -> tuple[Plugin, ...]:
    publisher = OdometryPublisher(
        odom_publish_frequency=values.number(node, "odom_publish_frequency", 50.0, least=0),
        dimensions=values.integer(node, "dimensions", 2, least=2, most=3),
        odom_topic=values.text(node, "odom_topic"),
        odom_frame=values.text(node, "odom_frame"),
        robot_base_frame=values.text(node, "robot_base_frame"),
        gaussian_noise=values.number(node, "gaussian_noise", 0.0, least=0),
    )
    node.child("tf_topic")
    return (publisher,)


def _joint_state_publisher(node: Node, scope: Scope, prefix: str) -> tuple[Plugin, ...]:
    publisher = JointStatePublisher(
        joints=_joints(node, "joint_name", scope, prefix) if node.all("joint_name") else (),
        update_rate=values.number(node, "update_rate", 0.0, least=0),
        topic=values.text(node, "topic"),
    )
    return (publisher,)


def _joints(node: Node, tag: str, scope: Scope, prefix: str) -> tuple[str, ...]:
    named = node.all(tag)
    if not named:
        raise node.error(f"needs at least one <{tag}>")
    for joint in named:
        if not scope.has_joint(joint.text):
            raise joint.error(f"model {shorten(scope.name)!r} has no joint {shorten(joint.text)!r}")
    return tuple(prefix + joint.text for joint in named)


_READERS: dict[str, Callable[[Node, Scope, str], tuple[Plugin, ...]]] = {
    "DiffDrive": _diff_drive,
    "JointPositionController": _joint_position_controller,
    "JointStatePublisher": _joint_state_publisher,
    "OdometryPublisher": _odometry_publisher,
}
