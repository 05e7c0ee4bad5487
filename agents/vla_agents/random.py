"""The agent that drives about at random: what luck alone gets."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.spaces import Box

from vla_sim.agent import Action
from vla_sim.envs.vocabulary import WORDS
from vla_sim.seeding import generator

if TYPE_CHECKING:
    from vla_sim.envs.env import VlaSimEnv

MEMORY = 0.9
"""Share of a step's action that the next one keeps, so that the robot comes about instead of trembling."""


class Random:
    """Draws smooth random numbers within the limits of the space, or random primitives that last a second.

    The numbers are an autoregressive process with the standard deviation of 0.6 of the limits.
    """

    def attach(self, env: VlaSimEnv) -> None:
        """Take the environment, for its action space."""
        self._space = env.action_space

    def reset(self, seed: int) -> None:
        """Forget the last trial; what follows comes from the seed."""
        self._rng = generator(seed, "random")
        self._state = np.zeros(self._space.shape or 0)
        self._primitive, self._steps_left = 0, 0

    def act(self, observation: Mapping[str, Any]) -> Action:
        """Return the action for one control step."""
        space = self._space
        if isinstance(space, Box):
            fresh = self._rng.normal(size=space.shape) * math.sqrt(1.0 - MEMORY**2)
            self._state = MEMORY * self._state + fresh
            middle, half = (space.high + space.low) / 2, (space.high - space.low) / 2
            return np.clip(middle + half * 0.6 * self._state, space.low, space.high).astype(np.float32)
        if self._steps_left == 0:
            self._primitive, self._steps_left = int(self._rng.integers(len(WORDS))), 10
        self._steps_left -= 1
        return self._primitive
