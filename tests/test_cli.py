"""The command line as a user has it: in a process of its own, with real worlds, agents and cameras."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vla_sim.bench.exit_code import ExitCode
from vla_sim.cli.app import app
from vla_sim.faults import KINDS

COMMAND = [str(Path(sys.executable).with_name("vla-sim"))]

SUITE = """\
name: small
seed: 4
defaults:
  world: arena
  trials: 2
scenarios:
  - name: find
    task: go_to_object
    arms:
      black: {target: camera, kind: blackout, onset: 1.0}
  - task: turn_by_angle
"""

AGENTS = """\
import os

class Exits:
    def reset(self, seed): pass
    def act(self, observation): os._exit(3)

class Raises:
    def reset(self, seed): pass
    def act(self, observation): raise ValueError("no idea")
"""


def vla_sim(*arguments, cwd=None, agents=None):
    environment = {**os.environ, "COLUMNS": "140"}
    if agents:
        environment["PYTHONPATH"] = str(agents)
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, cwd=cwd, env=environment, timeout=300
    )


@pytest.fixture(scope="session")
def suite(tmp_path_factory):
    path = tmp_path_factory.mktemp("suite") / "small.yaml"
    path.write_text(SUITE)
    return path


@pytest.fixture(scope="session")
def run(suite):
    """A finished run of the small suite by an agent that stands still."""
    folder = suite.parent / "run"
    done = vla_sim("run", suite, "--agent", "idle", "--jobs", 2, "--out", folder)
    assert done.returncode == ExitCode.PASSED, done.stderr
    return folder


RESULTS = ("trials.jsonl", "summary.json", "junit.xml", "report.html", "plan.json")


def results(folder):
    return {name: (folder / name).read_bytes() for name in RESULTS}


def test_a_run_leaves_its_results(run):
    assert all(results(run).values())
    lines = [json.loads(line) for line in (run / "trials.jsonl").read_text().splitlines()]
    assert len(lines) == 6
    keys = {"id", "scenario", "seed", "arm", "faults", "outcome", "reason", "steps", "sim_time", "progress"}
    assert all(keys <= set(line) for line in lines)
    assert {line["outcome"] for line in lines} == {"failure"}
    faulty = [line for line in lines if line["arm"] == "black"]
    assert all(line["faults"][0]["status"] == "applied" for line in faulty)
    manifest = json.loads((run / "manifest.json").read_text())
    assert manifest["sessions"][0]["trials_run"] == 6


def test_another_run_gives_the_same_bytes_whatever_the_jobs(run, suite, tmp_path):
    done = vla_sim("run", suite, "--agent", "idle", "--jobs", 1, "--out", tmp_path)
    assert done.returncode == ExitCode.PASSED
    assert results(tmp_path) == results(run)


def test_running_a_finished_run_again_runs_nothing(run, suite):
    before = results(run)
    done = vla_sim("run", suite, "--agent", "idle", "--out", run)
    assert done.returncode == ExitCode.PASSED
    assert "6 of them done before" in done.stdout
    assert results(run) == before


def test_reports_are_written_again_from_the_ledger(run):
    before = results(run)
    for name in ("summary.json", "junit.xml", "report.html"):
        (run / name).unlink()
    assert vla_sim("report", run).returncode == ExitCode.PASSED
    assert results(run) == before


def test_a_replay_is_the_same(run):
    done = vla_sim("replay", run, "find/black/001")
    assert done.returncode == ExitCode.PASSED, done.stderr
    assert "the same as recorded" in done.stdout


def test_a_replay_that_differs_says_in_what(run, tmp_path):
    for name in ("plan.json", "trials.jsonl"):
        (tmp_path / name).write_bytes((run / name).read_bytes())
    ledger = tmp_path / "trials.jsonl"
    ledger.write_text(ledger.read_text().replace('"steps":', '"steps":1'))
    done = vla_sim("replay", tmp_path, "find/clean/000")
    assert done.returncode == ExitCode.FAILED
    assert "steps: recorded 1" in done.stdout


def test_a_recording_is_the_same_from_a_run_and_from_a_replay(suite, tmp_path):
    done = vla_sim("run", suite, "--agent", "idle", "--trials", 1, "--out", tmp_path, "--record", "failures")
    assert done.returncode == ExitCode.PASSED, done.stderr
    recordings = {file: file.read_bytes() for file in sorted(tmp_path.glob("trials/**/*.mcap"))}
    assert len(recordings) == 3
    file = tmp_path / "trials/find/black/000.mcap"
    file.unlink()
    done = vla_sim("replay", tmp_path, "find/black/000", "--mcap")
    assert done.returncode == ExitCode.PASSED, done.stderr
    assert str(file) in done.stdout
    assert file.read_bytes() == recordings[file]


@pytest.mark.slow
def test_a_replay_can_be_filmed(run):
    import av

    done = vla_sim("replay", run, "turn_by_angle-arena/clean/000", "--video")
    assert done.returncode == ExitCode.PASSED, done.stderr
    record = next(
        json.loads(line)
        for line in (run / "trials.jsonl").read_text().splitlines()
        if "turn_by_angle-arena/clean/000" in line
    )
    with av.open(str(run / "videos/turn_by_angle-arena/clean/000.mp4")) as film:
        stream = film.streams.video[0]
        frames = sum(1 for _ in film.decode(stream))
        assert (stream.codec_context.name, stream.average_rate) == ("h264", 5)
    assert frames in (record["steps"] // 2 + 1, record["steps"] // 2 + 2), "every second step, and the last"


@pytest.mark.slow
def test_killed_in_the_middle_and_run_again_it_is_the_same(run, suite, tmp_path):
    command = [*COMMAND, "run", str(suite), "--agent", "idle", "--jobs", "2", "--out", str(tmp_path / "killed")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    ledger = tmp_path / "killed" / "trials.jsonl"
    wait_for(lambda: ledger.is_file() and ledger.stat().st_size > 0)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert 0 < len(ledger.read_text().splitlines()) < 6
    assert subprocess.run(command, stdout=subprocess.DEVNULL).returncode == ExitCode.PASSED
    assert results(tmp_path / "killed") == results(run)


@pytest.mark.slow
def test_interrupted_it_says_how_to_go_on(run, suite, tmp_path):
    command = [*COMMAND, "run", str(suite), "--agent", "idle", "--out", str(tmp_path / "run")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    ledger = tmp_path / "run" / "trials.jsonl"
    wait_for(lambda: ledger.is_file() and ledger.stat().st_size > 0)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate()
    assert process.returncode == ExitCode.INTERRUPTED
    assert "the same command resumes the run" in output
    assert subprocess.run(command, stdout=subprocess.DEVNULL).returncode == ExitCode.PASSED
    assert results(tmp_path / "run") == results(run)


def wait_for(condition):
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_gate_that_fails_is_exit_code_1(suite, tmp_path):
    gated = tmp_path / "gated.yaml"
    gated.write_text(SUITE.replace("trials: 2", "trials: 1\n  gates:\n    clean: {min_success: 0.5}"))
    done = vla_sim("run", gated, "--agent", "idle", "--out", tmp_path / "run")
    assert done.returncode == ExitCode.FAILED
    assert "gate failed" in done.stdout


@pytest.mark.parametrize(("agent", "outcome"), [("Exits", "simulator_crash"), ("Raises", "harness_error")])
def test_an_agent_that_breaks_is_exit_code_3(suite, tmp_path, agent, outcome):
    (tmp_path / "broken_agents.py").write_text(AGENTS)
    folder = tmp_path / "run"
    done = vla_sim("run", suite, "--agent", f"broken_agents:{agent}", "--out", folder, agents=tmp_path)
    assert done.returncode == ExitCode.ERROR
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["outcomes"][outcome] == 6
    assert summary["arms"]["clean"]["success"] is None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "nosuch.yaml"], "no suite file 'nosuch.yaml'"),
        (["run", "smok"], "did you mean 'smoke'?"),
        (["run", "SUITE", "--agent", "expart", "--out", "x"], "no agent named 'expart'"),
        (["run", "SUITE", "--agent", "no_module:Agent", "--out", "x"], "cannot load agent"),
        (["run", "SUITE", "--engine", "gazeebo"], "unknown engine"),
        (["run", "SUITE", "--renderer", "crayons"], "unknown renderer"),
        (["run", "SUITE", "--out", "RUN"], "holds another run"),
        (["run", "SUITE", "--out", "SUITE/run"], "cannot be made"),
        (["report", "."], "is this the folder of a run?"),
        (["replay", "RUN", "find/clean/9"], "did you mean 'find/clean/00"),
        (["view", "nosuch.sdf"], "nosuch.sdf"),
        (["view", "arena", "--out", "arena.docx"], "a picture is .png or .jpg"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(arguments, told, suite, run, tmp_path):
    places = {"SUITE": str(suite), "SUITE/run": f"{suite}/run", "RUN": str(run)}
    done = vla_sim(*[places.get(argument, argument) for argument in arguments], cwd=tmp_path)
    assert done.returncode == ExitCode.BAD_INPUT
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert told in done.stderr


@pytest.mark.parametrize("arguments", [["run"], ["run", "x", "--jobs", "-1"], ["run", "x", "--jbos"], ["fly"]])
def test_wrong_usage_is_exit_code_2(arguments):
    assert vla_sim(*arguments).returncode == ExitCode.BAD_INPUT


def test_what_nobody_expected_is_one_line_a_log_and_exit_code_3(run, tmp_path):
    (tmp_path / "plan.json").write_bytes((run / "plan.json").read_bytes())
    (tmp_path / "trials.jsonl").write_bytes((run / "trials.jsonl").read_bytes())
    (tmp_path / "summary.json").mkdir()
    done = vla_sim("report", tmp_path)
    assert done.returncode == ExitCode.ERROR
    assert done.stderr.count("\n") == 1
    log = Path(done.stderr.rsplit(" ", 1)[1].strip())
    assert "Traceback" in log.read_text()
    log.unlink()


@pytest.mark.parametrize("command", ["run", "list", "view", "doctor", "replay", "report"])
def test_every_help_shows_an_example(command):
    shown = CliRunner().invoke(app, [command, "--help"])
    assert shown.exit_code == 0
    assert "Example: vla-sim" in shown.output


def test_help_and_version_need_nothing_heavy():
    heavy = "{'mujoco', 'scipy', 'cv2', 'pydantic', 'torch'}"
    code = f"import sys, vla_sim.cli.app; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
    assert vla_sim("--version").stdout.startswith("vla-sim ")


@pytest.mark.parametrize(
    ("what", "one"),
    [
        ("worlds", "arena"),
        ("robots", "rover"),
        ("tasks", "go_to_object"),
        ("agents", "expert"),
        ("suites", "smoke"),
    ],
)
def test_lists_as_json_and_as_tables(what, one):
    rows = json.loads(CliRunner().invoke(app, ["list", what, "--json"]).output)
    assert one in [row["name"] for row in rows]
    assert one in CliRunner().invoke(app, ["list", what]).output


def test_faults_are_listed_with_their_levels_and_verified():
    shown = CliRunner().invoke(app, ["list", "faults", "--json", "--verify"])
    assert shown.exit_code == 0
    listed = json.loads(shown.output)
    assert listed["problems"] == []
    assert all(row["id"].startswith(f"{row['family']}.") for row in listed["faults"])
    noise = next(row for row in listed["faults"] if row["id"] == "camera.gaussian_noise")
    assert noise["parameters"][0]["levels"] == {"1": 0.08, "2": 0.12, "3": 0.18, "4": 0.26, "5": 0.38}


def test_faults_are_listed_under_their_families():
    shown = CliRunner().invoke(app, ["list", "faults"])
    assert shown.exit_code == 0
    headings = re.findall(r"^(\w+): (\d+) kinds", shown.output, re.MULTILINE)
    families = Counter(kind.family for kind in KINDS.values())
    assert {family: int(count) for family, count in headings} == families
    assert len(headings) == len(families)


def test_a_world_is_shown_with_what_is_not_supported(tmp_path):
    import cv2

    file = tmp_path / "odd.sdf"
    file.write_text(
        '<sdf version="1.9">\n<world name="odd">\n<wind><linear_velocity>1 0 0</linear_velocity></wind>\n'
        '<model name="box"><link name="link"><visual name="v"><geometry><box><size>1 1 1</size></box></geometry>'
        "</visual></link></model>\n</world></sdf>"
    )
    picture = tmp_path / "pictures" / "odd.png"
    done = vla_sim("view", file, "--out", picture)
    assert done.returncode == ExitCode.PASSED, done.stderr
    assert "box" in done.stdout
    assert f"{file}:3: <wind>" in done.stdout
    assert cv2.imread(str(picture)).std() > 1.0
    strict = vla_sim("view", file, "--strict")
    assert strict.returncode == ExitCode.BAD_INPUT
    assert f"{file}:3" in strict.stderr


@pytest.mark.slow
def test_the_doctor_finds_this_machine_well():
    done = vla_sim("doctor", "--json")
    found = json.loads(done.stdout)
    assert done.returncode == ExitCode.PASSED, found
    checks = {finding["check"]: finding["status"] for finding in found["findings"]}
    assert checks["camera by rays"] == "ok"
    assert checks["LiDAR"] == "ok"
    assert checks["world arena"] == "ok"
