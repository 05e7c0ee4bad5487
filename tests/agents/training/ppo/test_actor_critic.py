from __future__ import annotations

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium import spaces
from vla_agents.fusion.checkpoint import load_checkpoint
from vla_agents.fusion.control.policy import Decision
from vla_agents.training.ppo import privileged
from vla_agents.training.ppo.actor_critic import NEAR, REST, FusionActorCritic, distance
from vla_agents.training.ppo.senses import as_inputs, observation_shapes

SHAPES = observation_shapes(text=96)


@pytest.fixture(scope="module")
def start():
    return load_checkpoint()[0].policy


def made(start, spread: tuple[float, float]) -> FusionActorCritic:
    boxes = {name: spaces.Box(-np.inf, np.inf, shape, np.float32) for name, shape in SHAPES.items()}
    torch.manual_seed(0)
    return FusionActorCritic(
        spaces.Dict(boxes),
        gymnasium.spaces.Box(-1.5, 1.5, (3,)),
        lambda _: 3e-3,
        features_extractor_kwargs={"policy": start},
        spread=spread,
    )


@pytest.fixture
def actor_critic(start):
    return made(start, (0.1, 0.2))


def seen(rows: int = 6, seed: int = 1) -> dict[str, torch.Tensor]:
    rng = torch.Generator().manual_seed(seed)
    batch = {name: 0.5 * torch.randn((rows, *shape), generator=rng) for name, shape in SHAPES.items()}
    batch["present"], batch["calm"], batch["explores"] = torch.ones(rows, 5), torch.ones(rows, 1), torch.ones(rows, 1)
    return batch


def test_it_begins_as_the_policy_that_it_is_given(actor_critic, start) -> None:
    batch = seen()
    actions, values, _ = actor_critic(batch, deterministic=True)
    decision = start(as_inputs(batch))
    assert torch.equal(actions[:, :2], decision.speeds[:, 0])
    assert torch.equal(actions[:, 2], decision.log_variance[:, 0, 0])
    assert values.shape == (6, 1)


def test_the_probability_is_that_of_the_speeds_alone(actor_critic) -> None:
    batch = seen()
    actions, _, log_probability = actor_critic(batch)
    means = actor_critic.decide(batch).speeds[:, 0]
    expected = (
        torch.distributions.Normal(means, torch.tensor([0.1, 0.2]) * (REST + means.abs()))
        .log_prob(actions[:, :2])
        .sum(1)
    )
    assert torch.allclose(log_probability, expected, atol=1e-4)
    assert torch.allclose(actor_critic.evaluate_actions(batch, actions)[1], expected, atol=1e-4)


def test_it_tries_the_noise_that_is_given(actor_critic) -> None:
    batch = seen()
    means = actor_critic.decide(batch).speeds[:, 0]
    tried = actor_critic(batch)[0][:, :2]
    assert torch.allclose(tried, means + torch.tensor([0.1, 0.2]) * (REST + means.abs()) * batch["noise"], atol=1e-5)


def test_it_does_what_it_means_where_it_does_not_explore(actor_critic) -> None:
    batch = seen()
    batch["explores"][:3] = 0.0
    actions, _, log_probability = actor_critic(batch)
    same = (actions[:, :2] == actor_critic.decide(batch).speeds[:, 0]).all(1)
    assert same.tolist() == [True] * 3 + [False] * 3
    assert (log_probability[:3] == 0.0).all()
    # Such steps move nothing.
    probability = actor_critic.evaluate_actions(batch, actions + 0.1)[1]
    assert (probability[:3] == 0.0).all()
    assert (probability[3:] != 0.0).all()


def test_what_it_does_not_explore_stays_as_it_was(start) -> None:
    turns_only = made(start, (0.0, 0.2))
    batch = seen()
    batch["calm"][:] = 0.0
    actions, _, log_probability = turns_only(batch)
    means = turns_only.decide(batch).speeds[:, 0]
    assert torch.equal(actions[:, 0], means[:, 0])
    rate = torch.distributions.Normal(means[:, 1], 0.2 * (REST + means[:, 1].abs()))
    assert torch.allclose(log_probability, rate.log_prob(actions[:, 1]), atol=1e-4)
    # Although something has failed, speed is anchored; yaw rate is not.
    moved = means.clone().detach()
    for index, held in ((0, True), (1, False)):
        turns_only = made(start, (0.0, 0.2))
        last = turns_only.policy.decoder[-1]
        with torch.no_grad():
            last.bias[index] += 0.05  # The first of the chunk: speed, then yaw rate.
        assert not torch.equal(turns_only.decide(batch).speeds[:, 0, index], moved[:, index])
        near = turns_only.evaluate_actions(batch, torch.zeros(6, 3))[2]
        assert bool((near < 0.0).all()) is held


def test_only_the_critic_knows_the_truth(actor_critic) -> None:
    batch = seen()
    blind = batch | {"truth": torch.zeros(6, len(privileged.NAMES))}
    told, untold = actor_critic(batch, deterministic=True), actor_critic(blind, deterministic=True)
    assert torch.equal(told[0], untold[0])
    assert not torch.allclose(told[1], untold[1])


def test_it_is_anchored_where_nothing_failed_and_free_elsewhere(actor_critic) -> None:
    batch = seen()
    batch["calm"][:3] = 0.0
    assert torch.equal(actor_critic.evaluate_actions(batch, torch.zeros(6, 3))[2], torch.zeros(6))
    for _ in range(3):
        loss = actor_critic.decide(batch).speeds.mean()
        actor_critic.optimizer.zero_grad()
        loss.backward()
        actor_critic.optimizer.step()
    away = actor_critic.evaluate_actions(batch, torch.zeros(6, 3))[2]
    assert torch.equal(away[:3], torch.zeros(3))
    assert (away[3:] < 0).all()
    for _ in range(60):
        loss = -actor_critic.evaluate_actions(batch, torch.zeros(6, 3))[2].mean()
        actor_critic.optimizer.zero_grad()
        loss.backward()
        actor_critic.optimizer.step()
    assert actor_critic.evaluate_actions(batch, torch.zeros(6, 3))[2][3:].mean() > 0.2 * away[3:].mean()


def test_the_given_policy_stays_as_it_was(actor_critic, start) -> None:
    before = [value.clone() for value in start.parameters()]
    actor_critic.decide(seen()).speeds.mean().backward()
    actor_critic.optimizer.step()
    assert all(torch.equal(one, other) for one, other in zip(before, start.parameters(), strict=True))
    assert not any(value.requires_grad for value in actor_critic.anchor.parameters())


def test_the_distance_is_the_divergence_of_normal_distributions() -> None:
    def about(speed: float) -> Decision:
        speeds = torch.zeros(1, 4, 2)
        speeds[0, 0, 0] = speed
        return Decision(speeds, torch.zeros(1, 4, 2), torch.zeros(1, 1))

    one, other = (torch.distributions.Normal(mean, NEAR) for mean in (0.3, 0.1))
    expected = torch.distributions.kl_divergence(one, other)
    assert torch.allclose(distance(about(0.3), about(0.1), torch.ones(1, 2)), expected)
    assert distance(about(0.3), about(0.1), torch.tensor([[0.0, 1.0]])) == 0.0
