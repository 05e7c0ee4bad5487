"""What stopping early promises and what it saves: false alarms of null suites, and trials saved on clear cases.

Run it as ``python benchmarks/sequential.py --json``. Every suite looks at its outcomes after each trial.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

from vla_sim.bench.statistics.sequential import Decision, SequentialTest
from vla_sim.seeding import generator

ALPHA = 0.05
THRESHOLDS = (0.5, 0.8, 0.9)
CLEAR = ((0.8, 0.5), (0.8, 0.99), (0.5, 0.9), (0.5, 0.1), (0.9, 0.6))
"""Threshold and true rate of cases that are clear."""


def simulate(threshold: float, rate: float, suites: int, trials: int, seed: int) -> list[tuple[Decision | None, int]]:
    """Return what each suite decided, None where nothing, and after how many trials."""
    test = SequentialTest(threshold, ALPHA)
    rng = generator(seed, "sequential", str(threshold), str(rate))
    known: dict[tuple[int, int], Decision | None] = {}
    ends: list[tuple[Decision | None, int]] = []
    for row in np.cumsum(rng.random((suites, trials)) < rate, axis=1):
        end: tuple[Decision | None, int] = (None, trials)
        for count, successes in enumerate(row.tolist(), start=1):
            key = successes, count - successes
            if key not in known:
                known[key] = test.decide(*key)
            if known[key] is not None:
                end = known[key], count
                break
        ends.append(end)
    return ends


def measure(suites: int, trials: int, seed: int) -> dict[str, Any]:
    """Return the rates of false alarms at the thresholds, where either answer is wrong, and what clear cases save."""
    nulls = {threshold: simulate(threshold, threshold, suites, 2 * trials, seed) for threshold in THRESHOLDS}
    clear = {case: simulate(*case, suites, trials, seed) for case in CLEAR}
    return {
        "alpha": ALPHA,
        "suites": suites,
        "seed": seed,
        "null": [
            {"threshold": threshold, "trials": 2 * trials, "false_alarms": _share(ends, "above", "below")}
            for threshold, ends in nulls.items()
        ],
        "clear": [
            {
                "threshold": threshold,
                "rate": rate,
                "trials": trials,
                "right": _share(ends, "above" if rate > threshold else "below"),
                "saved": round(1.0 - float(np.mean([taken for _, taken in ends])) / trials, 4),
            }
            for (threshold, rate), ends in clear.items()
        ],
    }


def _share(ends: list[tuple[Decision | None, int]], *decisions: Decision) -> float:
    return sum(decision in decisions for decision, _ in ends) / len(ends)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--suites", type=int, default=10_000)
    parser.add_argument("--trials", type=int, default=100, help="trials of a clear case; a null has twice as many")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = measure(options.suites, options.trials, options.seed)
    if options.json:
        print(json.dumps(result, indent=2))
        return
    for null in result["null"]:
        print(f"null at {null['threshold']}: {null['false_alarms']:.2%} false alarms, {ALPHA:.0%} are promised")
    for case in result["clear"]:
        print(f"threshold {case['threshold']}, rate {case['rate']}: {case['saved']:.0%} of the trials saved")


if __name__ == "__main__":
    main()
