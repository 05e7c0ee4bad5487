"""The arm's control network: fused modalities to a chunk of motions, each with its own uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vla_agents.fusion.arm.inputs import MODALITIES, SHAPES, WIDTH, ArmInputs
from vla_agents.fusion.arm.rules import FAST, GRIP, TURN
from vla_agents.fusion.arm.situation import SIZE
from vla_agents.fusion.control.encoders import CameraEncoder, TextEncoder
from vla_agents.fusion.control.strategies import STRATEGIES

CHUNK = 4
"""Control steps that are decided at once."""
SCALE = torch.tensor([FAST, FAST, FAST, TURN, GRIP])
"""Motion of the tool [m], its turn [rad] and change of the gripper's width [m] that are one in the network's terms."""
NUMBERS = len(SCALE)


class ArmEncoders(nn.Module):
    """An encoder for each of an arm's modalities: tokens of one width."""

    names = MODALITIES

    def __init__(self, text: int, out: int):
        super().__init__()
        self.numbers = text + sum(int(torch.Size(shape).numel()) for shape in SHAPES.values())
        self.text = TextEncoder(text, out)
        self.situation = nn.Sequential(
            nn.Linear(SIZE, 256), nn.SiLU(), nn.Linear(256, 256), nn.SiLU(), nn.Linear(256, 4 * out)
        )
        self.overhead, self.wrist = CameraEncoder(WIDTH, out), CameraEncoder(WIDTH, out)
        self.force, self.touch = _small(6, out), _small(4, out)
        self.joints = _small(16, out)

    def forward(self, inputs: ArmInputs) -> tuple[dict[str, Tensor], Tensor]:
        """Return tokens (B, n, out) by modality, and which modalities are there (B, len(MODALITIES))."""
        tokens = {
            "text": self.text(inputs.text),
            "situation": self.situation(inputs.situation).unflatten(1, (4, -1)),
            "overhead": self.overhead(inputs.overhead),
            "wrist": self.wrist(inputs.wrist),
            "force": self.force(inputs.force)[:, None],
            "touch": self.touch(inputs.touch)[:, None],
            "joints": self.joints(inputs.joints)[:, None],
        }
        return tokens, inputs.there


def _small(numbers: int, out: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(numbers, 48), nn.SiLU(), nn.Linear(48, out))


@dataclass(frozen=True, slots=True)
class ArmDecision:
    """Motions in the network's terms (B, CHUNK, 5), the log of their variance, and what each modality gave to them."""

    motions: Tensor
    log_variance: Tensor
    weights: Tensor


class ArmPolicy(nn.Module):
    """One of the strategies, and a decoder of continuous chunks, which sees the situation as well."""

    def __init__(self, strategy: str, text: int, width: int = 96):
        super().__init__()
        self.fusion = STRATEGIES[strategy](ArmEncoders(text, width), width)
        self.decoder = nn.Sequential(
            nn.Linear(width + SIZE, 256), nn.SiLU(), nn.Linear(256, 256), nn.SiLU(), nn.Linear(256, CHUNK * 2 * NUMBERS)
        )

    def forward(self, inputs: ArmInputs) -> ArmDecision:
        """Decide for a batch."""
        fused = self.fusion(inputs)
        out = self.decoder(torch.cat([fused.vector, inputs.situation], 1)).unflatten(1, (CHUNK, 2 * NUMBERS))
        motions, log_variance = out.chunk(2, -1)
        return ArmDecision(1.25 * torch.tanh(motions / 1.25), log_variance.clamp(-8.0, 2.0), fused.weights)
