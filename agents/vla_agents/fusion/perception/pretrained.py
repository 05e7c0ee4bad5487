"""Pretrained vision trunks: frames to a map of features, by CLIP's vision transformer or a ResNet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vla_agents.fusion.hub import Held, kind_of, load_pretrained
from vla_sim.errors import InputError

FIELD = "vision"
"""What a user sets to a trunk."""
STRIDES = (4, 8, 16, 32)
"""Strides of the four stages of a ResNet."""
_CLIP_MEAN, _CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True, slots=True)
class Preprocess:
    """Resizes frames to ``size`` (height, width) and normalises their colours, as a trunk was trained.

    The whole frame is kept, without the centre crop of CLIP's own preprocessing: maps must lie over the frame.
    """

    size: tuple[int, int]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    mode: str

    @classmethod
    def clip(cls, size: tuple[int, int]) -> Preprocess:
        """Return CLIP's: bicubic."""
        return cls(size, _CLIP_MEAN, _CLIP_STD, "bicubic")

    @classmethod
    def imagenet(cls, size: tuple[int, int]) -> Preprocess:
        """Return ImageNet's: bilinear."""
        return cls(size, _IMAGENET_MEAN, _IMAGENET_STD, "bilinear")

    def __call__(self, frames: Tensor) -> Tensor:
        """Return pixels (B, 3, *size) of frames as ``unit_frames`` takes them."""
        frames = unit_frames(frames)
        if frames.shape[2:] != self.size:
            frames = F.interpolate(frames, self.size, mode=self.mode, align_corners=False, antialias=True)
        mean, std = (frames.new_tensor(each).view(3, 1, 1) for each in (self.mean, self.std))
        return (frames.clamp(0.0, 1.0) - mean) / std


def unit_frames(frames: Tensor) -> Tensor:
    """Return frames as (B, 3, H, W) in 0..1, of bytes (B, H, W, 3) as cameras give them or such as they are.

    Raises:
        InputError: they have another shape or type.
    """
    if frames.dtype == torch.uint8 and frames.dim() == 4 and frames.shape[3] == 3:
        return frames.permute(0, 3, 1, 2).float() / 255.0
    if frames.is_floating_point() and frames.dim() == 4 and frames.shape[1] == 3:
        return frames.float()
    raise InputError(
        f"frames are uint8 (B, H, W, 3), or floats (B, 3, H, W) in 0..1, not {frames.dtype} {tuple(frames.shape)}",
        field="frames",
    )


class Trunk(nn.Module):
    """A pretrained network that turns frames into maps of ``width`` features on any grid."""

    width: int

    def forward(self, frames: Tensor, grid: tuple[int, int]) -> Tensor:
        """Return features (B, width, *grid) of frames, as ``unit_frames`` takes them."""
        raise NotImplementedError


class ClipVision(Trunk):
    """CLIP's vision transformer.

    Frames -> patches (B, hidden, n, n) -> features (B, width, *grid); for ViT-B/32 hidden is 768 and n is 7. The
    weights are those of ``CLIPVisionModel``, from a folder of the whole CLIP or of its vision tower.

    Args:
        source: a folder or a name on a model hub.
        width: features that are given.
        trainable: whether the trunk learns too; what projects its features always does.

    Raises:
        InputError: the model cannot be loaded.
    """

    def __init__(self, source: str, width: int, trainable: bool = False):
        super().__init__()
        self.trunk = Held(load_pretrained("CLIPVisionModel", source, CLIP, FIELD), trainable)
        config: Any = self.trunk.model.config
        self.preprocess = Preprocess.clip((config.image_size, config.image_size))
        self.project = nn.Conv2d(config.hidden_size, width, 1)
        self.width = width

    def patches(self, frames: Tensor) -> Tensor:
        """Return what the transformer says of each patch (B, hidden, n, n), without the class token."""
        tokens = self.trunk(pixel_values=self.preprocess(frames)).last_hidden_state[:, 1:]
        side = int(tokens.shape[1] ** 0.5)
        return tokens.transpose(1, 2).unflatten(2, (side, side))  # type: ignore[no-any-return]

    def forward(self, frames: Tensor, grid: tuple[int, int]) -> Tensor:
        """Return features (B, width, *grid)."""
        return on_grid(self.project(self.patches(frames)), grid)


class ResNetVision(Trunk):
    """A residual network; features of several strides are projected, brought to one grid and summed.

    Frames -> maps (B, hidden, size / stride, size / stride) -> features (B, width, *grid); for ResNet-50 hidden is 256,
    512, 1024 and 2048 at the strides 4, 8, 16 and 32. The weights are those of ``ResNetModel``.

    Args:
        source: a folder or a name on a model hub.
        width: features that are given.
        trainable: whether the trunk learns too; what projects its features always does.
        strides: which stages are used.
        size: side [pixels] that frames are resized to; ImageNet's models were trained at 224.

    Raises:
        InputError: the model cannot be loaded, or has no such strides.
    """

    def __init__(
        self,
        source: str,
        width: int,
        trainable: bool = False,
        strides: tuple[int, ...] = (16, 32),
        size: int = 224,
    ):
        super().__init__()
        if not strides or any(stride not in STRIDES for stride in strides):
            raise InputError(f"strides are some of {', '.join(map(str, STRIDES))}, not {strides}", field="strides")
        self.trunk = Held(load_pretrained("ResNetModel", source, RESNET, FIELD), trainable)
        self.preprocess = Preprocess.imagenet((size, size))
        self.strides = strides
        hidden = self.trunk.model.config.hidden_sizes
        self.project = nn.ModuleList(nn.Conv2d(hidden[STRIDES.index(stride)], width, 1) for stride in strides)
        self.width = width

    def maps(self, frames: Tensor) -> list[Tensor]:
        """Return the maps of the strides (B, hidden, size / stride, size / stride), in their order."""
        stages = self.trunk(self.preprocess(frames), output_hidden_states=True).hidden_states[1:]
        return [stages[STRIDES.index(stride)] for stride in self.strides]

    def forward(self, frames: Tensor, grid: tuple[int, int]) -> Tensor:
        """Return features (B, width, *grid)."""
        parts = [on_grid(project(part), grid) for project, part in zip(self.project, self.maps(frames), strict=True)]
        return torch.stack(parts).sum(0)


CLIP, RESNET = ("clip", "clip_vision_model"), ("resnet",)
"""Kinds of models of the two families."""


def on_grid(maps: Tensor, grid: tuple[int, int]) -> Tensor:
    """Return maps (B, C, h, w) on another grid (B, C, *grid): averaged to a coarser, interpolated to a finer one."""
    if grid[0] <= maps.shape[2] and grid[1] <= maps.shape[3]:
        return F.adaptive_avg_pool2d(maps, grid)
    return F.interpolate(maps, grid, mode="bilinear", align_corners=False)


def pretrained_trunk(source: str, width: int, trainable: bool = False) -> Trunk:
    """Return the trunk of the eye for a pretrained model of either family; a ResNet gives all its strides.

    Raises:
        InputError: the model cannot be loaded, or is of neither family.
    """
    kind = kind_of(source, FIELD)
    if kind in CLIP:
        return ClipVision(source, width, trainable)
    if kind in RESNET:
        return ResNetVision(source, width, trainable, STRIDES)
    raise InputError(f"'{source}' is a model of the kind '{kind}': give a CLIP or a ResNet", field=FIELD)
