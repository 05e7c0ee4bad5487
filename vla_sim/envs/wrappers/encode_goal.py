"""The goal's words as numbers."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

Observation = dict[str, Any]


class EncodeGoal(gymnasium.ObservationWrapper[Observation, Any, Observation], gymnasium.utils.RecordConstructorArgs):
    """Replaces the goal's text by its UTF-8 bytes, zero-padded to ``length``; longer text is cut.

    For learners that take arrays only. Every character has its bytes: nothing is lost but what is cut.

    >>> import gymnasium, vla_sim
    >>> from vla_sim.envs.wrappers import EncodeGoal
    >>> env = EncodeGoal(gymnasium.make("VlaSim/Arena-v0", sensors=["lidar"]), length=64)
    >>> observation, info = env.reset(seed=1)
    >>> EncodeGoal.decode(observation["goal"]) == info["words"], observation["goal"].shape
    (True, (64,))
    >>> env.close()
    """

    def __init__(self, env: gymnasium.Env[Observation, Any], length: int = 128):
        gymnasium.utils.RecordConstructorArgs.__init__(self, length=length)
        super().__init__(env)
        assert isinstance(env.observation_space, spaces.Dict)
        self._length = length
        self.observation_space = spaces.Dict(
            {**env.observation_space.spaces, "goal": spaces.Box(0, 255, (length,), np.uint8)}
        )

    def observation(self, observation: Observation) -> Observation:
        """Return the observation with the goal in bytes."""
        goal = np.zeros(self._length, dtype=np.uint8)
        text = observation["goal"].encode()[: self._length]
        goal[: len(text)] = np.frombuffer(text, dtype=np.uint8)
        return {**observation, "goal": goal}

    @staticmethod
    def decode(goal: np.typing.NDArray[np.uint8]) -> str:
        """Return the text of an encoded goal; a character that was cut in the middle is left out."""
        return goal.tobytes().rstrip(b"\0").decode(errors="ignore")
