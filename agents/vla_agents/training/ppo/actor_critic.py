"""The fusion policy as stable-baselines3's PPO takes it, with a critic that knows the truth."""

from __future__ import annotations

import copy
from typing import Any

import torch
from gymnasium import spaces
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.type_aliases import PyTorchObs, Schedule
from torch import Tensor, nn
from torch.distributions import Normal

from vla_agents.fusion.control.inputs import SENSORS
from vla_agents.fusion.control.policy import Decision, Policy
from vla_agents.fusion.features import SIZE
from vla_agents.training.ppo import privileged
from vla_agents.training.ppo.senses import as_inputs

Seen = dict[str, Tensor]
REST = 2.0
"""Speed, in the network's terms, of which the exploration at rest is a share."""
NEAR = 0.1
"""Difference between speeds, in the network's terms, that is a standard deviation."""
_CHUNK_WEIGHTS = (1.0, 0.5, 0.35, 0.25)
"""How much each step of a chunk counts when two decisions are compared, as in imitation."""


class FusionFeatures(BaseFeaturesExtractor):
    """A policy, whose fusion of all modalities is the features: observations of ``FusionSenses`` -> (B, width)."""

    def __init__(self, observation_space: spaces.Space[Any], policy: Policy):
        super().__init__(observation_space, _width(policy))
        self.policy = copy.deepcopy(policy).requires_grad_(True)

    def forward(self, seen: Seen) -> Tensor:
        """Fuse a batch."""
        vector: Tensor = self.policy.fusion(as_inputs(seen)).vector
        return vector


class Critic(nn.Module):
    """Privileged truth and the situation -> the value (B, 1)."""

    def __init__(self, width: int = 128):
        super().__init__()
        size = len(privileged.NAMES) + SIZE + len(SENSORS) + 1
        self.net = nn.Sequential(
            nn.Linear(size, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 1)
        )

    def forward(self, seen: Seen) -> Tensor:
        """Return what is still to be gained."""
        value: Tensor = self.net(torch.cat([seen[name] for name in ("truth", "situation", "present", "explores")], 1))
        return value


class FusionActorCritic(ActorCriticPolicy):
    """Explores with a normal distribution about the first speeds of the policy's chunk.

    It does so where the observation says ``explores``, by the ``noise`` that is given there; elsewhere it does what it
    means, and such steps say nothing about the policy: their log probability is 0. The standard deviation grows with
    the speeds (signal-dependent noise, Harris and Wolpert 1998).

    What it calls its entropy is minus the distance to the policy that it began with, while no fault has touched
    anything: the entropy is the divergence from a uniform policy, which is replaced by the one from a good policy, so
    that ``ent_coef`` weighs how strongly it is anchored (as KL-regularised fine-tuning does, Jaques et al. 2017).
    Where something has failed it is free in what it explores, and anchored in what it does not.

    Made with ``features_extractor_kwargs={"policy": the policy that it begins with}``; ``spread`` is the share of speed
    and yaw rate that is tried beyond what is meant, to begin with, and 0 for what is not explored. ``actor_share`` is
    what part of the learning rate is the actor's: a critic that knows nothing yet may learn fast, a policy that drives
    already may not.
    """

    features_extractor: FusionFeatures
    explored: Tensor

    def __init__(
        self,
        observation_space: spaces.Space[Any],
        action_space: spaces.Space[Any],
        lr_schedule: Schedule,
        *,
        spread: tuple[float, float] = (0.1, 0.1),
        actor_share: float = 1.0,
        **keywords: Any,
    ):
        self._spread_at_first, self._actor_share = spread, actor_share
        super().__init__(
            observation_space,
            action_space,
            lr_schedule,
            net_arch=[],
            features_extractor_class=FusionFeatures,
            **keywords,
        )

    def _build(self, lr_schedule: Schedule) -> None:
        """Put the parts together; stable-baselines3 calls it."""
        self.critic = Critic()
        spread = torch.tensor(self._spread_at_first)
        self.register_buffer("explored", (spread > 0.0).float())
        self.log_std = nn.Parameter(torch.where(spread > 0.0, spread, spread.max()).log())
        groups = [
            {"params": list(self.critic.parameters()), "share": 1.0},
            {"params": [*self.policy.parameters(), self.log_std], "share": self._actor_share},
        ]
        self.optimizer = torch.optim.Adam(groups, lr_schedule(1), **self.optimizer_kwargs)
        self.anchor = copy.deepcopy(self.policy).requires_grad_(False).eval()

    @property
    def policy(self) -> Policy:
        """The policy that learns."""
        return self.features_extractor.policy

    def decide(self, seen: PyTorchObs) -> Decision:
        """Return the decision of the policy as it is now."""
        decision: Decision = self.policy(as_inputs(_parts(seen)))
        return decision

    def forward(self, obs: PyTorchObs, deterministic: bool = False) -> tuple[Tensor, Tensor, Tensor]:
        """Return actions (B, 3), values and log probabilities."""
        seen, decision = _parts(obs), self.decide(obs)
        speeds = decision.speeds[:, 0]
        if not deterministic:
            speeds = speeds + self._spread(decision) * self.explored * seen["noise"] * seen["explores"]
        actions = torch.cat([speeds, decision.log_variance[:, 0, :1]], 1)
        return actions, self.critic(seen), self._log_probability(decision, speeds) * seen["explores"][:, 0]

    def evaluate_actions(self, obs: PyTorchObs, actions: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return values, log probabilities, and minus the distance to the anchor."""
        seen, decision = _parts(obs), self.decide(obs)
        with torch.no_grad():
            anchored = self.anchor(as_inputs(seen))
        near = distance(decision, anchored, torch.maximum(seen["calm"], 1.0 - self.explored))
        log_probability = self._log_probability(decision, actions[:, :2]) * seen["explores"][:, 0]
        return self.critic(seen), log_probability, -near

    def predict_values(self, obs: PyTorchObs) -> Tensor:
        """Return what the critic says."""
        value: Tensor = self.critic(_parts(obs))
        return value

    def _predict(self, observation: PyTorchObs, deterministic: bool = False) -> Tensor:
        return self.forward(observation, deterministic)[0]

    def _spread(self, decision: Decision) -> Tensor:
        """Return the standard deviations of what is tried (B, 2)."""
        return self.log_std.exp() * (REST + decision.speeds[:, 0].abs())

    def _log_probability(self, decision: Decision, speeds: Tensor) -> Tensor:
        """Return how probable speeds (B, 2) are, as far as they are explored (B,)."""
        about = Normal(decision.speeds[:, 0], self._spread(decision))
        probability: Tensor = (about.log_prob(speeds) * self.explored).sum(1)
        return probability


def _width(policy: Policy) -> int:
    first = policy.decoder[0]
    assert isinstance(first, nn.Linear)
    return first.in_features


def _parts(obs: PyTorchObs) -> Seen:
    assert isinstance(obs, dict)
    return obs


def distance(one: Decision, other: Decision, counts: Tensor) -> Tensor:
    """Return how far decisions are from others (B,); ``counts`` (B, 2): how much speed and yaw rate do.

    It is the divergence of normal distributions about the speeds of the chunk with a standard deviation of ``NEAR``,
    and half of the squared difference of the logs of the stated standard deviations.
    """
    weight = torch.tensor(_CHUNK_WEIGHTS)[:, None]
    speeds = 0.5 * ((one.speeds - other.speeds) / NEAR) ** 2
    stated = 0.125 * (one.log_variance - other.log_variance) ** 2
    return (weight * (speeds + stated) * counts[:, None]).sum((1, 2))
