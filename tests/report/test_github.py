from pathlib import Path

import pytest

from vla_sim.report.github import job_summary, tell_github, workflow_commands

ARM = {"success": 0.5, "interval": [0.2, 0.8], "counted": 6}
SUMMARY = {
    "suite": "one|two",
    "agent": "expert",
    "passed": False,
    "gates": [
        {"scenario": "a", "arm": "clean", "gate": "min_success", "threshold": 0.9, "value": 0.5, "passed": False},
        {"scenario": "a", "arm": "fog, 100 %", "gate": "min_success", "threshold": 0.9, "value": None, "passed": False},
        {"scenario": "a", "arm": "clean", "gate": "max_drop", "threshold": 0.9, "value": 0.5, "passed": True},
    ],
    "budget": {"max_error_share": 0.1, "error_share": 0.05, "passed": True},
    "scenarios": {"a": {"arms": {"clean": ARM, "fog": ARM | {"interval": None, "paired": {"difference": -0.5}}}}},
}


def test_failed_gates_are_errors_and_errors_within_the_budget_a_warning():
    assert list(workflow_commands(SUMMARY, Path("suites/x,y.yaml"), {("a", "clean", "min_success"): 12})) == [
        "::error file=suites/x%2Cy.yaml,line=12,title=gate failed::a, clean: min_success is 0.5, 0.9 is asked",
        "::error file=suites/x%2Cy.yaml,title=gate failed::a, fog, 100 %25: min_success is undefined, 0.9 is asked",
        "::warning file=suites/x%2Cy.yaml,title=errors::5.0%25 of the trials ended in an error, 10.0%25 may",
    ]


def test_the_job_summary_is_a_table():
    lines = job_summary(SUMMARY).splitlines()
    assert lines[0] == "### one\\|two: expert, failed"
    assert lines[4] == "| a | clean | 50% | 0.20 to 0.80 | 6 |  |"
    assert lines[5] == "| a | fog | – | – | 6 | -50 |"


@pytest.mark.parametrize("on", [True, False])
def test_nothing_is_said_elsewhere(tmp_path, on):
    file = tmp_path / "summary.md"
    environment = {"GITHUB_STEP_SUMMARY": str(file)} | ({"GITHUB_ACTIONS": "true"} if on else {})
    assert bool(tell_github(SUMMARY, Path("suite.yaml"), {}, environment)) is on
    assert file.exists() is on
