from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from vla_agents.training.fitting import chunk_loss, fit


def test_the_next_step_counts_most() -> None:
    labels = torch.randn((8, 4, 2), generator=torch.Generator().manual_seed(1))
    losses = []
    for step in range(4):
        wrong = labels.clone()
        wrong[:, step] += 0.5
        losses.append(float(chunk_loss(labels, torch.zeros(8, 4, 2), wrong)))
    assert losses == sorted(losses, reverse=True)
    assert len(set(losses)) == 4


def test_a_stated_variance_that_is_too_small_or_too_large_costs() -> None:
    labels = 0.3 * torch.randn((4_000, 4, 2), generator=torch.Generator().manual_seed(1))
    losses = [
        float(chunk_loss(torch.zeros_like(labels), torch.full_like(labels, 2 * log), labels))
        for log in (-2.5, -1.2, 0.5)  # the logarithm of 0.3 is -1.2
    ]
    assert losses[1] < min(losses[0], losses[2])


def test_the_variance_leaves_the_chunk_alone() -> None:
    chunk, log_variance = (torch.zeros((2, 4, 2), requires_grad=True) for _ in range(2))
    labels = torch.ones((2, 4, 2))
    chunk_loss(chunk, log_variance - 3.0, labels).backward()
    assert chunk.grad is not None
    assert log_variance.grad is not None
    with_variance = chunk.grad.clone()
    chunk.grad = None
    chunk_loss(chunk, torch.zeros_like(labels), labels).backward()
    torch.testing.assert_close(chunk.grad, with_variance)


def test_a_network_is_fitted_and_what_is_told_is_its_loss() -> None:
    torch.manual_seed(0)
    network, rng = nn.Linear(3, 1), torch.Generator().manual_seed(2)
    told: list[str] = []

    def batch_loss() -> Tensor:
        rows = torch.randn((64, 3), generator=rng)
        return ((network(rows) - rows.sum(1, keepdim=True)) ** 2).mean()

    before = float(batch_loss().detach())
    last = fit(network, batch_loss, 400, 3e-2, told.append)
    assert last < 0.01 * before
    assert [line.partition(":")[0] for line in told] == [f"step {each}/400" for each in (80, 160, 240, 320, 400)]
    assert not network.training
    assert float(told[-1].rpartition(" ")[2]) == pytest.approx(last, abs=0.05)
