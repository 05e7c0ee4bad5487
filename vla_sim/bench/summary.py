"""What a ledger says: rates with intervals, matched differences, gates, and the exit code."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from vla_sim.bench.exit_code import ExitCode
from vla_sim.bench.plan import Plan
from vla_sim.bench.record import ERRORS, OUTCOMES, TrialRecord
from vla_sim.bench.schema import CLEAN, Gate
from vla_sim.bench.statistics import CONFIDENCE, Paired, Proportion
from vla_sim.bench.trial import not_executed


def complete(plan: Plan, records: Sequence[TrialRecord]) -> list[TrialRecord]:
    """Return a record for every trial of the plan: those that never ran are ``not_executed``."""
    done = {record.id: record for record in records}
    return [done.get(trial.id) or not_executed(trial) for trial in plan.trials()]


def summarise(plan: Plan, records: Sequence[TrialRecord]) -> dict[str, Any]:
    """Return the content of ``summary.json``.

    Errors and trials that were not executed are counted beside the rates and never enter one.
    """
    trials = complete(plan, records)
    by_scenario: dict[str, dict[str, Any]] = {
        cell.name: {
            "world": cell.world,
            "task": cell.task,
            "words": cell.words,
            "chance": _mean(trial.chance for trial in trials if trial.scenario == cell.name),
            "arms": _arms([trial for trial in trials if trial.scenario == cell.name], list(cell.arms)),
        }
        for cell in plan.cells
    }
    gates = [
        result
        for cell in plan.cells
        for arm, gate in cell.gates.items()
        for result in _check_gate(cell.name, arm, gate, by_scenario[cell.name]["arms"][arm])
    ]
    counts = _outcomes(trials)
    verdict = _exit_code(counts, gates)
    return {
        "suite": plan.suite,
        "description": plan.description,
        "agent": plan.agent,
        "engine": plan.engine,
        "seed": plan.seed,
        "version": plan.version,
        "plan_sha256": plan.digest,
        "passed": verdict == ExitCode.PASSED,
        "exit_code": int(verdict),
        "confidence": CONFIDENCE,
        "trials": len(trials),
        "outcomes": counts,
        "gates": gates,
        "arms": _arms(trials, plan.arms),
        "scenarios": by_scenario,
        "by": {
            "task": _grouped(trials, lambda trial: trial.task, plan.arms),
            "world": _grouped(trials, lambda trial: trial.world, plan.arms),
            "fault": _by_fault(plan, trials),
        },
    }


def summary_text(summary: dict[str, Any]) -> str:
    """Return the text of ``summary.json``."""
    return json.dumps(summary, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _arms(trials: Sequence[TrialRecord], arms: Sequence[str]) -> dict[str, Any]:
    """Return the figures of each arm, the faulted ones matched with their clean twins."""
    clean = {(trial.scenario, trial.index): trial for trial in trials if trial.arm == CLEAN}
    figures = {}
    for arm in arms:
        mine = [trial for trial in trials if trial.arm == arm]
        figures[arm] = _figures(mine)
        if arm != CLEAN:
            twins = [(clean.get((trial.scenario, trial.index)), trial) for trial in mine]
            figures[arm]["paired"] = _paired(
                Paired.count(
                    (twin.succeeded, trial.succeeded)
                    for twin, trial in twins
                    if twin is not None and twin.counts and trial.counts
                )
            )
    return figures


def _figures(trials: Sequence[TrialRecord]) -> dict[str, Any]:
    counted = [trial for trial in trials if trial.counts]
    proportion = Proportion(sum(trial.succeeded for trial in counted), len(counted))
    interval = proportion.interval
    return {
        "trials": len(trials),
        "counted": len(counted),
        "outcomes": _outcomes(trials),
        "success": _rounded(proportion.rate),
        "interval": [_rounded(end) for end in interval] if interval else None,
        "untouched": sum(trial.untouched for trial in counted),
        "progress": _mean(trial.progress for trial in counted),
        "spl": _mean(trial.metrics.get("spl") for trial in counted),
        "reasons": {
            reason: sum(trial.reason == reason for trial in counted)
            for reason in sorted({trial.reason for trial in counted if not trial.succeeded})
        },
    }


def _paired(paired: Paired) -> dict[str, Any]:
    return {
        "pairs": paired.pairs,
        "both": paired.both,
        "only_clean": paired.only_clean,
        "only_faulted": paired.only_faulted,
        "neither": paired.neither,
        "difference": _rounded(paired.difference),
        "p_value": _rounded(paired.p_value),
        "resilience": _rounded(paired.resilience),
    }


def _grouped(
    trials: Sequence[TrialRecord], key: Callable[[TrialRecord], str], arms: Sequence[str]
) -> dict[str, dict[str, Any]]:
    groups = dict.fromkeys(key(trial) for trial in trials)
    return {
        group: _arms(mine, [arm for arm in arms if any(trial.arm == arm for trial in mine)])
        for group in groups
        if (mine := [trial for trial in trials if key(trial) == group])
    }


def _by_fault(plan: Plan, trials: Sequence[TrialRecord]) -> dict[str, Any]:
    """Return the figures by fault, over all scenarios and arms that inject it."""
    labels = {
        (cell.name, arm): sorted({f"{fault.target}:{fault.kind}" for fault in faults})
        for cell in plan.cells
        for arm, faults in cell.arms.items()
    }
    kinds = sorted({label for found in labels.values() for label in found})
    return {kind: _figures([trial for trial in trials if kind in labels[trial.scenario, trial.arm]]) for kind in kinds}


def _outcomes(trials: Iterable[TrialRecord]) -> dict[str, int]:
    seen = [trial.outcome for trial in trials]
    return {outcome: seen.count(outcome) for outcome in OUTCOMES}


def _check_gate(scenario: str, arm: str, gate: Gate, figures: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """Yield the verdict on each threshold; a figure that does not exist reaches none."""
    values = {
        "min_success": figures["success"],
        "min_success_lower": figures["interval"][0] if figures["interval"] else None,
        "min_resilience": figures["paired"]["resilience"] if "paired" in figures else None,
    }
    for name, threshold in gate.model_dump(exclude_none=True).items():
        value = values[name]
        yield {
            "scenario": scenario,
            "arm": arm,
            "gate": name,
            "threshold": threshold,
            "value": value,
            "passed": value is not None and value >= threshold,
        }


def _exit_code(counts: dict[str, int], gates: Sequence[dict[str, Any]]) -> ExitCode:
    """An error is worse than a failed gate: it says that the figures cannot be trusted."""
    if any(counts[outcome] for outcome in ERRORS):
        return ExitCode.ERROR
    if counts["not_executed"] or not all(gate["passed"] for gate in gates):
        return ExitCode.FAILED
    return ExitCode.PASSED


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return _rounded(sum(known) / len(known)) if known else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
