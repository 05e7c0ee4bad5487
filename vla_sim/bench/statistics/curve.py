"""Success over the severity of a fault: its area, and where it falls under a threshold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vla_sim.bench.statistics.proportion import Interval, Proportion


def area(severities: Sequence[float], rates: Sequence[float]) -> float:
    """Return the mean success rate over the severities from the first to the last (trapezoids): 1 is unharmed.

    >>> round(area([0.0, 0.5, 1.0], [1.0, 0.8, 0.2]), 3)
    0.7
    """
    return float(np.trapezoid(rates, severities) / (severities[-1] - severities[0]))


def area_interval(severities: Sequence[float], outcomes: NDArray[np.bool_]) -> Interval | None:
    """Return the 95 % interval of the area (MOVER: Zou and Donner 2008, Statistics in Medicine 27:1693).

    The distances of the rates to the ends of their Wilson intervals are added like standard errors, with the
    correlation of trials on the same seed. So it has a width where every trial at a severity ended alike.

    Args:
        severities: ascending, (k,).
        outcomes: successes, (seeds, k): one row for each seed whose trials all count.
    """
    seeds, count = outcomes.shape
    if not seeds:
        return None
    intervals = [Proportion(int(successes), seeds).interval for successes in outcomes.sum(axis=0)]
    rates = outcomes.mean(axis=0)
    lows, highs = np.array([interval or (0.0, 1.0) for interval in intervals]).T
    # The trapezoids as weights on the rates.
    weights = np.array([area(severities, row.tolist()) for row in np.eye(count)])
    below, above = weights * (rates - lows), weights * (highs - rates)
    related = _correlations(outcomes)
    middle = float(weights @ rates)
    low, high = middle - np.sqrt(below @ related @ below), middle + np.sqrt(above @ related @ above)
    return max(0.0, float(low)), min(1.0, float(high))


def _correlations(outcomes: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the correlations of the columns, never negative, 0 where a column is constant; 1 on the diagonal."""
    centred = outcomes - outcomes.mean(axis=0)
    spread = np.sqrt((centred**2).sum(axis=0))
    scaled = centred / np.where(spread > 0.0, spread, 1.0)
    related = np.clip(scaled.T @ scaled, 0.0, 1.0)
    np.fill_diagonal(related, 1.0)
    return np.asarray(related)


def critical_severity(severities: Sequence[float], proportions: Sequence[Proportion], threshold: float) -> float | None:
    """Return the smallest severity at which the interval's lower end is under a threshold; None where it never is."""
    for severity, proportion in zip(severities, proportions, strict=True):
        interval = proportion.interval
        if interval is not None and interval[0] < threshold:
            return severity
    return None
