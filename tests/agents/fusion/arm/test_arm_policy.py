from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from vla_agents.fusion.arm.inputs import FIELDS, SENSORS, SHAPES, ArmInputs
from vla_agents.fusion.arm.policy import CHUNK, NUMBERS, ArmPolicy
from vla_agents.fusion.control.strategies import STRATEGIES

TEXT = 96


def random_inputs(count: int, seed: int = 0) -> ArmInputs:
    rng = torch.Generator().manual_seed(seed)
    parts = {name: torch.randn((count, *shape), generator=rng) for name, shape in SHAPES.items()}
    text = torch.randn((count, TEXT), generator=rng)
    return ArmInputs(text=text, present=torch.ones((count, len(SENSORS)), dtype=torch.bool), **parts)


@pytest.fixture(params=STRATEGIES)
def policy(request: pytest.FixtureRequest) -> ArmPolicy:
    torch.manual_seed(3)
    return ArmPolicy(request.param, TEXT).eval()


def test_shapes_and_weights(policy: ArmPolicy) -> None:
    inputs = random_inputs(32)
    missing = torch.rand((32, len(SENSORS)), generator=torch.Generator().manual_seed(1)) < 0.4
    decision = policy(inputs.without(missing))
    assert decision.motions.shape == decision.log_variance.shape == (32, CHUNK, NUMBERS)
    assert torch.isfinite(decision.motions).all()
    assert decision.motions.abs().max() <= 1.25
    torch.testing.assert_close(decision.weights.sum(1), torch.ones(32))
    assert (decision.weights[:, 2:][missing] == 0).all()


def test_a_row_is_decided_by_itself(policy: ArmPolicy) -> None:
    inputs = random_inputs(8, seed=1)
    together = policy(inputs).motions
    for index in range(8):
        row = ArmInputs(**{name: getattr(inputs, name)[index : index + 1] for name in FIELDS})
        torch.testing.assert_close(policy(row).motions[0], together[index], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("sensor", range(len(SENSORS)))
def test_a_missing_sensor_is_not_heard_and_a_present_one_is(policy: ArmPolicy, sensor: int) -> None:
    inputs, name = random_inputs(8, seed=4), SENSORS[sensor]
    gone = torch.zeros((8, len(SENSORS)), dtype=torch.bool)
    gone[:, sensor] = True
    other = replace(inputs, **{name: getattr(inputs, name) + 3.0})
    torch.testing.assert_close(policy(inputs.without(gone)).motions, policy(other.without(gone)).motions)
    assert not torch.allclose(policy(inputs).motions, policy(other).motions)
