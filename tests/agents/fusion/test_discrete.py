from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner
from vla_agents.actions import MOTION
from vla_agents.fusion import discrete
from vla_agents.fusion.checkpoint import Card, load_sequence, new_networks, save_checkpoint
from vla_agents.fusion.control.sequence import LONGEST, SequenceDecoder
from vla_agents.fusion.discrete import DiscreteFusionAgent
from vla_agents.steering import STOP

from vla_sim.agent import load_agent
from vla_sim.cli.app import app
from vla_sim.envs.env import VlaSimEnv
from vla_sim.envs.vocabulary import WORDS
from vla_sim.errors import InputError


def save(folder: Path, sequence: bool) -> Path:
    torch.manual_seed(0)
    card = Card(format=1, sequence=sequence)
    networks = new_networks(card, "attention")
    save_checkpoint(folder, card, networks, {"attention": networks.policy}, SequenceDecoder() if sequence else None)
    return folder


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("checkpoint"), sequence=True)


@pytest.fixture(scope="module")
def env() -> Iterator[VlaSimEnv]:
    made = VlaSimEnv("arena", "turn_by_angle", action_type="discrete")
    yield made
    made.close()


def lasts(agent: DiscreteFusionAgent, length: int) -> None:
    """Let every sequence be as long."""
    agent._decoder.length[2].bias.copy_(100.0 * torch.nn.functional.one_hot(torch.tensor(length - 1), LONGEST))


def test_a_checkpoint_without_a_decoder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"card\.json: sequence: no sequence decoder") as caught:
        load_agent(f"fusion-discrete@{save(tmp_path, sequence=False)}")
    assert "\n" not in str(caught.value)


def test_a_decoder_is_loaded_as_it_was_saved(checkpoint: Path) -> None:
    one, two = load_sequence(checkpoint), load_sequence(checkpoint)
    fused, owed = torch.randn((4, 64)), torch.zeros((4, 2))
    assert one.decode(fused, owed) == two.decode(fused, owed)


def test_it_acts_the_same_twice(checkpoint: Path, env: VlaSimEnv) -> None:
    agent = load_agent(f"fusion-discrete@{checkpoint}")
    assert isinstance(agent, DiscreteFusionAgent)
    runs = []
    for _ in range(2):
        observation, _ = env.reset(seed=5)
        agent.reset(0)
        actions = []
        for _ in range(8):
            action = agent.act(observation)
            assert env.action_space.contains(action)
            assert agent._asked == MOTION.get(WORDS[action], STOP)
            actions.append(action)
            observation, *_ = env.step(action)
        runs.append(actions)
    assert runs[0] == runs[1]


@pytest.mark.parametrize(("length", "plans"), [(10, 3), (2, 4), (1, 7)])
def test_it_plans_anew_when_the_horizon_or_the_sequence_ends(
    checkpoint: Path, env: VlaSimEnv, length: int, plans: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discrete, "REPLAN", 3)
    agent = DiscreteFusionAgent(checkpoint)
    lasts(agent, length)
    observation, _ = env.reset(seed=6)
    agent.reset(0)
    planned = []
    for _ in range(7):
        action = agent.act(observation)
        planned.append(agent.sequence)
        assert len(agent.sequence) == length
        assert action in [each.index for each in agent.sequence]
        observation, *_ = env.step(action)
    assert len({id(each) for each in planned}) == plans


def test_new_words_end_a_sequence(checkpoint: Path, env: VlaSimEnv) -> None:
    agent = DiscreteFusionAgent(checkpoint)
    lasts(agent, LONGEST)
    observation, _ = env.reset(seed=7)
    agent.reset(0)
    agent.act(observation)
    first = agent.sequence
    agent.act(observation)
    assert agent.sequence is first
    agent.act({**observation, "goal": "stop"})
    assert agent.sequence is not first


def test_it_stands_still_without_any_sensor(checkpoint: Path, env: VlaSimEnv) -> None:
    agent = DiscreteFusionAgent(checkpoint)
    observation, _ = env.reset(seed=8)
    blind = {**observation, "valid": 0 * observation["valid"]}
    agent.reset(0)
    said = {WORDS[agent.act(blind)] for _ in range(4)}
    assert not said & MOTION.keys()  # it may still speak


@pytest.mark.slow
def test_the_bench_gives_it_a_discrete_space(checkpoint: Path, tmp_path: Path) -> None:
    suite = tmp_path / "suite.yaml"
    suite.write_text("name: words\nseed: 1\ndefaults: {world: arena, trials: 1}\nscenarios: [{task: turn_by_angle}]\n")
    out = tmp_path / "out"
    result = CliRunner().invoke(
        app, ["run", str(suite), "--agent", f"fusion-discrete@{checkpoint}", "--out", str(out), "--jobs", "1"]
    )
    trial = json.loads((out / "trials.jsonl").read_text().splitlines()[-1])
    assert trial["outcome"] in ("success", "failure"), (trial, result.output)
