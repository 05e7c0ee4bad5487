"""LeRobot's own reader over a dataset of ours."""

import numpy as np
import pytest

lerobot_dataset = pytest.importorskip(
    "lerobot.datasets.lerobot_dataset",
    reason="lerobot is not installed: it pins torch, av and gymnasium to other versions (docs/dataset.md)",
)


@pytest.fixture
def theirs(shown, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return lerobot_dataset.LeRobotDataset("local/shown", root=shown[0], video_backend="pyav")


def test_its_frames_are_ours(theirs, dataset):
    assert len(theirs) == len(dataset)
    assert theirs.num_episodes == len(dataset.episodes)
    for index in range(0, len(dataset), 17):
        mine, its = dataset[index], theirs[index]
        np.testing.assert_array_equal(its["action"], mine.action)
        np.testing.assert_array_equal(its["observation.lidar"], mine.observation["lidar"])
        np.testing.assert_array_equal(its["observation.state"], mine.observation["odom"])
        picture = its["observation.images.camera"].permute(1, 2, 0).numpy() * 255
        assert np.abs(picture - mine.observation["camera"]).max() < 3.0  # two conversions to RGB
        assert its["task"] == mine.observation["goal"]


def test_it_reads_some_episodes_and_chunks_of_actions(shown, dataset, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    theirs = lerobot_dataset.LeRobotDataset(
        "local/shown",
        root=shown[0],
        episodes=[1],
        delta_timestamps={"action": [0.0, 0.1, 0.2], "observation.images.camera": [-0.1, 0.0]},
        video_backend="pyav",
    )
    assert len(theirs) == dataset.episodes[1].length
    np.testing.assert_array_equal(theirs[4]["action"], dataset.columns(1)["action"][4:7])
    assert tuple(theirs[4]["observation.images.camera"].shape) == (2, 3, 96, 96)


def test_its_statistics_are_there_for_all_that_policies_take(theirs):
    for name, feature in theirs.meta.features.items():
        if name.startswith(("observation.", "action")):
            assert {"min", "max", "mean", "std", "q01", "q99", "count"} <= theirs.meta.stats[name].keys(), feature
