"""Agents for tests of the loop."""

import numpy as np

from vla_sim.explanation import Certainty


class Steady:
    """Drives on, and remembers what it saw."""

    speeds = (0.3, -0.2)

    def __init__(self):
        self.seen, self.seeds = [], []

    def reset(self, seed):
        self.seeds.append(seed)

    def act(self, observation):
        self.seen.append(observation)
        return np.array(self.speeds, np.float32)


class Hasty(Steady):
    """Asks for more than any robot has."""

    speeds = (9.0, -9.0)


class Doubtful(Steady):
    """Is as sure as it is told to be."""

    sure = 0.5

    def certainty(self):
        return Certainty(self.sure, {"words": self.sure}, {})


class Wordy(Steady):
    """Acts in words."""

    action_type = "discrete"

    def act(self, observation):
        return 2
