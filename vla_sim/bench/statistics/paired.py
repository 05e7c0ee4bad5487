"""Clean and faulted twins on the same seeds: what the fault costs, and whether that may be chance."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from vla_sim.bench.statistics.proportion import CONFIDENCE, Interval, Proportion

RESAMPLES = 9999

Estimate = tuple[float, float, float]
"""A rate, and the ends of its interval."""


@dataclass(frozen=True, slots=True)
class Paired:
    """Twins counted by what became of both. Pairs are taken as independent of one another."""

    both: int = 0
    only_clean: int = 0
    only_faulted: int = 0
    neither: int = 0

    @classmethod
    def count(cls, pairs: Iterable[tuple[bool, bool]]) -> Paired:
        """Count pairs of (clean succeeded, faulted succeeded)."""
        seen = list(pairs)
        return cls(
            both=seen.count((True, True)),
            only_clean=seen.count((True, False)),
            only_faulted=seen.count((False, True)),
            neither=seen.count((False, False)),
        )

    @property
    def pairs(self) -> int:
        """Number of pairs in which both twins count."""
        return self.both + self.only_clean + self.only_faulted + self.neither

    @property
    def difference(self) -> float | None:
        """Faulted minus clean success rate; None where there is no pair."""
        return (self.only_faulted - self.only_clean) / self.pairs if self.pairs else None

    @property
    def difference_interval(self) -> Interval | None:
        """Score interval of the difference at 95 % (Newcombe 1998, Statistics in Medicine 17:2635, method 10).

        It combines the Wilson intervals of both rates with the correlation of the twins, and holds for few pairs and
        for none that differ, where a bootstrap would give an interval of no width.
        """
        if not self.pairs:
            return None
        return score_difference(self._estimate(self._faulted), self._estimate(self._clean), self.correlation)

    def bootstrap_interval(self, rng: np.random.Generator) -> Interval | None:
        """Percentile interval of the difference at 95 %, of pairs drawn anew with replacement; None without a pair."""
        if not self.pairs:
            return None
        shares = np.array([self.only_clean, self.only_faulted, self.both + self.neither]) / self.pairs
        drawn = rng.multinomial(self.pairs, shares, RESAMPLES)
        tail = (1.0 - CONFIDENCE) / 2.0
        low, high = np.quantile((drawn[:, 1] - drawn[:, 0]) / self.pairs, [tail, 1.0 - tail])
        return float(low), float(high)

    @property
    def p_value(self) -> float | None:
        """Two-sided exact McNemar test (a sign test on the pairs that differ); None where there is no pair.

        >>> round(Paired(both=5, only_clean=9, only_faulted=1, neither=5).p_value, 4)
        0.0215
        """
        if not self.pairs:
            return None
        differ = self.only_clean + self.only_faulted
        return float(binomtest(self.only_clean, differ, 0.5).pvalue) if differ else 1.0

    @property
    def resilience(self) -> float | None:
        """Faulted success rate as a share of the clean one, over the pairs; None where clean never succeeded."""
        return self._faulted / self._clean if self._clean else None

    @property
    def resilience_interval(self) -> Interval | None:
        """Interval of the resilience at 95 % (MOVER-R: Donner and Zou 2012, Stat. Methods Med. Res. 21:347).

        From the Wilson intervals of both rates and the correlation of the twins; the upper end is infinite where the
        clean rate may be 0. None where clean never succeeded.
        """
        if not self._clean:
            return None
        faulted, low, high = self._estimate(self._faulted)
        clean, clean_low, clean_high = self._estimate(self._clean)
        product, phi = faulted * clean, self.correlation
        down = product - phi * (faulted - low) * (clean_high - clean)
        up = product - phi * (high - faulted) * (clean - clean_low)
        under = max(0.0, down**2 - low * clean_high * (2 * faulted - low) * (2 * clean - clean_high))
        over = max(0.0, up**2 - high * clean_low * (2 * faulted - high) * (2 * clean - clean_low))
        lower = (down - math.sqrt(under)) / (clean_high * (2 * clean - clean_high)) if 2 * clean > clean_high else 0.0
        below = clean_low * (2 * clean - clean_low)
        upper = (up + math.sqrt(over)) / below if below > 0.0 else math.inf
        return max(0.0, lower), upper

    @property
    def correlation(self) -> float:
        """Correlation of the twins' successes, with Newcombe's correction for continuity; 0 where a rate is 0 or 1."""
        spread = math.sqrt(self._clean * (self.pairs - self._clean) * self._faulted * (self.pairs - self._faulted))
        if spread == 0.0:
            return 0.0
        product = self.both * self.neither - self.only_clean * self.only_faulted
        return max(product - self.pairs / 2, 0.0) / spread if product > 0 else product / spread

    @property
    def _clean(self) -> int:
        return self.both + self.only_clean

    @property
    def _faulted(self) -> int:
        return self.both + self.only_faulted

    def _estimate(self, successes: int) -> Estimate:
        interval = Proportion(successes, self.pairs).interval
        assert interval is not None
        return successes / self.pairs, *interval


def score_difference(first: Estimate, second: Estimate, correlation: float) -> Interval:
    """Return the interval of first - second, by their estimates (Newcombe 1998)."""
    p, low, high = first
    q, other_low, other_high = second
    down = (p - low) ** 2 - 2 * correlation * (p - low) * (other_high - q) + (other_high - q) ** 2
    up = (high - p) ** 2 - 2 * correlation * (high - p) * (q - other_low) + (q - other_low) ** 2
    return p - q - math.sqrt(max(0.0, down)), p - q + math.sqrt(max(0.0, up))
