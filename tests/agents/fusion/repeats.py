"""What an agent does at the beginning of a trial, byte by byte."""

from __future__ import annotations

import numpy as np

from vla_sim.agent import Agent
from vla_sim.envs.env import VlaSimEnv


def actions(agent: Agent, env: VlaSimEnv, task: str, seed: int = 3, steps: int = 40) -> list[bytes]:
    observation, _ = env.reset(seed=seed, options={"task": task})
    agent.reset(seed)
    taken = []
    for _ in range(steps):
        action = np.asarray(agent.act(observation))
        taken.append(action.tobytes())
        observation, *_ = env.step(action)
    return taken
