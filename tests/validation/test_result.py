"""Verdicts: not executed is never passed."""

import itertools

import pytest

from vla_sim.validation.result import EXIT_CODES, Outcome, StageResult, at_least, at_most, judged, verdict_of

STATUSES = ("passed", "failed", "not_executed", "error")


def results(*stages):
    return [StageResult(f"s{i}", "suite", required, Outcome(status)) for i, (status, required) in enumerate(stages)]


def test_every_combination_of_three_stages():
    for stages in itertools.product(itertools.product(STATUSES, (True, False)), repeat=3):
        needed = [status for status, required in stages if required]
        verdict = verdict_of(results(*stages))
        assert (verdict == "passed") == (bool(needed) and set(needed) == {"passed"}), stages
        assert (EXIT_CODES[verdict] == 0) == (verdict == "passed")
        assert (EXIT_CODES[verdict] == 3) == ("error" in needed)


@pytest.mark.parametrize(
    ("stages", "verdict"),
    [
        ([("passed", True), ("failed", False)], "passed"),
        ([("passed", True), ("not_executed", True)], "incomplete"),
        ([("failed", True), ("not_executed", True)], "failed"),
        ([("failed", True), ("error", True)], "error"),
        ([("passed", False)], "incomplete"),
        ([], "incomplete"),
    ],
)
def test_verdicts(stages, verdict):
    assert verdict_of(results(*stages)) == verdict


def test_checks():
    assert at_least("x", 0.5, 0.5).passed
    assert not at_least("x", 0.5, 0.49).passed
    assert at_most("x", 0.5, 0.5).passed
    assert not at_most("x", 0.5, 0.51).passed


def test_what_was_not_measured_or_not_asked_is_no_pass():
    assert not at_least("x", 0.0, None).passed
    assert not at_most("x", 1.0, None).passed
    assert judged([]).status == "failed"
    assert judged([at_most("x", 1.0, 0.0), at_most("y", 1.0, 2.0)]).reason == "1 of 2 checks failed"
