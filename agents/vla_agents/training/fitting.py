"""Fitting control networks and their decoder to labels, batch by batch."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def chunk_loss(chunk: Tensor, log_variance: Tensor, labels: Tensor) -> Tensor:
    """Return how far a batch of chunks (B, 4, numbers) is from the teacher's.

    Huber, the next step counting most, and the likelihood of the errors under the stated variance (Kendall and Gal
    2017), which leaves the chunks alone.
    """
    weight = torch.tensor([1.0, 0.5, 0.35, 0.25])[:, None]
    error = F.smooth_l1_loss(chunk, labels, beta=0.05, reduction="none")
    squared = (chunk.detach() - labels) ** 2
    likelihood = 0.5 * (squared * torch.exp(-log_variance) + log_variance)
    return (weight * error).mean() + 0.02 * (weight * likelihood).mean()


def fit(
    network: nn.Module, batch_loss: Callable[[], Tensor], steps: int, rate: float, say: Callable[[str], None]
) -> float:
    """Train a network in place, on batches that ``batch_loss`` draws; return the mean loss of the last tenth."""
    optimiser = torch.optim.AdamW(network.parameters(), rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps + 1, pct_start=0.1)
    network.train()
    recent: list[float] = []
    for step in range(steps):
        loss = batch_loss()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        recent.append(float(loss.detach()))
        if (step + 1) % max(steps // 5, 1) == 0:
            say(f"step {step + 1}/{steps}: loss {sum(recent[-200:]) / len(recent[-200:]):.4f}")
    network.eval()
    last = recent[-max(steps // 10, 1) :]
    return sum(last) / len(last)
