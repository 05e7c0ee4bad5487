"""The verdict on one arm: does it reach the threshold?"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal

from scipy.stats import binom

from vla_sim.bench.statistics.sequential import SequentialTest

Answer = Literal["fails", "passes"]


@dataclass(frozen=True, slots=True)
class ThresholdTest:
    """Whether a success rate is under a threshold, looked at after every trial and once more after the last.

    It says wrongly that an arm fails with a probability of at most ``alpha``, and that it passes with at most ``beta``.
    Half of each goes to the looks on the way (``SequentialTest``), half to an exact binomial test of all trials.
    """

    threshold: float
    alpha: float
    beta: float

    def decide(self, successes: int, failures: int) -> Answer | None:
        """Return what the trials so far show, or None while both are possible."""
        return _decide(self, successes, failures)

    def decide_at_end(self, successes: int, failures: int) -> Answer | None:
        """Return what all trials show, or None where they leave both possible."""
        trials = successes + failures
        if trials and binom.cdf(successes, trials, self.threshold) <= self.alpha / 2.0:
            return "fails"
        if trials and binom.sf(successes - 1, trials, self.threshold) <= self.beta / 2.0:
            return "passes"
        return None


@functools.lru_cache(maxsize=100_000)
def _decide(test: ThresholdTest, successes: int, failures: int) -> Answer | None:
    # Of SequentialTest's two answers, each of which is wrong with half of what it is given, one is used of each.
    if SequentialTest(test.threshold, test.alpha).decide(successes, failures) == "below":
        return "fails"
    if SequentialTest(test.threshold, test.beta).decide(successes, failures) == "above":
        return "passes"
    return None
