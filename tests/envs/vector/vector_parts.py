"""Environments for the tests, importable by worker processes."""

import os
import signal

import gymnasium
import numpy as np
from gymnasium import spaces

from vla_sim.envs.env import VlaSimEnv
from vla_sim.envs.wrappers import EncodeGoal, FlattenSensors, StackSensor
from vla_sim.errors import InputError, SimulatorError
from vla_sim.sensing.goal_text import GoalText

SENSORS = ["camera", "lidar", "imu"]


def arena():
    return VlaSimEnv(task="turn_by_angle", sensors=SENSORS)


def wrapped_arena():
    return FlattenSensors(
        EncodeGoal(StackSensor(VlaSimEnv(task="turn_by_angle", sensors=["depth", "lidar"]), "lidar", 2))
    )


class Counter(gymnasium.Env):
    """Counts its steps; an episode takes ``length`` of them, and misfortunes can be ordered by action."""

    observation_space = spaces.Dict(
        {"count": spaces.Box(0, 1000, (2,), np.int32), "seed": spaces.Box(0, 2**62, (), np.int64), "goal": GoalText()}
    )
    action_space = spaces.Discrete(6)
    OK, RAISE, INPUT, DIE, HANG, END = range(6)

    def __init__(self, length=3):
        self.length = length

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.drawn = int(self.np_random.integers(1000)) if seed is None else seed
        self.count, self.options = 0, dict(options or {})
        if self.options.get("refuse"):
            raise InputError("refused", field="options")
        return self._observe(), {"seed": self.drawn, "options": self.options, "progress": 0.0}

    def step(self, action):
        self.count += 1
        if action == self.RAISE:
            raise SimulatorError("it diverged")
        if action == self.INPUT:
            raise ValueError("no such action")
        if action == self.DIE:
            os.kill(os.getpid(), signal.SIGKILL)
        if action == self.HANG:
            signal.pause()
        over = self.count >= self.length or action == self.END
        info = {"progress": self.count / self.length, "detail": {"count": self.count}}
        return self._observe(), float(self.count), over, False, info

    def _observe(self):
        return {
            "count": np.full(2, self.count, np.int32),
            "seed": np.array(self.drawn, np.int64),
            "goal": f"{self.options.get('words', 'count')} {self.count}",
        }

    def add(self, number):
        return self.count + number


class OtherSpace(Counter):
    action_space = spaces.Discrete(7)


def cannot_be_made():
    raise InputError("no world 'nowhere'", field="world")
