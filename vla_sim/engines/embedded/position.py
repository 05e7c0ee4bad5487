"""Joint position controllers at run time: targets, and the integral part of the PID."""

from __future__ import annotations

import math
from collections.abc import Mapping

import mujoco

from vla_sim.engines.embedded.drives import VELOCITY_SERVO_TIME
from vla_sim.engines.embedded.plan import Built, BuiltModel
from vla_sim.sdf.scene import JointPositionController


class PositionController:
    """Drives one joint to a target [rad or m].

    By force: MuJoCo does the proportional and derivative parts at every physics step, this class adds the integral
    one. By velocity: the set point moves to the target at no more than ``cmd_max``, and a stiff servo holds it.
    """

    def __init__(
        self,
        spec: JointPositionController,
        owner: BuiltModel,
        actuators: list[int],
        model: mujoco.MjModel,
        data: mujoco.MjData,
    ):
        joint = owner.joints[spec.joint]
        self._spec = spec
        self._model, self._data = model, data
        self._qpos = int(model.jnt_qposadr[joint])
        self._main, self._offset = actuators
        self._target = spec.initial_position
        self._integral = 0.0
        self.by_velocity = spec.use_velocity_commands
        if self.by_velocity:
            inertia = float(model.dof_M0[model.jnt_dofadr[joint]])
            stiffness = inertia / VELOCITY_SERVO_TIME**2
            model.actuator_gainprm[self._main, 0] = stiffness
            model.actuator_biasprm[self._main, 1:3] = -stiffness, -2 * inertia / VELOCITY_SERVO_TIME

    def reset(self) -> None:
        """Take the initial position as the target."""
        self._integral = 0.0
        if self.by_velocity:
            start = self._model.actuator_actadr[self._main]
            self._data.act[start] = self._data.qpos[self._qpos]
        self.apply(self._spec.initial_position)

    def apply(self, target: float) -> None:
        """Set the target."""
        self._target = target
        if not self.by_velocity:
            self._data.ctrl[self._main] = target
            self._data.ctrl[self._offset] = self._spec.cmd_offset + self._integral
            return
        now = float(self._data.act[self._model.actuator_actadr[self._main]])
        speed = abs(self._spec.cmd_max if target >= now else self._spec.cmd_min)
        self._model.actuator_actrange[self._main] = min(now, target), max(now, target)
        self._data.ctrl[self._main] = math.copysign(min(speed, 1e6), target - now)

    def integrate(self, elapsed: float) -> None:
        """Add the error of the last interval [s] to the integral part."""
        if self.by_velocity or self._spec.i_gain == 0:
            return
        error = self._target - float(self._data.qpos[self._qpos])
        value = self._integral + self._spec.i_gain * error * elapsed
        if self._spec.i_max >= self._spec.i_min:
            value = min(max(value, self._spec.i_min), self._spec.i_max)
        self._integral = value
        self._data.ctrl[self._offset] = self._spec.cmd_offset + value


class PositionControllers:
    """All position controllers of a world, by joint name (``model/joint`` where two models share one)."""

    def __init__(self, found: list[tuple[str, str, PositionController]]):
        names = [joint for _, joint, _ in found]
        self._controllers = {
            (joint if names.count(joint) == 1 else f"{model}/{joint}"): one for model, joint, one in found
        }
        self.integrates = any(not one.by_velocity for one in self._controllers.values())

    def reset(self) -> None:
        """Take the initial positions as the targets."""
        for controller in self._controllers.values():
            controller.reset()

    def apply(self, joints: Mapping[str, float]) -> None:
        """Set targets by joint name.

        Raises:
            ValueError: a joint has no controller, or a target is not finite.
        """
        for name, target in joints.items():
            if name not in self._controllers:
                known = ", ".join(sorted(self._controllers)) or "none"
                raise ValueError(f"joint {name!r} has no position controller; there are: {known}")
            if not math.isfinite(target):
                raise ValueError(f"the target {target} of joint {name!r} is not finite")
            self._controllers[name].apply(target)

    def integrate(self, elapsed: float) -> None:
        """Advance the integral parts by an interval [s]."""
        for controller in self._controllers.values():
            controller.integrate(elapsed)


def find_controllers(built: Built, data: mujoco.MjData) -> PositionControllers:
    """Return the position controllers of a world."""
    return PositionControllers(
        [
            (name, plugin.joint, PositionController(plugin, built.models[name], actuators, built.model, data))
            for name, plugin, actuators in built.drives
            if isinstance(plugin, JointPositionController)
        ]
    )
