"""Cross-attention of words over a map of features, where it matters at which position something is seen."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class CrossAttention(nn.Module):
    """Words (B, T, width) attend to the positions of a map (B, width, h, w), each of which knows where it is.

    Positions are added to keys and to values: what a word brings from the map tells also where it comes from.
    """

    def __init__(self, width: int, heads: int = 8):
        super().__init__()
        self.cross = nn.MultiheadAttention(width, heads, batch_first=True)
        self.place = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, words: Tensor, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Return the words with what they brought (B, T, width), and where they looked (B, T, h, w), of sum 1."""
        cells = maps.flatten(2).transpose(1, 2) + self.place(positions(maps))
        brought, attention = self.cross(words, cells, cells)
        return self.norm(words + brought), attention.unflatten(2, maps.shape[2:])


def positions(maps: Tensor) -> Tensor:
    """Return sines and cosines of the row and the column of each cell (h * w, C) of maps (B, C, h, w), row by row.

    After DETR (Carion et al. 2020): rows and columns are spread over one turn, so that they mean the same on any grid.
    C is a multiple of four.
    """
    channels, height, width = maps.shape[1:]
    rates = torch.exp(torch.arange(channels // 4) * (-math.log(1e4) / (channels // 4))).to(maps) * 2.0 * math.pi
    turns = [(torch.arange(count).to(maps) + 0.5) / count for count in (height, width)]
    rows, columns = (torch.cat([(turn[:, None] * rates).sin(), (turn[:, None] * rates).cos()], 1) for turn in turns)
    both = torch.cat([rows[:, None].expand(-1, width, -1), columns[None].expand(height, -1, -1)], 2)
    return both.flatten(0, 1)


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Return the mean of values (B, T, C) over the T of a mask (B, T)."""
    weight = mask[..., None].to(values.dtype)
    return (values * weight).sum(1) / weight.sum(1).clamp(min=1.0)
