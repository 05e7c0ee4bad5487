"""What follows ``--ros-args`` on a command line, for ROS 2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vla_sim.errors import InputError

ROS_ARGUMENTS: dict[str, Any] = {"allow_extra_args": True, "ignore_unknown_options": True}
"""``context_settings`` of a command that ROS 2's arguments may follow."""


def ros_arguments(rest: Sequence[str]) -> list[str]:
    """Return the arguments for ROS 2 out of what a command did not know.

    Raises:
        InputError: something else is among them.
    """
    if rest and rest[0] != "--ros-args":
        raise InputError(f"no such option or argument: {rest[0]}; those of ROS 2 come last, after --ros-args")
    return list(rest)
