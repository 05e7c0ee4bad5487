"""What a search says: ``search.json``, and a suite that reproduces what it found."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import yaml

from vla_sim.bench.plan import Cell
from vla_sim.bench.search.hunt import Confirmation, Hunt
from vla_sim.bench.search.plan import SearchPlan
from vla_sim.bench.search.prober import Prober, Verdict
from vla_sim.bench.search.space import Combination, Piece, total_severity
from vla_sim.bench.statistics import Proportion
from vla_sim.bench.statistics.sequential import anytime_interval
from vla_sim.faults.kind import kind_for
from vla_sim.faults.spec import FaultSpec
from vla_sim.faults.target import members

FOUND_ARM = "found"
"""The name of the arm with what was found, in the suite that reproduces it."""


def search_result(plan: SearchPlan, prober: Prober, hunt: Hunt) -> dict[str, Any]:
    """Return the content of ``search.json``."""
    search, space = plan.search, plan.space
    return {
        "suite": plan.suite,
        "agent": plan.agent,
        "engine": plan.engine,
        "seed": plan.seed,
        "version": plan.version,
        "plan_sha256": plan.digest,
        "status": hunt.status,
        "exhaustive": hunt.exhaustive,
        "smallest": hunt.smallest,
        "shrunk": _labels(plan, space.start) or None,
        "threshold": search.threshold,
        "alpha": search.alpha,
        "beta": search.beta,
        "found": None if hunt.found is None else _found(plan, hunt.found),
        "clean": None if hunt.clean is None else _counts(hunt.clean),
        "grid": {
            "arms": space.grid_arms,
            "trials_per_arm": search.trials,
            "trials": space.grid_trials,
        },
        "trials": {
            "budget": space.budget,
            "verdicts": prober.spent - sum(one.trials for one in hunt.confirmations),
            "confirmations": sum(one.trials for one in hunt.confirmations),
            "errors": prober.errors,
            "total": prober.spent,
            "share_of_grid": round(prober.spent / space.grid_trials, 6),
        },
        "confirmations": [_confirmation(plan, one) for one in hunt.confirmations],
        "verdicts": [
            {"arm": one.arm, "faults": _labels(plan, one.combination), "answer": one.answer, **_counts(one)}
            for one in prober.verdicts
        ],
    }


def result_text(result: Mapping[str, Any]) -> str:
    """Return the text of ``search.json``."""
    return json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def found_suite(plan: SearchPlan, found: Confirmation) -> str:
    """Return a suite that runs the trials that confirmed a failure; its gate is the threshold, so that it fails."""
    combination = found.combination
    suite = {
        "name": f"{plan.suite}-{FOUND_ARM}",
        "description": f"What takes '{plan.agent}' under a success rate of {plan.search.threshold:g}.",
        "seed": plan.confirmation_seed(found.attempt),
        "max_error_share": plan.max_error_share,
        "scenarios": [_scenario(plan, cell, plan.space.specs(combination)) for cell in plan.cells],
    }
    return yaml.safe_dump(suite, sort_keys=False, allow_unicode=True, width=120)


def describe(plan: SearchPlan, combination: Combination) -> str:
    """Return a combination in one line: faults with onset and duration."""
    parts = []
    for piece, spec in zip(combination, plan.space.specs(combination), strict=True):
        begin = "" if len(plan.search.onsets) == 1 and spec.onset == 0.0 else f" from {_when(spec)}"
        parts.append(f"{spec.label}{begin}" + ("" if math.isinf(piece.duration) else f" for {piece.duration:g} s"))
    return " + ".join(parts) or "no fault"


def verdict_text(plan: SearchPlan, hunt: Hunt, result: Mapping[str, Any]) -> str:
    """Return what came of a search in one line."""
    asked = f"{plan.search.threshold:.0%}"
    spent = "" if hunt.exhaustive else "; the budget was spent before all that would be milder was looked at"
    match hunt.status:
        case "found":
            assert hunt.found is not None
            found, last = result["found"], result["confirmations"][-1]
            low, high = found["interval"]
            return (
                f"found {describe(plan, hunt.found.combination)}: success {found['success']:.0%} "
                f"({low:.0%} to {high:.0%}) on {last['trials']} fresh trials, "
                f"under {asked} (p = {last['p_value']:.2g}){spent}"
            )
        case "nothing_fails":
            return f"no fault that was looked at takes the agent under {asked}{spent}"
        case "not_confirmed":
            return f"not confirmed: what seemed to fail was not under {asked} on fresh seeds beyond doubt{spent}"
        case "clean_fails":
            return f"without any fault the agent was not shown to reach {asked}: lower the threshold"
        case "errors":
            return f"not valid: {result['trials']['errors']} trials ended in an error"


def _found(plan: SearchPlan, found: Confirmation) -> dict[str, Any]:
    """Return what was found, with the success rate on fresh seeds: the trials that found it are no fair sample."""
    specs = plan.space.specs(found.combination)
    return {
        "faults": [_fault(plan, piece, spec) for piece, spec in zip(found.combination, specs, strict=True)],
        "total_severity": total_severity(found.combination),
        "successes": found.successes,
        "trials": found.trials,
        "success": round(found.successes / found.trials, 6),
        "interval": _ends(Proportion(found.successes, found.trials).interval),
    }


def _fault(plan: SearchPlan, piece: Piece, spec: FaultSpec) -> dict[str, Any]:
    return {
        "fault": _written(spec),
        "severity": piece.severity,
        "parameters": {
            stream: {
                parameter.name: {"value": kind.at(piece.severity)[parameter.name], "unit": parameter.unit}
                for parameter in kind.parameters
            }
            for stream in members(spec.target, plan.streams)
            if (kind := kind_for(spec.kind, plan.streams[stream])) is not None
        },
    }


def _confirmation(plan: SearchPlan, one: Confirmation) -> dict[str, Any]:
    return {
        "faults": _labels(plan, one.combination),
        "seed": plan.confirmation_seed(one.attempt),
        "successes": one.successes,
        "trials": one.trials,
        "p_value": float(f"{one.p_value:.6g}"),
        "alpha": one.alpha,
        "confirmed": one.confirmed,
    }


def _counts(verdict: Verdict) -> dict[str, Any]:
    ends = anytime_interval(verdict.successes, verdict.trials - verdict.successes)
    return {"successes": verdict.successes, "trials": verdict.trials, "interval": _ends(ends)}


def _labels(plan: SearchPlan, combination: Combination) -> list[dict[str, Any]]:
    return [_written(spec) for spec in plan.space.specs(combination)]


def _written(spec: FaultSpec) -> dict[str, Any]:
    """Return a fault as a suite writes it."""
    written: dict[str, Any] = spec.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    return written


def _scenario(plan: SearchPlan, cell: Cell, faults: tuple[FaultSpec, ...]) -> dict[str, Any]:
    optional = {
        "robot": cell.robot,
        "sensors": None if cell.sensors is None else list(cell.sensors),
        "variation": None if cell.variation is None else cell.variation.model_dump(mode="json", exclude_defaults=True),
    }
    return {
        "name": cell.name,
        "world": cell.world_source,
        "task": cell.task,
        "words": cell.words,
        "trials": plan.confirmation_trials,
        "control_rate": cell.control_rate,
        **{key: value for key, value in optional.items() if value is not None},
        "arms": {FOUND_ARM: [_written(spec) for spec in faults]},
        "gates": {FOUND_ARM: {"min_success": plan.search.threshold}},
    }


def _when(spec: FaultSpec) -> str:
    if isinstance(spec.onset, float):
        return f"{spec.onset:g} s"
    parts = spec.onset.model_dump(exclude_defaults=True, exclude_none=True)
    return " ".join(f"{key} {value}" for key, value in parts.items())


def _ends(interval: tuple[float, float] | None) -> list[float] | None:
    return None if interval is None else [round(end, 6) for end in interval]
