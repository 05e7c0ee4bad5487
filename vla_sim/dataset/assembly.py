"""Parts put together into a dataset, one episode in memory at a time.

A dataset appears whole: it is built beside its place, and the folder ``meta``, without which nothing is a dataset, is
moved there last.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from vla_sim.bench.atomic import write_text
from vla_sim.dataset import layout
from vla_sim.dataset.columns import INDICES, arrow_schema, tasks_table, to_arrow
from vla_sim.dataset.part import FRAMES, TASK, Part, part_table, read_part, video_path
from vla_sim.dataset.schema import Schema
from vla_sim.dataset.stats import Stats, merged
from vla_sim.dataset.video import VideoJoiner, video_info
from vla_sim.errors import InputError

_SCRATCH = ".assembly"
_MEGABYTE = 1024 * 1024


def assemble(folder: Path, parts: Iterable[Path], origin: Mapping[str, Any]) -> None:
    """Write the dataset of a folder out of parts, in their order; they are left where they are.

    Args:
        folder: the dataset's folder.
        parts: folders of whole parts.
        origin: what to say of where the dataset comes from, in ``meta/vla_sim.json``.

    Raises:
        InputError: there is no part, or their schemas differ.
    """
    scratch = folder / _SCRATCH
    shutil.rmtree(scratch, ignore_errors=True)
    builder: _Builder | None = None
    for path in parts:
        part = read_part(path)
        assert part is not None, path
        if builder is None:
            builder = _Builder(scratch, part.schema_)
        builder.append(path, part)
    if builder is None:
        raise InputError("there is no episode to make a dataset of", file=folder)
    builder.close(origin)
    for name in ("data", "videos", "meta"):
        shutil.rmtree(folder / name, ignore_errors=True)
        if (scratch / name).exists():
            (scratch / name).rename(folder / name)
    shutil.rmtree(scratch)


class _Builder:
    """A dataset in the making."""

    def __init__(self, root: Path, schema: Schema):
        self._root, self._schema = root, schema
        self._features = schema.features | INDICES
        self._frames = _Frames(root, schema)
        self._videos = {key: _Videos(root, key, schema.fps) for key in schema.videos}
        self._tasks: dict[str, int] = {}
        self._rows: list[dict[str, Any]] = []
        self._episodes: pq.ParquetWriter | None = None
        self._stats: dict[str, Stats] | None = None
        self._length = self._count = 0

    def append(self, path: Path, part: Part) -> None:
        """Append an episode."""
        if part.schema_ != self._schema:
            raise InputError(
                f"'{path.name}' has other sensors or another rate than the episodes before it; a dataset has one "
                "kind of robot: record them apart",
                file=path,
            )
        for task in part.tasks:
            self._tasks.setdefault(task, len(self._tasks))
        stats = part.arrays()
        self._stats = merged(self._stats, stats)
        row: dict[str, Any] = {"episode_index": self._count, "tasks": part.tasks, "length": part.length}
        row |= self._frames.append(path, self._indices(path, part.length))
        row |= {"dataset_from_index": self._length, "dataset_to_index": self._length + part.length}
        for key, videos in self._videos.items():
            row |= videos.append(video_path(path, key), part.length)
        row["vla_sim/facts"] = json.dumps(part.facts, ensure_ascii=False, separators=(",", ":"))
        row |= {f"stats/{key}/{name}": each.tolist() for key, group in stats.items() for name, each in group.items()}
        row |= {"meta/episodes/chunk_index": 0, "meta/episodes/file_index": 0}
        self._write_episode(row)
        self._length += part.length
        self._count += 1

    def close(self, origin: Mapping[str, Any]) -> None:
        """Write what describes the whole."""
        assert self._episodes is not None
        assert self._stats is not None
        self._frames.close()
        for videos in self._videos.values():
            videos.close()
        self._episodes.close()
        pq.write_table(tasks_table(list(self._tasks)), self._root / layout.TASKS)
        stats = {key: {name: each.tolist() for name, each in group.items()} for key, group in self._stats.items()}
        write_text(self._root / layout.STATS, json.dumps(stats, indent=4, ensure_ascii=False))
        sensors = {name: sensor.model_dump(mode="json") for name, sensor in self._schema.sensors.items()}
        ours = {"format": 1, "sensors": sensors, **origin}
        write_text(self._root / layout.OURS, json.dumps(ours, indent=1, ensure_ascii=False) + "\n")
        write_text(self._root / layout.INFO, json.dumps(self._info(), indent=4, ensure_ascii=False))

    def _info(self) -> dict[str, Any]:
        features: dict[str, Any] = {name: feature.model_dump(mode="json") for name, feature in self._features.items()}
        for key in self._videos:
            first = layout.VIDEO.format(video_key=key, chunk_index=0, file_index=0)
            features[key]["info"] = video_info(self._root / first)
        return {
            "codebase_version": layout.CODEBASE_VERSION,
            "robot_type": self._schema.robot,
            "total_episodes": self._count,
            "total_frames": self._length,
            "total_tasks": len(self._tasks),
            "chunks_size": layout.CHUNK_FILES,
            "data_files_size_in_mb": layout.DATA_MEGABYTES,
            "video_files_size_in_mb": layout.VIDEO_MEGABYTES,
            "fps": self._schema.fps,
            "splits": {"train": f"0:{self._count}"},
            "data_path": layout.DATA,
            "video_path": layout.VIDEO if self._videos else None,
            "features": features,
        }

    def _indices(self, path: Path, length: int) -> pa.Table:
        """Return the frames of a part with the columns that say where they are."""
        table = part_table(path, self._schema)
        numbers = np.arange(length)
        values: dict[str, NDArray[Any]] = {
            "timestamp": (numbers / self._schema.fps).astype(np.float32),
            "frame_index": numbers,
            "episode_index": np.full(length, self._count),
            "index": numbers + self._length,
            "task_index": np.array([self._tasks[task] for task in table[TASK].to_pylist()]),
        }
        table = table.drop_columns([TASK])
        for name, feature in INDICES.items():
            table = table.append_column(name, to_arrow(values[name], feature))
        return table

    def _write_episode(self, row: Mapping[str, Any]) -> None:
        table = pa.Table.from_pylist([dict(row)])
        if self._episodes is None:
            path = self._root / layout.EPISODES.format(chunk_index=0, file_index=0)
            path.parent.mkdir(parents=True)
            self._episodes = pq.ParquetWriter(path, table.schema, compression="snappy")
        self._episodes.write_table(table.cast(self._episodes.schema))


class _Frames:
    """The files of the frames, an episode a row group."""

    def __init__(self, root: Path, schema: Schema):
        self._root = root
        self._types = arrow_schema(schema.columns | INDICES)
        self._place = (0, 0)
        self._size = 0
        self._writer: pq.ParquetWriter | None = None

    def append(self, path: Path, table: pa.Table) -> dict[str, int]:
        """Write an episode and return where it is."""
        size = (path / FRAMES).stat().st_size
        if self._writer is not None and self._size + size > layout.DATA_MEGABYTES * _MEGABYTE:
            self.close()
            self._place, self._size = layout.after(self._place), 0
        if self._writer is None:
            file = self._root / layout.DATA.format(chunk_index=self._place[0], file_index=self._place[1])
            file.parent.mkdir(parents=True, exist_ok=True)
            self._writer = pq.ParquetWriter(file, self._types, compression="zstd")
        self._writer.write_table(table.cast(self._types))
        self._size += size
        return {"data/chunk_index": self._place[0], "data/file_index": self._place[1]}

    def close(self) -> None:
        """Close the last file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


class _Videos:
    """The files of one camera, episode after episode."""

    def __init__(self, root: Path, key: str, fps: int):
        self._root, self._key, self._fps = root, key, fps
        self._place = (0, 0)
        self._size = 0
        self._joiner: VideoJoiner | None = None

    def append(self, path: Path, length: int) -> dict[str, Any]:
        """Append an episode's video and return where it is."""
        size = path.stat().st_size
        if self._joiner is not None and self._size + size > layout.VIDEO_MEGABYTES * _MEGABYTE:
            self.close()
            self._place, self._size = layout.after(self._place), 0
        if self._joiner is None:
            chunk, file = self._place
            where = layout.VIDEO.format(video_key=self._key, chunk_index=chunk, file_index=file)
            self._joiner = VideoJoiner(self._root / where, self._fps)
        first = self._joiner.frames
        self._joiner.append(path, length)
        self._size += size
        prefix = f"videos/{self._key}"
        return {
            f"{prefix}/chunk_index": self._place[0],
            f"{prefix}/file_index": self._place[1],
            f"{prefix}/from_timestamp": first / self._fps,
            f"{prefix}/to_timestamp": (first + length) / self._fps,
        }

    def close(self) -> None:
        """Close the last file."""
        if self._joiner is not None:
            self._joiner.close()
            self._joiner = None
