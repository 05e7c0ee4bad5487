"""Faults of joint states: what encoders and their wiring do to positions and velocities, a row a joint."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.kind import DataKind, Parameter, Values, register
from vla_sim.sensing.reading import Modality, Reading, Stream

States = NDArray[Any]

_JOINTS: frozenset[Modality] = frozenset({"joints"})
_POSITION, _VELOCITY = 0, 1


class _SomeJoints(DataKind):
    """A fault of single joints; in which order they fall to it is drawn once a trial."""

    LEAST = 1

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._order = rng.permutation(stream.shape[0])

    def hit(self, share: float) -> NDArray[np.int64]:
        """Return the joints that are hit, ``LEAST`` where the share is above 0."""
        count = max(self.LEAST, round(share * len(self._order))) if share > 0.0 else 0
        return np.asarray(self._order[:count])


@register
class Bias(DataKind):
    """Every position is off by a constant angle, of one size, with signs drawn once a trial: a wrong zero.

    From the play of a keyed coupling (level 1) to an encoder that was put on a tooth of a belt further (level 5).

    Levels: our own.
    """

    family = "joints"
    name = "bias"
    modalities = _JOINTS
    parameters = (
        Parameter("position", "rad or m", (0.01, 0.03, 0.1, 0.2, 0.5), "offset of the position", high=1000.0),
    )

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._signs = np.where(rng.random(stream.shape[0]) < 0.5, -1.0, 1.0)

    def corrupt(self, data: States, values: Values) -> States:
        """Return the states with the offset."""
        faulty = data.copy()
        faulty[:, _POSITION] += self._signs * values["position"]
        return faulty


@register
class Noise(DataKind):
    """Gaussian noise on positions and velocities, as of a resolver with a bad shield.

    Velocities are noisier than positions, as they are where they are differences of these.

    Levels: our own.
    """

    family = "joints"
    name = "noise"
    modalities = _JOINTS
    parameters = (
        Parameter("position", "rad or m", (0.002, 0.005, 0.02, 0.05, 0.1), "standard deviation", high=100.0),
        Parameter("velocity", "rad/s or m/s", (0.05, 0.1, 0.4, 1.0, 2.0), "standard deviation", high=1000.0),
    )

    def corrupt(self, data: States, values: Values) -> States:
        """Return the states with noise."""
        spread = np.array([values["position"], values["velocity"]])
        return np.asarray(data + spread * self.rng.standard_normal(data.shape))


@register
class Stuck(_SomeJoints):
    """Joints whose encoder stands still: the position stays as it was before the fault, the velocity is 0."""

    family = "joints"
    name = "stuck"
    modalities = _JOINTS
    parameters = (Parameter("share", "of the joints", (0.2, 0.4, 0.6, 0.8, 1.0), "stuck ones, at least one", high=1.0),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._last: States | None = None

    def watch(self, reading: Reading) -> None:
        """Keep the states for when the fault begins."""
        self._last = reading.data

    def corrupt(self, data: States, values: Values) -> States:
        """Return the states with the stuck joints as they were."""
        if self._last is None:
            self._last = data
        joints = self.hit(values["share"])
        faulty = data.copy()
        faulty[joints, _POSITION] = self._last[joints, _POSITION]
        faulty[joints, _VELOCITY] = 0.0
        return faulty


@register
class Dead(_SomeJoints):
    """Joints that read 0 in position and velocity, as an encoder without supply does."""

    family = "joints"
    name = "dead"
    modalities = _JOINTS
    parameters = (Parameter("share", "of the joints", (0.2, 0.4, 0.6, 0.8, 1.0), "dead ones, at least one", high=1.0),)

    def corrupt(self, data: States, values: Values) -> States:
        """Return the states with the dead joints at 0."""
        faulty = data.copy()
        faulty[self.hit(values["share"])] = 0.0
        return faulty


@register
class Dropout(DataKind):
    """Samples that read 0 on every joint, as from a driver whose bus transfer failed; each with a probability.

    Samples that do not come at all are ``frame_drop``.
    """

    family = "joints"
    name = "dropout"
    modalities = _JOINTS
    parameters = (Parameter.probability("share of zero samples"),)

    def corrupt(self, data: States, values: Values) -> States:
        """Return zeros, or the same sample."""
        return np.zeros_like(data) if self.chance(self.stamp) < values["probability"] else data


@register
class Quantisation(DataKind):
    """Coarse encoders: positions in steps, and velocities in steps of a count from one sample to the next.

    Encoders of 512, 256, 128, 64 and 16 counts a turn. A velocity that is counted over one period of the sensor knows
    nothing finer than a count a period (Petrella et al. 2007, IEEE ICIT).

    Levels: our own choice of such encoders.
    """

    family = "joints"
    name = "quantisation"
    modalities = _JOINTS
    parameters = (
        Parameter("step", "rad or m", (0.012272, 0.024544, 0.049087, 0.098175, 0.392699), "a count", high=100.0),
    )

    def corrupt(self, data: States, values: Values) -> States:
        """Return the states in steps."""
        step = values["step"]
        period = 1.0 / self.stream.rate if self.stream.rate > 0.0 else 0.001
        grain = np.array([step, step / period])
        return np.asarray(np.floor(data / grain + 1e-9) * grain)


@register
class Swapped(_SomeJoints):
    """Joints that are told under one another's names, as after plugging encoders into wrong sockets.

    The joints that are hit hand their states round in a circle; at least two.

    Levels: our own, from two of six joints to all.
    """

    LEAST = 2

    family = "joints"
    name = "swapped"
    modalities = _JOINTS
    parameters = (Parameter("share", "of the joints", (0.34, 0.5, 0.67, 0.84, 1.0), "in a wrong place", high=1.0),)

    def corrupt(self, data: States, values: Values) -> States:
        """Return the states with joints exchanged."""
        joints = self.hit(values["share"])
        faulty = data.copy()
        faulty[joints] = data[np.roll(joints, 1)]
        return faulty


@register
class Reversed(_SomeJoints):
    """Joints that count backwards, as with the two phases of an encoder exchanged."""

    family = "joints"
    name = "reversed"
    modalities = _JOINTS
    parameters = (
        Parameter("share", "of the joints", (0.2, 0.4, 0.6, 0.8, 1.0), "reversed ones, at least one", high=1.0),
    )

    def corrupt(self, data: States, values: Values) -> States:
        """Return the states with the reversed joints negated."""
        faulty = data.copy()
        joints = self.hit(values["share"])
        faulty[joints] = -faulty[joints]
        return faulty


@register
class Scale(DataKind):
    """Positions and velocities are too large by one factor: a wrong gear ratio, or a wrong number of counts a turn.

    Levels: our own, up to twice the true value.
    """

    family = "joints"
    name = "scale"
    modalities = _JOINTS
    parameters = (Parameter("error", "1", (0.02, 0.05, 0.1, 0.25, 1.0), "beyond the true value", high=1000.0),)

    def corrupt(self, data: States, values: Values) -> States:
        """Return the states scaled."""
        return np.asarray(data * (1.0 + values["error"]))


@register
class VelocityScale(DataKind):
    """Velocities are too small by one factor, as with a wrong sampling period in the driver; positions are right.

    Levels: our own.
    """

    family = "joints"
    name = "velocity_scale"
    modalities = _JOINTS
    parameters = (Parameter("loss", "1", (0.1, 0.2, 0.4, 0.6, 0.9), "share of the velocity that is lost", high=1.0),)

    def corrupt(self, data: States, values: Values) -> States:
        """Return the states with scaled velocities."""
        faulty = data.copy()
        faulty[:, _VELOCITY] *= 1.0 - values["loss"]
        return faulty


@register
class LostCounts(DataKind):
    """Counts are lost: positions fall behind with every turn, for as long as the fault lasts, and velocities are low.

    As of an encoder whose disk is dirty (level 1) or whose light is failing (level 5).

    Levels: our own.
    """

    family = "joints"
    name = "lost_counts"
    modalities = _JOINTS
    parameters = (Parameter("loss", "1", (0.02, 0.05, 0.1, 0.25, 0.5), "share of the counts", high=1.0),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._true: States | None = None
        self._told: States = np.zeros(stream.shape[0])

    def watch(self, reading: Reading) -> None:
        """Take the positions from which counts are lost."""
        self._true = reading.data[:, _POSITION]
        self._told = self._true

    def corrupt(self, data: States, values: Values) -> States:
        """Return the states as they were counted."""
        true = data[:, _POSITION]
        before = np.zeros_like(true) if self._true is None else self._true
        kept = 1.0 - values["loss"]
        self._told, self._true = self._told + kept * (true - before), true
        return np.stack((self._told, kept * data[:, _VELOCITY]), axis=1)


@register
class Backlash(DataKind):
    """Play between joint and encoder: the position follows only when the play is used up, after each turn back.

    The play operator (Krasnosel'skii and Pokrovskii 1989, Systems with Hysteresis); from 1 to 30 degrees.

    Levels: our own.
    """

    family = "joints"
    name = "backlash"
    modalities = _JOINTS
    parameters = (
        Parameter("play", "rad or m", (0.0175, 0.0524, 0.1047, 0.2618, 0.5236), "width of the play", high=math.tau),
    )

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._told: States | None = None

    def watch(self, reading: Reading) -> None:
        """Take the position in the middle of the play."""
        self._told = reading.data[:, _POSITION]

    def corrupt(self, data: States, values: Values) -> States:
        """Return the states with positions that lag behind."""
        true, half = data[:, _POSITION], values["play"] / 2.0
        told = true if self._told is None else np.clip(self._told, true - half, true + half)
        self._told = told
        return np.stack((told, data[:, _VELOCITY]), axis=1)


@register
class Drift(DataKind):
    """Positions wander off evenly from when the fault begins, in a direction drawn once a trial for each joint.

    As of an encoder whose coupling creeps on its shaft.

    Levels: our own, from a degree in nine seconds to six degrees a second.
    """

    family = "joints"
    name = "drift"
    modalities = _JOINTS
    parameters = (
        Parameter("rate", "rad/s or m/s", (0.002, 0.005, 0.015, 0.04, 0.1), "growth of the offset", high=100.0),
    )

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._signs = np.where(rng.random(stream.shape[0]) < 0.5, -1.0, 1.0)
        self._since: float | None = None

    def corrupt(self, data: States, values: Values) -> States:
        """Return the states with the offset of this moment."""
        if self._since is None:
            self._since = self.stamp
        faulty = data.copy()
        faulty[:, _POSITION] += self._signs * values["rate"] * (self.stamp - self._since)
        return faulty
