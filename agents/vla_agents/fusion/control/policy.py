"""The control network: fused modalities to a chunk of speeds, each with its own uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vla_agents.fusion.control.encoders import Encoders
from vla_agents.fusion.control.inputs import Inputs
from vla_agents.fusion.control.strategies import STRATEGIES, Fused

CHUNK = 4
"""Control steps that are decided at once."""
SCALE = torch.tensor([0.9, 1.6])
"""Speed [m/s] and yaw rate [rad/s] that are one in the network's terms."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Speeds in the network's terms (B, CHUNK, 2), the log of their variance, and what each modality gave to them."""

    speeds: Tensor
    log_variance: Tensor
    weights: Tensor


class Policy(nn.Module):
    """One of the strategies, and a decoder of continuous chunks."""

    def __init__(self, strategy: str, text: int, camera: int, width: int = 64):
        super().__init__()
        self.fusion = STRATEGIES[strategy](Encoders(text, camera, width), width)
        self.decoder = nn.Sequential(nn.Linear(width, 128), nn.SiLU(), nn.Linear(128, CHUNK * 4))

    def forward(self, inputs: Inputs) -> Decision:
        """Decide for a batch."""
        return self.decide(self.fusion(inputs))

    def decide(self, fused: Fused) -> Decision:
        """Decide for a batch that is fused already."""
        speeds, log_variance = self.decoder(fused.vector).unflatten(1, (CHUNK, 4)).chunk(2, -1)
        return Decision(1.5 * torch.tanh(speeds / 1.5), log_variance.clamp(-8.0, 2.0), fused.weights)
