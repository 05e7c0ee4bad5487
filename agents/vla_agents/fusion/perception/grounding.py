"""Grounding: where in a frame is what the words name; as a map, a point, or boxes that carry the query's own words."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from vla_agents.fusion.perception.detector import STRIDE, Sight, match
from vla_agents.fusion.perception.things import peaks

Box = tuple[float, float, float, float]
LEAST_AREA, MOST_AREA = 0.0005, 0.9
"""Shares of a frame between which a box is kept."""


@dataclass(frozen=True, slots=True)
class GroundedBox:
    """A box [pixels] (left, top, right, bottom), how probably ``query`` names it, and its share of the frame."""

    query: str
    box: tuple[float, float, float, float]
    score: float
    area: float

    @property
    def centre(self) -> tuple[float, float]:
        """Middle of the box [pixels]."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


def attention_map(sight: Sight, mention: Tensor, row: int = 0) -> Tensor:
    """Return how probably each cell (h, w) shows a thing that a mention (2, QUERY) names."""
    looks = sight.looks[row].permute(2, 3, 0, 1)
    return torch.sigmoid(sight.inside[row]) * match(looks, mention)


def over_frame(heat: Tensor, size: tuple[int, int]) -> Tensor:
    """Return a map stretched to a frame (height, width) and to 0..1; one that is constant becomes zeros."""
    large = F.interpolate(heat[None, None], size=size, mode="bilinear", align_corners=False)[0, 0]
    low, high = large.min(), large.max()
    return torch.zeros_like(large) if high - low < 1e-6 else (large - low) / (high - low)


def pointed_at(sight: Sight, mention: Tensor, row: int = 0) -> tuple[float, float]:
    """Return the pixel (column, row) that a mention most probably names."""
    looks = sight.looks[row].permute(2, 3, 0, 1)
    heat = torch.sigmoid(sight.thing[row]) * match(looks, mention)
    best = int(heat.argmax())
    return (best % heat.shape[1] + 0.5) * STRIDE, (best // heat.shape[1] + 0.5) * STRIDE


def grounded(
    sight: Sight,
    mention: Tensor,
    query: str,
    size: tuple[int, int],
    *,
    row: int = 0,
    threshold: float = 0.25,
    least_area: float = LEAST_AREA,
    most_area: float = MOST_AREA,
) -> list[GroundedBox]:
    """Return the boxes of what a mention names in a frame (height, width), the most probable first.

    Boxes are cut at the edges of the frame; those whose share of it is out of bounds are left out.
    """
    boxes = []
    for peak in peaks(sight, row):
        box, area = cut(peak.box, size)
        score = peak.score * float(match(torch.from_numpy(peak.looks), mention))
        if score >= threshold and least_area <= area <= most_area:
            boxes.append(GroundedBox(query, box, score, area))
    return sorted(boxes, key=lambda each: -each.score)


def cut(box: Box, size: tuple[int, int]) -> tuple[Box, float]:
    """Return a box [pixels] cut at the edges of a frame (height, width), and its share of the frame."""
    left, top, right, bottom = (
        max(box[0], 0.0),
        max(box[1], 0.0),
        min(box[2], float(size[1])),
        min(box[3], float(size[0])),
    )
    return (left, top, right, bottom), max(right - left, 0.0) * max(bottom - top, 0.0) / (size[0] * size[1])
