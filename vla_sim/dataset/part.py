"""An episode on its way into a dataset: a folder of its own, whole once its last file is there.

Workers write such parts side by side, in any order and on any machine; ``assembly`` puts them together.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from vla_sim.bench.atomic import write_text
from vla_sim.dataset.columns import arrow_type, to_arrow
from vla_sim.dataset.schema import (
    ACTION,
    AGE,
    DONE,
    EXECUTED,
    FAULT,
    REWARD,
    STAMP,
    SUCCESS,
    VALID,
    Schema,
)
from vla_sim.dataset.stats import Sampler, Stats, column_stats, picture_stats
from vla_sim.dataset.video import VideoWriter
from vla_sim.errors import InputError

FRAMES = "frames.parquet"
RECORD = "record.json"
"""Written last, and last by name too: whoever copies a part's files in that order leaves no half of one."""
TASK = "task"


class Part(BaseModel):
    """What is known of a whole part."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_: Schema
    length: int
    tasks: list[str]
    """Words that the agent heard, in the order in which it heard them first."""
    facts: dict[str, Any]
    """The trial's record, or what else is known of where the episode is from."""
    stats: dict[str, dict[str, Any]]

    def arrays(self) -> dict[str, Stats]:
        """Return the statistics as arrays."""
        return {key: {name: np.asarray(value) for name, value in stats.items()} for key, stats in self.stats.items()}


class PartWriter:
    """Writes one episode: pictures are encoded as they come, numbers are kept until ``close``.

    Args:
        folder: the part's folder; what a killed writer left there is removed.
        schema: the features of a frame.
    """

    def __init__(self, folder: Path, schema: Schema):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._folder, self._schema = folder, schema
        self._rows: dict[str, list[Any]] = {name: [] for name in schema.columns}
        self._tasks: list[str] = []
        self._sensors = {sensor.feature: name for name, sensor in schema.sensors.items()}
        self._videos = {
            key: VideoWriter(video_path(folder, key), schema.fps, schema.features[key].shape) for key in schema.videos
        }
        self._samples = {key: Sampler() for key in schema.videos}

    def look(self, observation: Mapping[str, Any], faults: NDArray[np.int8]) -> None:
        """Take what the agent sees, and which of its lines a fault is on."""
        for key, name in self._sensors.items():
            if key in self._videos:
                self._videos[key].add(observation[name])
                self._samples[key].add(observation[name])
            else:
                sensor = self._schema.sensors[name]
                self._rows[key].append(sensor.stored(np.asarray(observation[name]), self._schema.features[key]))
        for key in (STAMP, AGE, VALID):
            self._rows[key].append(observation[key.rpartition(".")[2]])
        self._rows[FAULT].append(faults)
        self._tasks.append(str(observation["goal"]))

    def act(
        self, action: NDArray[Any], reward: float, *, done: bool, success: bool, executed: NDArray[Any] | None = None
    ) -> None:
        """Take what is to be done about what was seen last, and what came of it."""
        for key, value in ((ACTION, action), (REWARD, reward), (DONE, done), (SUCCESS, success)):
            self._rows[key].append(value)
        if EXECUTED in self._rows:
            self._rows[EXECUTED].append(action if executed is None else executed)

    def close(self, facts: Mapping[str, Any]) -> None:
        """Make the part whole; what was seen after the last action is left out, as LeRobot has it."""
        for video in self._videos.values():
            video.close()
        length = len(self._rows[ACTION])
        arrays = {
            name: np.asarray(self._rows[name][:length], feature.dtype) for name, feature in self._schema.columns.items()
        }
        columns = {name: to_arrow(arrays[name], feature) for name, feature in self._schema.columns.items()}
        columns[TASK] = pa.array(self._tasks[:length], pa.string())
        pq.write_table(pa.table(columns), self._folder / FRAMES, compression="zstd")
        stats = {name: column_stats(array) for name, array in arrays.items()}
        for key in self._videos:
            stats[key] = picture_stats(self._samples[key].pictures)
        part = Part(
            schema_=self._schema,
            length=length,
            tasks=list(dict.fromkeys(self._tasks[:length])),
            facts=dict(facts),
            stats={key: {name: value.tolist() for name, value in each.items()} for key, each in stats.items()},
        )
        write_text(self._folder / RECORD, part.model_dump_json())

    def abandon(self) -> None:
        """Remove what was written."""
        for video in self._videos.values():
            video.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def video_path(folder: Path, key: str) -> Path:
    """Return where a part's video of a feature is."""
    return folder / f"{key}.mp4"


def read_part(folder: Path) -> Part | None:
    """Return what is known of the part in a folder; None where there is none that is whole.

    Raises:
        InputError: what is there is no part.
    """
    try:
        text = (folder / RECORD).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        return Part.model_validate_json(text)
    except ValidationError as error:
        raise InputError(f"no part of a dataset: {error.errors()[0]['msg']}; use --fresh", file=folder) from error


def part_table(folder: Path, schema: Schema) -> pa.Table:
    """Return the frames of a part: the columns of the schema, and the words."""
    table = pq.read_table(folder / FRAMES)
    types = {name: arrow_type(feature) for name, feature in schema.columns.items()} | {TASK: pa.string()}
    return table.select(list(types)).cast(pa.schema(list(types.items())))
