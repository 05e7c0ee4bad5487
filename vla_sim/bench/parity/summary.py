"""The report on pairs: success by engine, how paths part, how sensors differ, what was different first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from vla_sim.bench.parity.measure import MEASURES
from vla_sim.bench.parity.pair import PARTED, Pair
from vla_sim.bench.statistics.paired import Paired
from vla_sim.bench.statistics.proportion import Proportion

AT = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0)
"""Seconds at which the distance of the two robots is told."""


def summarise(
    pairs: Sequence[Pair], engines: tuple[str, str], modalities: dict[str, str], period: float
) -> dict[str, Any]:
    """Return the report as plain data; errors of a simulator enter no rate.

    Args:
        pairs: what was run.
        engines: names of the first and the second engine.
        modalities: of each sensor.
        period: length of a control step [s].
    """
    counted = [pair for pair in pairs if _counts(pair)]
    outcomes = [(pair.first.outcome == "success", pair.second.outcome == "success") for pair in counted]
    paired = Paired.count(outcomes)
    sides = {
        engine: {
            "success": Proportion(sum(good), len(good)).rate if good else None,
            "interval": Proportion(sum(good), len(good)).interval if good else None,
            "outcomes": dict(Counter(pair_side.outcome for pair_side in of_engine)),
        }
        for engine, good, of_engine in (
            (engines[0], [one for one, _ in outcomes], [pair.first for pair in pairs]),
            (engines[1], [two for _, two in outcomes], [pair.second for pair in pairs]),
        )
    }
    return {
        "pairs": len(pairs),
        "counted": len(counted),
        "engines": sides,
        "difference": paired.difference,
        "difference_interval": paired.difference_interval,
        "p_value": paired.p_value,
        "discordant": [
            {
                "id": pair.id,
                engines[0]: pair.first.outcome,
                engines[1]: pair.second.outcome,
                "reason": pair.first.reason or pair.second.reason,
                "sign": pair.sign,
                "sign_time": pair.sign_time,
            }
            for pair in counted
            if pair.first.outcome != pair.second.outcome
        ],
        "divergence": {f"{at:g}": _apart(counted, at, period) for at in AT},
        "parted": sum(max(pair.apart, default=0.0) > PARTED for pair in counted) / len(counted) if counted else None,
        "sensors": {name: _sensor(counted, name, modality) for name, modality in sorted(modalities.items())},
        "signs": dict(sorted(Counter(pair.sign or "none" for pair in counted).items())),
    }


def _counts(pair: Pair) -> bool:
    return all(side.outcome in ("success", "failure") for side in (pair.first, pair.second))


def _apart(pairs: Sequence[Pair], at: float, period: float) -> dict[str, Any]:
    """Return how many trials last that long on both engines, and the distance of their robots [m] then."""
    step = round(at / period) - 1
    distances = [pair.apart[step] for pair in pairs if len(pair.apart) > step]
    if not distances:
        return {"trials": 0, "median": None, "p90": None, "largest": None}
    median, high, largest = (round(float(q), 4) for q in np.quantile(distances, [0.5, 0.9, 1.0]))
    return {"trials": len(distances), "median": median, "p90": high, "largest": largest}


def _sensor(pairs: Sequence[Pair], name: str, modality: str) -> dict[str, Any]:
    """Return the medians over trials of a sensor's differences while both robots stood in the same place."""
    found = [pair.sensors[name] for pair in pairs if name in pair.sensors]
    measure = MEASURES[modality]
    told: dict[str, Any] = {"measure": measure.what, "tolerance": measure.tolerance}
    if not found:
        return told | {"readings": 0, "median": None, "p90": None, "largest": None}
    counts, medians, highs, largest = zip(*found, strict=True)
    return told | {
        "readings": int(sum(counts)),
        "median": round(float(np.median(medians)), 6),
        "p90": round(float(np.median(highs)), 6),
        "largest": round(float(max(largest)), 6),
    }


def report_text(summary: dict[str, Any]) -> str:
    """Return the report as text for a terminal or a file."""
    lines = [f"{summary['counted']} of {summary['pairs']} pairs count"]
    for engine, side in summary["engines"].items():
        if side["success"] is not None:
            low, high = side["interval"]
            lines.append(f"{engine:10} {side['success']:7.1%}  ({low:.1%} to {high:.1%})  {side['outcomes']}")
    if summary["difference"] is not None:
        low, high = summary["difference_interval"]
        lines.append(
            f"difference {summary['difference'] * 100:+.1f} points ({low * 100:+.1f} to {high * 100:+.1f}), "
            f"p = {summary['p_value']:.3f}"
        )
        lines.append(f"paths that part by more than {PARTED:g} m: {summary['parted']:.0%}")
    lines += [
        "",
        "distance of the two robots [m]",
        f"{'at [s]':>8} {'trials':>7} {'median':>8} {'90 %':>8} {'most':>8}",
    ]
    for at, apart in summary["divergence"].items():
        if apart["trials"]:
            lines.append(
                f"{at:>8} {apart['trials']:7d} {apart['median']:8.3f} {apart['p90']:8.3f} {apart['largest']:8.3f}"
            )
    lines += ["", "sensors, while both robots stand in the same place"]
    for name, sensor in summary["sensors"].items():
        if sensor["readings"]:
            lines.append(
                f"{name:10} median {sensor['median']:.4f}, 90 % {sensor['p90']:.4f}, most {sensor['largest']:.4f}"
                f"  (borne: {sensor['tolerance']:g})  {sensor['measure']}"
            )
    lines += ["", "what was different first: " + ", ".join(f"{name} {n}" for name, n in summary["signs"].items())]
    for pair in summary["discordant"]:
        others = ", ".join(f"{key} {value}" for key, value in pair.items() if key not in ("id", "sign", "sign_time"))
        lines.append(f"  {pair['id']}: {others}; first sign: {pair['sign'] or 'none'} at {pair['sign_time']} s")
    return "\n".join(lines) + "\n"
