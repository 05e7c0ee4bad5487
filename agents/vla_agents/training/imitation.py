"""Training the control network on what the teacher would have done."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from vla_agents.classical import rover
from vla_agents.fusion.control.inputs import FIELDS, SENSORS, Inputs
from vla_agents.fusion.control.policy import SCALE, Policy
from vla_agents.fusion.features import PLACE_OF
from vla_agents.fusion.rules import AIM, CLOSE
from vla_agents.training.fitting import chunk_loss, fit
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


def train_policy(
    policy: Policy, rollouts: Rollouts, recipe: ImitationRecipe, say: Callable[[str], None] = print
) -> float:
    """Train in place; return the mean loss of the last tenth."""
    rng = torch.Generator().manual_seed(seeding.derive_seed(recipe.seed, "imitation") % 2**63)
    torch.manual_seed(recipe.seed)

    def batch_loss() -> Tensor:
        rows = torch.randint(len(rollouts), (recipe.batch,), generator=rng)
        inputs, labels = elsewhere(rows_of(rollouts.inputs, rows), rollouts.labels[rows], rng)
        inputs, labels = facing(inputs, labels, rng)
        missing = torch.rand((len(rows), len(SENSORS)), generator=rng) < torch.tensor(recipe.dropout)
        decision = policy(inputs.without(missing))
        return chunk_loss(decision.speeds, decision.log_variance, labels)

    return fit(policy, batch_loss, recipe.steps, recipe.rate, say)


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
