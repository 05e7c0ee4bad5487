"""The differential drive at run time: commands to its actuators, and odometry from its wheels."""

from __future__ import annotations

import math
from typing import NamedTuple

import mujoco
import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.embedded.plan import Built, BuiltModel
from vla_sim.sdf.scene import DiffDrive, Issue
from vla_sim.sensing.reading import Stream


class _Actuators(NamedTuple):
    """One actuator a wheel: views of the ends of their activation ranges, their activations and their controls."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    activation: NDArray[np.float64]
    control: NDArray[np.float64]


class DiffDriveController:
    """Ramps forward speed and yaw rate to the command within the plugin's limits.

    The actuators come in pairs per wheel (see ``drives``): the first integrates the forward speed, the second the
    yaw rate. The control is the ramp's rate, the activation range ends it at the target.
    """

    def __init__(self, drive: DiffDrive, actuators: list[int], model: mujoco.MjModel, data: mujoco.MjData):
        self._drive = drive
        # They were added one after the other, so that slices reach them.
        all_of_them = slice(actuators[0], actuators[-1] + 1)
        states = slice(int(model.actuator_actadr[actuators[0]]), int(model.actuator_actadr[actuators[-1]]) + 1)
        self._ranges = model.actuator_actrange[all_of_them]
        activation, control = data.act[states], data.ctrl[all_of_them]
        low, high = self._ranges.T
        self._forward = _Actuators(low[0::2], high[0::2], activation[0::2], control[0::2])
        self._turn = _Actuators(low[1::2], high[1::2], activation[1::2], control[1::2])

    def apply(self, linear: float, angular: float) -> None:
        """Drive towards a forward speed [m/s] and a yaw rate [rad/s]."""
        drive = self._drive
        linear = min(max(linear, drive.min_linear_velocity), drive.max_linear_velocity)
        angular = min(max(angular, drive.min_angular_velocity), drive.max_angular_velocity)
        slow, fast = drive.min_linear_acceleration, drive.max_linear_acceleration
        self._ramp(self._forward, linear, slow, fast)
        slow, fast = drive.min_angular_acceleration, drive.max_angular_acceleration
        self._ramp(self._turn, angular, slow, fast)

    @staticmethod
    def _ramp(actuators: _Actuators, target: float, falling: float, rising: float) -> None:
        low, high, activation, control = actuators
        now = activation.item(0)
        rate = rising if target >= now else falling
        if math.isinf(rate):
            activation.fill(target)
            now, rate = target, 0.0
        low.fill(min(now, target))
        high.fill(max(now, target))
        control.fill(rate)

    def reset(self) -> None:
        """Stand still."""
        self._ranges[:] = 0.0


class WheelOdometry:
    """Where the wheels say the robot is: it slips when they do. Exact for wheels that turn evenly within a period."""

    def __init__(self, stream: Stream, drive: DiffDrive, owner: BuiltModel, model: mujoco.MjModel, data: mujoco.MjData):
        self.stream = stream
        self._drive = drive
        self._positions = data.qpos
        self._left = [int(model.jnt_qposadr[owner.joints[name]]) for name in drive.left_joints]
        self._right = [int(model.jnt_qposadr[owner.joints[name]]) for name in drive.right_joints]
        self._step_length = float(model.opt.timestep)
        self._pose = (0.0, 0.0, 0.0)
        self._last = (0.0, 0.0)
        self._last_step = 0

    def reset(self, seed: int) -> None:
        """Start at the origin."""
        self._pose = (0.0, 0.0, 0.0)
        self._last = self._turned()
        self._last_step = 0

    def _turned(self) -> tuple[float, float]:
        angle = self._positions.item
        left = sum([angle(k) for k in self._left]) / len(self._left)
        right = sum([angle(k) for k in self._right]) / len(self._right)
        return left, right

    def read(self, step: int) -> NDArray[np.generic]:
        """Return x, y, yaw, forward speed and yaw rate, the speeds as means since the last reading."""
        left, right = self._turned()
        dl = (left - self._last[0]) * self._drive.wheel_radius
        dr = (right - self._last[1]) * self._drive.wheel_radius
        elapsed = (step - self._last_step) * self._step_length
        self._last, self._last_step = (left, right), step
        distance, turn = (dl + dr) / 2, (dr - dl) / self._drive.wheel_separation
        x, y, yaw = self._pose
        # A circular arc of this length and turn ends on its chord, which points along the mean heading.
        chord = distance * (math.sin(turn / 2) / (turn / 2) if abs(turn) > 1e-9 else 1.0)
        x += chord * math.cos(yaw + turn / 2)
        y += chord * math.sin(yaw + turn / 2)
        yaw = math.remainder(yaw + turn, math.tau)
        self._pose = (x, y, yaw)
        return np.array([x, y, yaw, distance / elapsed, turn / elapsed])


def find_drive(built: Built, data: mujoco.MjData) -> DiffDriveController | None:
    """Return the drive that commands go to: that of the model named ``robot``, else the first one; None without any."""
    found = [(name, plugin, ids) for name, plugin, ids in built.drives if isinstance(plugin, DiffDrive)]
    if not found:
        return None
    found.sort(key=lambda one: one[0] != "robot")
    name, drive, actuators = found[0]
    for other, _, _ in found[1:]:
        message = f"the DiffDrive of {other!r} stands still: commands go to {name!r}"
        built.issues.append(Issue(str(built.world.source or built.world.name), 0, "plugin", message))
    return DiffDriveController(drive, actuators, built.model, data)
