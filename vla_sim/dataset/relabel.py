"""What another agent would have done, at every frame of a dataset: the labels of DAgger."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from vla_sim.agent import PrivilegedAgent, action_type, load_agent
from vla_sim.bench.atomic import write_text
from vla_sim.dataset import layout
from vla_sim.dataset.columns import arrow_schema, to_arrow
from vla_sim.dataset.reader import Dataset, Episode
from vla_sim.dataset.schema import ACTION, EXECUTED, LABELS
from vla_sim.dataset.stats import Stats, column_stats, merged
from vla_sim.errors import InputError
from vla_sim.seeding import derive_seed


def relabel(
    source: Dataset, agent: str, out: Path, listener: Callable[[Episode], None], *, fresh: bool = False
) -> None:
    """Write a dataset like ``source`` in which the actions are what an agent does about the recorded observations.

    What was done stays as ``executed_action``. Videos are copied. The agent sees pictures as they were encoded.

    Raises:
        InputError: the agent reads ground truth, which a dataset does not hold, or gives no speeds; ``out`` is there.
    """
    if action_type(agent) not in LABELS:
        raise InputError(f"'{agent}' gives words, not speeds or joint goals", field="--agent")
    judge = load_agent(agent)
    if isinstance(judge, PrivilegedAgent):
        raise InputError(
            f"'{agent}' reads ground truth, which no dataset holds; label while recording: "
            f"vla-sim dataset record SUITE --label {agent}",
            field="--agent",
        )
    if out.exists() and not fresh:
        raise InputError("is there already; use --fresh to replace it", file=out)
    scratch = out.with_name(f".{out.name}.tmp")
    shutil.rmtree(scratch, ignore_errors=True)
    if source.info.get("video_path") and (source.folder / "videos").is_dir():
        shutil.copytree(source.folder / "videos", scratch / "videos")
    (scratch / "meta").mkdir(parents=True)
    shutil.copy(source.folder / layout.TASKS, scratch / layout.TASKS)
    stats = _write_frames(source, scratch, judge, listener)
    _write_meta(source, scratch, agent, stats)
    shutil.rmtree(out, ignore_errors=True)
    scratch.rename(out)


def labels_of(source: Dataset, episode: Episode, judge: Any) -> NDArray[np.float32]:
    """Return what an agent does about each observation of an episode, (frames, 2)."""
    judge.reset(derive_seed(int(episode.facts.get("seed", episode.index)), "label"))
    return np.array([judge.act(frame.observation) for frame in source.frames(episode.index)], np.float32)


def _write_frames(
    source: Dataset, scratch: Path, judge: Any, listener: Callable[[Episode], None]
) -> list[dict[str, Stats]]:
    """Write the frames with their labels; return the statistics of both kinds of action, episode by episode."""
    features = {name: feature for name, feature in source.features.items() if feature.dtype != "video"}
    features[EXECUTED] = features[ACTION]
    types = arrow_schema(features)
    stats: list[dict[str, Stats]] = []
    writer, there = None, None
    for episode in source.episodes:
        path = scratch / source.data_path(episode).relative_to(source.folder)
        if path != there:
            if writer is not None:
                writer.close()
            path.parent.mkdir(parents=True, exist_ok=True)
            writer, there = pq.ParquetWriter(path, types, compression="zstd"), path
        labels = labels_of(source, episode, judge)
        executed = source.columns(episode.index).get(EXECUTED, source.columns(episode.index)[ACTION])
        changed = {ACTION: labels, EXECUTED: executed}
        table = source.table(episode)
        columns = [to_arrow(changed[name], features[name]) if name in changed else table[name] for name in types.names]
        assert writer is not None
        writer.write_table(pa.table(columns, names=types.names).cast(types))
        stats.append({name: column_stats(values) for name, values in changed.items()})
        listener(episode)
    if writer is not None:
        writer.close()
    return stats


def _write_meta(source: Dataset, scratch: Path, agent: str, stats: list[dict[str, Stats]]) -> None:
    info = json.loads((source.folder / layout.INFO).read_text(encoding="utf-8"))
    info["features"][EXECUTED] = info["features"][ACTION]
    new = iter(stats)
    for path in sorted((source.folder / "meta" / "episodes").glob("*/*.parquet")):
        target = scratch / path.relative_to(source.folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(_with_stats(pq.read_table(path), new), target, compression="snappy")
    total: dict[str, Stats] | None = None
    for each in stats:
        total = merged(total, each)
    assert total is not None
    plain = {key: {name: value.tolist() for name, value in group.items()} for key, group in total.items()}
    write_text(scratch / layout.STATS, json.dumps(source.stats | plain, indent=4, ensure_ascii=False))
    origin = {**source.origin, "relabelled": [*source.origin.get("relabelled", []), agent]}
    write_text(scratch / layout.OURS, json.dumps(origin, indent=1, ensure_ascii=False) + "\n")
    write_text(scratch / layout.INFO, json.dumps(info, indent=4, ensure_ascii=False))


def _with_stats(table: pa.Table, new: Iterator[dict[str, Stats]]) -> pa.Table:
    """Return rows of episodes with the statistics of their actions in the place of the earlier ones."""
    rows = [next(new) for _ in range(len(table))]
    for key in (ACTION, EXECUTED):
        for name in rows[0][key]:
            column = f"stats/{key}/{name}"
            values = pa.array([row[key][name].tolist() for row in rows])
            place = table.schema.get_field_index(column)
            table = table.append_column(column, values) if place < 0 else table.set_column(place, column, values)
    return table
