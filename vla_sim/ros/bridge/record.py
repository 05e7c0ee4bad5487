"""What is kept of a trial over ROS 2: all that is needed to hold it against the same trial in process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vla_sim.errors import InputError
from vla_sim.ros.bridge.world import Moment


@dataclass(slots=True)
class Track:
    """A trial as it goes: what was said when, and where the robot was after each step."""

    seed: int
    judged: bool = True
    """Whether it ends by itself; of what does not, no path is kept."""
    words: list[dict[str, Any]] = field(default_factory=list)
    path: list[tuple[float, float, float, float]] = field(default_factory=list)
    """Time [s], x [m], y [m], yaw [rad], from the ground truth."""
    moment: Moment | None = None

    def follow(self, moment: Moment) -> None:
        """Take note of a moment."""
        self.moment = moment
        if self.judged:
            self.path.append((moment.time, *moment.place))
        if not self.words or self.words[-1]["words"] != moment.words:
            self.words.append({"time": round(moment.time, 6), "words": moment.words})

    def verdict(self, task: str) -> dict[str, Any]:
        """Return how it ended, for a topic."""
        assert self.moment is not None
        success = self.moment.verdict == "success"
        return {
            "success": success,
            "reason": "" if success else self.moment.verdict or "",
            "time": round(self.moment.time, 6),
            "seed": self.seed,
            "task": task,
            "words": self.moment.words,
        }

    def record(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the whole trial; ``facts`` are those of the run."""
        assert self.moment is not None
        success = self.moment.verdict == "success"
        return {
            **facts,
            "seed": self.seed,
            "words": self.words,
            "outcome": "success" if success else "failure",
            "reason": "" if success else self.moment.verdict or "",
            "sim_time": round(self.moment.time, 6),
            "steps": len(self.path) - 1,
            "progress": self.moment.progress,
            "metrics": dict(self.moment.metrics),
            "faults": [dict(fault) for fault in self.moment.faults],
            "path": self.path,
        }


class Records:
    """A file with one line of JSON a trial, written as each one ends.

    Raises:
        InputError: the file cannot be written.
    """

    def __init__(self, path: Path | None):
        self._path = path
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("", encoding="utf-8")
            except OSError as error:
                raise InputError(f"cannot be written: {error.strerror}", file=path, field="--out") from error

    def add(self, record: Mapping[str, Any]) -> None:
        """Write a trial."""
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
