"""Training the control network on what the teacher would have done."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vla_agents.classical import rover
from vla_agents.fusion.control.inputs import FIELDS, SENSORS, Inputs
from vla_agents.fusion.control.policy import SCALE, Decision, Policy
from vla_agents.fusion.features import PLACE_OF
from vla_agents.fusion.rules import AIM, CLOSE
from vla_agents.training.rollouts import Rollouts
from vla_sim import seeding


@dataclass(frozen=True, slots=True)
class ImitationRecipe:
    """What the training takes."""

    steps: int = 3000
    batch: int = 512
    rate: float = 2e-3
    dropout: tuple[float, ...] = (0.4, 0.4, 0.4, 0.6, 0.6)
    """Probability with which each sensor of a row is taken away.

    IMU and wheels tell how the robot moves, which is what it did a moment ago: a policy that may lean on them learns to
    go on doing it (causal confusion, de Haan et al. 2019). What they add up to since the words is in the situation.
    """
    seed: int = 0


def imitation_loss(decision: Decision, labels: Tensor) -> Tensor:
    """Return how far a batch is from the teacher.

    Huber on speeds, the next step counting most, and the likelihood of the errors under the stated variance (Kendall
    and Gal 2017), which leaves the speeds alone.
    """
    weight = torch.tensor([1.0, 0.5, 0.35, 0.25])[:, None]
    error = F.smooth_l1_loss(decision.speeds, labels, beta=0.05, reduction="none")
    squared = (decision.speeds.detach() - labels) ** 2
    likelihood = 0.5 * (squared * torch.exp(-decision.log_variance) + decision.log_variance)
    return (weight * error).mean() + 0.02 * (weight * likelihood).mean()


def train_policy(
    policy: Policy, rollouts: Rollouts, recipe: ImitationRecipe, say: Callable[[str], None] = print
) -> float:
    """Train in place; return the mean loss of the last tenth."""
    rng = torch.Generator().manual_seed(seeding.derive_seed(recipe.seed, "imitation") % 2**63)
    torch.manual_seed(recipe.seed)
    optimiser = torch.optim.AdamW(policy.parameters(), recipe.rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=recipe.steps + 1, pct_start=0.1)
    policy.train()
    recent: list[float] = []
    for step in range(recipe.steps):
        rows = torch.randint(len(rollouts), (recipe.batch,), generator=rng)
        inputs, labels = elsewhere(rows_of(rollouts.inputs, rows), rollouts.labels[rows], rng)
        inputs, labels = facing(inputs, labels, rng)
        missing = torch.rand((len(rows), len(SENSORS)), generator=rng) < torch.tensor(recipe.dropout)
        loss = imitation_loss(policy(inputs.without(missing)), labels)
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


def elsewhere(inputs: Inputs, labels: Tensor, rng: torch.Generator) -> tuple[Inputs, Tensor]:
    """Return a batch in which the way of some rows leads somewhere else, with the speeds that follow it.

    A robot that follows a way sees it ahead nearly all the time; what to do when it lies behind is learned from these.
    Only rows whose label follows the way as it is are changed.
    """
    situation = inputs.situation
    way = situation[:, [PLACE_OF["way_x"], PLACE_OF["way_y"]]] / 2
    left, room = situation[:, PLACE_OF["way_left"]], situation[:, PLACE_OF["room_ahead"]]
    follows = (follow(way, left, room) - labels[:, 0]).abs().amax(1) < 0.08
    chosen = follows & (situation[:, PLACE_OF["way_known"]] > 0) & (torch.rand(len(way), generator=rng) < 0.4)
    angle = math.pi * (2.0 * torch.rand(len(way), generator=rng) - 1.0)
    reach = torch.hypot(way[:, 0], way[:, 1]).clamp(min=0.05)
    moved = torch.stack([reach * torch.cos(angle), reach * torch.sin(angle)], 1)
    situation = situation.clone()
    situation[:, [PLACE_OF["way_x"], PLACE_OF["way_y"]]] = torch.where(chosen[:, None], 2 * moved, 2 * way)
    followed = follow(moved, left, room)[:, None].expand(-1, labels.shape[1], -1)
    return replace(inputs, situation=situation), torch.where(chosen[:, None, None], followed, labels)


def facing(inputs: Inputs, labels: Tensor, rng: torch.Generator) -> tuple[Inputs, Tensor]:
    """Return a batch in which some things that the robot stands before, to face them, are at another side of it.

    Whoever comes to a thing nearly faces it; how to turn when it lies aside or behind is learned from these.
    """
    situation = inputs.situation
    stands = (situation[:, PLACE_OF["to_face"]] > 0) & (situation[:, PLACE_OF["target_left"]].abs() < CLOSE)
    chosen = stands & (situation[:, PLACE_OF["target_known"]] > 0) & (torch.rand(len(situation), generator=rng) < 0.5)
    towards = math.pi * (2.0 * torch.rand(len(situation), generator=rng) - 1.0)
    away = torch.hypot(situation[:, PLACE_OF["target_x"]], situation[:, PLACE_OF["target_y"]])
    moved = situation.clone()
    moved[:, PLACE_OF["target_sin"]], moved[:, PLACE_OF["target_cos"]] = torch.sin(towards), torch.cos(towards)
    moved[:, PLACE_OF["target_x"]], moved[:, PLACE_OF["target_y"]] = (
        away * torch.cos(towards),
        away * torch.sin(towards),
    )
    turn = torch.minimum(torch.sqrt(2 * rover.LIMITS.spin_braking * towards.abs()), 2.5 * towards.abs())
    rate = torch.where(towards.abs() > AIM, turn.clamp(max=rover.LIMITS.rate) * towards.sign(), 0.0)
    turned = (torch.stack([torch.zeros_like(rate), rate], 1) / SCALE)[:, None].expand(-1, labels.shape[1], -1)
    return (
        replace(inputs, situation=torch.where(chosen[:, None], moved, situation)),
        torch.where(chosen[:, None, None], turned, labels),
    )


def follow(way: Tensor, left: Tensor, room: Tensor) -> Tensor:
    """Return the speeds (B, 2), in the network's terms, that head for a point (B, 2) of a way as ``Navigator`` does."""
    limits = rover.LIMITS
    aside = torch.atan2(way[:, 1], way[:, 0])
    most = torch.sqrt(2 * limits.braking * left.clamp(min=0.0)).clamp(min=0.08, max=limits.speed)
    speed = torch.where(aside.abs() > 0.8, torch.zeros_like(aside), most * torch.cos(aside) ** 3)
    ahead = torch.sqrt(2 * limits.braking * (room - 0.05).clamp(min=0.0))
    rate = (1.8 * aside).clamp(-limits.rate, limits.rate)
    return torch.stack([torch.minimum(speed, ahead), rate], 1) / SCALE


def rows_of(inputs: Inputs, rows: Tensor) -> Inputs:
    """Return some rows, in single precision."""
    parts = {name: getattr(inputs, name)[rows] for name in FIELDS}
    return Inputs(**{name: part if part.dtype == torch.bool else part.float() for name, part in parts.items()})
