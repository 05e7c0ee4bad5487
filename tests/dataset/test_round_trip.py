"""What a dataset gives back is what the agent was given, step for step."""

import shutil

import numpy as np
import pytest

from vla_sim.dataset.reader import Dataset
from vla_sim.dataset.schema import LINES
from vla_sim.errors import InputError


def test_frames_are_what_the_agent_saw_and_did(shown, dataset):
    _, plan, witnesses = shown
    assert [episode.facts["id"] for episode in dataset.episodes] == [trial.id for trial in plan.trials()]
    for episode, (record, witness) in zip(dataset.episodes, witnesses, strict=True):
        assert dict(episode.facts) == record.model_dump(mode="json")
        frames = list(dataset.frames(episode.index))
        assert len(frames) == episode.length == record.steps
        for frame, seen, action, reward in zip(
            frames, witness.observations[:-1], witness.actions, witness.rewards, strict=True
        ):
            assert frame.observation.keys() == seen.keys()
            for name, value in seen.items():
                got = frame.observation[name]
                if name == "goal":
                    assert got == value
                elif name == "camera":
                    assert got.shape == value.shape
                    assert got.dtype == value.dtype
                    assert np.abs(got.astype(float) - value).mean() < 4.0
                elif name == "depth":
                    assert got.dtype == value.dtype
                    np.testing.assert_allclose(got, value, atol=0.5001e-3)
                else:
                    assert got.dtype == value.dtype
                    np.testing.assert_array_equal(got, value, err_msg=name)
            np.testing.assert_array_equal(frame.action, np.float32(action))
            np.testing.assert_array_equal(frame.executed, frame.action)
            assert frame.reward == np.float32(reward)
        assert [frame.done for frame in frames] == [False] * (record.steps - 1) + [True]
        assert frames[-1].success == record.succeeded


def test_words_change_within_an_episode(shown, dataset):
    episode = next(each for each in dataset.episodes if each.facts["task"] == "change_of_mind")
    heard = [frame.observation["goal"] for frame in dataset.frames(episode.index)]
    assert list(dict.fromkeys(heard)) == [said["words"] for said in episode.facts["words"]]
    assert len(set(heard)) > 1


def test_faults_are_marked_while_they_are_on(shown, dataset):
    _, _, witnesses = shown
    names = dataset.features["fault.active"].names
    assert names[-2:] == LINES
    seen = set()
    for episode, (_, witness) in zip(dataset.episodes, witnesses, strict=True):
        for frame, active in zip(dataset.frames(episode.index), witness.active, strict=False):
            marked = {name for name, on in zip(names, frame.faults, strict=True) if on}
            assert marked == active
            seen |= marked
    assert seen >= {"camera", "lidar", "command", "goal"}


def test_frames_by_index_are_those_of_their_episode(dataset):
    wanted = [0, dataset.episodes[1].start - 1, dataset.episodes[1].start, len(dataset) - 1, -1, 5]
    by_number = [frame for episode in dataset.episodes for frame in dataset.frames(episode.index)]
    for index in wanted:
        one, other = dataset[index], by_number[index]
        assert (one.index, one.episode) == (other.index, other.episode)
        np.testing.assert_array_equal(one.observation["camera"], other.observation["camera"])
        np.testing.assert_array_equal(one.observation["lidar"], other.observation["lidar"])
    with pytest.raises(IndexError):
        dataset[len(dataset)]


def test_only_the_sensors_that_are_asked_for_are_read(shown, dataset):
    lean = Dataset(shown[0], ["lidar", "camera"])
    frame, whole = lean[7], dataset[7]
    assert frame.observation.keys() == {"lidar", "camera", "stamp", "age", "valid", "goal"}
    np.testing.assert_array_equal(frame.observation["lidar"], whole.observation["lidar"])
    np.testing.assert_array_equal(frame.observation["camera"], whole.observation["camera"])
    assert "observation.depth" not in lean.columns(0)
    with pytest.raises(InputError, match="no sensor 'ladar'"):
        Dataset(shown[0], ["ladar"])


def test_a_column_is_that_of_all_frames(dataset):
    actions = np.array([frame.action for episode in dataset.episodes for frame in dataset.frames(episode.index)])
    np.testing.assert_array_equal(dataset.column("action"), actions)
    with pytest.raises(InputError, match=r"no column 'observation\.images\.camera'"):
        dataset.column("observation.images.camera")


def test_a_dataset_that_tells_no_sensors_is_read_by_convention(shown, tmp_path):
    shutil.copytree(shown[0], tmp_path / "plain")
    (tmp_path / "plain" / "meta" / "vla_sim.json").unlink()
    frame = Dataset(tmp_path / "plain")[3]
    assert frame.observation["camera"].shape == (96, 96, 3)
    assert frame.observation["state"].shape == (5,)
    assert frame.observation["goal"]
