"""The expert in the kitchen: it drives, picks, drives and puts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from vla_agents.expert import Expert

from vla_sim.envs.env import VlaSimEnv

TRIALS = 10


@pytest.fixture(scope="module")
def env() -> Iterator[VlaSimEnv]:
    made = VlaSimEnv("kitchen", "fetch_from_room", sensors=[])
    yield made
    made.close()


def begin(env: VlaSimEnv, seed: int) -> Expert:
    env.reset(seed=seed)
    expert = Expert()
    expert.attach(env)
    expert.reset(seed)
    return expert


def test_it_drives_with_its_arm_drawn_in(env: VlaSimEnv) -> None:
    """Within the circle that the site's map reckons with, and the tool higher than any thing on a table."""
    expert = begin(env, 0)
    while abs(env.truth.models["robot"].linear[0]) < 0.2:
        env.step(expert.act({}))
    assert env.time < 5.0
    pose, tool = env.truth.models["robot"].pose, env.site.tool(env.truth)
    assert tool is not None
    x, y, z = pose.inverse().transform(tool)
    assert np.hypot(x, y) < 0.4
    assert z > max(one.height + 0.17 for one in env.site.surfaces.values()) + 0.1


@pytest.mark.slow
def test_expert_fetches(env: VlaSimEnv) -> None:
    won = 0
    for trial in range(TRIALS):
        expert, over = begin(env, 5000 + trial), False
        while not over:
            _, _, terminated, truncated, info = env.step(expert.act({}))
            over = terminated or truncated
        won += info["success"]
    assert won >= TRIALS - 1
