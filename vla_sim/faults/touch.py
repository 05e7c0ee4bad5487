"""Faults of the pads that feel: whether they are touched, and how hard they are pressed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.kind import DataKind, Parameter, Values, register
from vla_sim.sensing.reading import Modality

Touch = NDArray[Any]

_FORCE: frozenset[Modality] = frozenset({"force"})


@register
class Dead(DataKind):
    """A dead sensor: it feels nothing, with a probability for each reading; on the group ``touch`` all at once."""

    family = "touch"
    name = "dead"
    modalities = frozenset[Modality]({"contact", "force"})
    parameters = (Parameter.probability("share of such readings"),)

    def corrupt(self, data: Touch, values: Values) -> Touch:
        """Return no touch, or the same reading."""
        lost = self.chance(self.stamp) < values["probability"]
        return np.zeros_like(data) if lost and data else data


@register
class Saturation(DataKind):
    """Pads that tell no force above a low limit.

    Levels: our own, from half the force of a gripper to a touch of the finger.
    """

    family = "touch"
    name = "saturation"
    modalities = _FORCE
    parameters = (Parameter("force", "N", (20.0, 10.0, 5.0, 2.0, 0.5), "greatest force", clean=1000.0, high=10000.0),)

    def corrupt(self, data: Touch, values: Values) -> Touch:
        """Return the force within the limit."""
        return np.minimum(data, values["force"])


@register
class Noise(DataKind):
    """Gaussian noise on the force, which never falls below 0.

    Levels: our own, up to what a gripper presses with.
    """

    family = "touch"
    name = "noise"
    modalities = _FORCE
    parameters = (Parameter("force", "N", (0.5, 1.5, 4.0, 10.0, 25.0), "standard deviation", high=1000.0),)

    def corrupt(self, data: Touch, values: Values) -> Touch:
        """Return the force with noise."""
        return np.maximum(data + values["force"] * self.rng.standard_normal(), 0.0)
