"""The discrete actions: ten words, and the motion that each stands for during one control step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.engine import Command
from vla_sim.envs.body import Gripper
from vla_sim.sensing.reading import Stream

Word = Literal[
    "move_forward",
    "move_backward",
    "turn_left",
    "turn_right",
    "grasp_object",
    "release_object",
    "navigate_to",
    "detect_object",
    "speak",
    "stop",
]
WORDS: tuple[Word, ...] = get_args(Word)
"""The vocabulary; an action is an index into it."""

CRUISE = 0.5
"""Speed of the motion words [m/s], where the robot's limits allow it."""
TURN = 1.0
"""Yaw rate of the motion words [rad/s], where the robot's limits allow it."""


@dataclass(frozen=True, slots=True)
class Primitive:
    """What a word made the robot do. ``supported`` is False where the robot has nothing to do it with."""

    word: Word
    supported: bool
    done: str

    def as_dict(self) -> dict[str, Any]:
        """Return the primitive as it stands in ``info``."""
        return {"word": self.word, "supported": self.supported, "done": self.done}


class Vocabulary:
    """Turns words into commands for one robot, from what the robot itself perceives.

    ``move_*`` and ``turn_*`` drive for one control step. ``navigate_to`` drives one step towards the open space
    ahead, around what the LiDAR sees; where to is the agent's business, which turns the robot first. ``stop``,
    ``detect_object`` and ``speak`` stand still for a step. ``grasp_object`` closes a gripper with all its force, and
    ``release_object`` opens it, while the robot stands; it goes on closing or opening in the steps after.

    What the robot has nothing for (no drive, LiDAR, camera or gripper) stands still.
    """

    def __init__(
        self,
        limits: tuple[float, float, float, float] | None,
        streams: Mapping[str, Stream],
        gripper: Gripper | None = None,
    ):
        self._drives = limits is not None
        self._gripper = gripper
        backward, forward, right, left = limits or (0.0, 0.0, 0.0, 0.0)
        self._forward, self._backward = min(CRUISE, forward), max(-CRUISE, backward)
        self._left, self._right = min(TURN, left), max(-TURN, right)
        self._lidar = next((stream for stream in streams.values() if stream.modality == "lidar"), None)
        self._sees = any(stream.modality == "rgb" for stream in streams.values())

    def execute(self, index: int, observation: Mapping[str, Any]) -> tuple[Command, Primitive]:
        """Return the command of a word and what it does, given what was observed last."""
        word = WORDS[index]
        match word:
            case "move_forward" | "move_backward" | "turn_left" | "turn_right" if not self._drives:
                return Command(), Primitive(word, False, "stood still: no drive")
            case "move_forward":
                return Command(self._forward, 0.0), Primitive(word, True, "drove forward")
            case "move_backward":
                return Command(self._backward, 0.0), Primitive(word, True, "drove backward")
            case "turn_left":
                return Command(0.0, self._left), Primitive(word, True, "turned left")
            case "turn_right":
                return Command(0.0, self._right), Primitive(word, True, "turned right")
            case "navigate_to" if self._lidar is not None and self._drives:
                return self._through_the_gap(observation[self._lidar.name]), Primitive(
                    word, True, "drove through a gap"
                )
            case "navigate_to":
                lacks = "no LiDAR" if self._drives else "no drive"
                return Command(), Primitive(word, False, f"stood still: {lacks}")
            case "grasp_object" if self._gripper is not None:
                return Command(joints=self._gripper.goals(0.0)), Primitive(word, True, "closed the gripper")
            case "release_object" if self._gripper is not None:
                opened = self._gripper.goals(self._gripper.width)
                return Command(joints=opened), Primitive(word, True, "opened the gripper")
            case "grasp_object" | "release_object":
                return Command(), Primitive(word, False, "stood still: no gripper")
            case "detect_object":
                return Command(), Primitive(word, self._sees, "stood still" if self._sees else "stood still: no camera")
            case "speak" | "stop":
                return Command(), Primitive(word, True, "stood still")

    def _through_the_gap(self, scan: NDArray[np.float32]) -> Command:
        assert self._lidar is not None
        assert self._lidar.lidar is not None
        return follow_gap(
            scan, self._lidar.lidar.horizontal_min, self._lidar.lidar.horizontal_max, self._forward, self._left
        )


def follow_gap(scan: NDArray[np.float32], first: float, last: float, speed: float, turn: float) -> Command:
    """Return a command that drives towards the open space nearest to straight ahead.

    After the follow-the-gap method (Sezer and Gokasan, Robotics and Autonomous Systems 2012): of the directions in
    the front half, take the one with the best trade of free distance against turning, where a direction is as free as
    the nearest thing within 20 degrees of it. ``scan`` [m] holds a range for each angle from ``first`` to ``last``
    [rad]; 0 is a lost ray, which counts as blocked.
    """
    ranges = scan if scan.ndim == 1 else scan.min(axis=0)
    angles = np.linspace(first, last, len(ranges))
    window = max(1, round(np.radians(20) / max((last - first) / max(len(ranges) - 1, 1), 1e-6)))
    padded = np.pad(np.minimum(ranges, 3.0), window, mode="wrap")
    free = np.lib.stride_tricks.sliding_window_view(padded, 2 * window + 1).min(axis=1)
    front = np.abs(angles) <= np.pi / 2
    worth = np.where(front, free - 0.5 * np.abs(angles), -np.inf)
    best = int(np.argmax(worth))
    if free[best] < 0.4:
        return Command(0.0, turn)
    heading = float(angles[best])
    ahead = float(free[int(np.argmin(np.abs(angles)))])
    return Command(
        speed * float(np.clip((ahead - 0.35) / 0.8, 0.0, 1.0)) * max(0.0, float(np.cos(heading))),
        float(np.clip(2.0 * heading, -turn, turn)),
    )
