"""What an outline tells of a thing's shape: how tall, how full, and how wide at its top."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vla_agents.classical.words import NOUNS

Scores = NDArray[np.float64]
"""Log likelihoods in the order of ``NOUNS``."""

_SHAPES = {
    # Height over width, share of its bounding box, width of the top eighth over the greatest width.
    "cube": (0.88, 0.92, 0.98),
    "ball": (1.0, math.pi / 4, 0.45),
    "cylinder": (1.40, 0.95, 0.95),
    "cone": (1.30, 0.54, 0.10),
}
_SPREAD = (0.12, 0.05, 0.10)
"""How much things differ from that, by themselves and by how they are turned."""
_BLUR = (1.5, 0.7, 1.5)
"""How much that is blurred by pixels: these, over the number of pixels across."""
_DOUBT = -8.0
"""Least log likelihood: nothing is impossible by one look."""


def noun_scores(mask: NDArray[np.bool_]) -> Scores:
    """Return how well an outline (in its bounding box) fits each noun."""
    height, width = mask.shape
    widths = mask.sum(axis=1)
    slab = max(1, round(height / 8))
    features = np.array([height / width, mask.mean(), widths[:slab].mean() / widths.max()])
    spread = np.hypot(_SPREAD, np.array(_BLUR) / math.sqrt(height * width))
    misfit = np.array([np.sum(((features - _SHAPES[noun]) / spread) ** 2) for noun in NOUNS])
    scores: Scores = np.maximum(-0.5 * (misfit - misfit.min()), _DOUBT)
    return scores
