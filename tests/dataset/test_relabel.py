"""Relabelling: another agent's actions over the same frames."""

import json
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest

from vla_sim.dataset.reader import Dataset
from vla_sim.dataset.relabel import relabel
from vla_sim.errors import InputError

AGENT = """\
import numpy as np

class Follows:
    '''Says what it has seen: the number of words, and the mean of the scan.'''
    def reset(self, seed): self.steps = 0
    def act(self, observation):
        self.steps += 1
        return np.float32([self.steps / 1000, observation["lidar"].mean() / 100])

class Still:
    def reset(self, seed): pass
    def act(self, observation): return np.zeros(2, np.float32)
"""


@pytest.fixture
def agent(tmp_path, monkeypatch):
    (tmp_path / "relabelling_agent.py").write_text(AGENT)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "relabelling_agent:Follows"
    sys.modules.pop("relabelling_agent", None)


def test_actions_are_the_agents_and_all_else_is_as_it_was(shown, dataset, agent, tmp_path):
    told = []
    relabel(dataset, agent, tmp_path / "new", told.append)
    assert [episode.index for episode in told] == [episode.index for episode in dataset.episodes]
    new = Dataset(tmp_path / "new")
    lidar = dataset.column("observation.lidar")
    np.testing.assert_allclose(new.column("action")[:, 1], lidar.mean(1) / 100, rtol=1e-5)
    np.testing.assert_allclose(new.column("action")[:, 0] * 1000, dataset.column("frame_index") + 1, rtol=1e-5)
    np.testing.assert_array_equal(new.column("executed_action"), dataset.column("action"))
    for name, feature in dataset.features.items():
        if feature.dtype != "video" and name != "action":
            np.testing.assert_array_equal(new.column(name), dataset.column(name), err_msg=name)
    np.testing.assert_array_equal(
        new.picture(1, 5, "observation.images.camera"), dataset.picture(1, 5, "observation.images.camera")
    )
    assert [episode.facts for episode in new.episodes] == [episode.facts for episode in dataset.episodes]
    np.testing.assert_allclose(new.stats["action"]["mean"], new.column("action").mean(0), rtol=1e-5)
    np.testing.assert_allclose(new.stats["executed_action"]["max"], dataset.column("action").max(0))
    row = pq.read_table(tmp_path / "new/meta/episodes/chunk-000/file-000.parquet").to_pylist()[0]
    np.testing.assert_allclose(row["stats/action/max"], new.columns(0)["action"].max(0))
    np.testing.assert_allclose(row["stats/executed_action/max"], dataset.columns(0)["action"].max(0))
    assert json.loads((tmp_path / "new/meta/vla_sim.json").read_text())["relabelled"] == [agent]


def test_again_keeps_what_was_really_done(dataset, agent, tmp_path):
    relabel(dataset, agent, tmp_path / "once", lambda episode: None)
    relabel(Dataset(tmp_path / "once"), "relabelling_agent:Still", tmp_path / "twice", lambda episode: None)
    twice = Dataset(tmp_path / "twice")
    assert not twice.column("action").any()
    np.testing.assert_array_equal(twice.column("executed_action"), dataset.column("action"))
    with pytest.raises(InputError, match="there already; use --fresh"):
        relabel(dataset, agent, tmp_path / "twice", lambda episode: None)


@pytest.mark.parametrize(
    ("name", "problem"), [("expert", "record SUITE --label expert"), ("fusion-discrete", "gives words, not speeds")]
)
def test_agents_that_cannot_label(dataset, tmp_path, name, problem):
    with pytest.raises(InputError, match=problem):
        relabel(dataset, name, tmp_path / "new", lambda episode: None)
    assert not (tmp_path / "new").exists()
