"""How probably each sensor fails: a small network a sensor over its signs, calibrated on trials that it did not see."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vla_agents.fusion.control.inputs import SENSORS
from vla_agents.fusion.signs import SIGNS


class Health(nn.Module):
    """Signs (B, 5, 2 * SIGNS) -> logits that each sensor fails (B, 5).

    ``temperature`` (5,) is fitted after training, so that a probability of 0.8 is right four times in five
    (Guo et al. 2017).
    """

    temperature: Tensor

    def __init__(self, width: int = 32):
        super().__init__()
        self.nets = nn.ModuleList(
            nn.Sequential(
                nn.Linear(2 * SIGNS, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 1)
            )
            for _ in SENSORS
        )
        self.register_buffer("temperature", torch.ones(len(SENSORS)))

    def forward(self, signs: Tensor) -> Tensor:
        """Return calibrated logits."""
        logits = torch.cat([net(signs[:, index]) for index, net in enumerate(self.nets)], 1)
        return logits / self.temperature
