"""An encoder for each modality: tokens of one width out of whatever the sensor gives."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vla_agents.fusion.control.inputs import CAMERA_GRID, DEPTH_GRID, LIDAR_SECTORS, MODALITIES, Inputs
from vla_agents.fusion.features import SIZE


class TextEncoder(nn.Module):
    """The sentence as a whole (B, width) -> one token (B, 1, out)."""

    def __init__(self, width: int, out: int):
        super().__init__()
        self.net = nn.Linear(width, out)

    def forward(self, text: Tensor) -> Tensor:
        """Return the token."""
        return self.net(text)[:, None]  # type: ignore[no-any-return]


class SituationEncoder(nn.Module):
    """Numbers of the situation (B, SIZE) -> four tokens (B, 4, out)."""

    def __init__(self, out: int):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(SIZE, 160), nn.SiLU(), nn.Linear(160, 160), nn.SiLU(), nn.Linear(160, 4 * out)
        )

    def forward(self, situation: Tensor) -> Tensor:
        """Return the tokens."""
        return self.net(situation).unflatten(1, (4, -1))  # type: ignore[no-any-return]


class CameraEncoder(nn.Module):
    """Features of the eye on a grid (B, 16, width) -> as many tokens (B, 16, out)."""

    def __init__(self, width: int, out: int):
        super().__init__()
        self.net = nn.Linear(width, out)
        self.place = nn.Parameter(0.02 * torch.randn(CAMERA_GRID**2, out))

    def forward(self, camera: Tensor) -> Tensor:
        """Return the tokens."""
        return self.net(camera) + self.place  # type: ignore[no-any-return]


class DepthEncoder(nn.Module):
    """Nearness on a grid (B, 72) -> a token for each half of the view, left and right (B, 2, out)."""

    def __init__(self, out: int):
        super().__init__()
        half = DEPTH_GRID[0] * DEPTH_GRID[1] // 2
        self.net = nn.Sequential(nn.Linear(half, 48), nn.SiLU(), nn.Linear(48, out))
        self.place = nn.Parameter(0.02 * torch.randn(2, out))

    def forward(self, depth: Tensor) -> Tensor:
        """Return the tokens."""
        halves = depth.unflatten(1, DEPTH_GRID).unflatten(2, (2, -1)).transpose(1, 2).flatten(2)
        return self.net(halves) + self.place  # type: ignore[no-any-return]


class LidarEncoder(nn.Module):
    """Nearness by sector (B, 72) -> nine tokens round the robot (B, 9, out); convolutions go round too."""

    def __init__(self, out: int):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv1d(1, 24, 5, 2, 2, padding_mode="circular"),
            nn.SiLU(),
            nn.Conv1d(24, 32, 5, 2, 2, padding_mode="circular"),
            nn.SiLU(),
            nn.Conv1d(32, out, 3, 2, 1, padding_mode="circular"),
        )
        self.place = nn.Parameter(0.02 * torch.randn(LIDAR_SECTORS // 8, out))

    def forward(self, lidar: Tensor) -> Tensor:
        """Return the tokens."""
        return self.net(lidar[:, None]).transpose(1, 2) + self.place  # type: ignore[no-any-return]


class ImuEncoder(nn.Module):
    """The last ten samples (B, 10, 6) -> one token (B, 1, out)."""

    def __init__(self, out: int):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(60, 48), nn.SiLU(), nn.Linear(48, out))

    def forward(self, imu: Tensor) -> Tensor:
        """Return the token."""
        return self.net(imu)[:, None]  # type: ignore[no-any-return]


class OdometryEncoder(nn.Module):
    """Speed and yaw rate of the wheels (B, 2) -> one token (B, 1, out)."""

    def __init__(self, out: int):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 32), nn.SiLU(), nn.Linear(32, out))

    def forward(self, odometry: Tensor) -> Tensor:
        """Return the token."""
        return self.net(odometry)[:, None]  # type: ignore[no-any-return]


class Encoders(nn.Module):
    """All encoders: inputs -> tokens by modality, and which modalities are there (B, len(MODALITIES)).

    ``names`` are the modalities, ``numbers`` how many numbers all of them are.
    """

    names = MODALITIES

    def __init__(self, text: int, camera: int, out: int):
        super().__init__()
        grid = DEPTH_GRID[0] * DEPTH_GRID[1]
        self.numbers = text + CAMERA_GRID**2 * camera + grid + LIDAR_SECTORS + 60 + 2 + SIZE
        self.text, self.situation = TextEncoder(text, out), SituationEncoder(out)
        self.camera, self.depth = CameraEncoder(camera, out), DepthEncoder(out)
        self.lidar, self.imu, self.odometry = LidarEncoder(out), ImuEncoder(out), OdometryEncoder(out)

    def forward(self, inputs: Inputs) -> tuple[dict[str, Tensor], Tensor]:
        """Return tokens (B, n, out) by modality, and what is there."""
        tokens = {name: getattr(self, name)(getattr(inputs, name)) for name in MODALITIES}
        return tokens, inputs.there
