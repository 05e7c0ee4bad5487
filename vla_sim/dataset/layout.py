"""Where the files of a LeRobotDataset v3 are, and what its numbers are called."""

from __future__ import annotations

import importlib.util

from vla_sim.errors import NotReadyError

CODEBASE_VERSION = "v3.0"

INFO = "meta/info.json"
STATS = "meta/stats.json"
TASKS = "meta/tasks.parquet"
OURS = "meta/vla_sim.json"
"""Which feature is which sensor, and the plan that was run: what LeRobot has no place for."""
EPISODES = "meta/episodes/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
DATA = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
VIDEO = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"
PARTS = "parts"
"""Episodes that are not part of the dataset yet, each in a folder of its own."""

CHUNK_FILES = 1000
DATA_MEGABYTES = 100
VIDEO_MEGABYTES = 200
"""Size at which the next file is begun, LeRobot's own default."""


def check_dataset_packages() -> None:
    """See that datasets can be written and read.

    Raises:
        NotReadyError: pyarrow is not installed.
    """
    if importlib.util.find_spec("pyarrow") is None:
        raise NotReadyError("datasets need the package pyarrow; install it with pip install 'vla-sim[dataset]'")


def after(place: tuple[int, int]) -> tuple[int, int]:
    """Return chunk and number of the file after one."""
    chunk, file = place
    return (chunk + 1, 0) if file == CHUNK_FILES - 1 else (chunk, file + 1)
