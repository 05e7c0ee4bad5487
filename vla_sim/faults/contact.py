"""Faults of contact sensors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.kind import DataKind, Parameter, Values, register
from vla_sim.sensing.reading import Modality

Touch = NDArray[Any]

_CONTACT: frozenset[Modality] = frozenset({"contact"})
_SHARE = Parameter.probability("share of such readings")


@register
class StuckOn(DataKind):
    """The switch sticks: each reading says that something touches, with a probability."""

    family = "contact"
    name = "stuck_on"
    modalities = _CONTACT
    parameters = (_SHARE,)

    def corrupt(self, data: Touch, values: Values) -> Touch:
        """Return a touch, or the same reading."""
        return np.array(True) if self.chance(self.stamp) < values["probability"] and not data else data


@register
class Missed(DataKind):
    """The switch is dead: each touch goes unnoticed, with a probability."""

    family = "contact"
    name = "missed"
    modalities = _CONTACT
    parameters = (_SHARE,)

    def corrupt(self, data: Touch, values: Values) -> Touch:
        """Return no touch, or the same reading."""
        return np.array(False) if self.chance(self.stamp) < values["probability"] and data else data


@register
class Chatter(DataKind):
    """The switch bounces: each reading is turned round, with a probability.

    Levels: our own, up to chance.
    """

    family = "contact"
    name = "chatter"
    modalities = _CONTACT
    parameters = (Parameter("probability", "1", (0.02, 0.05, 0.1, 0.25, 0.5), "share of such readings", high=1.0),)

    def corrupt(self, data: Touch, values: Values) -> Touch:
        """Return the opposite, or the same reading."""
        return np.logical_not(data) if self.chance(self.stamp) < values["probability"] else data
