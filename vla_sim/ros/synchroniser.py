"""Readings of several sensors, put together by their stamps and not by the order in which they happen to come."""

from __future__ import annotations

import math
from bisect import bisect_right, insort
from collections.abc import Mapping
from dataclasses import dataclass

from vla_sim.report.ros2_messages import nanoseconds_of
from vla_sim.ros.readings import SECOND
from vla_sim.sensing.reading import Reading, Stream

_EARLY = 0.2
"""Share of a period by which a reading may come before it is expected."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a robot sensed up to a time [s], since the last batch, in the order of stamps."""

    time: float
    readings: tuple[Reading, ...]
    missing: tuple[str, ...]
    """Streams of which no reading was taken within the window before ``time``, sorted."""
    skipped: int = 0
    """Batches before this one that were due as well, and are part of it."""


class Synchroniser:
    """Makes a batch for each multiple of a period, as soon as all that belongs to it is there.

    A batch waits for each stream until it has spoken for the batch's time: until a reading of that time or a later one
    has come, or the next one is expected after it. It waits for the length of the window at most. A stream that kept
    one waiting for so long is not waited for again until it speaks: a dead sensor delays one batch, and not all.
    So a batch depends on stamps alone, whatever the transport does to the order, unless something comes later than
    the window allows; that is part of the next batch.

    Args:
        streams: what to expect, by name.
        period: time between two batches [s], a whole number of nanoseconds.
        window: how long to wait for a reading, and how old it may be to count as present [s].
    """

    def __init__(self, streams: Mapping[str, Stream], period: float, window: float = 0.1):
        self._period, self._window = nanoseconds_of(period), nanoseconds_of(window)
        self._spacing = {
            name: round((1.0 - _EARLY) * SECOND / stream.rate) if stream.rate > 0.0 else 0
            for name, stream in sorted(streams.items())
        }
        self.reset(0.0)

    def reset(self, now: float) -> None:
        """Forget everything; the first batch is that of the first multiple of the period after ``now`` [s]."""
        self._next = (nanoseconds_of(now) // self._period + 1) * self._period
        self._newest: dict[str, float] = dict.fromkeys(self._spacing, -math.inf)
        self._taken = dict(self._newest)
        self._lost: set[str] = set()
        self._waiting: list[tuple[int, str, int, Reading]] = []
        self._count = 0

    @property
    def next(self) -> float:
        """Time of the next batch [s]."""
        return self._next / SECOND

    @property
    def waiting(self) -> int:
        """How many readings are part of no batch yet."""
        return len(self._waiting)

    @property
    def lost(self) -> frozenset[str]:
        """Streams that are not waited for, because they have not spoken for too long."""
        return frozenset(self._lost)

    def push(self, reading: Reading) -> None:
        """Take a reading of one of the streams."""
        stamp = nanoseconds_of(reading.stamp)
        self._count += 1
        insort(self._waiting, (stamp, reading.sensor, self._count, reading), key=lambda entry: entry[:3])
        if stamp > self._newest[reading.sensor]:
            self._newest[reading.sensor] = stamp
            self._lost.discard(reading.sensor)

    def due(self, now: float) -> Batch | None:
        """Return the batch that is complete at a time [s], or None; of several the last, which then holds all."""
        # A reading tells the time too: the clock's own message may well come after it.
        clock: float = max(nanoseconds_of(now), *self._newest.values())
        skipped = -1
        while self._next <= clock and (skipped < 0 or self._next + self._window <= clock):
            late = [name for name in self._newest if name not in self._lost and self._may_speak(name)]
            if late and self._next + self._window > clock:
                break
            self._lost.update(late)
            behind = max(0, int(clock - self._window - self._next) // self._period)
            skipped += 1 + behind
            self._next += (1 + behind) * self._period
        return None if skipped < 0 else self._batch(self._next - self._period, skipped)

    def _may_speak(self, name: str) -> bool:
        """Return whether a reading of a stream that belongs to the next batch may still come."""
        newest = self._newest[name]
        return newest < self._next and newest + self._spacing[name] <= self._next

    def _batch(self, time: int, skipped: int) -> Batch:
        count = bisect_right(self._waiting, time, key=lambda entry: entry[0])
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        for stamp, name, _, _ in taken:
            self._taken[name] = max(self._taken[name], stamp)
        missing = [name for name, stamp in self._taken.items() if time - stamp >= self._window]
        return Batch(time / SECOND, tuple(entry[3] for entry in taken), tuple(missing), skipped)
