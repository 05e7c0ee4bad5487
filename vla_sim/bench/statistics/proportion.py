"""A success rate and its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.stats import binomtest

CONFIDENCE = 0.95
"""Of every interval."""

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Proportion:
    """Successes out of trials that count. The trials are taken as independent, with one probability of success."""

    successes: int
    trials: int

    @property
    def rate(self) -> float | None:
        """Share of successes; None where there is no trial."""
        return self.successes / self.trials if self.trials else None

    @property
    def interval(self) -> Interval | None:
        """Wilson score interval (Wilson 1927) at 95 %; None where there is no trial.

        >>> [round(end, 2) for end in Proportion(8, 10).interval]
        [0.49, 0.94]
        """
        if not self.trials:
            return None
        found = binomtest(self.successes, self.trials).proportion_ci(CONFIDENCE, method="wilson")
        return (float(found.low), float(found.high))
