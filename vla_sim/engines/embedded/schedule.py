"""What is due after which physics step, worked out once for every phase of the sensors' clocks."""

from __future__ import annotations

from collections.abc import Sequence
from math import lcm
from typing import NamedTuple

from vla_sim.engines.embedded.sensors import Scheduled, Sensor

_REMEMBERED = 4096


class Interval(NamedTuple):
    """A number of physics steps with nothing in between, and what is due at their end."""

    steps: int
    contacts: bool
    """Whether the contacts are looked at."""
    sensors: tuple[tuple[str, Sensor], ...]
    """Names of streams, and what reads them."""


class Schedule:
    """Cuts stretches of physics steps at the moments at which sensors fire or contacts are looked at."""

    def __init__(self, sensors: Sequence[Scheduled], contact_steps: int):
        self._sensors = tuple(sensors)
        self._contact_steps = contact_steps
        self._cycle = lcm(contact_steps, *[sensor.clock.cycle for sensor in sensors])
        self._known: dict[tuple[int, int], tuple[Interval, ...]] = {}

    def intervals(self, start: int, count: int) -> tuple[Interval, ...]:
        """Return the intervals of the ``count`` physics steps after ``start``."""
        phase = (start % self._cycle, count)
        known = self._known.get(phase)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[phase] = tuple(self._cut(*phase))
        return known

    def _cut(self, start: int, count: int) -> list[Interval]:
        intervals = []
        last, end = start, start + count
        while last < end:
            contacts = last - last % self._contact_steps + self._contact_steps
            step = min(end, contacts, *[sensor.clock.next_after(last) for sensor in self._sensors])
            due = tuple((one.name, one.sensor) for one in self._sensors if one.clock.fires(step))
            intervals.append(Interval(step - last, step == contacts, due))
            last = step
        return intervals
