from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from vla_agents.fusion.arm.agent import ArmFusionAgent
from vla_agents.fusion.arm.policy import CHUNK
from vla_agents.training.arm.recipe import RECIPES, train
from vla_agents.training.arm.rollouts import AFFECTED, KINDS, ArmRollouts, draw_trouble
from vla_agents.training.arm.views import collect_views
from vla_agents.training.views import Views

from vla_sim import seeding
from vla_sim.envs.env import VlaSimEnv

TINY = replace(
    RECIPES["small"],
    views=40,
    epochs=1,
    rounds=(1.0,),
    frames=60,
    steps=4,
    last_steps=4,
    strategies=("attention", "late"),
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory):
    out = tmp_path_factory.mktemp("arm")
    lines: list[str] = []
    return out, train(TINY, out, jobs=2, say=lines.append), lines


@pytest.mark.slow
def test_it_leaves_views_rollouts_a_curve_and_a_checkpoint_that_drives(trained) -> None:
    out, checkpoint, _ = trained
    curve = [json.loads(line) for line in (out / "curve.jsonl").read_text().splitlines()]
    assert [line["round"] for line in curve] == [0]
    assert all(name.startswith("learner/") for name in curve[0] if "/" in name)
    rollouts = ArmRollouts.load(out / "rollouts-0-0.npz")
    assert len(rollouts) >= TINY.frames // TINY.parts
    assert rollouts.labels.shape[1:] == (CHUNK, 5)
    for strategy in TINY.strategies:
        agent = type("It", (ArmFusionAgent,), {"strategy": strategy})(checkpoint)
        with_env = VlaSimEnv("tabletop", "pick_up", action_type="end_effector")
        observation, _ = with_env.reset(seed=1)
        agent.reset(1)
        for _ in range(3):
            action = agent.act(observation)
            assert with_env.action_space.contains(action)
            observation, *_ = with_env.step(action)
        with_env.close()
        assert 0.0 <= agent.certainty().total <= 1.0


@pytest.mark.slow
def test_a_training_that_was_broken_off_goes_on_to_the_same_end(trained, tmp_path) -> None:
    out, checkpoint, lines = trained
    for name in ("views-0.npz", "views-1.npz", "rollouts-0-0.npz"):
        (tmp_path / name).write_bytes((out / name).read_bytes())
    again: list[str] = []
    other = train(TINY, tmp_path, jobs=1, say=again.append)
    assert (tmp_path / "curve.jsonl").read_text() == (out / "curve.jsonl").read_text()
    for path in checkpoint.iterdir():
        assert (other / path.name).read_bytes() == path.read_bytes(), path.name
    assert len(again) < len(lines)  # Views were not collected again.


def test_views_are_those_of_their_seed() -> None:
    one, same, other = (collect_views(12, seed) for seed in (4, 4, 5))
    for name in ("frames", "depth", "cells", "boxes"):
        np.testing.assert_array_equal(getattr(one, name), getattr(same, name))
    assert (one.frames[0] != other.frames[0]).any()
    assert isinstance(one, Views)
    assert float(one.depth.max()) > 0.3  # Heights: of the arm, above the table.
    assert abs(float(np.median(one.depth))) < 0.02


def test_trouble_is_drawn_as_often_as_is_said_and_can_be_scheduled() -> None:
    env = VlaSimEnv("tabletop", "pick_up", action_type="end_effector")
    rng = seeding.generator(3, "trouble")
    drawn = [draw_trouble(rng) for _ in range(400)]
    assert abs(sum(map(bool, drawn)) / len(drawn) - AFFECTED) < 0.08
    assert {fault.target for faults in drawn for fault in faults} == set(KINDS)
    for faults in drawn[:12]:
        env.reset(seed=0, options={"faults": faults})
    env.close()


def test_rollouts_are_kept_as_they_are(tmp_path) -> None:
    from tests.agents.fusion.arm.test_arm_policy import random_inputs

    rollouts = ArmRollouts(random_inputs(9), torch.randn((9, CHUNK, 5)))
    rollouts.save(tmp_path / "them.npz")
    read = ArmRollouts.joined([ArmRollouts.load(tmp_path / "them.npz")] * 2)
    assert len(read) == 18
    assert read.labels[9:].equal(rollouts.labels)
    assert read.inputs.situation[:9].equal(rollouts.inputs.situation)
    assert read.inputs.present.dtype == torch.bool
    torch.testing.assert_close(read.inputs.wrist[:9].float(), rollouts.inputs.wrist, atol=2e-3, rtol=1e-3)
