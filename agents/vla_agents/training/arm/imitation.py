"""Training an arm's control network on what the teacher would have done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from vla_agents.fusion.arm.inputs import FIELDS, SENSORS, ArmInputs
from vla_agents.fusion.arm.policy import ArmPolicy
from vla_agents.training.arm.rollouts import ArmRollouts
from vla_agents.training.fitting import chunk_loss, fit
from vla_sim import seeding


@dataclass(frozen=True, slots=True)
class ArmImitationRecipe:
    """What the training takes."""

    steps: int = 3000
    batch: int = 512
    rate: float = 2e-3
    dropout: float = 0.35
    """Probability with which each sensor of a row is taken away."""
    seed: int = 0


def train_policy(
    policy: ArmPolicy, rollouts: ArmRollouts, recipe: ArmImitationRecipe, say: Callable[[str], None] = print
) -> float:
    """Train in place; return the mean loss of the last tenth."""
    rng = torch.Generator().manual_seed(seeding.derive_seed(recipe.seed, "arm-imitation") % 2**63)
    torch.manual_seed(recipe.seed)

    def batch_loss() -> Tensor:
        rows = torch.randint(len(rollouts), (recipe.batch,), generator=rng)
        missing = torch.rand((len(rows), len(SENSORS)), generator=rng) < recipe.dropout
        decision = policy(rows_of(rollouts.inputs, rows).without(missing))
        return chunk_loss(decision.motions, decision.log_variance, rollouts.labels[rows])

    return fit(policy, batch_loss, recipe.steps, recipe.rate, say)


def rows_of(inputs: ArmInputs, rows: Tensor) -> ArmInputs:
    """Return some rows, in single precision."""
    parts = {name: getattr(inputs, name)[rows] for name in FIELDS}
    return ArmInputs(**{name: part if part.dtype == torch.bool else part.float() for name, part in parts.items()})
