import pytest
from bench_doubles import BLACKOUT, DROPOUT, LineEnv, make_plan

from vla_sim.bench.ledger import TRIALS, open_ledger
from vla_sim.bench.record import read_records
from vla_sim.bench.runner import run_plan
from vla_sim.bench.workforce import RunOptions
from vla_sim.errors import InputError


def run(folder, plan, **options):
    heard = []
    with open_ledger(folder, plan) as ledger:
        run_plan(plan, ledger, folder, RunOptions(**options), heard.append, LineEnv)
    records = read_records(folder / TRIALS)
    assert heard == records[len(records) - len(heard) :]
    return records


def going_wrong(plan):
    """Ids of the trials on which the doubles go wrong, worked out from the seeds alone."""
    from vla_sim.seeding import derive_seed

    wrong = {trial.id for trial in plan.trials() if derive_seed(trial.seed, "agent") % 3 == 0}
    assert 0 < len(wrong) < len(list(plan.trials()))
    return wrong


def test_every_trial_is_recorded_in_the_plans_order(tmp_path):
    plan = make_plan()
    records = run(tmp_path, plan, jobs=0)
    assert [record.id for record in records] == [trial.id for trial in plan.trials()]
    assert {record.outcome for record in records} == {"success", "failure"}
    first = records[0]
    assert first.words == [{"time": 0.0, "words": "walk to the end"}]
    assert first.metrics["clearance"] is None, "JSON has no infinity"
    assert all(record.reason == "timeout" for record in records if record.outcome == "failure")


def test_twins_share_the_seed_and_arms_the_faults(tmp_path):
    records = run(tmp_path, make_plan(), jobs=0)
    clean = {(record.scenario, record.index): record for record in records if record.arm == "clean"}
    for record in records:
        assert record.seed == clean[record.scenario, record.index].seed
        assert [fault["kind"] for fault in record.faults] == ([] if record.arm == "clean" else [BLACKOUT.kind])


def files_of(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }


def test_the_number_of_jobs_changes_no_byte(tmp_path):
    plan = make_plan(trials=4)
    for jobs in (0, 1, 2):
        run(tmp_path / str(jobs), plan, jobs=jobs)
    assert files_of(tmp_path / "0") == files_of(tmp_path / "1") == files_of(tmp_path / "2")


@pytest.mark.parametrize(
    ("agent", "outcome", "reason", "trace"),
    [
        (
            "Raises",
            "harness_error",
            "agent Raises raised ValueError: no idea what to do in <object object at 0x...>",
            "in go_wrong",
        ),
        ("Leaves", "harness_error", "agent Leaves raised SystemExit: 0", "in go_wrong"),
        ("Exits", "simulator_crash", "the worker process died (exit code 0)", ""),
        ("Segfaults", "simulator_crash", "the worker process died (SIGSEGV)", "in go_wrong"),
        ("Diverges", "simulator_crash", "simulator: SimulatorError: diverged at 0.1 s", "SimulatorError"),
        ("BadAction", "harness_error", "ValueError: could not convert string to float: 'l'", "in step"),
    ],
)
def test_what_goes_wrong_in_one_trial_stays_in_it(tmp_path, agent, outcome, reason, trace):
    plan = make_plan(f"bench_doubles:{agent}", trials=4)
    records = run(tmp_path, plan, jobs=2)
    assert len(records) == 16
    wrong = going_wrong(plan)
    assert {record.id for record in records if record.outcome == outcome} == wrong
    assert {record.reason for record in records if record.id in wrong} == {reason}
    assert all(record.counts for record in records if record.id not in wrong)
    logs = {str(path.relative_to(tmp_path / "logs").with_suffix("")): path for path in tmp_path.glob("logs/**/*.txt")}
    assert set(logs) == wrong
    assert all(trace in path.read_text() for path in logs.values())


def test_a_trial_that_hangs_is_stopped(tmp_path):
    plan = make_plan("bench_doubles:Hangs", trials=2, cells=1)
    records = run(tmp_path, plan, jobs=2, timeout=1.0)
    wrong = going_wrong(plan)
    assert {record.id for record in records if record.outcome == "simulator_crash"} == wrong
    assert {record.reason for record in records if record.id in wrong} == {"stalled: no answer within 1 s of wall time"}


def test_a_fault_that_cannot_be_applied_is_an_error(tmp_path):
    plan = make_plan(arms={"clean": (), "dropout": (DROPOUT,)}, cells=1)
    records = run(tmp_path, plan, jobs=0)
    faulty = [record for record in records if record.arm == "dropout"]
    assert {record.outcome for record in faulty} == {"harness_error"}
    assert "dropout on 'imu' cannot be applied: this robot has no such stream" in faulty[0].reason


@pytest.mark.parametrize("jobs", [0, 1])
@pytest.mark.parametrize("agent", ["bench_doubles:Nobody", "bench_doubles:NeverLoads", "nobody"])
def test_an_agent_that_cannot_be_loaded_is_bad_input(tmp_path, agent, jobs):
    with pytest.raises(InputError, match="agent"):
        run(tmp_path, make_plan(agent), jobs=jobs)
    assert (tmp_path / TRIALS).read_bytes() == b""


def test_fail_fast_stops_at_the_first_trial_that_is_no_success(tmp_path):
    plan = make_plan(trials=6)
    whole = run(tmp_path / "whole", plan, jobs=0)
    first = next(index for index, record in enumerate(whole) if not record.succeeded)
    assert run(tmp_path / "fast", plan, jobs=2, fail_fast=True) == whole[: first + 1]
