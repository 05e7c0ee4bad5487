"""The plug-in in real pytest runs, over real trials."""

import importlib
import json
import xml.etree.ElementTree as ElementTree

import pytest
from typer.testing import CliRunner

from vla_sim.bench.exit_code import ExitCode
from vla_sim.cli.app import app

SUITE = """\
name: small
seed: 4
defaults: {world: arena, trials: 2, sensors: [imu, camera]}
scenarios:
  - name: turn
    task: turn_by_angle
    arms:
      black: {target: camera, kind: blackout, onset: 1.0}
    gates:
      clean: {min_success: 0.9}
"""

STOPPED = """\
name: stopped
seed: 4
scenarios:
  - name: turn
    world: arena
    task: turn_by_angle
    sensors: [imu]
    trials: 12
    stopping: {}
    gates:
      clean: {min_success: 0.9}
"""

SHARED = (
    STOPPED.replace("stopped", "shared")
    + """\
  - name: wait
    world: arena
    task: stop_on_command
    sensors: [imu]
    trials: 2
    stopping: {}
    gates:
      clean: {min_success: 0.5}
"""
)
"""Two scenarios that may stop: they share the error, so that each stops later than it would alone."""

AGENT = """\
class Raises:
    def reset(self, seed): pass
    def act(self, observation): raise ValueError("no idea")
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Three runs by the command line, ``SUITE-AGENT`` in a folder.

    They are made before any pytest is run in this process: that forgets what it imported, which NumPy does not bear.
    """
    importlib.import_module("pytest_vla_sim.items")
    folder = tmp_path_factory.mktemp("runs")
    for name, text, agent in (("small", SUITE, "expert"), ("stopped", STOPPED, "idle"), ("shared", SHARED, "idle")):
        (folder / f"{name}.yaml").write_text(text)
        arguments = ["run", f"{folder}/{name}.yaml", "--agent", agent, "--out", f"{folder}/{name}-{agent}", "--jobs=0"]
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code in (ExitCode.PASSED, ExitCode.FAILED), done.output
    return folder


@pytest.fixture
def run(runs, pytester, monkeypatch):
    # The inner pytest is no worker of xdist's, even where the outer one is.
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    pytester.makefile(".yaml", small=SUITE, stopped=STOPPED, shared=SHARED)

    def run(*arguments, subprocess=False):
        runner = pytester.runpytest_subprocess if subprocess else pytester.runpytest_inprocess
        return runner("-p", "no:cacheprovider", "-rA", *arguments)

    return run


def test_trials_and_gates_pass(run, pytester):
    result = run("--vla-suite", "small.yaml", "-v")
    result.assert_outcomes(passed=5)
    result.stdout.fnmatch_lines(
        [
            "small.yaml::turn/clean/000 PASSED*",
            "small.yaml::turn/black/000 PASSED*",
            "small.yaml::turn/clean/001 PASSED*",
            "small.yaml::turn/black/001 PASSED*",
            "small.yaml::turn/clean/min_success PASSED*",
            "vla_sim: *pytest-small-expert/report.html",
        ]
    )
    assert (pytester.path / "runs/pytest-small-expert/report.html").is_file()


def test_a_failure_says_why_and_how_to_see_it_again(run, pytester):
    result = run("--vla-suite", "small.yaml", "--vla-agent", "idle", "--vla-trials", "1")
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "*turn/black/000*",
            "timeout at * s, progress 0.00",
            "goal: 'turn * at 0.0 s",
            "fault: blackout on camera at severity 1, applied",
            "replay: vla-sim replay runs/pytest-small-idle turn/black/000 --video",
            "gate failed: min_success of clean is 0.000, 0.9 is asked",
            "FAILED *::turn/clean/000 - Failed: timeout at *",
        ]
    )
    assert "Traceback" not in result.stdout.str()
    assert ".py:" not in result.stdout.str()
    command = next(line for line in result.outlines if line.startswith("replay: ")).split()[2:]
    replayed = CliRunner().invoke(app, [part for part in command if part != "--video"])
    assert replayed.exit_code == 0
    assert "the same as recorded" in replayed.stdout


def test_an_error_of_the_harness_is_an_error_and_no_failure(run, pytester):
    pytester.makepyfile(broken_agent=AGENT)
    pytester.syspathinsert()
    result = run("--vla-suite", "small.yaml", "--vla-agent", "broken_agent:Raises", "--vla-trials", "1")
    result.assert_outcomes(errors=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at setup of turn/clean/000*",
            "harness error after 0.0 s: agent Raises raised ValueError: no idea",
            "log: runs/pytest-small-broken_agent_Raises/logs/turn/clean/000.txt",
            "replay: vla-sim replay runs/pytest-small-broken_agent_Raises turn/clean/000 --video",
            "gate failed: min_success of clean is undefined, 0.9 is asked",
        ]
    )
    log = pytester.path / "runs/pytest-small-broken_agent_Raises/logs/turn/clean/000.txt"
    assert "no idea" in log.read_text()
    assert "Traceback" not in result.stdout.str()


def test_what_is_stopped_early_is_skipped(run):
    result = run("--vla-suite", "stopped.yaml", "--vla-agent", "idle")
    outcomes = result.parseoutcomes()
    assert outcomes["failed"] + outcomes["skipped"] == 13
    assert outcomes["skipped"] > 0
    result.stdout.fnmatch_lines(["SKIPPED*stopped early: after * trials the success rate is below 0.9*"])


@pytest.mark.parametrize(("suite", "agent"), [("small", "expert"), ("stopped", "idle"), ("shared", "idle")])
def test_the_ledger_is_that_of_a_run(runs, run, pytester, suite, agent):
    run("--vla-suite", f"{suite}.yaml", "--vla-agent", agent, "--vla-out", "mine")
    for name in ("plan.json", "trials.jsonl", "summary.json"):
        mine = pytester.path / f"mine/pytest-{suite}-{agent}" / name
        assert mine.read_bytes() == (runs / f"{suite}-{agent}" / name).read_bytes()


def test_a_gate_alone_runs_what_it_needs(run, pytester):
    run("--vla-suite", "small.yaml", "-k", "min_success").assert_outcomes(passed=1, deselected=4)
    run("--vla-suite", "small.yaml", "-k", "black and 001").assert_outcomes(passed=1, deselected=4)
    summary = json.loads((pytester.path / "runs/pytest-small-expert/summary.json").read_text())
    assert summary["outcomes"]["not_executed"] == 4


def test_tests_beside_it_run_only_when_they_are_named(run, pytester):
    pytester.makepyfile(test_beside="def test_beside(): pass")
    run("--vla-suite", "small.yaml", "--vla-trials", "1").assert_outcomes(passed=3)
    run("--vla-suite", "small.yaml", "--vla-trials", "1", "test_beside.py").assert_outcomes(passed=4)
    run("--vla-suite", "small.yaml", "small.yaml::turn/clean/000").assert_outcomes(passed=1)
    run("--vla-suite", "small.yaml", "--vla-trials", "1", ".").assert_outcomes(passed=4)
    run(".").assert_outcomes(passed=1)


def test_junit_files_hold_what_a_trial_was(run, pytester):
    run("--vla-suite", "small.yaml", "--vla-trials", "1", "--junitxml", "junit.xml")
    cases = ElementTree.parse(pytester.path / "junit.xml").findall(".//testcase")  # noqa: S314
    properties = {item.get("name"): item.get("value") for item in cases[1].findall(".//property")}
    assert cases[1].get("name") == "turn/black/000"
    assert (properties["arm"], properties["outcome"]) == ("black", "success")
    assert int(properties["seed"]) > 0


def test_bad_input_is_one_line(run, pytester):
    pytester.makefile(".yaml", wrong=SUITE.replace("turn_by_angle", "turn_by_angel"))
    missing = run("--vla-suite", "nowhere.yaml")
    assert missing.ret == pytest.ExitCode.USAGE_ERROR
    missing.stderr.fnmatch_lines(["ERROR: *no suite file 'nowhere.yaml'*"])
    few = run("--vla-suite", "small.yaml", "--vla-trials", "0")
    few.stderr.fnmatch_lines(["ERROR: --vla-trials must be at least 1, not 0"])
    wrong = run("--vla-suite", "wrong.yaml")
    wrong.assert_outcomes(errors=1)
    wrong.stdout.fnmatch_lines(["*wrong.yaml:6: *no task 'turn_by_angel'; did you mean 'turn_by_angle'?"])
    nobody = run("--vla-suite", "small.yaml", "--vla-agent", "nobody", "--vla-trials", "1")
    nobody.assert_outcomes(errors=2, failed=1)
    nobody.stdout.fnmatch_lines(["agent: no agent named 'nobody'; use one of *"])
    for result in (wrong, nobody):
        assert "Traceback" not in result.stdout.str()


def test_it_imports_nothing_where_no_suite_is_asked_for(run, pytester):
    pytester.makepyfile(
        "import sys\ndef test_light(): assert not {'vla_sim', 'gymnasium', 'numpy', 'mujoco'} & set(sys.modules)"
    )
    run("-p", "no:hypothesispytest", subprocess=True).assert_outcomes(passed=1)


@pytest.mark.slow
@pytest.mark.parametrize("dist", ["load", "loadgroup"])
def test_trials_can_be_spread_over_processes(run, dist):
    result = run("--vla-suite", "small.yaml", "-n", "2", "--dist", dist, subprocess=True)
    result.assert_outcomes(passed=5)
