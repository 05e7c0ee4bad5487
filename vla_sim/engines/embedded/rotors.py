"""Inertia of the motors behind position controllers, as it is felt at the joint through the gears.

A stiff servo on a light joint upsets MuJoCo's contacts: they are solved for the joint's own inertia, and the implicit
integration then takes back most of the motion, so that what a gripper holds slips out of it. Geared motors are heavy,
and SDF does not tell how heavy: here they weigh enough.
"""

from __future__ import annotations

from collections.abc import Iterable

import mujoco

from vla_sim.sdf.scene import JointPositionController, Plugin

ACCELERATION = 25.0
"""What the greatest effort of a joint whose controller works by velocity can do [rad/s^2 or m/s^2]."""

DAMPING_TIME = 0.02
"""How long [s] a joint that is damped more than its own inertia bears goes on by itself."""


def add_rotors(model: mujoco.MjModel, drives: Iterable[tuple[str, Plugin, list[int]]]) -> None:
    """Give the joints of position controllers their rotors."""
    added = False
    for _, plugin, actuators in drives:
        if isinstance(plugin, JointPositionController):
            joint = int(model.actuator_trnid[actuators[0], 0])
            rotor = _rotor(model, plugin, joint)
            model.dof_armature[model.jnt_dofadr[joint]] += rotor
            added = added or rotor > 0.0
    if added:
        mujoco.mj_setConst(model, mujoco.MjData(model))


def _rotor(model: mujoco.MjModel, plugin: JointPositionController, joint: int) -> float:
    dof = int(model.jnt_dofadr[joint])
    own = float(model.dof_M0[dof])
    if plugin.use_velocity_commands:
        effort = float(model.jnt_actfrcrange[joint, 1]) if model.jnt_actfrclimited[joint] else 0.0
        return max(0.0, effort / ACCELERATION - own)
    damping = float(model.dof_damping[dof]) + plugin.d_gain
    return damping * DAMPING_TIME if damping * model.opt.timestep > own else 0.0
