"""The files as a reader has them who knows LeRobot's format and nothing of ours: pyarrow, json and OpenCV's decoder."""

import json

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

CAMERA = "observation.images.camera"


@pytest.fixture(scope="module")
def files(shown):
    folder = shown[0]
    info = json.loads((folder / "meta/info.json").read_text())
    frames = pq.read_table(folder / info["data_path"].format(chunk_index=0, file_index=0))
    episodes = pq.read_table(folder / "meta/episodes/chunk-000/file-000.parquet").to_pylist()
    return folder, info, frames, episodes


def decoded(path):
    """Return all frames of a video and their times [s], by OpenCV."""
    capture = cv2.VideoCapture(str(path))
    frames, times = [], []
    while True:
        good, frame = capture.read()
        if not good:
            return np.array(frames), np.array(times)
        times.append(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
        frames.append(frame[:, :, ::-1])


def test_info_has_every_field_of_the_format(files):
    _, info, frames, episodes = files
    assert info["codebase_version"] == "v3.0"
    assert info["total_frames"] == len(frames) == sum(episode["length"] for episode in episodes)
    assert info["total_episodes"] == len(episodes)
    assert info["splits"] == {"train": f"0:{len(episodes)}"}
    assert info["fps"] == 10
    assert info["chunks_size"] == 1000
    assert isinstance(info["robot_type"], str)
    assert info["data_path"] == "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
    assert info["video_path"] == "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"
    assert info["features"][CAMERA]["names"] == ["height", "width", "channels"]
    assert info["features"]["action"] == {"dtype": "float32", "shape": [2], "names": ["linear", "angular"]}
    assert info["features"]["observation.state"]["names"] == ["x", "y", "yaw", "linear", "angular"]
    for name, feature in info["features"].items():
        assert "/" not in name
        assert feature.keys() >= {"dtype", "shape", "names"}


def test_columns_have_the_types_that_the_loader_casts_to(files):
    _, info, frames, _ = files
    columns = {name: each for name, each in info["features"].items() if each["dtype"] != "video"}
    assert set(frames.column_names) == set(columns)
    for name, feature in columns.items():
        value = pa.type_for_alias(feature["dtype"])
        shape = feature["shape"]
        if shape == [1]:
            wanted = value
        elif len(shape) == 1:
            wanted = pa.list_(value, shape[0])
        else:
            wanted = pa.list_(pa.list_(value))
        assert frames.schema.field(name).type == wanted, name
        assert np.shape(frames[name][0].as_py()) == (() if shape == [1] else tuple(shape))
        assert frames[name].null_count == 0


def test_indices_run_through_and_episodes_tell_where_they_are(files):
    _, _, frames, episodes = files
    assert frames["index"].to_pylist() == list(range(len(frames)))
    start = 0
    for number, episode in enumerate(episodes):
        assert episode["episode_index"] == number
        assert (episode["dataset_from_index"], episode["dataset_to_index"]) == (start, start + episode["length"])
        rows = frames.slice(start, episode["length"])
        assert set(rows["episode_index"].to_pylist()) == {number}
        assert rows["frame_index"].to_pylist() == list(range(episode["length"]))
        np.testing.assert_array_equal(rows["timestamp"].to_numpy(), np.float32(np.arange(episode["length"]) / 10))
        start += episode["length"]


def test_tasks_are_the_words_in_the_order_of_their_numbers(files):
    folder, info, frames, episodes = files
    table = pq.read_table(folder / "meta/tasks.parquet")
    assert table["task_index"].to_pylist() == list(range(info["total_tasks"]))
    words = table["__index_level_0__"].to_pylist()
    described = json.loads(table.schema.metadata[b"pandas"])
    assert described["index_columns"] == ["__index_level_0__"]
    numbers = frames["task_index"].to_numpy()
    for episode in episodes:
        rows = numbers[episode["dataset_from_index"] : episode["dataset_to_index"]]
        assert episode["tasks"] == [words[number] for number in dict.fromkeys(rows.tolist())]


def test_statistics_are_those_of_the_frames(files):
    folder, _, frames, episodes = files
    stats = json.loads((folder / "meta/stats.json").read_text())
    for name in ("action", "observation.state", "observation.lidar", "next.reward"):
        values = np.array(frames[name].to_pylist(), float).reshape(len(frames), -1)
        np.testing.assert_allclose(stats[name]["mean"], values.mean(0), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(stats[name]["std"], values.std(0), rtol=1e-6, atol=1e-9)
        np.testing.assert_array_equal(stats[name]["min"], values.min(0))
        np.testing.assert_array_equal(stats[name]["max"], values.max(0))
        assert stats[name]["count"] == [len(frames)]
        first = values[: episodes[0]["length"]]
        np.testing.assert_allclose(episodes[0][f"stats/{name}/mean"], first.mean(0), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(episodes[0][f"stats/{name}/q90"], np.quantile(first, 0.9, axis=0), atol=1e-12)
    assert np.shape(stats[CAMERA]["mean"]) == (3, 1, 1)
    assert 0.0 < np.min(stats[CAMERA]["mean"]) < np.max(stats[CAMERA]["max"]) <= 1.0
    assert np.shape(stats["observation.depth"]["mean"]) == (1, 1)
    assert np.shape(stats["observation.imu"]["std"]) == (1, 6)


def test_video_frames_stand_at_their_times_and_show_what_was_seen(shown, files):
    folder, info, _, episodes = files
    path = folder / info["video_path"].format(video_key=CAMERA, chunk_index=0, file_index=0)
    pictures, times = decoded(path)
    assert len(pictures) == info["total_frames"]
    np.testing.assert_allclose(times, np.arange(len(times)) / 10, atol=1e-6)
    for episode, (_, witness) in zip(episodes, shown[2], strict=True):
        first = round(episode[f"videos/{CAMERA}/from_timestamp"] * 10)
        assert round(episode[f"videos/{CAMERA}/to_timestamp"] * 10) - first == episode["length"]
        for number in range(0, episode["length"], 3):
            error = np.abs(pictures[first + number].astype(float) - witness.observations[number]["camera"]).mean()
            assert error < 4.0, number
