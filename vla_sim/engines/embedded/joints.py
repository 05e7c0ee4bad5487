"""SDF joints as MuJoCo joints, and loops as constraints."""

from __future__ import annotations

import math
from collections.abc import Mapping

import mujoco

from vla_sim.engines.embedded.issues import Issues, restrained
from vla_sim.geometry import rotate
from vla_sim.sdf import scene


class Joints:
    """The joints of a model description in the making, by model and name."""

    def __init__(self, spec: mujoco.MjSpec, issues: Issues):
        self._spec = spec
        self._issues = issues
        self.made: dict[str, dict[str, mujoco.MjsJoint]] = {}

    def add(self, model: scene.Model, body: mujoco.MjsBody, joint: scene.Joint) -> None:
        """Tie a body to its parent by a joint."""
        kinds = mujoco.mjtJoint
        match joint.type:
            case "fixed":
                pass
            case "ball":
                body.add_joint(name=f"{model.name}/{joint.name}", type=kinds.mjJNT_BALL, pos=joint.pose.position)
            case "prismatic":
                self._add_axis(model, body, joint, joint.axis, kinds.mjJNT_SLIDE)
            case "universal" | "revolute2":
                self._add_axis(model, body, joint, joint.axis, kinds.mjJNT_HINGE)
                self._add_axis(model, body, joint, joint.axis2, kinds.mjJNT_HINGE, second=True)
            case _:
                if joint.type == "screw":
                    self._issues.add("joint", model.name, joint.name, "a screw turns without moving along its axis")
                self._add_axis(model, body, joint, joint.axis, kinds.mjJNT_HINGE)

    def _add_axis(
        self,
        model: scene.Model,
        body: mujoco.MjsBody,
        joint: scene.Joint,
        axis: scene.Axis | None,
        kind: mujoco.mjtJoint,
        second: bool = False,
    ) -> None:
        axis = axis or scene.Axis((0.0, 0.0, 1.0))
        name = f"{joint.name}/2" if second else joint.name
        added = body.add_joint(
            name=f"{model.name}/{name}",
            type=kind,
            pos=joint.pose.position,
            axis=rotate(joint.pose.rotation, axis.xyz),
            damping=(max(0.0, axis.damping), 0.0, 0.0),
            frictionloss=max(0.0, axis.friction),
        )
        if axis.spring_stiffness > 0:
            added.stiffness = (axis.spring_stiffness, 0.0, 0.0)
            added.springref = axis.spring_reference
        if joint.type != "continuous" and (math.isfinite(axis.lower) or math.isfinite(axis.upper)):
            added.limited = 1
            added.range = _range(axis)
        if math.isfinite(axis.effort) and axis.effort > 0:
            added.actfrclimited = 1
            added.actfrcrange = (-axis.effort, axis.effort)
        self.made.setdefault(model.name, {})[name] = added

    def close_loop(self, model: scene.Model, joint: scene.Joint, bodies: Mapping[str, str]) -> None:
        """Close a kinematic loop by constraints; ``bodies`` names the body of each link and of the world."""
        if joint.child not in bodies or joint.parent not in bodies or joint.parent == joint.child:
            self._issues.add("joint", model.name, joint.name, "joins links that are not there; it is left out")
            return
        child, parent = bodies[joint.child], bodies[joint.parent]
        anchors = [joint.pose.position]
        match joint.type:
            case "fixed":
                self._spec.add_equality(
                    type=mujoco.mjtEq.mjEQ_WELD,
                    objtype=mujoco.mjtObj.mjOBJ_BODY,
                    name1=child,
                    name2=parent,
                    # No relative pose: the one of the file; then the torque scale.
                    data=[0.0] * 10 + [1.0, 0.0],
                )
                return
            case "ball":
                pass
            case "revolute" | "continuous":
                # Two points on the axis leave only the turn about it.
                along = rotate(joint.pose.rotation, (joint.axis or scene.Axis((0.0, 0.0, 1.0))).xyz)
                x, y, z = (p + 0.1 * a for p, a in zip(joint.pose.position, along, strict=True))
                anchors.append((x, y, z))
            case _:
                message = f"a {joint.type} joint that closes a loop is left out"
                self._issues.add("joint", model.name, joint.name, message)
                return
        if restrained(joint.axis) and joint.type != "ball":
            message = "a joint that closes a loop has no limits, springs, damping or friction"
            self._issues.add("joint", model.name, joint.name, message)
        for anchor in anchors:
            self._spec.add_equality(
                type=mujoco.mjtEq.mjEQ_CONNECT,
                objtype=mujoco.mjtObj.mjOBJ_BODY,
                name1=child,
                name2=parent,
                data=[*anchor, *[0.0] * 9],
            )


def _range(axis: scene.Axis) -> tuple[float, float]:
    """Return a joint's limits; MuJoCo wants a range, so a joint whose limits are equal gets a tiny one."""
    lower, upper = max(axis.lower, -1e6), min(axis.upper, 1e6)
    return (lower, upper) if upper > lower else (lower - 1e-4, lower + 1e-4)
