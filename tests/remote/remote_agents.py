"""Agents that are served in tests."""

import threading

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


class Shared:
    """Tells its seed, and how many there are of its kind: each waits until the others have been asked, too."""

    def __init__(self):
        self._everybody = threading.Barrier(3, timeout=10)

    def twins(self, most):
        def twin():
            made = Shared()
            made._everybody = self._everybody
            return made

        return twin

    def reset(self, seed):
        self._seed = seed

    def act(self, observation):
        self._everybody.wait()
        return np.array([self._seed, self._everybody.parties], np.float32)
