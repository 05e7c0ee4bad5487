"""Faults of odometry. Those of the wheels add up in the pose while they last; afterwards the pose is right again."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.kind import DataKind, Parameter, Values, register
from vla_sim.geometry import wrap_angle
from vla_sim.sensing.reading import Modality, Reading, Stream

Odometry = NDArray[Any]

_ODOMETRY: frozenset[Modality] = frozenset({"odometry"})


class _Wheels(DataKind):
    """A fault of the wheels: each step of the way is counted wrong, and the errors add up in the pose."""

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._true: Odometry | None = None
        self._told = (0.0, 0.0, 0.0)

    @abstractmethod
    def miscount(self, forward: float, turn: float, values: Values) -> tuple[float, float]:
        """Return what is counted of a step forward [m] and a turn [rad], or of their rates."""

    def watch(self, reading: Reading) -> None:
        """Take the pose from which the errors add up."""
        self._true = reading.data
        x, y, yaw, *_ = reading.data.tolist()
        self._told = (x, y, yaw)

    def corrupt(self, data: Odometry, values: Values) -> Odometry:
        """Return the pose as it was counted."""
        x, y, yaw, speed, rate = data.tolist()
        before = (0.0, 0.0, 0.0) if self._true is None else self._true.tolist()
        self._true = data
        turn = wrap_angle(yaw - before[2])
        way, heading = math.hypot(x - before[0], y - before[1]), before[2] + turn / 2.0
        forward = math.copysign(way, (x - before[0]) * math.cos(heading) + (y - before[1]) * math.sin(heading))
        counted, turned = self.miscount(forward, turn, values)
        at_x, at_y, at_yaw = self._told
        middle = at_yaw + turned / 2.0
        at_x, at_y = at_x + counted * math.cos(middle), at_y + counted * math.sin(middle)
        self._told = (at_x, at_y, math.remainder(at_yaw + turned, math.tau))
        speed, rate = self.miscount(speed, rate, values)
        return np.array([*self._told, speed, rate]).astype(data.dtype)


@register
class WheelSlip(_Wheels):
    """The wheels turn more than the robot moves, as on a wet floor.

    Levels: our own, up to wheels that turn twice as far as the robot moves.
    """

    family = "odometry"
    name = "slip"
    modalities = _ODOMETRY
    parameters = (Parameter("slip", "1", (0.05, 0.1, 0.2, 0.5, 1.0), "counted way beyond the true one", high=100.0),)

    def miscount(self, forward: float, turn: float, values: Values) -> tuple[float, float]:
        """Return what is counted."""
        return forward * (1.0 + values["slip"]), turn * (1.0 + values["slip"])


@register
class YawScale(_Wheels):
    """Turns are counted too small, as with a wheel separation that is wrong in the driver.

    Levels: our own.
    """

    family = "odometry"
    name = "yaw_scale"
    modalities = _ODOMETRY
    parameters = (Parameter("loss", "1", (0.03, 0.08, 0.15, 0.3, 0.6), "share of a turn not counted", high=1.0),)

    def miscount(self, forward: float, turn: float, values: Values) -> tuple[float, float]:
        """Return what is counted."""
        return forward, turn * (1.0 - values["loss"])


@register
class EncoderLoss(_Wheels):
    """One wheel's encoder loses counts: ways are too short and straight lines become arcs.

    Levels: our own, up to a dead encoder.
    """

    family = "odometry"
    name = "encoder_loss"
    modalities = _ODOMETRY
    parameters = (
        Parameter("loss", "1", (0.05, 0.1, 0.25, 0.5, 1.0), "share of the left wheel's counts that is lost", high=1.0),
        Parameter.constant("separation", "m", 0.35, "of the wheels", 0.01, 10.0),
    )

    def miscount(self, forward: float, turn: float, values: Values) -> tuple[float, float]:
        """Return what is counted."""
        half = values["separation"] / 2.0
        left, right = (forward - turn * half) * (1.0 - values["loss"]), forward + turn * half
        return (left + right) / 2.0, (right - left) / (2.0 * half)


@register
class Drift(DataKind):
    """The heading drifts at a constant rate, and the position with it, about where the robot stood at the reset.

    Levels: our own, from 17 to 340 degrees a minute.
    """

    family = "odometry"
    name = "drift"
    modalities = _ODOMETRY
    parameters = (Parameter("rate", "rad/s", (0.005, 0.01, 0.02, 0.05, 0.1), "drift of the heading", high=10.0),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._sign = -1.0 if rng.random() < 0.5 else 1.0
        self._since: float | None = None

    def corrupt(self, data: Odometry, values: Values) -> Odometry:
        """Return the turned pose."""
        if self._since is None:
            self._since = self.stamp - (1.0 / self.stream.rate if self.stream.rate > 0.0 else 0.0)
        angle = self._sign * values["rate"] * (self.stamp - self._since)
        x, y, yaw, speed, rate = data.tolist()
        cos, sin = math.cos(angle), math.sin(angle)
        turned = [x * cos - y * sin, x * sin + y * cos, math.remainder(yaw + angle, math.tau)]
        return np.array([*turned, speed, rate + self._sign * values["rate"]]).astype(data.dtype)


@register
class Jump(DataKind):
    """The position jumps, each time with a probability and for good, as of a localisation that takes a wrong match.

    Levels: our own.
    """

    family = "odometry"
    name = "jump"
    modalities = _ODOMETRY
    parameters = (
        Parameter("length", "m", (0.1, 0.25, 0.5, 1.0, 2.0), "length of a jump", high=1000.0),
        Parameter.constant("rate", "1/s", 0.5, "jumps a second", 0.0, 1000.0),
    )

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._period = 1.0 / stream.rate if stream.rate > 0.0 else 0.001
        self._offset = np.zeros(2)

    def corrupt(self, data: Odometry, values: Values) -> Odometry:
        """Return the pose with the jumps so far."""
        chance, direction = self.rng.random(), 2.0 * math.pi * self.rng.random()
        if chance < values["rate"] * self._period:
            self._offset += math.cos(direction), math.sin(direction)
        faulty = data.copy()
        faulty[:2] += values["length"] * self._offset
        return faulty


@register
class Noise(DataKind):
    """Gaussian noise on the pose and on the rates.

    Levels: our own.
    """

    family = "odometry"
    name = "noise"
    modalities = _ODOMETRY
    parameters = (
        Parameter("position", "m", (0.01, 0.03, 0.06, 0.12, 0.25), "standard deviation", high=100.0),
        Parameter("yaw", "rad", (0.01, 0.02, 0.05, 0.1, 0.2), "standard deviation", high=10.0),
        Parameter("speed", "m/s", (0.02, 0.05, 0.1, 0.2, 0.4), "standard deviation", high=100.0),
        Parameter("rate", "rad/s", (0.02, 0.05, 0.1, 0.2, 0.4), "standard deviation", high=100.0),
    )

    def corrupt(self, data: Odometry, values: Values) -> Odometry:
        """Return the pose with noise."""
        spread = [values["position"], values["position"], values["yaw"], values["speed"], values["rate"]]
        return data + np.array(spread) * self.rng.standard_normal(5)
