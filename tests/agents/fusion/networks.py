"""Networks that have learned nothing, and inputs drawn at random, for tests of what must hold whatever was learned."""

from __future__ import annotations

import torch
from vla_agents.fusion.control.inputs import Inputs
from vla_agents.fusion.features import SIZE

TEXT, CAMERA = 96, 32


def random_inputs(count: int, seed: int = 0) -> Inputs:
    rng = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn((count, *shape), generator=rng)

    whole = Inputs(
        text=draw(TEXT),
        camera=draw(16, CAMERA),
        depth=draw(72),
        lidar=draw(72),
        imu=draw(10, 6),
        odometry=draw(2),
        situation=draw(SIZE),
        present=torch.ones((count, 5), dtype=torch.bool),
    )
    return whole.without(torch.rand((count, 5), generator=rng) < 0.4)
