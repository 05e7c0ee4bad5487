from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from vla_agents.fusion.control.inputs import FIELDS, SENSORS, Inputs
from vla_agents.fusion.control.policy import CHUNK, Policy
from vla_agents.fusion.control.strategies import STRATEGIES

from tests.agents.fusion.networks import CAMERA, TEXT, random_inputs


@pytest.fixture(params=STRATEGIES)
def policy(request: pytest.FixtureRequest) -> Policy:
    torch.manual_seed(3)
    return Policy(request.param, TEXT, CAMERA).eval()


def row(inputs: Inputs, index: int) -> Inputs:
    return Inputs(**{name: getattr(inputs, name)[index : index + 1] for name in FIELDS})


def test_shapes_and_weights(policy: Policy) -> None:
    inputs = random_inputs(64)
    decision = policy(inputs)
    assert decision.speeds.shape == decision.log_variance.shape == (64, CHUNK, 2)
    assert torch.isfinite(decision.speeds).all()
    assert torch.isfinite(decision.log_variance).all()
    torch.testing.assert_close(decision.weights.sum(1), torch.ones(64))
    assert (decision.weights >= 0).all()
    assert (decision.weights[:, 2:][~inputs.present] == 0).all()


def test_a_row_is_decided_by_itself(policy: Policy) -> None:
    inputs = random_inputs(16, seed=1)
    together = policy(inputs).speeds
    for index in range(16):
        torch.testing.assert_close(policy(row(inputs, index)).speeds[0], together[index], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("subset", range(32))
def test_every_subset_of_the_sensors(policy: Policy, subset: int) -> None:
    missing = torch.tensor([[bool(subset >> bit & 1) for bit in range(5)]]).expand(8, -1)
    decision = policy(random_inputs(8, seed=2).without(missing))
    assert torch.isfinite(decision.speeds).all()


@pytest.mark.parametrize("sensor", range(len(SENSORS)))
def test_what_a_missing_sensor_says_does_not_matter_and_what_a_present_one_says_does(
    policy: Policy, sensor: int
) -> None:
    inputs = random_inputs(8, seed=4)
    name = SENSORS[sensor]
    gone = torch.zeros((8, 5), dtype=torch.bool)
    gone[:, sensor] = True
    other = replace(inputs, **{name: getattr(inputs, name) + 3.0})
    torch.testing.assert_close(policy(inputs.without(gone)).speeds, policy(other.without(gone)).speeds)
    there = replace(inputs, present=torch.ones((8, 5), dtype=torch.bool))
    moved = replace(there, **{name: getattr(inputs, name) + 3.0})
    assert not torch.allclose(policy(there).speeds, policy(moved).speeds, atol=1e-5)


def test_every_weight_learns(policy: Policy) -> None:
    inputs = replace(random_inputs(32, seed=5), present=torch.ones((32, 5), dtype=torch.bool))
    decision = policy.train()(inputs)
    (decision.speeds.square().sum() + decision.log_variance.square().sum()).backward()
    for name, parameter in policy.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0 or "k_proj" in name or "in_proj_bias" in name, name
