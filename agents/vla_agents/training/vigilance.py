"""Training the health network: which sensors a fault has in its grip, and how well its probabilities hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from vla_agents.fusion.control.inputs import SENSORS
from vla_agents.fusion.health import Health
from vla_agents.training.rollouts import Rollouts
from vla_sim import seeding


@dataclass(frozen=True, slots=True)
class VigilanceRecipe:
    """What the training takes."""

    steps: int = 2_000
    batch: int = 1_024
    rate: float = 3e-3
    seed: int = 0


def train_health(health: Health, rollouts: Rollouts, recipe: VigilanceRecipe) -> float:
    """Train on all but the last tenth, fit the temperatures on that; return the mean loss of the last steps."""
    rng = torch.Generator().manual_seed(seeding.derive_seed(recipe.seed, "vigilance") % 2**63)
    count = int(0.9 * len(rollouts))
    signs, failing = rollouts.signs.float(), rollouts.failing.float()
    optimiser = torch.optim.AdamW(health.parameters(), recipe.rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=recipe.steps + 1)
    health.temperature.fill_(1.0)
    losses = []
    for _ in range(recipe.steps):
        rows = torch.randint(count, (recipe.batch,), generator=rng)
        loss = F.binary_cross_entropy_with_logits(health(signs[rows]), failing[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()))
    with torch.inference_mode():
        logits = health(signs[count:])
    health.temperature.copy_(_temperatures(logits.clone(), failing[count:]))
    last = losses[-max(recipe.steps // 10, 1) :]
    return sum(last) / len(last)


def _temperatures(logits: torch.Tensor, failing: torch.Tensor) -> torch.Tensor:
    """Return the temperature of each sensor that makes its probabilities most likely."""
    grid = torch.logspace(-0.7, 0.9, 65)
    losses = torch.stack(
        [F.binary_cross_entropy_with_logits(logits / each, failing, reduction="none").mean(0) for each in grid]
    )
    return grid[losses.argmin(0)]


@dataclass(frozen=True, slots=True)
class VigilanceScores:
    """Area under the ROC curve, expected calibration error (ten bins), and its reliability curve, of one sensor."""

    sensor: str
    auroc: float
    ece: float
    curve: tuple[tuple[float, float, int], ...]
    """Mean probability, share of failures, and count, bin by bin."""


def vigilance_scores(health: Health, rollouts: Rollouts) -> list[VigilanceScores]:
    """Return the scores of each sensor on trials that were not trained on."""
    with torch.inference_mode():
        chances = torch.sigmoid(health(rollouts.signs.float())).numpy()
    failing = rollouts.failing.numpy()
    scores = []
    for index, sensor in enumerate(SENSORS):
        curve = _reliability(chances[:, index], failing[:, index])
        ece = sum(count * abs(chance - share) for chance, share, count in curve) / len(chances)
        scores.append(VigilanceScores(sensor, auroc(chances[:, index], failing[:, index]), ece, curve))
    return scores


def _reliability(
    chances: NDArray[np.float32], failing: NDArray[np.bool_], bins: int = 10
) -> tuple[tuple[float, float, int], ...]:
    which = np.minimum((chances * bins).astype(int), bins - 1)
    return tuple(
        (float(chances[which == each].mean()), float(failing[which == each].mean()), int((which == each).sum()))
        for each in range(bins)
        if (which == each).any()
    )


def auroc(scores: NDArray[np.floating], positive: NDArray[np.bool_]) -> float:
    """Return the probability that a positive has a higher score than a negative, ties counting half (Mann-Whitney)."""
    from scipy.stats import rankdata

    ranks = rankdata(scores)
    ones, zeros = int(positive.sum()), int((~positive).sum())
    if not ones or not zeros:
        return float("nan")
    return float((ranks[positive].sum() - ones * (ones + 1) / 2) / (ones * zeros))
