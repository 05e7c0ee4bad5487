from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from vla_agents.fusion.agent import FusionAgent
from vla_agents.fusion.checkpoint import Card, new_networks, save_checkpoint
from vla_agents.fusion.control.sequence import SequenceDecoder
from vla_agents.fusion.discrete import DiscreteFusionAgent

from vla_sim.agent import HeldAgent, load_agent
from vla_sim.envs.env import VlaSimEnv
from vla_sim.envs.vocabulary import WORDS
from vla_sim.explanation import CertainAgent, ExplainingAgent


@pytest.fixture(scope="module")
def agent() -> FusionAgent:
    loaded = load_agent("fusion")
    assert isinstance(loaded, FusionAgent)
    return loaded


@pytest.fixture(scope="module")
def env() -> VlaSimEnv:
    return VlaSimEnv("arena", "go_to_object")


def checkpoint(folder: Path, *, sequence: bool) -> Path:
    torch.manual_seed(0)
    card = Card(format=1, sequence=sequence)
    networks = new_networks(card, "attention")
    save_checkpoint(folder, card, networks, {"attention": networks.policy}, SequenceDecoder() if sequence else None)
    return folder


def seeing(agent: FusionAgent, env: VlaSimEnv, task: str, seed: int, steps: int = 30) -> dict[str, object]:
    observation, _ = env.reset(seed=seed, options={"task": task})
    agent.reset(0)
    for _ in range(steps):
        observation, *_ = env.step(agent.act(observation))
    agent.act(observation)
    return observation


def test_it_says_how_sure_it_is_and_of_what(agent: FusionAgent, env: VlaSimEnv) -> None:
    assert isinstance(agent, CertainAgent)
    agent.reset(0)
    assert agent.certainty() is None
    seeing(agent, env, "go_to_object", 1)
    certainty = agent.certainty()
    assert certainty is not None
    multiplied = {"words", "sensing", "soundness", "control"}
    assert multiplied <= certainty.parts.keys()
    assert certainty.total == pytest.approx(math.prod(certainty.parts[name] for name in multiplied))
    assert sorted(certainty.sensors) == ["camera", "depth", "imu", "lidar", "odom"]
    assert all(0.0 <= each <= 1.0 for each in (*certainty.parts.values(), *certainty.sensors.values()))


def test_a_failing_sensor_is_named_as_its_stream_is(agent: FusionAgent, env: VlaSimEnv) -> None:
    observation, _ = env.reset(seed=5, options={"task": "go_to_object", "faults": ["odom:freeze"]})
    agent.reset(0)
    for _ in range(60):
        observation, *_ = env.step(agent.act(observation))
    certainty = agent.certainty()
    assert certainty is not None
    assert certainty.sensors["odom"] < 0.5 < certainty.sensors["imu"]


def test_before_the_first_action_there_is_nothing_to_explain(agent: FusionAgent) -> None:
    assert isinstance(agent, ExplainingAgent)
    agent.reset(0)
    explanation = agent.explain()
    assert (explanation.sequence, explanation.attention, explanation.objects) == ((), None, ())


def test_attention_and_objects_are_where_the_named_thing_is(agent: FusionAgent, env: VlaSimEnv) -> None:
    observation = seeing(agent, env, "go_to_object", 1)
    explanation = agent.explain()
    assert explanation.attention is not None
    assert explanation.attention.shape == (96, 96)
    assert (explanation.attention.min(), explanation.attention.max()) == (0.0, 1.0)
    first = explanation.objects[0]
    assert first.query == observation["goal"]
    left, top, right, bottom = map(round, first.box)
    inside = explanation.attention[top:bottom, left:right].mean()
    assert inside > 2.0 * explanation.attention.mean()
    assert [each.score for each in explanation.objects] == sorted(each.score for each in explanation.objects)[::-1]


def test_words_that_name_nothing_look_nowhere(agent: FusionAgent, env: VlaSimEnv) -> None:
    seeing(agent, env, "turn_by_angle", 0, steps=3)
    explanation = agent.explain()
    assert explanation.attention is not None
    assert not explanation.attention.any()
    assert explanation.objects == ()
    assert 1 <= len(explanation.sequence) <= 10
    assert [step.word for step in explanation.sequence] == [WORDS[step.index] for step in explanation.sequence]


def test_without_a_picture_there_is_no_attention(agent: FusionAgent, env: VlaSimEnv) -> None:
    observation, _ = env.reset(seed=1, options={"task": "go_to_object", "faults": ["camera:blackout"]})
    agent.reset(0)
    agent.act(observation)
    assert agent.explain().attention is None


@pytest.mark.parametrize("name", ["fusion", "fusion-discrete"])
def test_explaining_changes_nothing(name: str) -> None:
    agent = load_agent(name)
    assert isinstance(agent, ExplainingAgent)
    made = VlaSimEnv("arena", "go_between", action_type="discrete" if name.endswith("discrete") else "continuous")

    def actions(every: int) -> list[bytes]:
        observation, _ = made.reset(seed=3)
        agent.reset(3)
        taken = []
        for step in range(25):
            action = agent.act(observation)
            taken.append(np.asarray(action).tobytes())
            for _ in range(every):
                agent.explain()
            observation, *_ = made.step(action)
            assert step < 25
        return taken

    assert actions(0) == actions(2)
    made.close()


def test_a_checkpoint_without_a_decoder_plans_nothing(tmp_path: Path, env: VlaSimEnv) -> None:
    observation, _ = env.reset(seed=1)
    agent = FusionAgent(checkpoint(tmp_path, sequence=False))
    agent.act(observation)
    assert agent.explain().sequence == ()


def test_a_decoder_is_of_the_default_strategy_alone(env: VlaSimEnv) -> None:
    observation, _ = env.reset(seed=1)
    for name, plans in (("fusion-attention", True), ("fusion-late", False)):
        agent = load_agent(name)
        assert isinstance(agent, FusionAgent)
        agent.act(observation)
        assert bool(agent.explain().sequence) is plans, name


def test_the_discrete_agent_knows_how_sure_it_is_and_tells_what_it_does_next(tmp_path: Path) -> None:
    made = VlaSimEnv("arena", "turn_by_angle", action_type="discrete")
    agent = DiscreteFusionAgent(checkpoint(tmp_path, sequence=True))
    observation, _ = made.reset(seed=5)
    for _ in range(4):
        action = agent.act(observation)
        certainty = agent.certainty()
        assert certainty is not None
        assert 0.0 <= certainty.total <= 1.0
        planned = agent.explain().sequence
        assert len(planned) == len(agent.sequence) - agent._done + 1
        observation, *_ = made.step(action)
    made.close()


def test_it_takes_note_of_being_held(agent: FusionAgent, env: VlaSimEnv) -> None:
    """A robot that stands although it was told to drive has not lost its wheels."""
    assert isinstance(agent, HeldAgent)

    def works(told: bool) -> float:
        observation, _ = env.reset(seed=1, options={"task": "hold_heading"})
        agent.reset(0)
        for _ in range(40):
            agent.act(observation)
            if told:
                agent.held()
            observation, *_ = env.step([0.0, 0.0])
        certainty = agent.certainty()
        assert certainty is not None
        return certainty.sensors["odom"]

    assert works(told=False) + 0.2 < works(told=True)


@pytest.mark.parametrize("start", [(30.0, -7.0, 1.2), (-3.0, 2.0, 3.1), (0.0, 0.0, -3.13)])
def test_where_odometry_begins_does_not_matter(
    agent: FusionAgent, env: VlaSimEnv, start: tuple[float, float, float]
) -> None:
    """A robot's odometry goes on from where it was; here over a turn past half a circle, where its angle leaps."""
    x0, y0, yaw0 = start

    def moved(data: np.ndarray) -> np.ndarray:
        x, y, yaw, speed, rate = map(float, data)
        c, s = math.cos(yaw0), math.sin(yaw0)
        place = x0 + c * x - s * y, y0 + s * x + c * y, math.remainder(yaw + yaw0, math.tau)
        return np.array([*place, speed, rate], np.float32)

    observation, _ = env.reset(seed=6)
    both = FusionAgent.__new__(FusionAgent), FusionAgent.__new__(FusionAgent)
    for each in both:
        each.__dict__.update(agent.__dict__)
        each.reset(0)
    for _ in range(40):
        action = both[0].act(observation)
        other = both[1].act({**observation, "odom": moved(observation["odom"])})
        np.testing.assert_allclose(other, action, atol=1e-3)
        observation, *_ = env.step(action)
