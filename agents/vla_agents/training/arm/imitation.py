"""Training an arm's control network on what the teacher would have done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vla_agents.fusion.arm.inputs import FIELDS, SENSORS, ArmInputs
from vla_agents.fusion.arm.policy import ArmDecision, ArmPolicy
from vla_agents.training.arm.rollouts import ArmRollouts
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


def imitation_loss(decision: ArmDecision, labels: Tensor) -> Tensor:
    """Return how far a batch is from the teacher.

    Huber on motions, the next step counting most, and the likelihood of the errors under the stated variance (Kendall
    and Gal 2017), which leaves the motions alone.
    """
    weight = torch.tensor([1.0, 0.5, 0.35, 0.25])[:, None]
    error = F.smooth_l1_loss(decision.motions, labels, beta=0.05, reduction="none")
    squared = (decision.motions.detach() - labels) ** 2
    likelihood = 0.5 * (squared * torch.exp(-decision.log_variance) + decision.log_variance)
    return (weight * error).mean() + 0.02 * (weight * likelihood).mean()


def train_policy(
    policy: ArmPolicy, rollouts: ArmRollouts, recipe: ArmImitationRecipe, say: Callable[[str], None] = print
) -> float:
    """Train in place; return the mean loss of the last tenth."""
    rng = torch.Generator().manual_seed(seeding.derive_seed(recipe.seed, "arm-imitation") % 2**63)
    torch.manual_seed(recipe.seed)
    optimiser = torch.optim.AdamW(policy.parameters(), recipe.rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=recipe.steps + 1, pct_start=0.1)
    policy.train()
    recent: list[float] = []
    for step in range(recipe.steps):
        rows = torch.randint(len(rollouts), (recipe.batch,), generator=rng)
        missing = torch.rand((len(rows), len(SENSORS)), generator=rng) < recipe.dropout
        decision = policy(rows_of(rollouts.inputs, rows).without(missing))
        loss = imitation_loss(decision, rollouts.labels[rows])
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        recent.append(float(loss.detach()))
        if (step + 1) % max(recipe.steps // 5, 1) == 0:
            say(f"step {step + 1}/{recipe.steps}: loss {sum(recent[-200:]) / len(recent[-200:]):.4f}")
    policy.eval()
    last = recent[-max(recipe.steps // 10, 1) :]
    return sum(last) / len(last)


def rows_of(inputs: ArmInputs, rows: Tensor) -> ArmInputs:
    """Return some rows, in single precision."""
    parts = {name: getattr(inputs, name)[rows] for name in FIELDS}
    return ArmInputs(**{name: part if part.dtype == torch.bool else part.float() for name, part in parts.items()})
