"""Figures of the agent at work, and what they come to as ``diagnostic_msgs``."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vla_sim.explanation import Certainty
from vla_sim.report.ros2_messages import Fields

OK, WARN, ERROR, STALE = (bytes([level]) for level in range(4))
"""Levels of ``diagnostic_msgs/DiagnosticStatus``."""
_WINDOW = 600
"""Decisions that figures are about, the last ones."""


class Figures:
    """Counts and times of decisions; written by the agent's thread, read by the executor's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inference: deque[float] = deque(maxlen=_WINDOW)
        self._latency: deque[float] = deque(maxlen=_WINDOW)
        self._counts: Counter[str] = Counter()
        self._certainty: Certainty | None = None

    def decided(self, inference: float, latency: float | None, skipped: int, certainty: Certainty | None) -> None:
        """Take note of a decision: how long it took [s], and how old its newest picture was [s] when it was sent."""
        with self._lock:
            self._inference.append(inference)
            if latency is not None:
                self._latency.append(latency)
            self._counts.update(batches=1, skipped=skipped)
            self._certainty = certainty

    def failed(self) -> None:
        """Take note of an agent that raised."""
        with self._lock:
            self._counts["failures"] += 1

    def read(self) -> Snapshot:
        """Return the figures as they are now."""
        with self._lock:
            return Snapshot(
                _milliseconds(self._inference), _milliseconds(self._latency), Counter(self._counts), self._certainty
            )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Figures of one moment; times by statistic [ms], none without any decision."""

    inference: Mapping[str, float]
    latency: Mapping[str, float]
    counts: Counter[str]
    certainty: Certainty | None


@dataclass(frozen=True, slots=True)
class Condition:
    """What a report is about beside the figures."""

    active: bool
    waiting: str
    """What the agent waits for before it can do anything, or ""."""
    watchdog: str
    trips: int
    held: str
    failure: str
    overtaken: int
    malformed: Mapping[str, int]
    problem: str
    late: int
    queued: int
    """Readings that are part of no batch yet."""
    missed: Mapping[str, int]
    """Batches that each stream was missing from."""
    missing: tuple[str, ...]
    """Streams that the last batch was without."""
    guesses: tuple[str, ...]
    """Cameras without a description."""


def report(hardware: str, figures: Snapshot, condition: Condition) -> list[Fields]:
    """Return a list of ``diagnostic_msgs/DiagnosticStatus``."""
    entries = [_agent(figures, condition), _sensors(condition), _watchdog(condition)]
    return [
        {
            "level": level,
            "name": f"vla_agent: {name}",
            "message": message,
            "hardware_id": hardware,
            "values": [{"key": key, "value": str(value)} for key, value in values],
        }
        for name, level, message, values in entries
    ]


Entry = tuple[str, bytes, str, Iterable[tuple[str, Any]]]


def _agent(figures: Snapshot, condition: Condition) -> Entry:
    drops = condition.overtaken + figures.counts["skipped"]
    batches = figures.counts["batches"]
    values = [
        *((f"inference {name} [ms]", value) for name, value in figures.inference.items()),
        *((f"image stamp to command {name} [ms]", value) for name, value in figures.latency.items()),
        ("batches", batches),
        ("drops", drops),
        ("drop rate", round(drops / max(1, batches + drops), 4)),
        ("failures", figures.counts["failures"]),
    ]
    if figures.certainty is not None:
        values.append(("confidence", round(figures.certainty.total, 4)))
        values += [(f"confidence in {part}", round(sure, 4)) for part, sure in figures.certainty.parts.items()]
        values += [(f"{name} works", round(sure, 4)) for name, sure in figures.certainty.sensors.items()]
    if not condition.active:
        return "agent", STALE, "inactive", values
    if condition.failure:
        return "agent", ERROR, condition.failure, values
    if condition.waiting:
        return "agent", STALE, condition.waiting, values
    return ("agent", WARN, condition.held, values) if condition.held else ("agent", OK, "deciding", values)


def _sensors(condition: Condition) -> Entry:
    values = [
        *((f"{name} missed", count) for name, count in sorted(condition.missed.items())),
        ("malformed", sum(condition.malformed.values())),
        *((f"{name} malformed", count) for name, count in sorted(condition.malformed.items())),
        ("last malformed", condition.problem or "none"),
        ("late", condition.late),
        ("queued", condition.queued),
    ]
    remarks = []
    if condition.missing:
        remarks.append(f"missing: {', '.join(condition.missing)}")
    if condition.malformed:
        remarks.append(f"malformed messages: {', '.join(sorted(condition.malformed))}")
    if condition.guesses:
        remarks.append(f"no camera_info: {', '.join(condition.guesses)}, taken to see as far aside as the agent's")
    if not condition.active:
        return "sensors", STALE, "inactive", values
    return ("sensors", WARN, "; ".join(remarks), values) if remarks else ("sensors", OK, "all are there", values)


def _watchdog(condition: Condition) -> Entry:
    values = [("trips", condition.trips)]
    if not condition.active:
        return "watchdog", STALE, "inactive", values
    return ("watchdog", ERROR, condition.watchdog, values) if condition.watchdog else ("watchdog", OK, "quiet", values)


def _milliseconds(seconds: Iterable[float]) -> dict[str, float]:
    times = 1e3 * np.fromiter(seconds, float)
    if not times.size:
        return {}
    p50, p99 = np.percentile(times, [50, 99])
    figures = {"mean": times.mean(), "p50": p50, "p99": p99, "max": times.max()}
    return {name: round(float(value), 2) for name, value in figures.items()}
