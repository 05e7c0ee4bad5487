"""Faults between the agent's command and the drive; late and lost commands are those of ``timing`` and ``compute``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.kind import DataKind, Parameter, Values, register
from vla_sim.sensing.reading import Modality, Stream

Command = NDArray[Any]

COMMAND: frozenset[Modality] = frozenset({"command"})


@register
class GainLoss(DataKind):
    """The drive does less than it is told, as on a low battery.

    Levels: our own, from a drive that one would hardly notice to one that barely moves.
    """

    family = "actuator"
    name = "gain_loss"
    modalities = COMMAND
    parameters = (Parameter("loss", "1", (0.1, 0.25, 0.5, 0.75, 0.9), "share of the speed that is lost", high=1.0),)

    def corrupt(self, data: Command, values: Values) -> Command:
        """Return the weaker command."""
        return data * (1.0 - values["loss"])


@register
class Pull(DataKind):
    """The robot pulls to one side, drawn once a trial, as with a wheel that drags: forward speed turns it.

    Levels: our own, from circles of 10 m radius to circles of 0.5 m.
    """

    family = "actuator"
    name = "pull"
    modalities = COMMAND
    parameters = (Parameter("curvature", "1/m", (0.1, 0.25, 0.5, 1.0, 2.0), "yaw rate by forward speed", high=100.0),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._side = -1.0 if rng.random() < 0.5 else 1.0

    def corrupt(self, data: Command, values: Values) -> Command:
        """Return the command that the wheels follow."""
        return np.asarray(data + np.array([0.0, self._side * values["curvature"] * data[0]]))


@register
class DeadZone(DataKind):
    """Small commands do nothing, and larger ones lack as much, as with stiff gears.

    Levels: our own; the greatest is what a small robot drives at indoors.
    """

    family = "actuator"
    name = "dead_zone"
    modalities = COMMAND
    parameters = (
        Parameter("speed", "m/s", (0.05, 0.1, 0.2, 0.3, 0.4), "lost forward speed", high=100.0),
        Parameter("rate", "rad/s", (0.05, 0.15, 0.3, 0.5, 0.8), "lost yaw rate", high=100.0),
    )

    def corrupt(self, data: Command, values: Values) -> Command:
        """Return what is left of the command."""
        return np.asarray(np.sign(data) * np.maximum(np.abs(data) - [values["speed"], values["rate"]], 0.0))


@register
class Saturation(DataKind):
    """The drive goes no faster than a low limit, as in a limp-home mode.

    Levels: our own, from a slow walk to a crawl.
    """

    family = "actuator"
    name = "saturation"
    modalities = COMMAND
    parameters = (
        Parameter("speed", "m/s", (0.5, 0.4, 0.3, 0.2, 0.1), "greatest forward speed", clean=10.0, high=100.0),
        Parameter("rate", "rad/s", (0.8, 0.6, 0.45, 0.3, 0.15), "greatest yaw rate", clean=20.0, high=100.0),
    )

    def corrupt(self, data: Command, values: Values) -> Command:
        """Return the command within the limits."""
        limit = np.array([values["speed"], values["rate"]])
        return np.clip(data, -limit, limit)


@register
class Noise(DataKind):
    """The drive follows roughly: Gaussian noise on the speed and the yaw rate, anew for each command.

    Levels: our own, from a few centimetres a second to as much as a small robot drives at.
    """

    family = "actuator"
    name = "noise"
    modalities = COMMAND
    parameters = (
        Parameter("speed", "m/s", (0.03, 0.07, 0.15, 0.3, 0.6), "standard deviation", high=100.0),
        Parameter("rate", "rad/s", (0.1, 0.2, 0.4, 0.8, 1.6), "standard deviation", high=100.0),
    )

    def corrupt(self, data: Command, values: Values) -> Command:
        """Return the command with noise."""
        return data + np.array([values["speed"], values["rate"]]) * self.rng.standard_normal(2)


@register
class Reversed(DataKind):
    """Turns go the wrong way, as with the motors' cables swapped; below severity 1 for a share of the commands."""

    family = "actuator"
    name = "reversed"
    modalities = COMMAND
    parameters = (Parameter.probability("share of such commands"),)

    def corrupt(self, data: Command, values: Values) -> Command:
        """Return the command with the turn the other way, or the same one."""
        return data * np.array([1.0, -1.0]) if self.chance(self.stamp) < values["probability"] else data


@register
class Runaway(DataKind):
    """The drive adds a forward speed of its own, as of a throttle that sticks.

    Levels: our own, up to what a small robot drives at indoors.
    """

    family = "actuator"
    name = "runaway"
    modalities = COMMAND
    parameters = (Parameter("speed", "m/s", (0.05, 0.1, 0.2, 0.35, 0.5), "added forward speed", high=100.0),)

    def corrupt(self, data: Command, values: Values) -> Command:
        """Return the faster command."""
        return np.asarray(data + np.array([values["speed"], 0.0]))


@register
class Cutout(DataKind):
    """The motors cut out: a command is taken as zero, with a probability. After a lost one the last one holds."""

    family = "actuator"
    name = "cutout"
    modalities = COMMAND
    parameters = (Parameter.probability("share of such commands"),)

    def corrupt(self, data: Command, values: Values) -> Command:
        """Return a halt, or the same command."""
        return np.zeros_like(data) if self.chance(self.stamp) < values["probability"] else data
