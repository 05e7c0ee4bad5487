"""Success rates and their uncertainty. Only successes and failures come in; errors never do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scipy.stats import binomtest

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Proportion:
    """Successes out of trials that count."""

    successes: int
    trials: int

    @property
    def rate(self) -> float | None:
        """Share of successes; None where there is no trial."""
        return self.successes / self.trials if self.trials else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson score interval (Wilson 1927) at 95 %; None where there is no trial.

        >>> [round(end, 2) for end in Proportion(8, 10).interval]
        [0.49, 0.94]
        """
        if not self.trials:
            return None
        found = binomtest(self.successes, self.trials).proportion_ci(CONFIDENCE, method="wilson")
        return (float(found.low), float(found.high))


@dataclass(frozen=True, slots=True)
class Paired:
    """Clean and faulted twins on the same seeds, counted by what became of both."""

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
        clean = self.both + self.only_clean
        return (self.both + self.only_faulted) / clean if clean else None
