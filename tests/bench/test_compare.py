import pytest
from bench_doubles import make_plan

from vla_sim.bench.compare import compare_runs
from vla_sim.bench.ledger import open_ledger
from vla_sim.bench.record import TrialRecord
from vla_sim.bench.trial import identity
from vla_sim.errors import InputError


def write(folder, outcomes, **changes):
    """Write a run of 12 trials an arm whose trial i has outcome i of each arm's letters."""
    plan = make_plan(trials=12, cells=1).model_copy(update=changes)
    names = {"s": "success", "f": "failure", "h": "harness_error"}
    with open_ledger(folder, plan) as ledger:
        for trial in plan.trials():
            outcome = names[outcomes[trial.arm][trial.index]]
            ledger.append(TrialRecord(**identity(trial), outcome=outcome, reason="" if outcome == "success" else "x"))
    return folder


GOOD = {"clean": "s" * 12, "blackout": "s" * 10 + "ff"}
WORSE = {"clean": "s" * 11 + "f", "blackout": "s" + "f" * 11}


def test_a_significant_drop_is_worse_and_names_its_trials(tmp_path):
    result = compare_runs(write(tmp_path / "new", WORSE), write(tmp_path / "old", GOOD))
    clean, blackout = result["arms"]
    assert not result["passed"]
    assert (clean["verdict"], clean["difference"], clean["lost"]) == (
        "unchanged",
        round(-1 / 12, 6),
        ["walk0/clean/011"],
    )
    assert blackout["verdict"] == "worse"
    assert blackout["p_value"] == pytest.approx(2 / 2**9)
    assert blackout["p_holm"] == pytest.approx(4 / 2**9, abs=1e-6)
    assert blackout["lost"] == [f"walk0/blackout/{index:03d}" for index in range(1, 10)]
    assert result["remarks"] == []


def test_what_is_better_or_the_same_passes(tmp_path):
    assert compare_runs(write(tmp_path / "new", GOOD), write(tmp_path / "old", WORSE))["passed"]
    same = compare_runs(write(tmp_path / "a", GOOD), write(tmp_path / "b", GOOD))
    assert same["passed"]
    assert [arm["p_value"] for arm in same["arms"]] == [1.0, 1.0]


def test_errors_have_no_twin_and_are_told(tmp_path):
    broken = {"clean": "h" * 3 + "s" * 9, "blackout": GOOD["blackout"]}
    new = write(tmp_path / "new", broken, max_error_share=0.2)
    result = compare_runs(new, write(tmp_path / "old", GOOD, version="0.0.9"))
    assert result["passed"]
    assert result["arms"][0]["pairs"] == 9
    assert result["remarks"] == [
        "version: '0.0.9' in the baseline, '0.1.0' here",
        "3 of 24 trials have no twin that counts, and are left out",
    ]


def test_a_run_with_too_many_errors_or_without_an_arm_does_not_pass(tmp_path):
    old = write(tmp_path / "old", GOOD)
    crashed = {"clean": "s" * 12, "blackout": "h" * 12}
    over_budget = compare_runs(write(tmp_path / "new", crashed), old)
    assert not over_budget["passed"]
    assert not over_budget["budget"]["passed"]
    gone = compare_runs(write(tmp_path / "lenient", crashed, max_error_share=1.0), old)
    assert not gone["passed"]
    assert gone["without_pairs"] == [{"scenario": "walk0", "arm": "blackout"}]


def test_other_seeds_cannot_be_compared(tmp_path):
    new = write(tmp_path / "new", GOOD)
    with pytest.raises(InputError, match="same --seed"):
        compare_runs(new, write(tmp_path / "old", GOOD, seed=6))
    with pytest.raises(InputError, match="is this the folder of a run"):
        compare_runs(new, tmp_path)
