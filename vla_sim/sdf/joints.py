"""``<joint>``: which links it ties, where, and along which axes."""

from __future__ import annotations

import math
from typing import get_args

from vla_sim.geometry import Pose, Vector3, rotate
from vla_sim.sdf import values
from vla_sim.sdf.document import Node, shorten
from vla_sim.sdf.reading import Reading
from vla_sim.sdf.scene import Axis, Joint, JointType, Sensor
from vla_sim.sdf.scope import MODEL, WORLD, Member, Scope, anchor_of
from vla_sim.sdf.sensors import read_joint_sensor

_TYPES: dict[str, JointType] = {name: name for name in get_args(JointType)}
_AXES = {"revolute": 1, "continuous": 1, "prismatic": 1, "screw": 1, "universal": 2, "revolute2": 2}


def read_joint(scope: Scope, name: str, reading: Reading) -> Joint | None:
    """Return a joint with link names scoped from ``scope``, or None (with an issue) for a type not simulated.

    Raises:
        InputError: an end of it is unknown, both ends are one body, or its child is the world.
    """
    member = scope.joints[name]
    node = member.node
    stated = node.need_attribute("type")
    kind = _TYPES.get(stated)
    if kind is None:
        if stated != "gearbox":
            raise node.error(f"joint type {shorten(stated)!r} is unknown; use one of {', '.join(_TYPES)}")
        reading.report(node, "joint type 'gearbox' is not simulated; left out")
        return None
    parent_node, child_node = node.need("parent"), node.need("child")
    parent = WORLD if parent_node.text == WORLD else scope.body(member.frame(node.need_text("parent")), parent_node)
    child = scope.body(member.frame(child_node.text), child_node)
    if child == WORLD:
        raise child_node.error("the world cannot be the child of a joint; swap <parent> and <child>")
    if parent == child:
        raise node.error(f"parent and child are both {shorten(child)!r}; a joint ties two bodies")
    placed = _place(scope, member)
    axes = _AXES.get(kind, 0)
    idle = None if axes else node.child("axis")
    if idle is not None:
        idle.close()
    pose = _in_child(scope, member, child, placed)
    return Joint(
        name=name,
        type=kind,
        parent=parent,
        child=child,
        pose=pose,
        axis=_axis(scope, member, "axis", kind, placed, reading) if axes >= 1 else None,
        axis2=_axis(scope, member, "axis2", kind, placed, reading) if axes == 2 else None,
        thread_pitch=_thread_pitch(node) if kind == "screw" else 0.0,
        sensors=_sensors(scope, name, parent, child, pose, reading),
    )


def _sensors(scope: Scope, name: str, parent: str, child: str, joint: Pose, reading: Reading) -> tuple[Sensor, ...]:
    """Return the sensors on a joint, which stands at ``joint`` in its child link's frame."""
    member = scope.joints[name]
    found = member.node.all("sensor")
    if not found:
        return ()
    in_world = Pose() if parent == WORLD else scope.place(parent, member.node)
    above = scope.place(child, member.node).inverse() * in_world
    read = [read_joint_sensor(each, joint * scope.local_pose(member, name, each), above, reading) for each in found]
    return tuple(sensor for sensor in read if sensor is not None)


def _place(scope: Scope, member: Member) -> Pose:
    """Return the joint's frame in its scope's frame."""
    child = member.frame(member.node.need_text("child"))
    anchor = anchor_of(member, default=child, attached_to=child)
    return scope.place(anchor.relative_to, anchor.node) * anchor.pose


def _in_child(scope: Scope, member: Member, child: str, placed: Pose) -> Pose:
    """Return the joint's frame in its child link's; without a detour, and so exactly, where the file states it so."""
    pose = member.node.child("pose")
    anchor = anchor_of(member, default=child, attached_to=None)
    if member.node.need("child").text == child and anchor.relative_to == child:
        return Pose() if pose is None else anchor.pose
    return scope.place(child, member.node).inverse() * placed


def _axis(scope: Scope, member: Member, tag: str, kind: JointType, placed: Pose, reading: Reading) -> Axis:
    node = member.node.child(tag)
    if node is None:
        reading.note(member.node, f"a {kind} joint without <{tag}> turns or slides along z")
        return Axis((0.0, 0.0, 1.0))
    dynamics = node.child("dynamics")
    lower, upper, effort, velocity = _limits(node, kind)
    return Axis(
        xyz=_axis_direction(scope, member, node, placed),
        lower=lower,
        upper=upper,
        effort=effort,
        velocity=velocity,
        damping=0.0 if dynamics is None else values.number(dynamics, "damping", 0.0, least=0),
        friction=0.0 if dynamics is None else values.number(dynamics, "friction", 0.0, least=0),
        spring_stiffness=0.0 if dynamics is None else values.number(dynamics, "spring_stiffness", 0.0, least=0),
        spring_reference=0.0 if dynamics is None else values.number(dynamics, "spring_reference", 0.0),
    )


def _axis_direction(scope: Scope, member: Member, axis: Node, placed: Pose) -> Vector3:
    """Return the unit axis in the joint's frame.

    It is given in the frame ``expressed_in`` (SDF 1.7 on); before, in the model's frame with
    ``<use_parent_model_frame>`` (which SDF 1.4 took for granted), else in the joint's.
    """
    xyz = axis.child("xyz")
    given = values.direction(axis, "xyz", (0.0, 0.0, 1.0))
    expressed_in = None if xyz is None else xyz.attribute("expressed_in")
    if expressed_in is None and member.version < (1, 7):
        in_model = values.flag(axis, "use_parent_model_frame", member.version < (1, 5))
        expressed_in = MODEL if in_model else None
    if expressed_in is None or xyz is None:
        return given
    frame = scope.place(member.frame(expressed_in), xyz)
    return rotate((placed.inverse() * frame).rotation, given)


def _limits(axis: Node, kind: JointType) -> tuple[float, float, float, float]:
    node = axis.child("limit")
    if node is None:
        return -math.inf, math.inf, math.inf, math.inf
    lower, upper = values.limit(node, "lower", -math.inf), values.limit(node, "upper", math.inf)
    effort, velocity = (_positive_limit(node, tag) for tag in ("effort", "velocity"))
    if kind == "continuous":
        return -math.inf, math.inf, effort, velocity
    if lower > upper or lower == math.inf or upper == -math.inf:
        raise node.error(f"<lower> {lower:g} and <upper> {upper:g} leave the joint no position; swap them")
    return lower, upper, effort, velocity


def _positive_limit(node: Node, tag: str) -> float:
    """Return a limit on a size; a negative one means none, as SDF 1.8 and older write it."""
    value = values.limit(node, tag, math.inf)
    return math.inf if value < 0.0 else value


def _thread_pitch(node: Node) -> float:
    """Return metres per revolution, right-handed; the older ``<thread_pitch>`` is radians per metre, left-handed."""
    if node.child("screw_thread_pitch") is not None:
        return values.number(node, "screw_thread_pitch", 1.0)
    old = values.number(node, "thread_pitch", 1.0)
    if old == 0.0:
        raise node.need("thread_pitch").error("is zero; a screw needs a pitch")
    return -2.0 * math.pi / old
