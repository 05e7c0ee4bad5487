from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from vla_agents.fusion.agent import FusionAgent
from vla_agents.fusion.checkpoint import SHIPPED
from vla_agents.training.ppo.privileged import NAMES
from vla_agents.training.ppo.senses import STRETCH, FusionSenses, Perception, as_inputs

from vla_sim.envs.env import VlaSimEnv

STEPS = 25


@pytest.fixture(scope="module")
def env():
    env = FusionSenses(VlaSimEnv("arena", "go_to_object"), Perception(SHIPPED))
    yield env
    env.close()


def decide(agent, seen):
    """What the agent's own policy says to an observation, as an action."""
    batch = {name: torch.from_numpy(value)[None] for name, value in seen.items()}
    with torch.inference_mode():
        decision = agent.networks.policy(as_inputs(batch))
    return torch.cat([decision.speeds[0, 0], decision.log_variance[0, 0, :1]]).numpy()


def test_it_drives_as_the_agent_does(env) -> None:
    agent, told = FusionAgent(), []
    seen, _ = env.reset(seed=4)
    for _ in range(STEPS):
        assert env.observation_space.contains(seen)
        seen, *_ = env.step(decide(agent, seen))
        told.append((env.unwrapped.command.linear, env.unwrapped.command.angular))
    with VlaSimEnv("arena", "go_to_object") as plain:
        observation, _ = plain.reset(seed=4)
        for speeds in told:
            observation, *_ = plain.step(agent.act(observation))
            # Apart by what the agent takes for standing still.
            assert np.allclose((plain.command.linear, plain.command.angular), speeds, atol=0.051)


def test_a_replay_is_the_same_episode(env) -> None:
    rng = np.random.default_rng(3)
    actions = rng.uniform([-0.3, -0.5, -4.0], [0.8, 0.5, -2.0], (STEPS, 3)).astype(np.float32)
    options = {"task": "turn_by_angle", "faults": ["imu:bias@L3", "command:latency@L3"]}
    env.reset(seed=9, options=options)
    lived = [env.step(action) for action in actions]
    seen, _ = env.reset(seed=9, options=options | {"replay": actions[:-1]})
    assert all(np.array_equal(seen[name], lived[-2][0][name]) for name in seen)
    again = env.step(actions[-1])
    assert all(np.array_equal(again[0][name], lived[-1][0][name]) for name in seen)
    assert again[1:4] == lived[-1][1:4]


def test_it_says_when_something_has_failed(env) -> None:
    env.reset(seed=2, options={"faults": [{"target": "command", "kind": "gain_loss", "level": 3, "onset": 0.5}]})
    drive = np.array([0.5, 0.0, -4.0], np.float32)
    steps = [env.step(drive)[0] for _ in range(8)]
    fails = NAMES.index("drive_fails")
    assert steps[1]["calm"] == 1.0
    assert steps[1]["truth"][fails] == 0.0
    assert steps[-1]["calm"] == 0.0
    assert steps[-1]["truth"][fails] == 1.0


def test_the_truth_tells_of_the_goal_and_of_sensors_that_fail(env) -> None:
    env.reset(seed=2)
    told = dict(zip(NAMES, env.step(np.zeros(3, np.float32))[0]["truth"], strict=True))
    assert told["goes"] == 1.0
    assert np.hypot(told["goal_x"], told["goal_y"]) > 0.3
    assert abs(told["astray_x"]) < 0.05
    assert not told["odometry_fails"]
    env.reset(seed=2, options={"task": "hold_heading", "faults": ["odom:freeze", "lidar:blackout"]})
    for _ in range(12):
        seen, *_ = env.step(np.array([0.6, 0.0, -4.0], np.float32))
    told = dict(zip(NAMES, seen["truth"], strict=True))
    assert told["odometry_fails"] == told["lidar_fails"] == 1.0
    assert told["speed"] > 0.1


def test_what_is_tried_is_held_and_then_left(env) -> None:
    def lived(seed, *faults):
        first, _ = env.reset(seed=seed, options={"faults": faults})
        steps = [env.step(np.zeros(3, np.float32))[0] for _ in range(150)]
        return [(float(each["explores"][0]), *each["noise"].tolist()) for each in (first, *steps)]

    tried = lived(6, "imu:bias@L3")
    stretches = [(what, len(list(steps))) for what, steps in itertools.groupby(tried)]
    whole = round(STRETCH / 0.1)
    assert all(length % whole in (whole - 1, 0, 1) for _, length in stretches[1:-1])
    assert {what[0] for what, _ in stretches} == {0.0, 1.0}
    assert all((what[1:] == (0.0, 0.0)) == (what[0] == 0.0) for what, _ in stretches)
    assert lived(6, "imu:bias@L3") == tried != lived(7, "imu:bias@L3")
    assert set(lived(6)) == {(0.0, 0.0, 0.0)}
