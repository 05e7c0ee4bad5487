"""Agents that are served in tests."""

import numpy as np


class Fragile:
    """Breaks when it is told to."""

    def reset(self, seed):
        pass

    def act(self, observation):
        if observation["goal"] == "break":
            raise RuntimeError("out of memory")
        return np.zeros(2, np.float32)


class Restless:
    """Draws its actions from the trial's seed."""

    def reset(self, seed):
        self._rng = np.random.default_rng(seed)

    def act(self, observation):
        return self._rng.uniform(-0.5, 0.5, 2).astype(np.float32)
