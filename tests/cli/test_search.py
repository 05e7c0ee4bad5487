"""``vla-sim search`` as a user has it: in a process of its own, with a real world and a real agent."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vla_sim.bench.exit_code import ExitCode
from vla_sim.bench.ledger import FOUND, REPORT, SEARCH, TRIALS
from vla_sim.cli.app import app

COMMAND = [str(Path(sys.executable).with_name("vla-sim")), "search"]

# The expert turns by ground truth, so that only the drive can fail: reversed for a share of the commands.
SUITE = """\
name: small
seed: 4
scenarios:
  - world: arena
    task: turn_by_angle
    control_rate: 5.0
    sensors: [imu]
search:
  threshold: 0.5
  trials: 12
  budget: 150
  finest: 0.2
  durations: []
  faults: [{target: command, kind: cutout}, {target: imu, kind: bias}]
"""
RESULTS = (TRIALS, SEARCH, FOUND, REPORT, "plan.json")


def search(*arguments, **changes):
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=500, **changes)


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    path = tmp_path_factory.mktemp("suite") / "small.yaml"
    path.write_text(SUITE)
    return path


@pytest.fixture(scope="module")
def found(suite):
    """A finished search."""
    folder = suite.parent / "whole"
    done = search(suite, "--agent", "expert", "--out", folder)
    assert done.returncode == ExitCode.PASSED, done.stdout + done.stderr
    return done.stdout, folder


def results(folder):
    return {name: (folder / name).read_bytes() for name in RESULTS}


@pytest.mark.slow
def test_the_drive_that_cuts_out_is_found_in_the_real_engine(found):
    text, folder = found
    result = json.loads((folder / SEARCH).read_text())
    assert result["status"] == "found"
    (fault,) = result["found"]["faults"]
    assert (fault["fault"]["target"], fault["fault"]["kind"]) == ("command", "cutout")
    probability = fault["parameters"]["command"]["probability"]
    assert probability == {"value": pytest.approx(fault["severity"]), "unit": "1"}
    assert result["trials"]["total"] == len((folder / TRIALS).read_text().splitlines()) <= 150
    assert f"{result['trials']['total']} trials" in text
    assert str(folder / REPORT) in text.replace("\n", "")
    assert "command:cutout@" in (folder / REPORT).read_text(encoding="utf-8")
    assert "command:cutout@" in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("end", "code"),
    [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, ExitCode.INTERRUPTED)],
    ids=["killed", "ctrl-c"],
)
def test_a_search_that_is_cut_short_goes_on_to_the_same_bytes(found, suite, end, code):
    _, whole = found
    folder = suite.parent / end.name
    running = subprocess.Popen(
        [*COMMAND, str(suite), "--out", str(folder), "--jobs", "2"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    ledger = folder / TRIALS
    while running.poll() is None and not (ledger.is_file() and ledger.read_bytes().count(b"\n") >= 5):
        time.sleep(0.05)
    os.killpg(running.pid, end)
    assert running.wait(60) == code
    assert 0 < ledger.read_bytes().count(b"\n") < (whole / TRIALS).read_bytes().count(b"\n")
    assert search(suite, "--out", folder, "--jobs", 2).returncode == ExitCode.PASSED
    assert results(folder) == results(whole)


@pytest.mark.slow
def test_what_was_found_is_a_suite_whose_gate_fails_with_the_same_figures(found):
    _, folder = found
    run = folder.parent / "again"
    command = [COMMAND[0], "run", str(folder / FOUND), "--agent", "expert", "--out", str(run)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500)
    assert done.returncode == ExitCode.FAILED, done.stdout + done.stderr
    again = json.loads((run / "summary.json").read_text())["arms"]["found"]
    confirmed = json.loads((folder / SEARCH).read_text())["found"]
    assert (again["success"], again["interval"]) == (confirmed["success"], confirmed["interval"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no-such-suite"], "error: SUITE: no suite file 'no-such-suite'"),
        (["smoke"], "names no faults to search"),
        (["SUITE", "--fault", "camera:blurr"], "error: --fault: no fault kind 'blurr'"),
        (
            ["SUITE", "--fault", "camera:blur"],
            "error: --fault: the stream 'camera' is not among the scenario's sensors",
        ),
        (["SUITE", "--threshold", "2"], "error: --threshold: "),
        (["SUITE", "--level", "6"], "error: --level: "),
        (["SUITE", "--budget", "5"], "error: --budget: a budget of 5 trials is too small"),
        (["SUITE", "--together", "3"], "error: --together: there are only 2 faults; lower it"),
        (["SUITE", "--shrink", "all"], "error: --shrink: no faulted arm 'all'"),
        (["SUITE", "--agent", "nobody"], "error: agent: no agent named 'nobody'"),
        (["SUITE", "--engine", "none"], "error: "),
        (["SUITE", "--out", "SUITE"], "error: "),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(suite, tmp_path, arguments, message):
    given = [str(suite) if argument == "SUITE" else argument for argument in arguments]
    done = search(*given, *([] if "--out" in arguments else ["--out", tmp_path / "run"]))
    assert done.returncode == ExitCode.BAD_INPUT
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_help_has_an_example():
    text = " ".join(CliRunner().invoke(app, ["search", "--help"]).output.split())
    assert "Example: vla-sim search scenarios/faults_search.yaml --agent classical" in text


def test_the_command_needs_optuna_and_says_so(suite, tmp_path):
    (tmp_path / "optuna.py").write_text("raise ImportError")
    done = search(suite, "--out", tmp_path / "run", env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stderr) == (
        ExitCode.BAD_INPUT,
        "error: the search needs optuna; run: pip install 'vla-sim[search]'\n",
    )
