"""``vla-sim dataset`` as a user has it: what it prints, and one line with exit code 2 for what cannot be done."""

import json
import shutil
import subprocess
import sys

import pytest

COMMAND = "import sys; from vla_sim.cli import main; main()"


def dataset_command(*arguments):
    command = [sys.executable, "-c", COMMAND, "dataset", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_info_tells_what_is_in_it(shown, dataset):
    done = dataset_command("info", shown[0], "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["frames"] == len(dataset)
    assert told["tasks"] == dataset.tasks
    assert told["features"]["action"]["names"] == ["linear", "angular"]
    assert sum(each["episodes"] for each in told["outcomes"]) == len(dataset.episodes)
    plain = dataset_command("info", shown[0])
    assert f"{len(dataset)} frames at 10 a second" in plain.stdout
    assert "observation.images.camera" in plain.stdout


def damaged(shown, folder, name, text):
    shutil.copytree(shown[0], folder)
    (folder / name).write_text(text)
    return folder


CASES = {
    "nothing": (lambda shown, tmp: ("info", tmp / "none"), "this is no LeRobotDataset"),
    "old": (
        lambda shown, tmp: ("info", damaged(shown, tmp / "d", "meta/info.json", '{"codebase_version": "v2.1"}')),
        "not v3.0",
    ),
    "torn": (
        lambda shown, tmp: ("info", damaged(shown, tmp / "d", "meta/info.json", "{")),
        "info.json: cannot be read",
    ),
    "tasks": (
        lambda shown, tmp: ("info", damaged(shown, tmp / "d", "meta/tasks.parquet", "x")),
        "tasks.parquet: cannot be read",
    ),
    "frames": (
        lambda shown, tmp: (
            "relabel",
            damaged(shown, tmp / "d", "data/chunk-000/file-000.parquet", "x"),
            "--agent",
            "classical",
            "--out",
            tmp / "o",
        ),
        "file-000.parquet: cannot be read",
    ),
    "suite": (lambda shown, tmp: ("record", "smok", "--out", tmp / "o"), "no suite file 'smok'"),
    "busy": (lambda shown, tmp: ("record", "smoke", "--out", shown[0]), "holds another recording"),
    "label": (lambda shown, tmp: ("record", "smoke", "--label", "exprt", "--out", tmp / "o"), "no agent named 'exprt'"),
    "recordings": (lambda shown, tmp: ("mcap", tmp, "--out", tmp / "o"), "there is no MCAP file"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_done_is_one_line(shown, tmp_path, case):
    arguments, problem = CASES[case]
    done = dataset_command(*arguments(shown, tmp_path))
    assert done.returncode == 2, done.stderr
    assert problem in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
