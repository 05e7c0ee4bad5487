"""Arrays, words and whole made-up datasets there and back."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from vla_sim.dataset.assembly import assemble
from vla_sim.dataset.columns import arrow_schema, arrow_type, tasks_table, to_arrow, to_numpy
from vla_sim.dataset.part import PartWriter, read_part
from vla_sim.dataset.reader import Dataset
from vla_sim.dataset.schema import ACTION, AGE, DONE, FAULT, REWARD, STAMP, SUCCESS, VALID, Feature, Schema, Sensor
from vla_sim.dataset.stats import PICTURES, Sampler, column_stats, merged, picture_stats
from vla_sim.dataset.video import VideoReader
from vla_sim.errors import InputError

from .conftest import ramp

SHAPES = st.lists(st.integers(1, 5), min_size=1, max_size=3).map(tuple)
DTYPES = st.sampled_from(["uint8", "uint16", "int8", "int32", "int64", "float32", "float64", "bool"])
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.data(), DTYPES, SHAPES, st.integers(0, 4))
def test_a_column_holds_its_array_to_the_bit(data, dtype, shape, count):
    values = data.draw(arrays.arrays(dtype, (count, *shape)))
    feature = Feature(dtype=dtype, shape=shape)
    column = to_arrow(values, feature)
    assert column.type == arrow_type(feature)
    back = to_numpy(pa.chunked_array([column.slice(0, 1), column.slice(1)]), feature)
    assert back.dtype == np.dtype(dtype)
    assert back.tobytes() == values.tobytes()
    if count:
        np.testing.assert_array_equal(np.reshape(column[0].as_py(), shape), values[0])


@given(st.lists(WORDS, unique=True, max_size=8))
def test_words_are_kept_as_they_are(words):
    sink = pa.BufferOutputStream()
    pq.write_table(tasks_table(words), sink)
    table = pq.read_table(pa.BufferReader(sink.getvalue()))
    assert table["__index_level_0__"].to_pylist() == words
    assert table["task_index"].to_pylist() == list(range(len(words)))


def made_up(rays: int, words: list[list[str]], folder, episodes=None):
    """Write a dataset of episodes that hold the given words, a frame each; return what was put in."""
    count = 2
    vector = {"dtype": "float32", "shape": (rays,)}
    schema = Schema(
        fps=7,
        robot="made up",
        sensors={
            "eye": Sensor(feature="observation.images.eye", modality="rgb", shape=(16, 24, 3), dtype="uint8"),
            "scan": Sensor(feature="observation.scan", modality="lidar", shape=(rays,), dtype="float32"),
        },
        features={
            "observation.images.eye": Feature(dtype="video", shape=(16, 24, 3), names=("height", "width", "channels")),
            "observation.scan": Feature(**vector),
            STAMP: Feature(dtype="float64", shape=(count,)),
            AGE: Feature(dtype="float32", shape=(count,)),
            VALID: Feature(dtype="int8", shape=(count,)),
            ACTION: Feature(dtype="float32", shape=(2,)),
            REWARD: Feature(dtype="float32", shape=(1,)),
            DONE: Feature(dtype="bool", shape=(1,)),
            SUCCESS: Feature(dtype="bool", shape=(1,)),
            FAULT: Feature(dtype="int8", shape=(4,)),
        },
    )
    put, parts = [], []
    for number, said in enumerate(words):
        parts.append(folder / "parts" / f"{number}")
        writer = PartWriter(parts[-1], schema)
        for step, goal in enumerate([*said, "seen after the last action"]):
            observation = {
                "eye": ramp(len(put)),
                "scan": np.random.default_rng(len(put)).random(rays, np.float32),
                "stamp": np.array([step / 7, 0.0]),
                "age": np.zeros(2, np.float32),
                "valid": np.ones(2, np.int8),
                "goal": goal,
            }
            writer.look(observation, np.zeros(4, np.int8))
            if step < len(said):
                put.append(observation)
                writer.act(np.float32([step, number]), 0.5, done=step == len(said) - 1, success=False)
        writer.close({"id": str(number)})
    assemble(folder, parts, {})
    return put


@settings(max_examples=15)
@given(st.integers(1, 5), st.lists(st.lists(WORDS, min_size=1, max_size=4), min_size=1, max_size=4))
def test_any_words_and_shapes_come_back(tmp_path_factory, rays, words):
    folder = tmp_path_factory.mktemp("made_up")
    put = made_up(rays, words, folder)
    dataset = Dataset(folder)
    assert len(dataset) == len(put) == sum(map(len, words))
    assert dataset.tasks == list(dict.fromkeys(word for said in words for word in said))
    for frame, observation in zip((dataset[index] for index in range(len(dataset))), put, strict=True):
        assert frame.observation["goal"] == observation["goal"]
        np.testing.assert_array_equal(frame.observation["scan"], observation["scan"])
        assert np.abs(frame.observation["eye"].astype(int) - observation["eye"]).max() <= 2
    dataset.close()


def test_files_are_begun_anew_at_their_size(tmp_path, monkeypatch):
    monkeypatch.setattr("vla_sim.dataset.layout.DATA_MEGABYTES", 0.003)
    monkeypatch.setattr("vla_sim.dataset.layout.VIDEO_MEGABYTES", 0.003)
    monkeypatch.setattr("vla_sim.dataset.layout.CHUNK_FILES", 2)
    put = made_up(3, [["go"] * 3] * 8, tmp_path)
    files = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.glob("data/*/*"))
    assert files[:3] == [
        "data/chunk-000/file-000.parquet",
        "data/chunk-000/file-001.parquet",
        "data/chunk-001/file-000.parquet",
    ]
    assert len(list(tmp_path.glob("videos/*/*/*"))) > 2
    dataset = Dataset(tmp_path)
    for index in np.random.default_rng(0).permutation(len(dataset)):
        frame = dataset[int(index)]
        np.testing.assert_array_equal(frame.observation["scan"], put[index]["scan"])
        assert np.abs(frame.observation["eye"].astype(int) - put[index]["eye"]).max() <= 2
    np.testing.assert_array_equal(dataset.column("observation.scan"), [each["scan"] for each in put])


def test_parts_of_other_sensors_are_refused(tmp_path):
    made_up(3, [["go"]], tmp_path / "one")
    made_up(4, [["go"]], tmp_path / "other")
    with pytest.raises(InputError, match="other sensors"):
        assemble(tmp_path / "both", [tmp_path / "one/parts/0", tmp_path / "other/parts/0"], {})
    assert not (tmp_path / "both" / "meta").exists()
    assert read_part(tmp_path / "one/parts/7") is None


def test_a_frame_that_is_not_there(tmp_path):
    made_up(3, [["go"] * 3], tmp_path)
    video = next(tmp_path.glob("videos/*/*/*.mp4"))
    reader = VideoReader(video, 7)
    assert abs(int(reader.read(2)[0, 0, 0]) - int(ramp(2)[0, 0, 0])) <= 2
    with pytest.raises(InputError, match=r"no frame at 0\.428571 s"):
        reader.read(3)
    assert abs(int(reader.read(0)[0, 0, 0]) - int(ramp(0)[0, 0, 0])) <= 2
    with pytest.raises(InputError, match="no video can be read"):
        VideoReader(tmp_path / "meta/info.json", 7)


@given(arrays.arrays(np.float32, (9, 3), elements=st.floats(-100, 100, width=32)), st.integers(1, 8))
def test_statistics_of_two_halves_are_those_of_the_whole(values, cut):
    both = merged({"x": column_stats(values[:cut])}, {"x": column_stats(values[cut:])})["x"]
    whole = column_stats(values)
    for name in ("min", "max", "count"):
        np.testing.assert_array_equal(both[name], whole[name])
    for name in ("mean", "std"):
        np.testing.assert_allclose(both[name], whole[name], atol=1e-5)


@given(arrays.arrays(np.uint8, (3, 4, 5, 3)))
def test_statistics_of_pictures_are_those_of_their_pixels(pictures):
    stats = picture_stats(list(pictures))
    shares = pictures.reshape(-1, 3) / 255.0
    for name, value in (
        ("min", shares.min(0)),
        ("max", shares.max(0)),
        ("mean", shares.mean(0)),
        ("std", shares.std(0)),
    ):
        np.testing.assert_allclose(stats[name].reshape(3), value, atol=1e-12)
    quantile = np.quantile(pictures.reshape(-1, 3), 0.5, axis=0, method="inverted_cdf") / 255.0
    np.testing.assert_allclose(stats["q50"].reshape(3), quantile)


def test_the_loader_is_told_the_types():
    schema = arrow_schema({"a": Feature(dtype="float32", shape=(2,)), "b": Feature(dtype="uint16", shape=(4, 5))})
    assert b'"length": 2' in schema.metadata[b"huggingface"]
    assert b'"_type": "Array2D"' in schema.metadata[b"huggingface"]


@given(st.integers(1, 1000))
def test_sampled_pictures_are_spread_over_the_whole(count):
    sampler = Sampler()
    for number in range(count):
        sampler.add(np.array([number]))
    kept = [int(picture[0]) for picture in sampler.pictures]
    assert min(count, PICTURES // 2) <= len(kept) <= PICTURES
    assert len(set(np.diff(kept))) <= 1
    assert kept[0] == 0
    assert count - kept[-1] <= max(1, count / (PICTURES // 2))
