"""Joint position controllers at run time: targets, limits, and the integral part of the PID."""

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
    one. By velocity: the set point moves to the target at no more than ``cmd_max``, and a stiff servo holds it,
    with the joint's effort at most.
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
        self._integral = self._fastest = 0.0
        self.by_velocity = spec.use_velocity_commands
        self._limited = bool(model.jnt_actfrclimited[joint])
        if self.by_velocity:
            stiffness = float(model.dof_M0[model.jnt_dofadr[joint]]) / VELOCITY_SERVO_TIME**2
            model.actuator_gainprm[self._main, 0] = stiffness
            model.actuator_biasprm[self._main, 1:3] = -stiffness, -2 * stiffness * VELOCITY_SERVO_TIME
        self._stated = tuple(model.actuator_forcerange[self._main]) if model.actuator_forcelimited[self._main] else None

    def reset(self) -> None:
        """Take the initial position as the target."""
        self._integral = 0.0
        if self.by_velocity:
            start = self._model.actuator_actadr[self._main]
            self._data.act[start] = self._data.qpos[self._qpos]
        self.limit(None)
        self.apply(self._spec.initial_position)

    def limit(self, effort: float | None) -> None:
        """Press with no more than this [N or N m] on what is in the way; None is what the file allows."""
        low, high = self._stated or (-math.inf, math.inf)
        if effort is not None:
            low, high = max(low, -effort), min(high, effort)
        self._model.actuator_forcelimited[self._main] = math.isfinite(high)
        if math.isfinite(high):
            self._model.actuator_forcerange[self._main] = low, high

    def apply(self, target: float, duration: float = 0.0) -> None:
        """Set the target; by velocity it is reached in ``duration`` [s] if the speed limit allows that."""
        self._target = target
        if not self.by_velocity:
            self._data.ctrl[self._main] = target
            self._data.ctrl[self._offset] = self._spec.cmd_offset + self._integral
            return
        now = float(self._data.act[self._model.actuator_actadr[self._main]])
        self._fastest = speed = min(abs(self._spec.cmd_max if target >= now else self._spec.cmd_min), 1e6)
        if duration > 0.0:
            speed = min(speed, abs(target - now) / duration)
        self._model.actuator_actrange[self._main] = min(now, target), max(now, target)
        self._data.ctrl[self._main] = math.copysign(speed, target - now)

    def integrate(self, elapsed: float) -> None:
        """Add the error of the last interval [s] to the integral part, or let the set point wait for its joint."""
        if self.by_velocity:
            if self._limited:
                self._wait()
            return
        if self._spec.i_gain == 0:
            return
        error = self._target - float(self._data.qpos[self._qpos])
        value = self._integral + self._spec.i_gain * error * elapsed
        if self._spec.i_max >= self._spec.i_min:
            value = min(max(value, self._spec.i_min), self._spec.i_max)
        self._integral = value
        self._data.ctrl[self._offset] = self._spec.cmd_offset + value

    def _wait(self) -> None:
        """Let the set point lead by no more than makes a joint of limited effort as fast as it may be."""
        address = int(self._model.actuator_actadr[self._main])
        now, position = float(self._data.act[address]), float(self._data.qpos[self._qpos])
        lead = 2 * VELOCITY_SERVO_TIME * self._fastest
        if abs(now - position) > lead:
            held = position + math.copysign(lead, now - position)
            self._data.act[address] = held
            self._model.actuator_actrange[self._main] = min(held, self._target), max(held, self._target)
            self._data.ctrl[self._main] = math.copysign(self._fastest, self._target - held)


class PositionControllers:
    """All position controllers of a world, by joint name (``model/joint`` where two models share one)."""

    def __init__(self, found: list[tuple[str, str, PositionController]]):
        names = [joint for _, joint, _ in found]
        self._controllers = {
            (joint if names.count(joint) == 1 else f"{model}/{joint}"): one for model, joint, one in found
        }
        self.integrates = bool(self._controllers)
        self._limited: set[str] = set()

    def reset(self) -> None:
        """Take the initial positions as the targets."""
        self._limited.clear()
        for controller in self._controllers.values():
            controller.reset()

    def apply(self, joints: Mapping[str, float], efforts: Mapping[str, float], duration: float) -> None:
        """Set targets by joint name, with limits on the effort, to be reached in ``duration`` [s]."""
        for name in self._limited - efforts.keys():
            self._controllers[name].limit(None)
        self._limited = set(efforts)
        for name, effort in efforts.items():
            self._controllers[name].limit(effort)
        for name, target in joints.items():
            self._controllers[name].apply(target, duration)

    def check(self, joints: Mapping[str, float], efforts: Mapping[str, float]) -> None:
        """Check a command.

        Raises:
            ValueError: a joint has no controller, or one that limits no effort, or a number is not one.
        """
        for name in (*joints, *efforts):
            if name not in self._controllers:
                known = ", ".join(sorted(self._controllers)) or "none"
                raise ValueError(f"joint {name!r} has no position controller; there are: {known}")
        for name, target in joints.items():
            if not math.isfinite(target):
                raise ValueError(f"the target {target} of joint {name!r} is not finite")
        for name, effort in efforts.items():
            if self._controllers[name].by_velocity:
                raise ValueError(f"the controller of joint {name!r} works by velocity; its effort cannot be commanded")
            if not 0.0 <= effort < math.inf:
                raise ValueError(f"the greatest effort {effort} of joint {name!r} must be a number of at least 0")

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
