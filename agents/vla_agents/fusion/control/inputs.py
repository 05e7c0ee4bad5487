"""What the control network is given: one array for each modality, and which of them are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from vla_agents.classical.senses import Senses
from vla_agents.fusion.features import SIZE
from vla_agents.fusion.perception.detector import Sight

SENSORS = ("camera", "depth", "lidar", "imu", "odometry")
"""Modalities that may be missing, in the order of ``present``."""
MODALITIES = ("text", "situation", *SENSORS)
"""All that is fused, in the order of masks and weights; the first two are always there."""
CAMERA_GRID = 4
DEPTH_GRID = (6, 12)
LIDAR_SECTORS = 72
_FAR = 4.0
"""Distance from which all is far [m]."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """A batch for the control network; what is missing is zero.

    ``text`` (B, width of the reader); ``camera`` (B, 16, width of the eye): its features on a 4 x 4 grid;
    ``depth`` (B, 72): nearest distance in each part of a 6 x 12 grid; ``lidar`` (B, 72): nearest distance in each of as
    many sectors, from straight behind round to the left; both as 1 - distance / 4 m; ``imu`` (B, 10, 6);
    ``odometry`` (B, 2): speed and yaw rate; ``situation`` (B, SIZE); ``present`` (B, 5).
    """

    text: Tensor
    camera: Tensor
    depth: Tensor
    lidar: Tensor
    imu: Tensor
    odometry: Tensor
    situation: Tensor
    present: Tensor

    @property
    def there(self) -> Tensor:
        """Which modalities are there (B, len(MODALITIES))."""
        return torch.cat([torch.ones((len(self.present), 2), dtype=torch.bool), self.present], 1)

    def without(self, missing: Tensor) -> Inputs:
        """Return the same with the sensors of ``missing`` (B, 5) taken away."""
        present = self.present & ~missing
        parts = {
            name: getattr(self, name) * present[:, index].view(-1, *[1] * (getattr(self, name).dim() - 1))
            for index, name in enumerate(SENSORS)
        }
        return Inputs(text=self.text, situation=self.situation, present=present, **parts)


def gather(senses: Senses, sight: Sight | None, text: Tensor, situation: NDArray[np.float32]) -> Inputs:
    """Return the inputs of one step, a batch of one; ``text`` is (width,), ``situation`` (SIZE,)."""
    camera = None if sight is None else F.adaptive_avg_pool2d(sight.features, CAMERA_GRID)[0].flatten(1).T
    parts: dict[str, Any] = {
        "camera": camera,
        "depth": None if senses.depth is None else _depth(senses.depth),
        "lidar": None if senses.lidar is None else _lidar(senses.lidar),
        "imu": None if senses.imu is None else torch.from_numpy(_imu(senses.imu)),
        "odometry": None
        if senses.odometry is None
        else torch.tensor([senses.odometry.speed, senses.odometry.rate], dtype=torch.float32),
    }
    shapes = {
        "camera": (CAMERA_GRID**2, sight.features.shape[1] if sight is not None else 32),
        "depth": (DEPTH_GRID[0] * DEPTH_GRID[1],),
        "lidar": (LIDAR_SECTORS,),
        "imu": (10, 6),
        "odometry": (2,),
    }
    present = torch.tensor([[parts[name] is not None for name in SENSORS]])
    filled = {
        name: (torch.zeros(shapes[name]) if parts[name] is None else parts[name])[None].float() for name in SENSORS
    }
    return Inputs(text=text[None], situation=torch.from_numpy(situation)[None], present=present, **filled)


def _depth(depth: NDArray[np.float32]) -> Tensor:
    metres = torch.from_numpy(np.where(depth > 0.0, depth, _FAR).astype(np.float32))
    near = -F.adaptive_max_pool2d(-metres[None, None], DEPTH_GRID)[0, 0]
    return 1.0 - near.flatten().clamp(max=_FAR) / _FAR


def _lidar(ranges: NDArray[np.float32]) -> Tensor:
    metres = np.where(ranges > 0.0, ranges, _FAR).astype(np.float32)
    near = metres.reshape(LIDAR_SECTORS, -1).min(axis=1)
    return 1.0 - torch.from_numpy(near).clamp(max=_FAR) / _FAR


def _imu(window: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return an IMU window of ten rows, gyro as it is, the specific force less gravity, in tens."""
    rows = np.zeros((10, 6), np.float32)
    rows[-len(window) :] = window[-10:]
    rows[:, 3:] = (rows[:, 3:] - np.array([0.0, 0.0, 9.81], np.float32)) / 10.0
    return rows.clip(-4.0, 4.0)


FIELDS = ("text", "camera", "depth", "lidar", "imu", "odometry", "situation", "present")


def stacked(steps: list[Inputs]) -> Inputs:
    """Put batches behind each other."""
    return Inputs(**{name: torch.cat([getattr(step, name) for step in steps]) for name in FIELDS})


assert SIZE > 0
