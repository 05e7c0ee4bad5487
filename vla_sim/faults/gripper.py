"""Faults between the agent's goals and the gripper's fingers: of joints whose greatest effort is commanded as well."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vla_sim.faults.kind import DataKind, Parameter, Values, register
from vla_sim.sensing.reading import Modality, Reading, Stream

Goals = NDArray[Any]

_GOALS: frozenset[Modality] = frozenset({"joint_command"})
_GOAL, _EFFORT = 0, 1


def _fingers(data: Goals) -> NDArray[np.bool_]:
    """Return which joints work by force: the others have no effort to command."""
    return ~np.isnan(data[:, _EFFORT])


@register
class WeakGrip(DataKind):
    """The fingers press with less than they are told, as with low air pressure or a worn motor.

    Levels: our own. Of 40 N are left 28, 20, 12, 6 and 2 N: at the last level a full cup slips when it is moved.
    """

    family = "gripper"
    name = "weak_grip"
    modalities = _GOALS
    parameters = (Parameter("loss", "1", (0.3, 0.5, 0.7, 0.85, 0.95), "share of the force that is lost", high=1.0),)

    def corrupt(self, data: Goals, values: Values) -> Goals:
        """Return the goals with less effort."""
        return np.asarray(data * [1.0, 1.0 - values["loss"]])


@register
class Slip(DataKind):
    """The gripper's drive slips, as a worn belt does: for the time of a command the fingers press with nothing.

    Levels: our own; at 10 Hz the lightest lets go every five seconds for a tenth of one.
    """

    family = "gripper"
    name = "slip"
    modalities = _GOALS
    parameters = (Parameter("probability", "1", (0.02, 0.05, 0.1, 0.25, 0.5), "share of such commands", high=1.0),)

    def corrupt(self, data: Goals, values: Values) -> Goals:
        """Return the goals without effort, or the same."""
        return data * [1.0, 0.0] if self.chance(self.stamp) < values["probability"] else data


@register
class Jammed(DataKind):
    """The fingers stay where they were told to be before the fault, for a share of the commands.

    Where no command came before it, the first one is what stays.
    """

    family = "gripper"
    name = "jammed"
    modalities = _GOALS
    parameters = (Parameter.probability("share of commands that the fingers do not follow"),)

    def __init__(self, stream: Stream, rng: np.random.Generator):
        super().__init__(stream, rng)
        self._last: Goals | None = None

    def watch(self, reading: Reading) -> None:
        """Keep the goals for when the fault begins."""
        self._last = reading.data

    def corrupt(self, data: Goals, values: Values) -> Goals:
        """Return the goals with the fingers' old ones, or the same."""
        follows = self.chance(self.stamp) >= values["probability"]
        if follows or self._last is None:
            self._last = data
            return data
        faulty = data.copy()
        fingers = _fingers(data)
        faulty[fingers] = self._last[fingers]
        return faulty
