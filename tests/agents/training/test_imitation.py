from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from vla_agents.classical import rover
from vla_agents.fusion.control.policy import CHUNK, SCALE, Policy
from vla_agents.fusion.control.strategies import STRATEGIES
from vla_agents.fusion.features import FEATURES, SIZE
from vla_agents.fusion.health import Health
from vla_agents.fusion.rules import come
from vla_agents.fusion.signs import SIGNS
from vla_agents.steering import Here, stopping_speed, toward
from vla_agents.training.imitation import ImitationRecipe, elsewhere, facing, follow, train_policy
from vla_agents.training.rollouts import Rollouts
from vla_agents.training.vigilance import VigilanceRecipe, auroc, train_health, vigilance_scores

from tests.agents.fusion.networks import CAMERA, TEXT, random_inputs


def trials(count: int) -> Rollouts:
    """Steps whose right speeds are a function of situation and LiDAR, and whose failing sensors show in their signs."""
    inputs = random_inputs(count, seed=8)
    rng = torch.Generator().manual_seed(1)
    speeds = torch.tanh(torch.stack([inputs.situation[:, 3], inputs.situation[:, 14] - inputs.lidar[:, 5]], 1))
    failing = torch.rand((count, 5), generator=rng) < 0.3
    signs = torch.randn((count, 5, 2 * SIGNS), generator=rng)
    signs[..., 2] += 2.5 * failing
    return Rollouts(inputs, speeds[:, None].expand(-1, CHUNK, -1).contiguous(), signs, failing)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_learns(strategy: str) -> None:
    torch.manual_seed(0)
    rollouts = trials(2_000)
    policy = Policy(strategy, TEXT, CAMERA)
    before = float((policy(rollouts.inputs).speeds - rollouts.labels).abs().mean().detach())
    train_policy(policy, rollouts, ImitationRecipe(steps=250, batch=128, dropout=(0.0,) * 5), say=lambda line: None)
    after = float((policy(rollouts.inputs).speeds - rollouts.labels).abs().mean().detach())
    assert after < 0.5 * before


def test_the_variance_is_that_of_the_errors() -> None:
    rollouts = trials(4_000)
    noisy = rollouts.labels + 0.3 * torch.randn(rollouts.labels.shape, generator=torch.Generator().manual_seed(2))
    rollouts = Rollouts(rollouts.inputs, noisy, rollouts.signs, rollouts.failing)
    torch.manual_seed(0)
    policy = Policy("early", TEXT, CAMERA)
    train_policy(policy, rollouts, ImitationRecipe(steps=400, batch=128, dropout=(0.0,) * 5), say=lambda line: None)
    deviation = float((0.5 * policy(rollouts.inputs).log_variance).exp().mean())
    assert 0.15 < deviation < 0.45


def test_health_learns_and_is_calibrated() -> None:
    torch.manual_seed(0)
    health = Health()
    train_health(health, trials(6_000), VigilanceRecipe(steps=400))
    for score in vigilance_scores(health, trials(6_000)):
        assert score.auroc > 0.9
        assert score.ece < 0.05
        assert sum(count for _, _, count in score.curve) == 6_000


def test_auroc_against_its_definition() -> None:
    import numpy as np

    scores = np.array([0.1, 0.4, 0.4, 0.8, 0.3])
    positive = np.array([False, True, False, True, False])
    pairs = [(a > b) + 0.5 * (a == b) for a in scores[positive] for b in scores[~positive]]
    assert auroc(scores, positive) == pytest.approx(sum(pairs) / len(pairs))
    assert np.isnan(auroc(scores, np.zeros(5, bool)))


def test_following_a_way_is_what_the_navigator_does() -> None:
    rng = torch.Generator().manual_seed(3)
    way = torch.rand((200, 2), generator=rng) - 0.5
    left, room = 3.0 * torch.rand(200, generator=rng), 2.0 * torch.rand(200, generator=rng)
    speeds = follow(way, left, room) * SCALE
    here = Here(0.0, 0.0, 0.0, True, 0.0)
    for row in range(200):
        most = max(stopping_speed(float(left[row]), rover.LIMITS), 0.08)
        speed, rate = toward(here, (float(way[row, 0]), float(way[row, 1])), rover.LIMITS, most)
        speed = min(speed, stopping_speed(float(room[row]) - 0.05, rover.LIMITS))
        assert speeds[row].tolist() == pytest.approx([speed, rate], abs=1e-5)


def test_ways_that_lead_elsewhere_have_the_speeds_that_follow_them() -> None:
    inputs = random_inputs(400, seed=9)
    at = [FEATURES.index(name) for name in ("way_x", "way_y", "way_left", "room_ahead", "way_known")]
    situation = inputs.situation.clone()
    situation[:, at[4]] = 1.0
    situation[:, at[2:4]] = situation[:, at[2:4]].abs()
    inputs = replace(inputs, situation=situation)

    def speeds(of: torch.Tensor) -> torch.Tensor:
        return follow(of[:, at[:2]] / 2, of[:, at[2]], of[:, at[3]])

    labels = speeds(situation)[:, None].expand(-1, CHUNK, -1).clone()
    labels[:200] += 0.5
    moved, told = elsewhere(inputs, labels, torch.Generator().manual_seed(0))
    changed = (moved.situation != situation).any(1)
    assert not changed[:200].any()
    assert 40 < int(changed[200:].sum()) < 120
    torch.testing.assert_close(told[200:, 0], speeds(moved.situation)[200:])
    torch.testing.assert_close(told[:200], labels[:200])


def test_whoever_stands_before_a_thing_turns_to_it_wherever_it_lies() -> None:
    rollouts = trials(500)
    situation = torch.zeros((500, SIZE))
    for name, value in {"to_face": 1.0, "target_known": 1.0, "target_left": 0.02, "target_x": 0.4}.items():
        situation[:, FEATURES.index(name)] = value
    inputs, labels = facing(
        replace(rollouts.inputs, situation=situation), torch.zeros((500, CHUNK, 2)), torch.Generator().manual_seed(0)
    )
    turning = labels[:, 0, 1] != 0.0
    assert 150 < int(turning.sum()) < 350
    for row in range(100):
        np.testing.assert_allclose(
            labels[row, 0] * SCALE, come(inputs.situation[row].numpy()) if turning[row] else (0.0, 0.0), atol=1e-5
        )
