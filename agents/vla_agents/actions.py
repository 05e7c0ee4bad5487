"""From speeds to an action of whichever space the environment has."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete
from numpy.typing import NDArray

from vla_agents.steering import Speeds
from vla_sim.agent import Action
from vla_sim.envs.vocabulary import CRUISE, TURN, WORDS
from vla_sim.errors import InputError


class Encoder:
    """Turns speeds into actions: clipped to a continuous space, or as a train of discrete primitives.

    In the discrete space each step drives or turns at a fixed rate; what is owed of either is carried over to the next
    steps, so that the mean follows the speeds (delta-sigma modulation).
    """

    def __init__(self, space: Any):
        if not isinstance(space, Box | Discrete):
            raise InputError(f"these agents act in a Box or a Discrete space, not in {type(space).__name__}")
        self._space = space
        self._owed = [0.0, 0.0]

    @property
    def discrete(self) -> bool:
        """Whether actions are primitives."""
        return isinstance(self._space, Discrete)

    def encode(self, speeds: Speeds) -> Action:
        """Return the action of this step."""
        if isinstance(self._space, Box):
            clipped: NDArray[np.float32] = np.clip(speeds, self._space.low, self._space.high).astype(np.float32)
            return clipped
        return WORDS.index(self._primitive(speeds))

    def _primitive(self, speeds: Speeds) -> str:
        if speeds == (0.0, 0.0):
            self._owed = [0.0, 0.0]
            return "stop"
        for part, (speed, full) in enumerate(zip(speeds, (CRUISE, TURN), strict=True)):
            self._owed[part] = max(-1.5, min(1.5, self._owed[part] + speed / full))
        part = 0 if abs(self._owed[0]) > abs(self._owed[1]) else 1
        if abs(self._owed[part]) < 0.5:
            return "stop"
        positive = self._owed[part] > 0
        self._owed[part] -= 1.0 if positive else -1.0
        if part == 0:
            return "move_forward" if positive else "move_backward"
        return "turn_left" if positive else "turn_right"
