"""The stages that run suites: embedded, on Gazebo, and on both."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vla_sim import assets
from vla_sim.bench.exit_code import ExitCode
from vla_sim.bench.expand import Overrides, load_plan
from vla_sim.bench.ledger import JUNIT, MANIFEST, REPORT, SUMMARY, open_ledger
from vla_sim.bench.manifest import Manifest
from vla_sim.bench.parity.run import SUMMARY as PARITY
from vla_sim.bench.parity.run import TEXT, run_parity
from vla_sim.bench.plan import Plan
from vla_sim.bench.runner import run_plan
from vla_sim.bench.schema import CLEAN, Gate, nearest
from vla_sim.bench.summary import missing_trials
from vla_sim.bench.workforce import RunOptions
from vla_sim.errors import InputError
from vla_sim.report.folder import write_reports
from vla_sim.validation.context import Context
from vla_sim.validation.profile import ParityStage, SuiteStage
from vla_sim.validation.result import Check, Outcome, at_least, at_most, judged

_PAIR_TIMEOUT = 1200.0
"""Seconds on the wall for a pair of trials."""


def suite_plan(stage: SuiteStage | ParityStage, context: Context, engine: str = "embedded") -> Plan:
    """Return what a stage runs.

    Raises:
        InputError: the suite is wrong, or nothing in it could fail.
        NotReadyError: there is no such simulator.
    """
    overrides = Overrides(context.agent, engine, seed=stage.seed, trials=stage.trials)
    plan = load_plan(_suite_file(stage.suite, context), overrides)
    if isinstance(stage, ParityStage):
        return plan
    if stage.gates:
        plan = _with_gates(plan, stage.gates)
    gates = [gate for cell in plan.cells for gate in cell.gates.values() if gate.model_dump(exclude_none=True)]
    if not gates and stage.min_success is None:
        told = f"the suite '{stage.suite}' has no gates, so that nothing could fail; give gates or min_success"
        raise InputError(told, field="gates")
    return plan


def run_suite_stage(stage: SuiteStage, context: Context) -> Outcome:
    """Run a suite with its reports."""
    plan = suite_plan(stage, context, "gazebo" if stage.stage == "gazebo" else "embedded")
    folder = context.folder
    began = time.monotonic()
    with open_ledger(folder, plan) as ledger:
        manifest = Manifest(folder / MANIFEST, plan.digest)
        tell = context.say
        run_plan(plan, ledger, folder, RunOptions(context.jobs), lambda done: tell(f"{done.id}: {done.outcome}"))
        manifest.finish(time.monotonic() - began, len(ledger.records), {"jobs": context.jobs})
    summary = write_reports(folder)
    outcome = judged(
        [*_whole(stage, summary), *(_gate_check(gate) for gate in summary["gates"])],
        _facts(plan) | {"outcomes": summary["outcomes"]},
        {"report": REPORT, "summary": SUMMARY, "JUnit": JUNIT},
    )
    if summary["exit_code"] == ExitCode.ERROR:
        return _instead(outcome, "error", "too many trials ended in an error of the testbench or the simulator")
    missing = missing_trials(summary)
    return _instead(outcome, "failed", f"{missing} trials were not executed") if missing else outcome


def run_parity_stage(stage: ParityStage, context: Context) -> Outcome:
    """Run trials on both engines, and compare."""
    plans = suite_plan(stage, context), suite_plan(stage, context, "gazebo")
    options, tell = RunOptions(context.jobs, _PAIR_TIMEOUT), context.say
    summary = run_parity(plans, context.folder, options, lambda pair: tell(f"{pair.id}: {pair.first.outcome}"))
    difference = None if summary["difference"] is None else abs(summary["difference"])
    checks = [
        at_most("success, difference of the engines", stage.max_difference, difference),
        at_least("pairs that count", summary["pairs"], summary["counted"]),
    ]
    return judged(checks, _facts(plans[0]), {"report": TEXT, "summary": PARITY})


def _suite_file(suite: str, context: Context) -> Path:
    beside = context.find(suite)
    if beside.is_file():
        return beside
    shipped = {file.stem: file for file in sorted(assets.SCENARIOS.glob("*.yaml"))}
    if suite in shipped:
        return shipped[suite]
    raise InputError(f"no suite '{suite}' beside the profile{nearest(suite, shipped)}", field="suite")


def _with_gates(plan: Plan, gates: Mapping[str, Gate]) -> Plan:
    """Return a plan with other gates; each must be of an arm that some scenario has."""
    for arm in gates:
        if arm not in plan.arms:
            raise InputError(f"no arm '{arm}' in the suite{nearest(arm, plan.arms)}", field="gates")
    cells = [
        cell.model_copy(update={"gates": {arm: gate for arm, gate in gates.items() if arm in cell.arms}})
        for cell in plan.cells
    ]
    return plan.model_copy(update={"cells": tuple(cells)})


def _whole(stage: SuiteStage, summary: Mapping[str, Any]) -> list[Check]:
    if stage.min_success is None:
        return []
    clean = summary["arms"][CLEAN]
    what = f"success, share of all {clean['counted']} clean trials"
    return [at_least(what, stage.min_success, clean["success"])]


def _gate_check(gate: Mapping[str, Any]) -> Check:
    name = str(gate["gate"])
    bound = "at most" if name.startswith("max") else "at least"
    what = f"{gate['scenario']}, {gate['arm']}: {name.replace('_', ' ')}"
    return Check(what, f"{bound} {gate['threshold']:g}", gate["value"], "", bool(gate["passed"]))


def _facts(plan: Plan) -> dict[str, Any]:
    return {
        "suite": plan.suite,
        "engine": plan.engine,
        "seed": plan.seed,
        "plan_sha256": plan.digest,
        "trials": sum(1 for _ in plan.trials()),
        "worlds": {cell.world: cell.world_hash for cell in plan.cells},
    }


def _instead(outcome: Outcome, status: Any, reason: str) -> Outcome:
    return Outcome(status, reason, outcome.checks, outcome.facts, outcome.files)
