"""What happens to frames in training, so that the eye stands dirt, darkness and noise; and no depth, or a bad one."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def disturb(frames: Tensor, rng: torch.Generator) -> Tensor:
    """Return frames (B, 3, H, W) in 0..1 under other light, and some of them blurred, noisy or partly covered."""
    count = len(frames)
    gain = 1.0 + 0.25 * (2.0 * torch.rand((count, 1, 1, 1), generator=rng) - 1.0)
    tint = 1.0 + 0.05 * torch.randn((count, 3, 1, 1), generator=rng)
    shift = 0.06 * torch.randn((count, 1, 1, 1), generator=rng)
    frames = frames * gain * tint + shift
    dim = _chosen(count, 0.08, rng)
    frames = torch.where(dim, frames * (0.15 + 0.6 * torch.rand((count, 1, 1, 1), generator=rng)), frames)
    frames = torch.where(_chosen(count, 0.12, rng), F.avg_pool2d(frames, 3, 1, 1), frames)
    sigma = 0.14 * torch.rand((count, 1, 1, 1), generator=rng) * _chosen(count, 0.3, rng)
    frames = frames + sigma * torch.randn(frames.shape, generator=rng)
    spots = _chosen(count, 0.1, rng) & (torch.rand((count, 1, 8, 8), generator=rng) < 0.15).repeat_interleave(
        frames.shape[2] // 8, 2
    ).repeat_interleave(frames.shape[3] // 8, 3)
    return torch.where(spots, torch.rand((count, 3, 1, 1), generator=rng), frames).clamp(0.0, 1.0)


def disturb_depth(depth: Tensor, rng: torch.Generator) -> Tensor:
    """Return depth (B, 2, H, W) with noise, holes, and for a third of the frames nothing at all."""
    count = len(depth)
    metres, known = depth[:, :1], depth[:, 1:]
    noise = 1.0 + 0.02 * torch.randn(metres.shape, generator=rng) * _chosen(count, 0.3, rng)
    holes = _chosen(count, 0.2, rng) & (torch.rand(metres.shape, generator=rng) < 0.3)
    there = known * ~holes * ~_chosen(count, 0.33, rng)
    return torch.cat([metres * noise * there, there], 1)


def _chosen(count: int, share: float, rng: torch.Generator) -> Tensor:
    return torch.rand((count, 1, 1, 1), generator=rng) < share
