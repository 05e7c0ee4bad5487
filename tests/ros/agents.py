"""Agents that are quick and say what they saw, for tests of the node around them."""

from __future__ import annotations

import threading

import numpy as np

from vla_sim.explanation import Certainty, Explanation, PlannedStep, SeenObject


class Steady:
    """Always asks for the same speeds."""

    speeds = (0.3, 0.2)

    def __init__(self):
        self.seeds, self.observations, self.helds = [], [], 0

    def reset(self, seed):
        self.seeds.append(seed)
        self.observations.clear()

    def act(self, observation):
        self.observations.append(observation)
        return np.array(self.speeds, np.float32)

    def held(self):
        self.helds += 1


class Reaching(Steady):
    """Tells each joint of an arm to go a little further than it is, and the gripper to be half open."""

    def act(self, observation):
        super().act(observation)
        positions = np.asarray(observation["joints"]).reshape(-1, 8, 2)[-1, :6, 0]
        return np.array([*(positions + 0.05), 0.05], np.float32)


class Doubting(Steady):
    """As sure as it is told to be."""

    sure = 0.5

    def certainty(self):
        return Certainty(self.sure, {"words": self.sure}, {"camera": 0.9})


class Explaining(Doubting):
    sure = 0.9

    def explain(self):
        attention = np.zeros((96, 96), np.float32)
        attention[40:50, 60:70] = 1.0
        steps = tuple(PlannedStep("move_forward", 0, 0.9 - 0.05 * place, "go") for place in range(8))
        return Explanation(steps, attention, (SeenObject("the red cube", (60.0, 40.0, 70.0, 50.0), 0.8),))


class Hanging(Steady):
    """Does not answer while it is told not to."""

    free = threading.Event()
    free.set()
    asked = 0

    def act(self, observation):
        self.asked += 1
        self.free.wait(60.0)
        return super().act(observation)


class Raising(Steady):
    """Fails where the words ask for it."""

    def act(self, observation):
        if "fail" in observation["goal"]:
            raise RuntimeError("no idea\nwhat to do")
        return super().act(observation) * (np.nan if "nothing" in observation["goal"] else 1.0)


class Turning(Steady):
    """Takes words of the discrete vocabulary."""

    action_type = "discrete"

    def act(self, observation):
        super().act(observation)
        return 2


class Forgetful(Steady):
    """Keeps nothing of what it sees."""

    def act(self, observation):
        return np.array(self.speeds, np.float32)
