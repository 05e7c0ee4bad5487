"""What a ledger says: rates with intervals, matched differences, gates, and the exit code."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from math import isfinite
from statistics import median
from typing import Any

import numpy as np

from vla_sim.bench.curves import severity_curves
from vla_sim.bench.exit_code import ExitCode
from vla_sim.bench.plan import Plan
from vla_sim.bench.record import ERRORS, OUTCOMES, TrialRecord
from vla_sim.bench.reliance import reliance
from vla_sim.bench.schema import CLEAN, Gate
from vla_sim.bench.statistics import CONFIDENCE, Interval, Paired, Proportion, holm
from vla_sim.bench.statistics.power import detectable_drop
from vla_sim.bench.statistics.sequential import anytime_interval
from vla_sim.bench.stopping import STOPPED
from vla_sim.bench.trial import not_executed
from vla_sim.seeding import generator


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
            "arms": _arms(plan.seed, [trial for trial in trials if trial.scenario == cell.name], list(cell.arms)),
        }
        for cell in plan.cells
    }
    curves = severity_curves(plan, trials)
    areas = {(curve["scenario"], curve["points"][-1]["arm"]): curve["area"] for curve in curves}
    gates = [
        result
        for cell in plan.cells
        for arm, gate in cell.gates.items()
        for result in _check_gate(
            cell.name, arm, gate, by_scenario[cell.name]["arms"][arm], areas.get((cell.name, arm))
        )
    ]
    counts = _outcomes(trials)
    stopped = [trial for trial in trials if trial.reason.startswith(STOPPED)]
    budget = error_budget(trials, plan.max_error_share)
    verdict = _exit_code(counts["not_executed"] - len(stopped), budget, gates)
    overall = _arms(plan.seed, trials, plan.arms)
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
        "budget": budget,
        "stopped_early": _stopped(stopped),
        "gates": gates,
        "arms": overall,
        "scenarios": by_scenario,
        "curves": curves,
        "reliance": reliance(plan, overall, by_scenario),
        "by": {
            "task": _grouped(plan.seed, trials, lambda trial: trial.task, plan.arms),
            "world": _grouped(plan.seed, trials, lambda trial: trial.world, plan.arms),
            "fault": _by_fault(plan, trials),
        },
    }


def summary_text(summary: dict[str, Any]) -> str:
    """Return the text of ``summary.json``."""
    return json.dumps(summary, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _arms(seed: int, trials: Sequence[TrialRecord], arms: Sequence[str]) -> dict[str, Any]:
    """Return the figures of each arm, the faulted ones matched with their clean twins."""
    clean = {(trial.scenario, trial.index): trial for trial in trials if trial.arm == CLEAN}
    figures = {}
    for arm in arms:
        mine = [trial for trial in trials if trial.arm == arm]
        figures[arm] = _figures(mine)
        if arm != CLEAN:
            twins = [(clean.get((trial.scenario, trial.index)), trial) for trial in mine]
            paired = Paired.count(
                (twin.succeeded, trial.succeeded)
                for twin, trial in twins
                if twin is not None and twin.counts and trial.counts
            )
            figures[arm]["paired"] = _paired(paired, generator(seed, "bootstrap", arm))
    tested = [arm for arm in figures if arm != CLEAN and figures[arm]["paired"]["p_value"] is not None]
    for arm, p_value in zip(tested, holm([figures[arm]["paired"]["p_value"] for arm in tested]), strict=True):
        figures[arm]["paired"]["p_holm"] = _rounded(p_value)
    return figures


def _figures(trials: Sequence[TrialRecord]) -> dict[str, Any]:
    counted = [trial for trial in trials if trial.counts]
    proportion = Proportion(sum(trial.succeeded for trial in counted), len(counted))
    stopped = any(trial.reason.startswith(STOPPED) for trial in trials)
    return {
        "trials": len(trials),
        "counted": len(counted),
        "outcomes": _outcomes(trials),
        "success": _rounded(proportion.rate),
        "interval": _ends(
            anytime_interval(proportion.successes, proportion.trials - proportion.successes)
            if stopped
            else proportion.interval
        ),
        "anytime": stopped,
        "untouched": sum(trial.untouched for trial in counted),
        "progress": _mean(trial.progress for trial in counted),
        "spl": _mean(trial.metrics.get("spl") for trial in counted),
        "metrics": {
            name: _mean(trial.metrics.get(name) for trial in counted)
            for name in sorted({name for trial in counted for name in trial.metrics})
        },
        "time_to_failure": _time_to_failure(counted),
        "recovered": _recovered(counted),
        "reasons": {
            reason: sum(trial.reason == reason for trial in counted)
            for reason in sorted({trial.reason for trial in counted if not trial.succeeded})
        },
    }


def _time_to_failure(trials: Sequence[TrialRecord]) -> dict[str, Any] | None:
    """Return the median time [s] from the first faulty reading to the failure, over the failures that had one."""
    times = [trial.sim_time - onset for trial in trials if not trial.succeeded and (onset := _first(trial)) is not None]
    return {"median": _rounded(median(times)), "count": len(times)} if times else None


def _recovered(trials: Sequence[TrialRecord]) -> dict[str, Any] | None:
    """Return the success rate of the trials that went on after their faults had ended; None where none did."""
    survived = [trial.succeeded for trial in trials if _over(trial)]
    return {"share": _rounded(sum(survived) / len(survived)), "count": len(survived)} if survived else None


def _first(trial: TrialRecord) -> float | None:
    return min((fault["first"] for fault in trial.faults if fault.get("first") is not None), default=None)


def _over(trial: TrialRecord) -> bool:
    """Return whether all faults of a trial were on and had ended before it did."""
    ends = [
        fault["onset"] + fault["duration"] + fault.get("recovery", 0.0)
        for fault in trial.faults
        if fault.get("first") is not None and fault.get("duration") is not None
    ]
    return bool(ends) and len(ends) == len(trial.faults) and max(ends) < trial.sim_time


def _paired(paired: Paired, rng: np.random.Generator) -> dict[str, Any]:
    return {
        "pairs": paired.pairs,
        "both": paired.both,
        "only_clean": paired.only_clean,
        "only_faulted": paired.only_faulted,
        "neither": paired.neither,
        "difference": _rounded(paired.difference),
        "difference_interval": _ends(paired.difference_interval),
        "difference_bootstrap": _ends(paired.bootstrap_interval(rng)),
        "detectable_drop": detectable_drop(paired.pairs) if paired.pairs else None,
        "p_value": _rounded(paired.p_value),
        "p_holm": None,
        "resilience": _rounded(paired.resilience),
        "resilience_interval": _ends(paired.resilience_interval),
    }


def _grouped(
    seed: int, trials: Sequence[TrialRecord], key: Callable[[TrialRecord], str], arms: Sequence[str]
) -> dict[str, dict[str, Any]]:
    groups = dict.fromkeys(key(trial) for trial in trials)
    return {
        group: _arms(seed, mine, [arm for arm in arms if any(trial.arm == arm for trial in mine)])
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


def _check_gate(
    scenario: str, arm: str, gate: Gate, figures: dict[str, Any], area: float | None
) -> Iterable[dict[str, Any]]:
    """Yield the verdict on each threshold; a figure that does not exist reaches none."""
    values = {
        "min_success": figures["success"],
        "min_success_lower": figures["interval"][0] if figures["interval"] else None,
        "min_resilience": figures["paired"]["resilience"] if "paired" in figures else None,
        "max_drop": _negative(figures["paired"]["difference"]) if "paired" in figures else None,
        "min_area": area,
    }
    for name, threshold in gate.model_dump(exclude_none=True).items():
        value = values[name]
        yield {
            "scenario": scenario,
            "arm": arm,
            "gate": name,
            "threshold": threshold,
            "value": value,
            "passed": value is not None and (value <= threshold if name.startswith("max_") else value >= threshold),
        }


def error_budget(trials: Iterable[TrialRecord], allowed: float) -> dict[str, Any]:
    """Return whether there are few enough errors to believe the figures; without any allowance, one is too many."""
    executed = [trial for trial in trials if trial.outcome != "not_executed"]
    share = sum(trial.outcome in ERRORS for trial in executed) / len(executed) if executed else 0.0
    return {"max_error_share": allowed, "error_share": _rounded(share), "passed": share <= allowed}


def missing_trials(summary: dict[str, Any]) -> int:
    """Return how many trials of a summary were to be run and were not."""
    saved: int = sum(arm["saved"] for arm in summary["stopped_early"])
    return int(summary["outcomes"]["not_executed"]) - saved


def _stopped(trials: Sequence[TrialRecord]) -> list[dict[str, Any]]:
    """Return the arms that were stopped early, and how many trials that saved."""
    arms = list(dict.fromkeys((trial.scenario, trial.arm, trial.reason) for trial in trials))
    return [
        {
            "scenario": scenario,
            "arm": arm,
            "decision": reason,
            "saved": sum((trial.scenario, trial.arm) == (scenario, arm) for trial in trials),
        }
        for scenario, arm, reason in arms
    ]


def _exit_code(missing: int, budget: dict[str, Any], gates: Sequence[dict[str, Any]]) -> ExitCode:
    """Too many errors are worse than a failed gate: they say that the figures cannot be trusted."""
    if not budget["passed"]:
        return ExitCode.ERROR
    if missing or not all(gate["passed"] for gate in gates):
        return ExitCode.FAILED
    return ExitCode.PASSED


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return _rounded(sum(known) / len(known)) if known else None


def _ends(interval: Interval | None) -> list[float | None] | None:
    """Return an interval for JSON, which has no infinity."""
    return None if interval is None else [round(end, 6) if isfinite(end) else None for end in interval]


def _negative(value: float | None) -> float | None:
    return None if value is None else -value


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
