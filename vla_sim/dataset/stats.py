"""What LeRobot's policies normalise with: of each feature the least, greatest and mean value, deviation, quantiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Stats = dict[str, NDArray[Any]]
"""``min``, ``max``, ``mean``, ``std``, ``count`` and the quantiles of one feature."""

QUANTILES = {"q01": 0.01, "q10": 0.10, "q50": 0.50, "q90": 0.90, "q99": 0.99}
PICTURES = 100
"""Pictures of an episode, evenly spread, that its statistics are taken from: at least half as many, if it has them."""
_FEW = 12
"""Columns of a matrix up to which each is a component of its own."""


class Sampler:
    """Keeps pictures of an episode whose end is not known, evenly spread over it."""

    def __init__(self) -> None:
        self.pictures: list[NDArray[np.uint8]] = []
        self._stride, self._count = 1, 0

    def add(self, picture: NDArray[np.uint8]) -> None:
        """Take the next picture, and keep it or not."""
        if self._count % self._stride == 0:
            self.pictures.append(picture.copy())
            if len(self.pictures) > PICTURES:
                self.pictures = self.pictures[::2]
                self._stride *= 2
        self._count += 1


def column_stats(values: NDArray[Any]) -> Stats:
    """Return the statistics of a column, (frames, ...).

    Those of vectors are by component. Those of matrices are over all but the last axis where that is short (an IMU's
    window), or over all of them (a depth picture): they have the shape (1, components) or (1, 1), and are broadcast.
    Of large pictures every fourth row and column is taken.
    """
    if values.ndim == 3 and min(values.shape[1:]) >= 4 * _FEW:
        values = values[:, ::4, ::4]
    numbers = values.astype(np.float64)
    if numbers.ndim == 1:
        numbers = numbers[:, None]
    if numbers.ndim == 2:
        return _stats(numbers, len(values))
    components = numbers.shape[-1] if numbers.shape[-1] <= _FEW else 1
    stats = _stats(numbers.reshape(-1, components), len(values))
    shape = (1,) * (numbers.ndim - 2) + (components,)
    return {name: value if name == "count" else value.reshape(shape) for name, value in stats.items()}


def picture_stats(pictures: Sequence[NDArray[np.uint8]]) -> Stats:
    """Return the statistics of pictures by colour, (3, 1, 1), as shares of the greatest brightness."""
    pixels = np.stack(pictures).reshape(-1, 3)
    # A byte has 256 values: counting them gives every statistic at once, at a fraction of the cost of sorting.
    counts = np.stack([np.bincount(pixels[:, channel], minlength=256) for channel in range(3)], axis=1)
    levels = np.arange(256)[:, None]
    total = len(pixels)
    mean = (counts * levels).sum(0) / total
    reached = np.cumsum(counts, axis=0) / total
    present = counts > 0
    stats = {
        "min": present.argmax(0).astype(np.float64),
        "max": 255.0 - present[::-1].argmax(0),
        "mean": mean,
        "std": np.sqrt((counts * (levels - mean) ** 2).sum(0) / total),
    }
    stats |= {name: (reached >= share).argmax(0).astype(np.float64) for name, share in QUANTILES.items()}
    shaped = {name: (value / 255.0).reshape(3, 1, 1) for name, value in stats.items()}
    return {**shaped, "count": np.array([len(pictures)])}


def merged(earlier: Mapping[str, Stats] | None, new: Mapping[str, Stats]) -> dict[str, Stats]:
    """Return the statistics of two sets of frames together; quantiles are averaged, as LeRobot does."""
    if earlier is None:
        return dict(new)
    return {name: _merged(earlier[name], stats) for name, stats in new.items()}


def _stats(rows: NDArray[np.float64], count: int) -> Stats:
    quantiles = np.quantile(rows, list(QUANTILES.values()), axis=0)
    return {
        "min": rows.min(0),
        "max": rows.max(0),
        "mean": rows.mean(0),
        "std": rows.std(0),
        "count": np.array([count]),
        **dict(zip(QUANTILES, quantiles, strict=True)),
    }


def _merged(one: Stats, other: Stats) -> Stats:
    counts = int(one["count"][0]), int(other["count"][0])
    total = sum(counts)
    share = counts[1] / total
    gap = other["mean"] - one["mean"]
    variance = one["std"] ** 2 * (1 - share) + other["std"] ** 2 * share + gap**2 * share * (1 - share)
    quantiles = {name: one[name] * (1 - share) + other[name] * share for name in QUANTILES}
    return {
        "min": np.minimum(one["min"], other["min"]),
        "max": np.maximum(one["max"], other["max"]),
        "mean": one["mean"] + gap * share,
        "std": np.sqrt(variance),
        "count": np.array([total]),
        **quantiles,
    }
