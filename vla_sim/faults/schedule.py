"""When a fault is on, and how strongly."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

TOLERANCE = 1e-9
"""Stamps are multiples of a physics step rounded to the nanosecond."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Intensity over simulated time: 0 before ``onset``, rising over ``ramp`` to 1, falling over ``recovery`` to 0.

    The fall begins at ``onset + duration``; ``duration`` None means for good. With a ``period`` the fault is on in the
    first ``duty`` part of each period, counted from the onset. Times are in seconds. The onset belongs to the fault,
    the end does not.

    >>> schedule = Schedule(onset=2.0, duration=4.0, ramp=1.0, recovery=2.0)
    >>> [schedule.intensity(t) for t in (1.9, 2.5, 3.0, 5.9, 7.0, 8.0)]
    [0.0, 0.5, 1.0, 1.0, 0.5, 0.0]
    """

    onset: float = 0.0
    duration: float | None = None
    ramp: float = 0.0
    period: float | None = None
    duty: float = 1.0
    recovery: float = 0.0

    @property
    def end(self) -> float:
        """When the fault is over [s]."""
        return math.inf if self.duration is None else self.onset + self.duration + self.recovery

    def constant(self, stamp: float) -> tuple[float, float, float]:
        """Return a stretch ``[start, end)`` [s] around a stamp of one intensity, and that intensity.

        The stretch is empty while the intensity rises or falls.

        >>> Schedule(onset=2.0, ramp=1.0).constant(5.0)[1:]
        (inf, 1.0)
        """
        start, end = self.onset - TOLERANCE, self.end - TOLERANCE
        if stamp < start:
            return -math.inf, start, 0.0
        if stamp >= end:
            return end, math.inf, 0.0
        risen, falls = start + self.ramp, end - self.recovery
        if not risen <= stamp < falls:
            return stamp, stamp, self.intensity(stamp)
        if self.period is None or self.duty >= 1.0:
            return risen, falls, 1.0
        begin = start + math.floor((stamp - start) / self.period) * self.period
        middle = begin + self.duty * self.period
        if stamp < middle:
            return max(begin, risen), min(middle, falls), 1.0
        return max(middle, risen), min(begin + self.period, falls), 0.0

    def intensity(self, stamp: float) -> float:
        """Return how much of the fault is there at a stamp, 0..1."""
        since = stamp - self.onset + TOLERANCE
        if since < 0.0:
            return 0.0
        if self.period is not None and math.fmod(since, self.period) >= self.duty * self.period:
            return 0.0
        rising = max(0.0, stamp - self.onset) / self.ramp if since < self.ramp else 1.0
        if self.duration is None or since < self.duration:
            return rising
        past = since - self.duration
        return min(rising, 1.0 - past / self.recovery) if past < self.recovery else 0.0

    def windows(self, since: float, until: float) -> Iterator[tuple[float, float]]:
        """Yield the windows ``[start, end)`` [s] in which the fault is on, of those that begin in (since, until].

        >>> list(Schedule(onset=1.0, duration=3.0, period=2.0, duty=0.25).windows(0.0, 10.0))
        [(1.0, 1.5), (3.0, 3.5)]
        """
        if self.period is None or self.duty >= 1.0:
            if since < self.onset <= until and self.onset < self.end:
                yield self.onset, self.end
            return
        count = max(0, math.floor((since - self.onset) / self.period)) if math.isfinite(since) else 0
        while (start := round(self.onset + count * self.period, 9)) <= until and start < self.end:
            if start > since:
                yield start, min(round(start + self.duty * self.period, 9), self.end)
            count += 1
