"""The example learns from a dataset, and what it learned drives."""

import sys

import numpy as np
import pytest
import torch

from vla_sim.bench.expand import Overrides, load_plan
from vla_sim.bench.workforce import RunOptions
from vla_sim.dataset.reader import Dataset
from vla_sim.dataset.record import Order, record_dataset

EXAMPLE = "behaviour_cloning"

SUITE = """\
name: turns
seed: 4
defaults: {world: arena, trials: 4, task: turn_by_angle}
scenarios: [{name: turn}]
"""


@pytest.fixture(scope="module")
def demonstrations(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cloning")
    (folder / "suite.yaml").write_text(SUITE)
    plan = load_plan(folder / "suite.yaml", Overrides("expert"))
    record_dataset(Order(plan), folder / "data", RunOptions(0), lambda record: None)
    return folder / "data"


def test_it_learns_and_drives(example, demonstrations, tmp_path, monkeypatch):
    inputs, actions = example.load(demonstrations)
    assert len(actions) == len(Dataset(demonstrations)) > 50
    began = example.train(inputs, actions, 1)
    policy = example.train(inputs, actions, 150)
    with torch.inference_mode():
        error = ((policy(inputs) * policy.scale + policy.centre - actions) ** 2).mean(0)
    # The best constant's error is the variance: without gradients through the network there is no getting below it.
    turning = actions.var(0, correction=0)[1]
    assert turning > 0.05
    assert error[1] < 0.2 * turning
    for (name, before), after in zip(began.named_parameters(), policy.parameters(), strict=True):
        # Far more than weight decay does, which also shrinks what no gradient reaches.
        assert (after - before).norm() > 1e-3 * before.norm(), f"'{name}' has not learned anything"

    monkeypatch.setattr(
        sys, "argv", ["x", "--data", str(demonstrations), "--out", str(tmp_path / "w"), "--steps", "150"]
    )
    example.main()
    agent = example.Cloned(str(tmp_path / "w"))
    dataset = Dataset(demonstrations)
    said = np.array([agent.act(frame.observation) for frame in dataset.frames(1)])
    assert ((said[:, 1] - dataset.columns(1)["action"][:, 1]) ** 2).mean() < 0.2 * turning
    dataset.close()
