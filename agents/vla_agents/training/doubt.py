"""Whether the agent's total certainty falls when something fails: trials with faults, step by step."""

from __future__ import annotations

import numpy as np

from vla_agents.fusion.agent import FusionAgent
from vla_agents.training.rollouts import SHARES, failing_sensors
from vla_agents.training.trouble import draw_trouble
from vla_agents.training.vigilance import auroc
from vla_sim import seeding
from vla_sim.envs.env import VlaSimEnv


def doubt_scores(agent: FusionAgent, worlds: tuple[str, ...], frames: int, seed: int) -> dict[str, float | int]:
    """Return how probably a step in which some sensor fails is less certain than one in which none does (AUROC).

    ``frames`` steps of each world at least, the agent at the wheel, in trials in half of which something fails.
    """
    tasks = list(SHARES["arena"])
    certain: list[float] = []
    failing: list[bool] = []
    for world in worlds:
        rng, env = seeding.generator(seed, "doubt", world), VlaSimEnv(world)
        until = len(certain) + frames
        while len(certain) < until:
            task = tasks[int(rng.integers(len(tasks)))]
            options = {"task": task, "faults": draw_trouble(rng)}
            observation, _ = env.reset(seed=int(rng.integers(2**31)), options=options)
            agent.reset(seed)
            over = False
            while not over:
                action = agent.act(observation)
                certainty = agent.certainty()
                assert certainty is not None
                certain.append(certainty.total)
                failing.append(any(failing_sensors(env)))
                observation, _, terminated, truncated, _ = env.step(action)
                over = terminated or truncated
        env.close()
    truth, sure = np.array(failing), np.array(certain)
    return {
        "auroc": round(auroc(-sure, truth), 4),
        "mean_where_nothing_fails": round(float(sure[~truth].mean()), 4),
        "mean_where_something_fails": round(float(sure[truth].mean()), 4),
        "steps": len(certain),
    }
