"""When a fault is on, and how strongly."""

from __future__ import annotations

import math
from dataclasses import dataclass

TOLERANCE = 1e-9
"""Stamps are multiples of a physics step rounded to the nanosecond."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Intensity over simulated time: 0 outside ``onset .. onset + duration``, rising over ``ramp`` seconds to 1.

    With a ``period`` the fault is on in the first ``duty`` part of each period, counted from the onset. Times are in
    seconds; ``duration`` None means for good. The onset belongs to the fault, the end does not.

    >>> schedule = Schedule(onset=2.0, duration=4.0, ramp=1.0)
    >>> [schedule.intensity(t) for t in (1.9, 2.5, 3.0, 5.9, 6.0)]
    [0.0, 0.5, 1.0, 1.0, 0.0]
    """

    onset: float = 0.0
    duration: float | None = None
    ramp: float = 0.0
    period: float | None = None
    duty: float = 1.0

    @property
    def steady(self) -> tuple[float, float]:
        """From when until when the intensity is 1 without a break; an empty stretch where it comes and goes."""
        if self.period is not None:
            return math.inf, math.inf
        end = math.inf if self.duration is None else self.onset + self.duration - TOLERANCE
        return self.onset + self.ramp - TOLERANCE, end

    def intensity(self, stamp: float) -> float:
        """Return how much of the fault is there at a stamp, 0..1."""
        since = stamp - self.onset + TOLERANCE
        if since < 0.0 or (self.duration is not None and since >= self.duration):
            return 0.0
        if self.period is not None and math.fmod(since, self.period) >= self.duty * self.period:
            return 0.0
        if since < self.ramp:
            return max(0.0, stamp - self.onset) / self.ramp
        return 1.0
