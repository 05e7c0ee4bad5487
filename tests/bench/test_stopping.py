"""Early stopping changes which trials are run, never what the ledger says of them."""

import pytest
from bench_doubles import LineEnv, Walker, make_plan

from vla_sim.bench.ledger import open_ledger
from vla_sim.bench.runner import run_plan
from vla_sim.bench.schema import Gate, Stopping
from vla_sim.bench.stopping import STOPPED
from vla_sim.bench.summary import summarise
from vla_sim.bench.workforce import RunOptions


def stopping_plan(**gates):
    plan = make_plan(trials=40, cells=1, gates=gates or {"clean": Gate(min_success=0.2)})
    cells = tuple(cell.model_copy(update={"stopping": Stopping(alpha=0.05)}) for cell in plan.cells)
    return plan.model_copy(update={"cells": cells, "agent": f"{Walker.__module__}:{Walker.__qualname__}"})


def run(plan, folder, jobs):
    with open_ledger(folder, plan) as ledger:
        run_plan(plan, ledger, folder, RunOptions(jobs=jobs), lambda record: None, LineEnv)
        return ledger.records


def test_an_arm_stops_once_its_gate_is_decided_and_the_other_goes_on(tmp_path):
    plan = stopping_plan()
    records = run(plan, tmp_path / "run", 0)
    clean = [record for record in records if record.arm == "clean"]
    taken = [record for record in clean if record.counts]
    assert 0 < len(taken) < 30
    assert all(record.reason.startswith(STOPPED) for record in clean[len(taken) :])
    assert all(record.counts for record in records if record.arm != "clean")
    summary = summarise(plan, records)
    assert summary["stopped_early"][0]["saved"] == 40 - len(taken)
    assert "above 0.2" in summary["stopped_early"][0]["decision"]
    assert summary["passed"]
    assert (summary["arms"]["clean"]["anytime"], summary["arms"]["blackout"]["anytime"]) == (True, False)
    assert summary["arms"]["blackout"]["paired"]["pairs"] == len(taken)


def test_the_ledger_is_the_same_for_any_number_of_jobs_and_after_a_kill(tmp_path):
    plan = stopping_plan()
    run(plan, tmp_path / "one", 0)
    run(plan, tmp_path / "two", 2)
    whole = (tmp_path / "one" / "trials.jsonl").read_bytes()
    assert (tmp_path / "two" / "trials.jsonl").read_bytes() == whole
    lines = whole.splitlines(keepends=True)
    for kept in (3, 20, 60):
        run(plan, tmp_path / f"cut{kept}", 0)
        (tmp_path / f"cut{kept}" / "trials.jsonl").write_bytes(b"".join(lines[:kept]) + lines[kept][:10])
        run(plan, tmp_path / f"cut{kept}", 2)
        assert (tmp_path / f"cut{kept}" / "trials.jsonl").read_bytes() == whole


def test_the_arms_that_may_stop_share_the_error(tmp_path):
    both = stopping_plan(clean=Gate(min_success=0.2), blackout=Gate(min_success=0.2))
    taken = [r for r in run(both, tmp_path / "both", 0) if r.arm == "clean" and r.counts]
    alone = [r for r in run(stopping_plan(), tmp_path / "alone", 0) if r.arm == "clean" and r.counts]
    assert len(taken) > len(alone)


@pytest.mark.parametrize(
    "gate", [Gate(min_success=0.2, min_success_lower=0.1), Gate(min_success_lower=0.1), Gate(min_success=0.0)]
)
def test_arms_whose_gates_need_all_trials_do_not_stop(tmp_path, gate):
    records = run(stopping_plan(clean=gate), tmp_path / "run", 0)
    assert all(record.counts for record in records)
