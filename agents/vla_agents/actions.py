"""From speeds to an action of whichever space the environment has."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete
from numpy.typing import NDArray

from vla_agents.steering import STOP, Speeds
from vla_sim.agent import Action
from vla_sim.envs.vocabulary import CRUISE, TURN, WORDS, Word
from vla_sim.errors import InputError

MOTION: dict[Word, Speeds] = {
    "move_forward": (CRUISE, 0.0),
    "move_backward": (-CRUISE, 0.0),
    "turn_left": (0.0, TURN),
    "turn_right": (0.0, -TURN),
}
"""Speeds of the words that move the robot by a fixed amount."""
_MOST_OWED = 1.5


class DeltaSigma:
    """What is owed of driving and turning, in words: speeds that were asked for, less what words have done of it."""

    def __init__(self, owed: Speeds = (0.0, 0.0)):
        self.owed = list(owed)

    def ask(self, speeds: Speeds) -> None:
        """Add the speeds of one step; standing still clears the account."""
        if speeds == STOP:
            self.owed = [0.0, 0.0]
            return
        for part, (speed, full) in enumerate(zip(speeds, (CRUISE, TURN), strict=True)):
            self.owed[part] = max(-_MOST_OWED, min(_MOST_OWED, self.owed[part] + speed / full))

    def due(self) -> Word:
        """Return the word that pays most of it."""
        part = 0 if abs(self.owed[0]) > abs(self.owed[1]) else 1
        if abs(self.owed[part]) < 0.5:
            return "stop"
        positive = self.owed[part] > 0
        if part == 0:
            return "move_forward" if positive else "move_backward"
        return "turn_left" if positive else "turn_right"

    def pay(self, word: Word) -> None:
        """Take off what a word does in one step."""
        speed, rate = MOTION.get(word, STOP)
        self.owed[0] -= speed / CRUISE
        self.owed[1] -= rate / TURN


class Encoder:
    """Turns speeds into actions: clipped to a continuous space, or as a train of discrete primitives.

    In the discrete space each step drives or turns at a fixed rate; what is owed of either is carried over to the next
    steps, so that the mean follows the speeds (delta-sigma modulation). ``owed`` is what it begins with.
    """

    def __init__(self, space: Any, owed: Speeds = (0.0, 0.0)):
        if not isinstance(space, Box | Discrete):
            raise InputError(f"these agents act in a Box or a Discrete space, not in {type(space).__name__}")
        self._space = space
        self._account = DeltaSigma(owed)

    @property
    def discrete(self) -> bool:
        """Whether actions are primitives."""
        return isinstance(self._space, Discrete)

    def encode(self, speeds: Speeds) -> Action:
        """Return the action of this step."""
        if isinstance(self._space, Box):
            clipped: NDArray[np.float32] = np.clip(speeds, self._space.low, self._space.high).astype(np.float32)
            return clipped
        self._account.ask(speeds)
        word = self._account.due()
        self._account.pay(word)
        return WORDS.index(word)
