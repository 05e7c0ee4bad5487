"""Rerun files read back by Rerun itself, where it is installed; it is too large for the development environment."""

import importlib.util
import json
from collections import defaultdict

import numpy as np
import pytest

from vla_sim.agent import load_agent
from vla_sim.bench.expand import Overrides, load_plan
from vla_sim.bench.ledger import open_ledger
from vla_sim.bench.trial import run_trial
from vla_sim.bench.worker import make_env
from vla_sim.cli.replay import replay_trial
from vla_sim.errors import InputError
from vla_sim.report.mcap import trial_facts
from vla_sim.report.rerun_file import TIMELINE, RerunFile, check_rerun

SUITE = """\
name: shown
seed: 4
scenarios:
  - name: turn
    world: arena
    task: turn_by_angle
    trials: 1
    arms:
      several:
        - {target: camera, kind: frame_drop, severity: 0.5}
        - {target: lidar, kind: latency, level: 3}
        - {target: goal, kind: typo, level: 5}
"""


class Witness:
    def __init__(self):
        self.readings, self.steps = defaultdict(list), []

    def watch(self, env, observation, info):
        for reading in env.readings:
            self.readings[reading.sensor].append(reading)
        self.steps.append((info["time"], info["progress"], str(observation["goal"]), info["words"]))


@pytest.fixture
def plan(tmp_path):
    (tmp_path / "suite.yaml").write_text(SUITE)
    return load_plan(tmp_path / "suite.yaml", Overrides(agent="expert"))


def test_the_file_holds_what_the_agent_was_given(plan, tmp_path):
    pytest.importorskip("rerun")
    from rerun.chunk import RrdReader

    trial = plan.trial("turn/several/000")
    path, witness = tmp_path / "shown.rrd", Witness()
    env = make_env(plan, trial.cell)
    with RerunFile(path, trial_facts(plan, trial)) as file:
        finished = run_trial(env, load_agent(plan.agent), trial, [file, witness])
    env.close()
    assert finished.record.counts, finished.trace

    rows = defaultdict(list)
    for chunk in RrdReader(path).stream():
        batch = chunk.to_record_batch().to_pydict()
        assert set(chunk.timeline_names) <= {TIMELINE}, "simulated time and no other"
        for place in range(chunk.num_rows):
            row = {name.split(":")[-1]: column[place] for name, column in batch.items()}
            rows[str(chunk.entity_path)].append(row)

    def at(entity):
        timed = [row for row in rows[entity] if row.get(TIMELINE) is not None]
        return {round(row[TIMELINE].total_seconds(), 6): row for row in timed}

    end = witness.steps[-1][0]
    pictures = at("/world/robot/camera")
    come = {round(r.arrival, 6): r for r in witness.readings["camera"] if r.arrival <= end + 1e-9}
    assert set(pictures) == set(come)
    for time, reading in come.items():
        assert np.array_equal(np.array(pictures[time]["buffer"][0], np.uint8), reading.data.ravel())
    scans = at("/world/robot/lidar")
    for reading in witness.readings["lidar"]:
        if reading.arrival <= end + 1e-9:
            points = np.array(scans[round(reading.arrival, 6)]["positions"])
            known = reading.data[np.isfinite(reading.data)]
            assert np.linalg.norm(points, axis=1) == pytest.approx(known, abs=1e-4)
    progress = at("/trial/progress")
    assert [progress[round(time, 6)]["scalars"][0] for time, *_ in witness.steps] == [p for _, p, *_ in witness.steps]
    assert at("/goal/asked").popitem()[1]["text"] == [witness.steps[-1][3]]
    assert next(iter(at("/goal/heard").values()))["text"] == [witness.steps[0][2]]
    verdict = json.loads(at("/trial/verdict").popitem()[1]["text"][0])
    assert verdict == {"success": finished.record.succeeded, "reason": finished.record.reason}


def test_a_missing_library_is_one_line_that_says_what_to_install(plan, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"^a Rerun file needs .* pip install 'vla-sim\[rerun\]'$"):
        check_rerun()
    with open_ledger(tmp_path / "run", plan), pytest.raises(InputError, match="rerun-sdk"):
        replay_trial(tmp_path / "run", "turn/clean/000", video=False, mcap=False, rerun=tmp_path / "shown.rrd")
    assert not (tmp_path / "shown.rrd").exists()


@pytest.mark.parametrize(("name", "told"), [("shown.mp4", "called .rrd"), ("nowhere/shown.rrd", "folder is not there")])
def test_a_file_that_cannot_be_written_is_told_before_the_trial_is_run(plan, tmp_path, name, told):
    with open_ledger(tmp_path / "run", plan), pytest.raises(InputError, match=told) as error:
        replay_trial(tmp_path / "run", "turn/clean/000", video=False, mcap=False, rerun=tmp_path / name)
    assert error.value.field == "--rerun"
