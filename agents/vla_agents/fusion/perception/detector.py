"""The eye: finds things in a camera frame and says what they look like, in the terms that words are read into."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vla_agents.fusion.language.slots import QUERY
from vla_agents.fusion.perception.pretrained import Trunk

STRIDE = 4
"""Pixels of the camera for each cell of the eye's maps."""
SHARPNESS = 6.0
"""Factor on cosines: a perfect match has a logit of half of it."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What frames show, on maps of a quarter of their size (h, w).

    ``thing`` (B, h, w): logit that a thing is centred in a cell; ``inside`` (B, h, w): logit that a cell shows one;
    ``box`` (B, 4, h, w): distances [pixels] from the cell's middle to the box's left, top, right and bottom;
    ``range`` (B, h, w): log of the distance ahead [m]; ``flat`` (B, h, w): logit that it is but a picture;
    ``looks`` (B, 2, QUERY, h, w): unit vectors, what colour and what shape; ``features`` (B, C, h, w).
    """

    thing: Tensor
    inside: Tensor
    box: Tensor
    range: Tensor
    flat: Tensor
    looks: Tensor
    features: Tensor


class Block(nn.Module):
    """Two 3 x 3 convolutions with a way around."""

    def __init__(self, width: int):
        super().__init__()
        self.one, self.two = nn.Conv2d(width, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1)
        self.norm = nn.GroupNorm(8, width)

    def forward(self, x: Tensor) -> Tensor:
        """Return features of the same shape."""
        return x + self.two(F.silu(self.norm(self.one(F.silu(x)))))  # type: ignore[no-any-return]


class Eye(nn.Module):
    """A small U-shaped network over the frame and, where there is one, the depth image that goes with it.

    Takes frames (B, 3, H, W) in 0..1 and depth (B, 2, H, W): metres over ten, and 1 where it is known; zeros where
    there is no depth image.

    Args:
        width: features of a cell.
        trunk: a pretrained trunk of that width, in place of the stem that is trained with the rest.
    """

    def __init__(self, width: int = 32, trunk: Trunk | None = None):
        super().__init__()
        stem = nn.Sequential(nn.Conv2d(3, 16, 5, 2, 2), nn.SiLU(), nn.Conv2d(16, width, 3, 2, 1))
        self.start = stem if trunk is None else trunk
        self.relief = nn.Sequential(nn.Conv2d(2, 8, 5, 2, 2), nn.SiLU(), nn.Conv2d(8, width, 3, 2, 1))
        self.fine = Block(width)
        self.down, self.middle = nn.Conv2d(width, 48, 3, 2, 1), Block(48)
        self.lower, self.coarse = nn.Conv2d(48, 64, 3, 2, 1), nn.Sequential(Block(64), Block(64))
        self.up, self.back = nn.Conv2d(48 + 64, 64, 1), nn.Conv2d(64 + width, width, 1)
        self.last = Block(width)
        self.maps = nn.Conv2d(width, 8, 1)
        self.looks = nn.Conv2d(width, 2 * QUERY, 1)
        self.width = width

    def forward(self, frames: Tensor, depth: Tensor) -> Sight:
        """Look at some frames."""
        fine = self.fine(self._start(frames) + self.relief(depth))
        middle = self.middle(self.down(fine))
        coarse = F.interpolate(self.coarse(self.lower(middle)), scale_factor=2.0)
        middle = self.up(torch.cat([middle, coarse], 1))
        features = self.last(self.back(torch.cat([fine, F.interpolate(middle, scale_factor=2.0)], 1)))
        maps = self.maps(F.silu(features))
        looks = F.normalize(self.looks(F.silu(features)).unflatten(1, (2, QUERY)), dim=2)
        box = F.softplus(maps[:, 4:8]) * 8.0
        return Sight(maps[:, 0], maps[:, 1], box, maps[:, 2], maps[:, 3], looks, features)

    def _start(self, frames: Tensor) -> Tensor:
        """Return the first features (B, width, H / STRIDE, W / STRIDE), of the stem or of the trunk."""
        if isinstance(self.start, Trunk):
            return self.start(frames, (frames.shape[2] // STRIDE, frames.shape[3] // STRIDE))  # type: ignore[no-any-return]
        return self.start(frames - 0.5)  # type: ignore[no-any-return]


def match(looks: Tensor, query: Tensor) -> Tensor:
    """Return how probably looks (..., 2, QUERY) are what a mention (..., 2, QUERY) names: both colour and shape agree.

    The two halves are judged apart and multiplied, so that a pair of words that never met in training is understood if
    each was. A half of zeros agrees with everything.
    """
    agreement = torch.sigmoid(SHARPNESS * ((looks * query).sum(-1) - 0.5))
    return torch.where(query.any(-1), agreement, 1.0).prod(-1)


def match_logits(looks: Tensor, query: Tensor) -> Tensor:
    """Return the logits of each half of a match (..., 2)."""
    return SHARPNESS * ((looks * query).sum(-1) - 0.5)
