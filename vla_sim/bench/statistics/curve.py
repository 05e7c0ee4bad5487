"""Success over the severity of a fault: its area, and where it falls under a threshold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vla_sim.bench.statistics.paired import RESAMPLES
from vla_sim.bench.statistics.proportion import CONFIDENCE, Interval, Proportion


def area(severities: Sequence[float], rates: Sequence[float]) -> float:
    """Return the mean success rate over the severities from the first to the last (trapezoids): 1 is unharmed.

    >>> round(area([0.0, 0.5, 1.0], [1.0, 0.8, 0.2]), 3)
    0.7
    """
    return float(np.trapezoid(rates, severities) / (severities[-1] - severities[0]))


def area_interval(
    severities: Sequence[float], outcomes: NDArray[np.bool_], rng: np.random.Generator
) -> Interval | None:
    """Return the 95 % percentile interval of the area, of seeds drawn anew with replacement.

    Args:
        severities: ascending, (k,).
        outcomes: successes, (seeds, k): one row for each seed whose trials all count.
        rng: draws the seeds.
    """
    seeds = len(outcomes)
    if not seeds:
        return None
    counts = rng.multinomial(seeds, np.full(seeds, 1.0 / seeds), RESAMPLES)
    rates = counts @ outcomes.astype(np.float64) / seeds
    areas = np.trapezoid(rates, severities, axis=1) / (severities[-1] - severities[0])
    tail = (1.0 - CONFIDENCE) / 2.0
    low, high = np.quantile(areas, [tail, 1.0 - tail])
    return float(low), float(high)


def critical_severity(severities: Sequence[float], proportions: Sequence[Proportion], threshold: float) -> float | None:
    """Return the smallest severity at which the interval's lower end is under a threshold; None where it never is."""
    for severity, proportion in zip(severities, proportions, strict=True):
        interval = proportion.interval
        if interval is not None and interval[0] < threshold:
            return severity
    return None
