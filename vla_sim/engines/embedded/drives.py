"""Actuators of the plugins: the differential drive and the joint position controllers."""

from __future__ import annotations

from collections.abc import Mapping

import mujoco

from vla_sim.engines.embedded.issues import Issues
from vla_sim.sdf.scene import DiffDrive, JointPositionController, Model, Plugin

SERVO_TIME = 0.01
"""Time constant of the wheels' velocity servo [s]; implicit integration keeps it stable at any step."""

VELOCITY_SERVO_TIME = 0.02
"""Time constant of position controllers that command velocities [s]."""

ROTOR = 10.0
"""Inertia of the wheels' rotors as a multiple of the robot's own, felt at the wheels.

A stiff servo on light wheels upsets MuJoCo's contacts: friction answers to torques that the implicit integration takes
back. Heavy rotors behind a soft servo hold the speed as well, whatever the load, as Gazebo's velocity motors do; their
spinning up pushes on nothing."""


def diff_drive_of(model: Model) -> DiffDrive | None:
    """Return the model's differential drive, if any."""
    return next((plugin for plugin in model.plugins if isinstance(plugin, DiffDrive)), None)


def wheel_links(model: Model) -> frozenset[str]:
    """Return the names of the links that a differential drive turns."""
    drive = diff_drive_of(model)
    if drive is None:
        return frozenset()
    driven = {*drive.left_joints, *drive.right_joints}
    return frozenset(joint.child for joint in model.joints if joint.name in driven)


def add_actuators(
    spec: mujoco.MjSpec,
    model: Model,
    joints: Mapping[str, mujoco.MjsJoint],
    issues: Issues,
) -> list[tuple[Plugin, list[mujoco.MjsActuator]]]:
    """Add the actuators of a model's plugins: for a DiffDrive two a wheel, for a position controller two."""
    added: list[tuple[Plugin, list[mujoco.MjsActuator]]] = []
    for plugin in model.plugins:
        if isinstance(plugin, DiffDrive):
            added.append((plugin, _add_diff_drive(spec, model, plugin, joints, issues)))
        elif isinstance(plugin, JointPositionController):
            added.append((plugin, _add_position(spec, model, plugin, joints, issues)))
    return added


def _add_diff_drive(
    spec: mujoco.MjSpec,
    model: Model,
    drive: DiffDrive,
    joints: Mapping[str, mujoco.MjsJoint],
    issues: Issues,
) -> list[mujoco.MjsActuator]:
    """Add the servos of the wheels.

    Each wheel has two actuators that integrate: one holds the drive's forward speed, one its yaw rate. Ramping them
    (by their control) within limits (their activation range) gives gz-sim's limited acceleration exactly, with no
    code of ours between physics steps. The wheel's torque is k (v / r -+ w L / (2 r) - wheel speed).
    """
    missing = [name for name in (*drive.left_joints, *drive.right_joints) if name not in joints]
    if missing:
        issues.add("plugin", model.name, "DiffDrive", f"no such joint: {', '.join(missing)}; it does not drive")
        return []
    wheels = len(drive.left_joints) + len(drive.right_joints)
    mass = sum(link.inertial.mass for link in model.links)
    spin = max(mass, 1e-3) * drive.wheel_radius**2 / max(wheels, 1)
    rotor = ROTOR * spin
    gain = rotor / SERVO_TIME
    for name in (*drive.left_joints, *drive.right_joints):
        joint = joints[name]
        joint.armature = rotor
        if joint.actfrclimited == 1:
            joint.actfrcrange = tuple(bound * (1 + ROTOR) for bound in joint.actfrcrange)
    added = []
    for names, side in ((drive.left_joints, -1.0), (drive.right_joints, 1.0)):
        for name in names:
            for scale, damping in ((1.0, gain), (side * drive.wheel_separation / 2, 0.0)):
                added.append(
                    spec.add_actuator(
                        trntype=mujoco.mjtTrn.mjTRN_JOINT,
                        target=joints[name].name,
                        dyntype=mujoco.mjtDyn.mjDYN_INTEGRATOR,
                        gaintype=mujoco.mjtGain.mjGAIN_FIXED,
                        biastype=mujoco.mjtBias.mjBIAS_AFFINE,
                        gainprm=_prm(gain * scale / drive.wheel_radius),
                        biasprm=_prm(0.0, 0.0, -damping),
                        actlimited=1,
                        actrange=(-1e-12, 1e-12),
                        actearly=1,
                    )
                )
    return added


def _add_position(
    spec: mujoco.MjSpec,
    model: Model,
    controller: JointPositionController,
    joints: Mapping[str, mujoco.MjsJoint],
    issues: Issues,
) -> list[mujoco.MjsActuator]:
    """Add an actuator for the target (damping is taken implicitly) and a motor for the integral part and the offset.

    With velocity commands the first one's activation is the set point; its gains follow from the compiled inertia.
    """
    joint = joints.get(controller.joint)
    if joint is None:
        issues.add("plugin", model.name, "JointPositionController", f"no such joint: {controller.joint}")
        return []
    main = spec.add_actuator(
        trntype=mujoco.mjtTrn.mjTRN_JOINT,
        target=joint.name,
        gaintype=mujoco.mjtGain.mjGAIN_FIXED,
        biastype=mujoco.mjtBias.mjBIAS_AFFINE,
        gainprm=_prm(controller.p_gain),
        biasprm=_prm(0.0, -controller.p_gain, -controller.d_gain),
    )
    if controller.use_velocity_commands:
        main.dyntype = mujoco.mjtDyn.mjDYN_INTEGRATOR
        main.actlimited, main.actrange, main.actearly = 1, (-1e-12, 1e-12), 1
    elif controller.cmd_min < controller.cmd_max:
        main.forcelimited = 1
        main.forcerange = (max(controller.cmd_min, -1e9), min(controller.cmd_max, 1e9))
    offset = spec.add_actuator(
        trntype=mujoco.mjtTrn.mjTRN_JOINT, target=joint.name, gainprm=_prm(1.0), gaintype=mujoco.mjtGain.mjGAIN_FIXED
    )
    return [main, offset]


def _prm(*values: float) -> list[float]:
    return [*values, *[0.0] * (10 - len(values))]
