import json

import pytest
from bench_doubles import make_plan

from vla_sim.bench.exit_code import ExitCode
from vla_sim.bench.record import TrialRecord
from vla_sim.bench.schema import Gate
from vla_sim.bench.summary import complete, summarise, summary_text
from vla_sim.bench.trial import identity
from vla_sim.faults.spec import FaultSpec


def record(trial, outcome, **fields):
    reason = {"success": "", "failure": "timeout"}.get(outcome, "broke")
    return TrialRecord(**identity(trial), outcome=outcome, reason=reason, **fields)


def records(plan, outcomes):
    """Give trial i of the plan outcome i: s(uccess), f(ailure), h(arness error), c(rash)."""
    names = {"s": "success", "f": "failure", "h": "harness_error", "c": "simulator_crash"}
    trials = list(plan.trials())[: len(outcomes)]
    return [record(trial, names[letter]) for trial, letter in zip(trials, outcomes, strict=True)]


def test_errors_and_missing_trials_never_enter_a_rate():
    plan = make_plan(trials=4, cells=1)  # clean, blackout, clean, blackout ...
    summary = summarise(plan, records(plan, "sfshfcs"))
    clean, blackout = summary["arms"]["clean"], summary["arms"]["blackout"]
    assert (clean["counted"], clean["success"]) == (4, 0.75)
    assert (blackout["counted"], blackout["success"], blackout["reasons"]) == (1, 0.0, {"timeout": 1})
    assert blackout["outcomes"] == {
        "success": 0,
        "failure": 1,
        "harness_error": 1,
        "simulator_crash": 1,
        "not_executed": 1,
    }
    assert blackout["paired"]["pairs"] == 1, "a pair needs both twins"
    assert blackout["paired"]["difference"] == -1.0
    assert summary["outcomes"]["not_executed"] == 1
    assert summary["exit_code"] == ExitCode.ERROR


def test_trials_that_ended_before_their_fault_are_told():
    plan = make_plan(trials=1, cells=1)
    clean, faulted = plan.trials()
    done = [record(clean, "success"), record(faulted, "success", faults=[{"status": "not_reached"}])]
    arms = summarise(plan, done)["arms"]
    assert (arms["clean"]["untouched"], arms["blackout"]["untouched"]) == (0, 1)


def test_figures_are_grouped_by_task_world_and_fault():
    plan = make_plan(trials=2, cells=2)
    summary = summarise(plan, records(plan, "sfsssfsf"))
    assert summary["by"]["fault"]["camera:blackout"]["success"] == 0.25
    assert summary["by"]["task"]["walk"]["clean"]["success"] == 1.0
    assert summary["by"]["world"]["line"]["blackout"]["paired"]["resilience"] == 0.25
    assert summary["scenarios"]["walk1"]["arms"]["blackout"]["success"] == 0.0


@pytest.mark.parametrize(
    ("outcomes", "gate", "code"),
    [
        ("ssss", {}, ExitCode.PASSED),
        ("fsfs", {}, ExitCode.PASSED),
        ("ssss", {"clean": Gate(min_success=1.0)}, ExitCode.PASSED),
        ("ssfs", {"clean": Gate(min_success=0.51)}, ExitCode.FAILED),
        ("ssss", {"clean": Gate(min_success_lower=0.5)}, ExitCode.FAILED),
        ("sssf", {"blackout": Gate(min_resilience=0.5)}, ExitCode.PASSED),
        ("sssf", {"blackout": Gate(min_resilience=0.6)}, ExitCode.FAILED),
        ("fsff", {"blackout": Gate(min_resilience=0.0)}, ExitCode.FAILED),
        ("sss", {}, ExitCode.FAILED),
        ("ssfh", {"clean": Gate(min_success=1.0)}, ExitCode.ERROR),
        ("sssc", {}, ExitCode.ERROR),
    ],
)
def test_the_exit_code_says_what_can_be_believed(outcomes, gate, code):
    plan = make_plan(trials=2, cells=1, gates=gate)
    summary = summarise(plan, records(plan, outcomes))
    assert summary["exit_code"] == code
    assert summary["passed"] == (code == ExitCode.PASSED)


def test_a_gate_over_errors_alone_is_not_passed():
    plan = make_plan(trials=1, cells=1, gates={"clean": Gate(min_success=0.0)})
    (gate,) = summarise(plan, records(plan, "hs"))["gates"]
    assert (gate["value"], gate["passed"]) == (None, False)


def test_the_summary_is_json_and_its_trials_are_the_plans():
    plan = make_plan()
    done = records(plan, "sf")
    summary = summarise(plan, done)
    assert json.loads(summary_text(summary)) == summary
    whole = complete(plan, done)
    assert [trial.id for trial in whole] == [trial.id for trial in plan.trials()]
    assert {trial.outcome for trial in whole[2:]} == {"not_executed"}


def test_errors_within_the_budget_leave_the_run_valid_and_never_enter_a_rate():
    plan = make_plan(trials=2, cells=1).model_copy(update={"max_error_share": 0.25})
    within = summarise(plan, records(plan, "sshs"))
    assert within["budget"] == {"max_error_share": 0.25, "error_share": 0.25, "passed": True}
    assert within["exit_code"] == ExitCode.PASSED
    assert within["arms"]["clean"]["counted"] == 1
    beyond = summarise(plan, records(plan, "shhs"))
    assert beyond["exit_code"] == ExitCode.ERROR


@pytest.mark.parametrize(("outcomes", "passed"), [("ssss", True), ("sfss", False), ("fsfs", True)])
def test_a_drop_is_gated(outcomes, passed):
    plan = make_plan(trials=2, cells=1, gates={"blackout": Gate(max_drop=0.4)})
    (gate,) = summarise(plan, records(plan, outcomes))["gates"]
    assert gate["passed"] is passed


@pytest.mark.parametrize(
    ("outcomes", "area", "passed"), [("ssfssf", 0.75, True), ("ssfsff", 0.5, False), ("sshssh", None, False)]
)
def test_the_area_under_a_curve_is_gated(outcomes, area, passed):
    dim, dark = (FaultSpec(target="camera", kind="blackout", severity=severity) for severity in (0.5, 1.0))
    arms = {"clean": (), "dark@0.5": (dim,), "dark@1": (dark,)}
    plan = make_plan(trials=2, cells=1, arms=arms, gates={"dark@1": Gate(min_area=0.6)})
    (gate,) = summarise(plan, records(plan, outcomes))["gates"]
    assert (gate["value"], gate["passed"]) == (area, passed)


def test_what_a_fault_costs_has_intervals_and_a_p_value_for_all_arms_together():
    plan = make_plan(trials=10, cells=1)
    paired = summarise(plan, records(plan, "sf" * 8 + "ss" * 2))["arms"]["blackout"]["paired"]
    assert paired["difference"] == -0.8
    low, high = paired["difference_interval"]
    assert low < -0.8 < high < 0
    assert paired["difference_bootstrap"][0] < -0.8 < paired["difference_bootstrap"][1]
    assert paired["p_holm"] == paired["p_value"] == pytest.approx(2 / 2**8, abs=1e-6)
    assert paired["resilience_interval"][0] < 0.2 < paired["resilience_interval"][1]
    assert paired["detectable_drop"] == 0.72


def test_time_to_failure_counts_from_the_first_faulty_reading():
    plan = make_plan(trials=2, cells=1)
    fault = {"status": "applied", "first": 1.5, "last": 3.0, "onset": 1.5, "duration": 1.0, "recovery": 0.5}
    trials = list(plan.trials())
    done = [
        record(trials[0], "success", sim_time=9.0),
        record(trials[1], "failure", sim_time=5.5, faults=[fault]),
        record(trials[2], "success", sim_time=9.0),
        record(trials[3], "success", sim_time=8.0, faults=[fault]),
    ]
    arms = summarise(plan, done)["arms"]
    assert arms["blackout"]["time_to_failure"] == {"median": 4.0, "count": 1}
    assert arms["blackout"]["recovered"] == {"share": 0.5, "count": 2}
    assert arms["clean"]["time_to_failure"] is None


def test_trials_whose_fault_changed_nothing_are_told():
    plan = make_plan(trials=1, cells=1)
    clean, faulted = plan.trials()
    nothing = {"status": "applied", "severity": 1.0, "readings_seen": 40, "readings_changed": 0}
    done = [record(clean, "success"), record(faulted, "success", faults=[nothing])]
    assert summarise(plan, done)["arms"]["blackout"]["untouched"] == 1
    harmless = [record(clean, "success"), record(faulted, "success", faults=[nothing | {"severity": 0.0}])]
    assert summarise(plan, harmless)["arms"]["blackout"]["untouched"] == 0
