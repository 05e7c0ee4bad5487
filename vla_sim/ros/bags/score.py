"""What a replayed bag says: how decisions differ, how sure the agent was, what it was missing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from vla_sim.faults.injector import Window
from vla_sim.ros.bags.replay import Outcome
from vla_sim.ros.loop import Decision

SPEED, YAW_RATE = 0.05, 0.1
"""Differences [m/s, rad/s] past which two decisions are different ones."""
STILL = 0.01, 0.02
"""Speed [m/s] and yaw rate [rad/s] under which a robot stands."""
STALE = 1.0
"""Age [s] past which a recorded command is in force no longer."""

Speeds = tuple[float, float]
Commands = Sequence[tuple[float, Speeds]]


def driven(outcome: Outcome) -> dict[float, Speeds]:
    """Return what the robot was to do [m/s, rad/s], by the time of the decision."""
    return {each.time: (each.command.linear, each.command.angular) for each in outcome.decisions}


def recorded(times: Sequence[float], commands: Commands, period: float) -> dict[float, Speeds]:
    """Return the recorded command of each decision: the last one until half a period after it, if it is not stale.

    A robot's node needs its time to decide; what it made of the same readings comes a little after them.
    """
    logged = [time for time, _ in commands]
    found: dict[float, Speeds] = {}
    for time in times:
        place = int(np.searchsorted(logged, time + period / 2, side="right")) - 1
        if place >= 0 and time - logged[place] <= STALE:
            found[time] = commands[place][1]
    return found


def differences(first: Mapping[float, Speeds], second: Mapping[float, Speeds]) -> dict[str, Any]:
    """Return how the decisions of ``second`` differ from those of ``first`` that were made at the same times."""
    times = sorted(first.keys() & second.keys())
    a, b = (np.array([each[time] for time in times]).reshape(-1, 2) for each in (first, second))
    apart = np.abs(a - b)
    stands_a, stands_b = ((np.abs(each) < STILL).all(axis=1) for each in (a, b))
    flips = (np.sign(a) * np.sign(b) < 0) & (np.minimum(np.abs(a), np.abs(b)) >= STILL)
    different = (apart[:, 0] > SPEED) | (apart[:, 1] > YAW_RATE)
    return {
        "decisions": len(times),
        "unmatched": len(first.keys() ^ second.keys()),
        "speed": _spread(apart[:, 0]),
        "yaw_rate": _spread(apart[:, 1]),
        "different": int(different.sum()),
        "share_different": _rounded(float(different.mean())) if times else None,
        "sign_flips": {"speed": int(flips[:, 0].sum()), "yaw_rate": int(flips[:, 1].sum())},
        "stops": {"added": int((stands_b & ~stands_a).sum()), "removed": int((stands_a & ~stands_b).sum())},
        "first_difference": times[int(different.argmax())] if different.any() else None,
    }


def figures(outcome: Outcome, present: Sequence[str]) -> dict[str, Any]:
    """Return what became of the batches, and how sure the agent was."""
    decisions = outcome.decisions
    sure = [each.certainty for each in decisions if each.certainty is not None]
    parts = sorted({name for certainty in sure for name in certainty.parts})
    held: dict[str, int] = {}
    for each in decisions:
        if each.held:
            reason = each.held.partition(" ")[0] if each.certainty else each.held
            held[reason] = held.get(reason, 0) + 1
    return {
        "batches": len(decisions),
        "skipped": sum(each.skipped for each in decisions),
        "held": held,
        "stands": sum(_stands(each) for each in decisions),
        "missing": {name: sum(name in each.missing for each in decisions) for name in present},
        "certainty": {
            "total": _level([certainty.total for certainty in sure]),
            "parts": {name: _level([each.parts[name] for each in sure if name in each.parts]) for name in parts},
        }
        if sure
        else None,
    }


def detection(clean: Outcome, faulted: Outcome) -> dict[str, Any] | None:
    """Return how well certainty tells decisions under a fault from clean ones: the area under the ROC curve.

    0.5: not at all, 1: always less sure under a fault. The decisions of the faulted replay while a fault was on are
    held against all of the clean replay. None of an agent that does not say how sure it is.
    """
    calm = [each.certainty for each in clean.decisions if each.certainty is not None]
    doubted = [
        each.certainty
        for each in faulted.decisions
        if each.certainty is not None and under_fault(each.time, faulted.windows)
    ]
    if not (calm and doubted):
        return None
    return {
        "auroc": _rounded(auroc([each.total for each in calm], [each.total for each in doubted])),
        "parts": _separations([each.parts for each in calm], [each.parts for each in doubted]),
        "sensors": _separations([each.sensors for each in calm], [each.sensors for each in doubted]),
        "clean": len(calm),
        "faulted": len(doubted),
    }


def _separations(calm: Sequence[Mapping[str, float]], doubted: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the area of each name by itself, of those that both sides always have."""
    names = sorted(set.intersection(*(set(each) for each in (*calm, *doubted))))
    return {name: _rounded(auroc([each[name] for each in calm], [each[name] for each in doubted])) for name in names}


def auroc(high: Sequence[float], low: Sequence[float]) -> float:
    """Return the probability that one of ``high`` is greater than one of ``low``, ties counted half (Mann and Whitney).

    >>> auroc([0.9, 0.8], [0.1, 0.8])
    0.875
    """
    ranks = rankdata([*high, *low])
    count = len(high)
    above: float = float(ranks[:count].sum()) - count * (count + 1) / 2
    return above / (count * len(low))


def under_fault(time: float, windows: Sequence[Window]) -> bool:
    """Return whether a fault is on at a time [s]."""
    return any(window.start <= time < window.end for window in windows)


def timing(outcome: Outcome) -> dict[str, float] | None:
    """Return how long decisions took [ms]: the one part of a score that no two runs share."""
    if not outcome.milliseconds:
        return None
    p50, p99 = np.percentile(outcome.milliseconds, [50, 99])
    return {
        "p50_ms": round(float(p50), 2),
        "p99_ms": round(float(p99), 2),
        "max_ms": round(max(outcome.milliseconds), 2),
    }


def decision_row(decision: Decision) -> dict[str, Any]:
    """Return a decision as a line of ``decisions.jsonl`` has it."""
    certainty = decision.certainty
    return {
        "command": [_rounded(decision.command.linear), _rounded(decision.command.angular)],
        "wanted": [_rounded(decision.wanted.linear), _rounded(decision.wanted.angular)],
        "words": decision.words,
        "missing": list(decision.missing),
        "skipped": decision.skipped,
        "held": decision.held,
        "certainty": None
        if certainty is None
        else {
            "total": _rounded(certainty.total),
            "parts": {name: _rounded(value) for name, value in sorted(certainty.parts.items())},
            "sensors": {name: _rounded(value) for name, value in sorted(certainty.sensors.items())},
        },
    }


def _stands(decision: Decision) -> bool:
    return abs(decision.command.linear) < STILL[0] and abs(decision.command.angular) < STILL[1]


def _spread(values: NDArray[np.float64]) -> dict[str, float] | None:
    if not values.size:
        return None
    return {
        "mean": _rounded(float(values.mean())),
        "p95": _rounded(float(np.percentile(values, 95))),
        "max": _rounded(float(values.max())),
    }


def _level(values: Sequence[float]) -> dict[str, float] | None:
    if not values:
        return None
    return {
        "mean": _rounded(math.fsum(values) / len(values)),
        "p5": _rounded(float(np.percentile(values, 5))),
        "min": _rounded(min(values)),
    }


def _rounded(value: float) -> float:
    return round(float(value), 6)
