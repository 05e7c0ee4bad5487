"""What a number of pairs can see."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.stats import binom

ALPHA = 0.05
POWER = 0.8
CHANCE = 0.02
"""Share of pairs in which, without any drop, the faulted twin fails by chance, and as many in which the clean one does:
a fault that does no harm still changes the course of a trial."""


@lru_cache(maxsize=256)
def detectable_drop(pairs: int) -> float | None:
    """Return the smallest drop of the success rate that the exact McNemar test finds with a power of 80 % at 5 %.

    To the next hundredth; None where even a drop from all to nothing would be missed.

    >>> detectable_drop(50)
    0.19
    """
    return next((drop / 100 for drop in range(1, 101) if power(pairs, drop / 100) >= POWER), None)


def power(pairs: int, drop: float) -> float:
    """Return how likely the exact two-sided McNemar test at 5 % finds a drop, in that direction."""
    losses, gains = min(1.0, drop + CHANCE), min(CHANCE, max(0.0, 1.0 - drop - CHANCE))
    differ = np.arange(pairs + 1)
    likely = binom.pmf(differ, pairs, losses + gains)
    # Of so many pairs that differ, the fewest losses at which the test rejects.
    least = differ - _most_in_tail(differ)
    found = np.where(least > differ / 2, binom.sf(least - 1, differ, losses / (losses + gains)), 0.0)
    return float((likely * found).sum())


def _most_in_tail(differ: np.ndarray[tuple[int], np.dtype[np.int64]]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the largest k with P(X <= k) <= alpha / 2 for X ~ Bin(n, 1/2); -1 where there is none."""
    at = np.asarray(binom.ppf(ALPHA / 2, differ, 0.5)).astype(np.int64)
    return np.where(binom.cdf(at, differ, 0.5) <= ALPHA / 2, at, at - 1)
