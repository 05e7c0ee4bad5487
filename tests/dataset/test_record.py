"""Recording: the same bytes however it was run, and after a kill; what else is in the folder is respected."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from vla_sim.bench.workforce import RunOptions
from vla_sim.dataset.reader import Dataset
from vla_sim.dataset.record import Order, chosen_arms, record_dataset
from vla_sim.errors import InputError
from vla_sim.seeding import derive_seed

from .conftest import files_of, plan_of, record

SHORT = """\
name: short
seed: 2
defaults: {world: arena, trials: 3}
scenarios:
  - task: turn_by_angle
    arms:
      dark: {target: camera, kind: blackout}
"""

AGENTS = """\
import numpy as np

class Third:
    '''Gives up in a third of the trials.'''
    def reset(self, seed): self.bad = seed % 3 == 0
    def act(self, observation):
        if self.bad: raise ValueError("no idea")
        return np.zeros(2, np.float32)

class Teacher:
    def reset(self, seed): self.steps = 0
    def act(self, observation):
        self.steps += 1
        return np.float32([99.0, -self.steps / 100])
"""

COMMAND = "import sys; from vla_sim.cli import main; main()"


@pytest.fixture
def agents(tmp_path, monkeypatch):
    (tmp_path / "some_agents.py").write_text(AGENTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("some_agents", None)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    plan = plan_of(folder, SHORT)
    record(plan, folder / "data", jobs=2)
    return folder, plan


@pytest.mark.slow
def test_killed_and_begun_again_gives_the_same_bytes(undisturbed, tmp_path):
    folder, _ = undisturbed
    arguments = ["dataset", "record", folder / "suite.yaml", "--out", tmp_path / "data", "--jobs", "1"]
    command = [sys.executable, "-c", COMMAND, *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
    deadline = time.monotonic() + 200
    done = []
    while len(done) < 2 and process.poll() is None and time.monotonic() < deadline:
        done = list((tmp_path / "data" / "parts").rglob("record.json"))
        time.sleep(0.02)  # another process is watched: there is nothing here to be woken by
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, process.stderr.read()
    assert 2 <= len(done) < 6
    with pytest.raises(InputError, match="not finished; run its command again"):
        Dataset(tmp_path / "data")
    kept = {path: path.stat().st_mtime_ns for path in done}
    again = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert again.returncode == 0, again.stderr
    assert not any(path.exists() for path in kept)
    assert files_of(tmp_path / "data") == files_of(folder / "data")
    assert "parts" not in {path.name for path in (tmp_path / "data").iterdir()}


@pytest.mark.slow
def test_a_cluster_gives_the_same_bytes(undisturbed, tmp_path):
    folder, plan = undisturbed
    record(plan, tmp_path / "data", jobs=2, executor="ray")
    assert files_of(tmp_path / "data") == files_of(folder / "data")


def test_a_complete_dataset_is_left_as_it_is(undisturbed):
    folder, plan = undisturbed
    before = {path: path.stat().st_mtime_ns for path in (folder / "data").rglob("*") if path.is_file()}
    assert record(plan, folder / "data") == []
    assert {path: path.stat().st_mtime_ns for path in (folder / "data").rglob("*") if path.is_file()} == before


def test_another_recording_is_refused_and_fresh_deletes_it(undisturbed, tmp_path):
    folder, plan = undisturbed
    shutil.copytree(folder / "data", tmp_path / "data")
    with pytest.raises(InputError, match="holds another recording; use --fresh"):
        record(plan, tmp_path / "data", successes=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").write_text("")
    with pytest.raises(InputError, match="something that is no dataset"):
        record(plan, tmp_path / "other")
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["thesis.tex"]


def test_trials_that_end_in_an_error_are_left_out_and_tried_again(tmp_path, agents):
    plan = plan_of(tmp_path / "suite", SHORT, "some_agents:Third")
    bad = {trial.id for trial in plan.trials() if derive_seed(trial.seed, "agent") % 3 == 0}
    assert 0 < len(bad) < 6
    records = record(plan, tmp_path / "data")
    assert {each.id for each in records if each.outcome == "harness_error"} == bad
    dataset = Dataset(tmp_path / "data")
    assert {episode.facts["id"] for episode in dataset.episodes}.isdisjoint(bad)
    assert len(dataset.episodes) == 6 - len(bad)
    again = []
    record_dataset(Order(plan), tmp_path / "data", RunOptions(0), again.append)
    assert {each.id for each in again} == bad


def test_failures_are_left_out_on_request(tmp_path, agents):
    plan = chosen_arms(plan_of(tmp_path / "suite", SHORT, "idle"), ["clean"])
    with pytest.raises(InputError, match="no trial can be used"):
        record(plan, tmp_path / "data", successes=True)


def test_labels_are_recorded_within_the_limits_beside_what_was_done(tmp_path, agents):
    plan = chosen_arms(plan_of(tmp_path / "suite", SHORT), ["dark"])
    record(plan, tmp_path / "data", label="some_agents:Teacher")
    dataset = Dataset(tmp_path / "data")
    assert {episode.facts["arm"] for episode in dataset.episodes} == {"dark"}
    for episode in dataset.episodes:
        columns = dataset.columns(episode.index)
        np.testing.assert_array_equal(columns["action"][:, 0], np.float32(0.8))
        np.testing.assert_allclose(columns["action"][:, 1], -np.arange(1, episode.length + 1) / 100, rtol=1e-6)
        assert np.abs(columns["executed_action"][:, 0]).max() < 0.8
    assert json.loads((tmp_path / "data/meta/vla_sim.json").read_text())["label"] == "some_agents:Teacher"


def test_an_arm_that_is_not_there(undisturbed):
    with pytest.raises(InputError, match="no arm 'drak'; did you mean 'dark'"):
        chosen_arms(undisturbed[1], ["drak"])


def test_words_are_no_labels(undisturbed, tmp_path):
    with pytest.raises(InputError, match="gives words, not speeds"):
        record(undisturbed[1], tmp_path / "data", label="fusion-discrete")
