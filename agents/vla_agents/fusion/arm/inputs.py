"""What an arm's control network is given: one array for each modality, and which of them are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from vla_agents.fusion.arm.body import CAMERAS
from vla_agents.fusion.arm.senses import ArmSenses
from vla_agents.fusion.arm.situation import SIZE
from vla_agents.fusion.perception.detector import Sight

SENSORS = (*CAMERAS, "force", "touch", "joints")
"""Modalities that may be missing, in the order of ``present``."""
MODALITIES = ("text", "situation", *SENSORS)
"""All that is fused, in the order of masks and weights; the first two are always there."""
FIELDS = (*MODALITIES, "present")
GRID = 4
WIDTH = 32
"""Features of a cell of the eye's maps."""
SHAPES: Mapping[str, tuple[int, ...]] = {
    "situation": (SIZE,),
    "overhead": (GRID**2, WIDTH),
    "wrist": (GRID**2, WIDTH),
    "force": (6,),
    "touch": (4,),
    "joints": (16,),
}
_WEIGHT = 9.0
"""Of the hand [N]."""


@dataclass(frozen=True, slots=True)
class ArmInputs:
    """A batch for the control network; what is missing is zero.

    ``text`` (B, width of the reader); ``overhead`` and ``wrist`` (B, 16, 32): the eye's features of frame and depth on
    a 4 x 4 grid; ``force`` (B, 6): mean force [10 N] and torque [N m] on the wrist, without the hand's weight;
    ``touch`` (B, 4): contact of the left and the right pad and their forces [10 N]; ``joints`` (B, 16): positions and
    velocities; ``situation`` (B, SIZE); ``present`` (B, 5).
    """

    text: Tensor
    situation: Tensor
    overhead: Tensor
    wrist: Tensor
    force: Tensor
    touch: Tensor
    joints: Tensor
    present: Tensor

    @property
    def there(self) -> Tensor:
        """Which modalities are there (B, len(MODALITIES))."""
        return torch.cat([torch.ones((len(self.present), 2), dtype=torch.bool), self.present], 1)

    def without(self, missing: Tensor) -> ArmInputs:
        """Return the same with the sensors of ``missing`` (B, 5) taken away."""
        present = self.present & ~missing
        parts = {
            name: getattr(self, name) * present[:, index].view(-1, *[1] * (getattr(self, name).dim() - 1))
            for index, name in enumerate(SENSORS)
        }
        return ArmInputs(text=self.text, situation=self.situation, present=present, **parts)


def gather(senses: ArmSenses, sights: Mapping[str, Sight], text: Tensor, situation: NDArray[np.float32]) -> ArmInputs:
    """Return the inputs of one step, a batch of one; ``text`` is (width,), ``situation`` (SIZE,)."""
    parts: dict[str, Any] = {
        name: F.adaptive_avg_pool2d(sight.features, GRID)[0].flatten(1).T for name, sight in sights.items()
    }
    if senses.force is not None:
        parts["force"] = _force(senses.force)
    if senses.touch is not None:
        pressure = np.zeros(2) if senses.pressure is None else np.asarray(senses.pressure, float)
        parts["touch"] = np.concatenate([senses.touch.astype(float), np.clip(pressure / 10.0, 0.0, 4.0)])
    if senses.joints is not None:
        parts["joints"] = np.clip(senses.joints.T.ravel(), -4.0, 4.0)
    present = torch.tensor([[name in parts for name in SENSORS]])
    filled = {
        name: torch.as_tensor(parts[name], dtype=torch.float32)[None]
        if name in parts
        else torch.zeros(1, *SHAPES[name])
        for name in SENSORS
    }
    return ArmInputs(text=text[None], situation=torch.from_numpy(situation)[None], present=present, **filled)


def _force(window: NDArray[np.float64]) -> NDArray[np.float64]:
    mean = np.asarray(window, float).reshape(-1, 6).mean(axis=0)
    mean[2] -= np.copysign(_WEIGHT, mean[2])
    return np.asarray(np.clip(np.concatenate([mean[:3] / 10.0, mean[3:]]), -4.0, 4.0))


def stacked(steps: list[ArmInputs]) -> ArmInputs:
    """Put batches behind each other."""
    return ArmInputs(**{name: torch.cat([getattr(step, name) for step in steps]) for name in FIELDS})
