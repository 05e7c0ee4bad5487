"""Severity curves: arms that differ by severity alone, with the clean arm at severity 0."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from vla_sim.bench.plan import Cell, Plan
from vla_sim.bench.record import TrialRecord
from vla_sim.bench.schema import CLEAN
from vla_sim.bench.statistics.curve import area, area_interval, critical_severity
from vla_sim.bench.statistics.proportion import Proportion

CRITICAL = 0.5
"""Success rate under which a fault counts as critical where the arm has no gate ``min_success``."""

_AT = re.compile(r"(?P<name>.+)@(?P<severity>[0-9.]+)")


def severity_curves(plan: Plan, trials: Sequence[TrialRecord]) -> list[dict[str, Any]]:
    """Return a curve for each scenario and arm with several severities."""
    return [
        curve
        for cell in plan.cells
        for name, arms in _families(cell).items()
        if (curve := _curve(cell, name, arms, [trial for trial in trials if trial.scenario == cell.name]))
    ]


def _families(cell: Cell) -> dict[str, dict[float, str]]:
    """Return the arms by severity of each name that stands with several severities."""
    families: dict[str, dict[float, str]] = {}
    for arm in cell.arms:
        if (found := _AT.fullmatch(arm)) and all(fault.severity is not None for fault in cell.arms[arm]):
            families.setdefault(found["name"], {0.0: CLEAN})[float(found["severity"])] = arm
    return {name: dict(sorted(arms.items())) for name, arms in families.items() if len(arms) > 2}


def _curve(cell: Cell, name: str, arms: dict[float, str], trials: Sequence[TrialRecord]) -> dict[str, Any] | None:
    by_arm = {arm: {t.index: t.succeeded for t in trials if t.arm == arm and t.counts} for arm in arms.values()}
    proportions = [Proportion(sum(by_arm[arm].values()), len(by_arm[arm])) for arm in arms.values()]
    if not all(proportion.trials for proportion in proportions):
        return None
    severities = list(arms)
    rates = [proportion.successes / proportion.trials for proportion in proportions]
    shared = sorted(set.intersection(*(set(found) for found in by_arm.values())))
    outcomes = np.array([[by_arm[arm][index] for arm in arms.values()] for index in shared], dtype=bool)
    gate = cell.gates.get(next(reversed(arms.values())))
    threshold = CRITICAL if gate is None or gate.min_success is None else gate.min_success
    return {
        "scenario": cell.name,
        "name": name,
        "faults": sorted({f"{fault.target}:{fault.kind}" for arm in arms.values() for fault in cell.arms[arm]}),
        "points": [
            {
                "severity": severity,
                "arm": arm,
                "success": round(proportion.successes / proportion.trials, 6),
                "interval": [round(end, 6) for end in proportion.interval or ()],
                "counted": proportion.trials,
            }
            for (severity, arm), proportion in zip(arms.items(), proportions, strict=True)
        ],
        "area": round(area(severities, rates), 6),
        "area_interval": None
        if (ends := area_interval(severities, outcomes)) is None
        else [round(end, 6) for end in ends],
        "threshold": threshold,
        "critical_severity": critical_severity(severities, proportions, threshold),
    }
