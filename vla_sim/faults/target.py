"""What a fault can be put on: streams by name, groups of them, the robot's commands and the words it hears."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

import numpy as np

from vla_sim.errors import InputError
from vla_sim.geometry import Pose
from vla_sim.sensing.reading import Modality, Stream

COMMAND = "command"
"""The stream of commands, from the agent to the drive."""
JOINTS = "joint_command"
"""The stream of goals, from the agent to the joints' controllers; of robots that have some."""
GOAL = "goal"
"""The stream of words, to the agent."""
CHANNELS: Mapping[str, Modality] = {COMMAND: "command", JOINTS: "joint_command", GOAL: "language"}
"""Streams that are no sensors but that faults can be put on."""

SENSORS: frozenset[Modality] = frozenset(get_args(Modality)) - frozenset(CHANNELS.values())

GROUPS: Mapping[str, frozenset[Modality]] = {
    "cameras": frozenset({"rgb"}),
    "depths": frozenset({"depth"}),
    "lidars": frozenset({"lidar"}),
    "imus": frozenset({"imu"}),
    "touch": frozenset({"contact", "force"}),
    "weather": frozenset({"rgb", "depth", "lidar"}),
    "everything": SENSORS,
}
"""Targets that stand for every sensor of some modalities: what hangs on one rail, or stands in one rain."""


def channels(control_period: float, joints: Sequence[str] = ()) -> dict[str, Stream]:
    """Return the streams of commands and words of a robot that is commanded once a control period [s].

    ``joints`` names those that can be given goals.
    """
    rate = 1.0 / control_period
    number = np.dtype(np.float64)
    made = {
        COMMAND: Stream(COMMAND, "command", rate, (2,), number, "", "", Pose()),
        GOAL: Stream(GOAL, "language", rate, (), np.dtype(np.str_), "", "", Pose()),
    }
    if joints:
        shape = len(joints), 2
        made[JOINTS] = Stream(JOINTS, "joint_command", rate, shape, number, "", "", Pose(), joints=tuple(joints))
    return made


def members(target: str, modalities: Mapping[str, Modality]) -> list[str]:
    """Return the streams that a target stands for: one by name, names with commas between, or those of a group.

    Raises:
        InputError: there is no such stream or group, or the group has no member.
    """
    found: list[str] = []
    for name in (part.strip() for part in target.split(",")):
        if name in modalities:
            found.append(name)
        elif name in GROUPS:
            group = sorted(stream for stream, modality in modalities.items() if modality in GROUPS[name])
            if not group:
                raise InputError(f"the group '{name}' is empty: this world has no {' or '.join(sorted(GROUPS[name]))}")
            found += group
        else:
            known = ", ".join(sorted(set(modalities) - set(CHANNELS)))
            raise InputError(f"no stream '{name}'; this world has {known}")
    return list(dict.fromkeys(found))


def is_group(target: str, modalities: Mapping[str, Modality]) -> bool:
    """Return whether a target stands for several streams that fail together, even where there is but one of them."""
    return target not in modalities
