"""Evidence that may be looked at after every trial: stop as soon as it is enough, without paying for having looked.

An e-process for "the rate is at most p0" is the ratio of two likelihoods of all trials so far: that of a rate drawn
uniformly above p0, over that of p0 itself. If the rate really is at most p0, it is a supermartingale whatever the
rate, so that it ever reaches 1 / alpha with a probability of at most alpha (Ville 1939; Robbins 1970, Ann. Math. Stat.
41:1397; Ramdas et al. 2023, Statistical Science 38:576). "At least p0" is the same with failures for successes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from scipy.optimize import brentq
from scipy.special import betaincc, betaln

from vla_sim.bench.statistics.proportion import CONFIDENCE, Interval

Decision = Literal["above", "below"]


def log_evidence_above(successes: int, failures: int, rate: float) -> float:
    """Return the logarithm of the e-value against "the rate is at most ``rate``" (0 < rate < 1).

    >>> round(math.exp(log_evidence_above(10, 0, 0.5)), 1)
    186.1
    """
    a, b = successes + 1.0, failures + 1.0
    above = float(betaincc(a, b, rate))
    if above <= 0.0:
        return -math.inf
    likely = float(betaln(a, b)) + math.log(above) - math.log1p(-rate)
    return likely - successes * math.log(rate) - failures * math.log1p(-rate)


def anytime_interval(successes: int, failures: int) -> Interval:
    """Return an interval of the rate at 95 % that holds whenever one stops, however that was decided.

    The rates against which the likelihood of all trials under a rate drawn uniformly from 0..1 is less than 20 times
    as large (Robbins 1970): wider than Wilson's, which does not hold for a number of trials that depends on them.

    >>> [round(end, 2) for end in anytime_interval(18, 2)]
    [0.59, 1.0]
    """
    trials = successes + failures
    if not trials:
        return 0.0, 1.0
    most = math.log(1.0 / (1.0 - CONFIDENCE))

    def beyond(rate: float) -> float:
        likely = (successes * math.log(rate) if successes else 0.0) + (
            failures * math.log1p(-rate) if failures else 0.0
        )
        return float(betaln(successes + 1.0, failures + 1.0)) - likely - most

    middle, edge = successes / trials, 1e-12
    low = brentq(beyond, edge, middle) if successes else 0.0
    high = brentq(beyond, middle, 1.0 - edge) if failures else 1.0
    return float(low), float(high)


@dataclass(frozen=True, slots=True)
class SequentialTest:
    """Whether a success rate is above or below a threshold, decided at any time with an error of at most ``alpha``.

    Each of the two wrong answers has half of ``alpha``.
    """

    threshold: float
    alpha: float = 0.05

    def decide(self, successes: int, failures: int) -> Decision | None:
        """Return what the trials so far show, or None while both are possible."""
        enough = math.log(2.0 / self.alpha)
        if 0.0 < self.threshold < 1.0:
            if log_evidence_above(successes, failures, self.threshold) >= enough:
                return "above"
            if log_evidence_above(failures, successes, 1.0 - self.threshold) >= enough:
                return "below"
        return None
