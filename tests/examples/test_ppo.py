"""The example learns in the real environment, and what it learned drives."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from vla_sim.envs.env import VlaSimEnv

EXAMPLE = "ppo"


def test_advantages_are_sums_of_what_follows(example):
    rng = torch.Generator().manual_seed(1)
    rewards, values = torch.rand((6, 2), generator=rng), torch.rand((7, 2), generator=rng)
    ends = torch.zeros(6, 2)
    ends[3, 0] = 1.0
    # With a share of 1, an advantage is all that follows in the episode, less the value.
    found = example.advantages(rewards, values, ends, gamma=0.9, share=1.0)
    for env, stop, final in ((0, 4, 0.0), (1, 6, 0.9**6 * values[6, 1])):
        expected = sum(0.9**step * rewards[step, env] for step in range(stop)) + final - values[0, env]
        assert torch.isclose(found[0, env], expected)
    # With a share of 0, it is the surprise of one step.
    alone = example.advantages(rewards, values, ends, gamma=0.9, share=0.0)
    assert torch.allclose(alone, rewards + 0.9 * values[1:] * (1 - ends) - values[:-1])


def test_faults_grow_with_success(example):
    growing, rng = example.Growing(), np.random.default_rng(1)
    levels = []
    for success in (0.0, 0.5, 1.0):
        growing.success = success
        drawn = [growing(0, episode, rng).options["faults"] for episode in range(50)]
        assert 10 < sum(map(bool, drawn)) < 40
        levels.append({int(faults[0][-1]) for faults in drawn if faults})
    assert levels == [{1}, {3}, {5}]


@pytest.mark.slow
def test_it_learns_and_drives(example, tmp_path):
    command = [
        sys.executable,
        example.__file__,
        "--samples",
        "16384",
        "--seed",
        "1",
        "--out",
        str(tmp_path / "weights"),
    ]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    rewards = [float(line.split()[5]) for line in lines[:-1]]
    assert len(rewards) == 8
    # From random driving it gets on its way.
    assert np.mean(rewards[-3:]) > 1.3 * np.mean(rewards[:2])
    agent = example.Trained(lines[-1])
    with VlaSimEnv("arena", "hold_heading", sensors=example.SENSORS) as env:
        observation, _ = env.reset(seed=3)
        for _ in range(30):
            observation, _, terminated, truncated, _ = env.step(agent.act(observation))
            if terminated or truncated:
                break
        assert env.episode.metrics()["path_length"] > 0.3
