"""A LeRobotDataset v3 read with pyarrow and PyAV alone: frames and episodes as the observations that agents take.

Datasets that LeRobot wrote are read too; they have LeRobot's names in an observation, less ``observation.images.``.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from vla_sim.dataset import layout
from vla_sim.dataset.columns import to_numpy
from vla_sim.dataset.schema import ACTION, AGE, DONE, EXECUTED, FAULT, REWARD, STAMP, SUCCESS, VALID, Feature, Sensor
from vla_sim.dataset.video import VideoReader
from vla_sim.errors import InputError

Key = TypeVar("Key")
Value = TypeVar("Value")

_TABLES, _VIDEOS = 16, 8
"""Episodes whose frames, and videos whose decoders, are kept."""
_FEATURES = TypeAdapter(dict[str, Feature])
_SENSORS = TypeAdapter(dict[str, Sensor])


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode: frames ``start`` to ``start + length`` of the dataset."""

    index: int
    start: int
    length: int
    tasks: tuple[str, ...]
    """Words that were heard in it."""
    facts: Mapping[str, Any]
    """The trial's record, as in ``trials.jsonl``; empty where the episode is from elsewhere."""
    row: Mapping[str, Any]
    """All that the dataset says of the episode but its statistics."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What was seen, what was (or should be) done about it, and what came of it."""

    index: int
    episode: int
    observation: dict[str, Any]
    """What ``Agent.act`` is given."""
    action: NDArray[np.float32]
    """Forward speed [m/s] and yaw rate [rad/s]."""
    executed: NDArray[np.float32]
    """What was done, where ``action`` is a label; else the same."""
    reward: float
    done: bool
    success: bool
    faults: NDArray[np.int8]
    """1 for each sensor, for the commands and for the words, where a fault was on since the last frame; empty where
    nobody knows."""


class Dataset:
    """Reads a dataset; frames come by index or episode by episode, which is quicker.

    Args:
        folder: the dataset's folder.
        sensors: those that observations are to hold; None for all. What is not asked for is not read.

    Raises:
        InputError: it is no LeRobotDataset v3, a file of it is missing or damaged, or it has no such sensor.
    """

    def __init__(self, folder: Path | str, sensors: Sequence[str] | None = None):
        layout.check_dataset_packages()
        self.folder = Path(folder)
        self.info = _read_info(self.folder)
        self.fps: int = self.info["fps"]
        self.features = _features(self.folder, self.info)
        self.stats: dict[str, dict[str, Any]] = _json(self.folder / layout.STATS)
        self.origin: dict[str, Any] = _json(self.folder / layout.OURS) if (self.folder / layout.OURS).is_file() else {}
        """Which features are sensors, and the plan that was run; empty for a dataset from elsewhere."""
        known = _sensors(self.folder, self.origin) or self._guessed()
        for name in sensors or ():
            if name not in known:
                raise InputError(f"the dataset has no sensor '{name}'; it has {', '.join(known)}", file=self.folder)
        self.sensors = known if sensors is None else {name: known[name] for name in sensors}
        unread = {sensor.feature for name, sensor in known.items() if name not in self.sensors}
        self._columns = [name for name, each in self.features.items() if each.dtype != "video" and name not in unread]
        self.tasks = _tasks(self.folder / layout.TASKS)
        self.episodes = _episodes(self.folder)
        self._starts = np.array([episode.start for episode in self.episodes])
        self._file_starts: dict[tuple[int, int], int] = {}
        for episode in self.episodes:
            self._file_starts.setdefault(_place(episode, "data"), episode.start)
        self._tables = _Recent[int, dict[str, NDArray[Any]]](_TABLES, self._read_columns)
        self._readers = _Recent[Path, VideoReader](
            _VIDEOS, lambda path: VideoReader(path, self.fps), lambda reader: reader.close()
        )

    def __len__(self) -> int:
        return int(self.info["total_frames"])

    def __getitem__(self, index: int) -> Frame:
        if not -len(self) <= index < len(self):
            raise IndexError(f"frame {index} of {len(self)}")
        index %= len(self)
        episode = self.episodes[int(np.searchsorted(self._starts, index, side="right")) - 1]
        return self._frame(episode, index - episode.start)

    def frames(self, episode: int) -> Iterator[Frame]:
        """Yield the frames of an episode in order."""
        found = self.episodes[episode]
        for number in range(found.length):
            yield self._frame(found, number)

    def column(self, name: str) -> NDArray[Any]:
        """Return a feature of all frames, (frames, ...), as it is stored; not a video, and nothing else is read."""
        feature = self.features.get(name)
        if feature is None or feature.dtype == "video":
            raise InputError(f"the dataset has no column '{name}'", file=self.folder)
        paths = dict.fromkeys(map(self.data_path, self.episodes))
        columns = [_read_table(path, [name])[name] for path in paths]
        return np.concatenate([to_numpy(column, feature) for column in columns])

    def columns(self, episode: int) -> dict[str, NDArray[Any]]:
        """Return the features of an episode's frames, as they are stored, less videos and sensors not asked for."""
        return self._tables.get(episode)

    def table(self, episode: Episode, columns: Sequence[str] | None = None) -> pa.Table:
        """Return an episode's frames, or some columns of them: only the row groups that they are in are read."""
        first = episode.start - self._file_starts[_place(episode, "data")]
        return _read_rows(self.data_path(episode), first, episode.length, columns)

    def picture(self, episode: int, number: int, key: str) -> NDArray[np.uint8]:
        """Return a picture, (height, width, 3), of one of the dataset's videos."""
        found = self.episodes[episode]
        first = round(float(found.row[f"videos/{key}/from_timestamp"]) * self.fps)
        return self._readers.get(self.video_path(found, key)).read(first + number)

    def data_path(self, episode: Episode) -> Path:
        """Return the file that an episode's frames are in."""
        chunk, file = _place(episode, "data")
        return self.folder / str(self.info["data_path"]).format(chunk_index=chunk, file_index=file)

    def video_path(self, episode: Episode, key: str) -> Path:
        """Return the file that an episode's pictures are in."""
        chunk, file = _place(episode, f"videos/{key}")
        return self.folder / str(self.info["video_path"]).format(video_key=key, chunk_index=chunk, file_index=file)

    def close(self) -> None:
        """Close the videos."""
        self._readers.clear()

    def _frame(self, episode: Episode, number: int) -> Frame:
        columns = self._tables.get(episode.index)
        action = columns[ACTION][number]
        nothing = np.zeros(0, np.int8)
        last = number == episode.length - 1
        return Frame(
            index=episode.start + number,
            episode=episode.index,
            observation=self._observation(episode, columns, number),
            action=action,
            executed=columns[EXECUTED][number] if EXECUTED in columns else action,
            reward=float(columns[REWARD][number]) if REWARD in columns else 0.0,
            done=bool(columns[DONE][number]) if DONE in columns else last,
            success=bool(columns[SUCCESS][number]) if SUCCESS in columns else False,
            faults=columns[FAULT][number] if FAULT in columns else nothing,
        )

    def _observation(self, episode: Episode, columns: Mapping[str, NDArray[Any]], number: int) -> dict[str, Any]:
        observation: dict[str, Any] = {}
        for name, sensor in self.sensors.items():
            if self.features[sensor.feature].dtype == "video":
                observation[name] = self.picture(episode.index, number, sensor.feature)
            else:
                observation[name] = sensor.value(columns[sensor.feature][number])
        for key in (STAMP, AGE, VALID):
            if key in columns:
                observation[key.rpartition(".")[2]] = np.atleast_1d(columns[key][number])
        observation["goal"] = self.tasks[int(columns["task_index"][number])]
        return observation

    def _guessed(self) -> dict[str, Sensor]:
        """Return the sensors of a dataset that does not tell them, by LeRobot's conventions."""
        found = {}
        for key, feature in self.features.items():
            if key.startswith("observation.") and key not in (STAMP, AGE, VALID):
                name = key.removeprefix("observation.").removeprefix("images.")
                dtype = "uint8" if feature.dtype == "video" else feature.dtype
                found[name] = Sensor(feature=key, modality="joints", shape=feature.shape, dtype=dtype)
        return found

    def _read_columns(self, index: int) -> dict[str, NDArray[Any]]:
        table = self.table(self.episodes[index], self._columns)
        return {name: to_numpy(table[name], self.features[name]) for name in self._columns}


class _Recent(Generic[Key, Value]):
    """The values that were asked for last."""

    def __init__(self, size: int, make: Callable[[Key], Value], drop: Callable[[Value], None] = lambda value: None):
        self._size, self._make, self._drop = size, make, drop
        self._values: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value:
        if key not in self._values:
            self._values[key] = self._make(key)
            if len(self._values) > self._size:
                self._drop(self._values.popitem(last=False)[1])
        self._values.move_to_end(key)
        return self._values[key]

    def clear(self) -> None:
        while self._values:
            self._drop(self._values.popitem()[1])


def _json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {error}", file=path) from error
    if not isinstance(data, dict):
        raise InputError("is no JSON object", file=path)
    return data


def _read_info(folder: Path) -> dict[str, Any]:
    path = folder / layout.INFO
    if not path.is_file():
        unfinished = (folder / layout.PARTS).is_dir()
        raise InputError(
            "the recording is not finished; run its command again" if unfinished else "this is no LeRobotDataset",
            file=folder,
        )
    info = _json(path)
    version = str(info.get("codebase_version"))
    if not version.startswith("v3"):
        raise InputError(f"the dataset has LeRobot's version {version}, not v3.0", file=path)
    for name in ("fps", "features", "total_frames", "data_path"):
        if name not in info:
            raise InputError("is missing", file=path, field=name)
    return info


def _features(folder: Path, info: Mapping[str, Any]) -> dict[str, Feature]:
    plain = {}
    for name, each in dict(info["features"]).items():
        dtype = "video" if each.get("dtype") == "video" else each.get("dtype")
        if dtype not in ("string", "image"):
            names = each.get("names")
            plain[name] = {
                "dtype": dtype,
                "shape": each.get("shape"),
                "names": names if isinstance(names, list) else None,
            }
    checked: dict[str, Feature] = _checked(_FEATURES, plain, folder / layout.INFO, "features")
    return checked


def _sensors(folder: Path, origin: Mapping[str, Any]) -> dict[str, Sensor]:
    checked: dict[str, Sensor] = _checked(_SENSORS, origin.get("sensors", {}), folder / layout.OURS, "sensors")
    return checked


def _checked(adapter: TypeAdapter[Any], data: Any, file: Path, field: str) -> Any:
    try:
        return adapter.validate_python(data)
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, (field, *problem["loc"])))
        raise InputError(problem["msg"], file=file, field=place) from error


def _tasks(path: Path) -> list[str]:
    table = _read_table(path)
    words = next((name for name in table.column_names if name != "task_index"), None)
    if words is None or "task_index" not in table.column_names:
        raise InputError("holds no tasks", file=path)
    pairs = sorted(zip(table["task_index"].to_pylist(), table[words].to_pylist(), strict=True))
    return [str(text) for _, text in pairs]


def _episodes(folder: Path) -> tuple[Episode, ...]:
    episodes = []
    for path in sorted((folder / "meta" / "episodes").glob("*/*.parquet")):
        names = [name for name in _schema(path).names if not name.startswith("stats/")]
        for row in _read_table(path, names).to_pylist():
            facts = json.loads(row.pop("vla_sim/facts", "{}"))
            start = int(row["dataset_from_index"])
            episodes.append(
                Episode(int(row["episode_index"]), start, int(row["length"]), tuple(row["tasks"]), facts, row)
            )
    if not episodes:
        raise InputError("the dataset has no episodes", file=folder)
    return tuple(sorted(episodes, key=lambda episode: episode.index))


def _place(episode: Episode, prefix: str) -> tuple[int, int]:
    return int(episode.row[f"{prefix}/chunk_index"]), int(episode.row[f"{prefix}/file_index"])


def _schema(path: Path) -> pa.Schema:
    try:
        return pq.read_schema(path)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"cannot be read: {error}", file=path) from error


def _read_table(path: Path, columns: list[str] | None = None) -> pa.Table:
    try:
        return pq.ParquetFile(path).read(columns)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"cannot be read: {error}", file=path) from error


def _read_rows(path: Path, first: int, count: int, columns: Sequence[str] | None) -> pa.Table:
    """Return some rows of a file out of the row groups that hold them."""
    try:
        file = pq.ParquetFile(path)
        groups: list[int] = []
        start = begin = 0
        for group in range(file.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            if start < first + count and start + rows > first:
                if not groups:
                    begin = start
                groups.append(group)
            start += rows
        return file.read_row_groups(groups, None if columns is None else list(columns)).slice(first - begin, count)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"cannot be read: {error}", file=path) from error
