"""Four ways to fuse the modalities, behind one interface; any of the sensors may be missing in any row of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Modal(Protocol):
    """Inputs for some modalities, each an attribute."""

    @property
    def there(self) -> Tensor:
        """Which modalities are there (B, modalities)."""
        ...


class Encoding(Protocol):
    """Encoders for some modalities ``names``; ``numbers`` is how many numbers all of them are."""

    names: tuple[str, ...]
    numbers: int

    def __call__(self, inputs: Any) -> tuple[dict[str, Tensor], Tensor]:
        """Return tokens (B, n, width) by modality, and which modalities are there (B, modalities).

        The first one is the words, of one token; the second one the situation.
        """
        ...


@dataclass(frozen=True, slots=True)
class Fused:
    """What is made of all modalities (B, width), and each one's share in it (B, modalities), summing to 1."""

    vector: Tensor
    weights: Tensor


class Fusion(Protocol):
    """A way to fuse."""

    def __call__(self, inputs: Modal) -> Fused:
        """Fuse a batch."""
        ...


class EarlyFusion(nn.Module):
    """Raw inputs side by side, with the mask of what is there, into one network."""

    def __init__(self, encoders: Encoding, width: int):
        super().__init__()
        self._names, size = encoders.names, encoders.numbers + len(encoders.names)
        self.net = nn.Sequential(nn.Linear(size, 224), nn.SiLU(), nn.Linear(224, 160), nn.SiLU(), nn.Linear(160, width))

    def forward(self, inputs: Modal) -> Fused:
        """Fuse a batch."""
        there = inputs.there
        raw = [getattr(inputs, name).flatten(1) for name in self._names]
        weights = there.float() / there.sum(1, keepdim=True)
        return Fused(self.net(torch.cat([*raw, there.float()], 1)), weights)


class IntermediateFusion(nn.Module):
    """Features of the modalities, scaled and shifted by the words (FiLM, Perez et al. 2018), joined layer by layer."""

    def __init__(self, encoders: Encoding, width: int):
        super().__init__()
        self.encoders, names = encoders, encoders.names
        self.film = nn.Linear(width, 2 * width * len(names))
        self.gate = nn.Linear(width, len(names))
        self.layers = nn.ModuleList(
            nn.Sequential(nn.Linear(2 * width, 2 * width), nn.SiLU(), nn.Linear(2 * width, width)) for _ in names
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, inputs: Modal) -> Fused:
        """Fuse a batch."""
        tokens, there = self.encoders(inputs)
        text = tokens["text"][:, 0]
        scale, shift = self.film(text).unflatten(1, (there.shape[1], -1)).chunk(2, -1)
        gate = torch.sigmoid(self.gate(text)) * there
        state = text
        for index, name in enumerate(self.encoders.names):
            features = tokens[name].mean(1) * (1 + scale[:, index]) + shift[:, index]
            state = state + gate[:, index : index + 1] * self.layers[index](torch.cat([self.norm(state), features], 1))
        return Fused(self.norm(state), gate / gate.sum(1, keepdim=True).clamp(min=1e-6))


class LateFusion(nn.Module):
    """Each modality decides by itself, knowing words and situation; decisions are weighted by their confidence."""

    def __init__(self, encoders: Encoding, width: int):
        super().__init__()
        self.encoders, names = encoders, encoders.names
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Linear(3 * width, 2 * width), nn.SiLU(), nn.Linear(2 * width, width + 1)) for _ in names
        )

    def forward(self, inputs: Modal) -> Fused:
        """Fuse a batch."""
        tokens, there = self.encoders(inputs)
        common = torch.cat([tokens["text"][:, 0], tokens["situation"].mean(1)], 1)
        decided = torch.stack(
            [
                head(torch.cat([common, tokens[name].mean(1)], 1))
                for name, head in zip(self.encoders.names, self.heads, strict=True)
            ],
            1,
        )
        weights = decided[..., -1].masked_fill(~there, -torch.inf).softmax(1)
        return Fused((weights[..., None] * decided[..., :-1]).sum(1), weights)


class AttentionFusion(nn.Module):
    """Latent queries that start from the words attend to the tokens of all modalities that are there, in two layers."""

    queries = 4

    def __init__(self, encoders: Encoding, width: int):
        super().__init__()
        self.encoders, names = encoders, encoders.names
        self.kind = nn.Parameter(0.02 * torch.randn(len(names), width))
        self.latent = nn.Parameter(0.3 * torch.randn(self.queries, width))
        self.attend = nn.ModuleList(nn.MultiheadAttention(width, 4, batch_first=True) for _ in range(2))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(5))
        self.think = nn.ModuleList(
            nn.Sequential(nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, width)) for _ in range(2)
        )
        self.out = nn.Linear(self.queries * width, width)

    def forward(self, inputs: Modal) -> Fused:
        """Fuse a batch."""
        by_name, there = self.encoders(inputs)
        tokens = torch.cat([by_name[name] + self.kind[index] for index, name in enumerate(self.encoders.names)], 1)
        counts = [by_name[name].shape[1] for name in self.encoders.names]
        hidden = torch.cat([(~there[:, index : index + 1]).expand(-1, n) for index, n in enumerate(counts)], 1)
        tokens = self.norms[4](tokens)
        state = self.latent + by_name["text"]
        shares = tokens.new_zeros(there.shape)
        for layer in range(2):
            found, weights = self.attend[layer](self.norms[layer](state), tokens, tokens, key_padding_mask=hidden)
            state = state + found
            state = state + self.think[layer](self.norms[2 + layer](state))
            by_token = weights.mean(1).split(counts, 1)
            shares = shares + torch.stack([part.sum(1) for part in by_token], 1) / 2
        return Fused(self.out(F.silu(state.flatten(1))), shares)


STRATEGIES: dict[str, type[nn.Module]] = {
    "early": EarlyFusion,
    "intermediate": IntermediateFusion,
    "late": LateFusion,
    "attention": AttentionFusion,
}
