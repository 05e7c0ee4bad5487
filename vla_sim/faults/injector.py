"""Puts faults on the reading stream, and says for each whether it took effect."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vla_sim import seeding
from vla_sim.errors import InputError
from vla_sim.faults.kind import DataKind, Kind, Values, kind_for, kinds_named
from vla_sim.faults.onset import Moment, Onset
from vla_sim.faults.rail import Rail
from vla_sim.faults.schedule import Schedule
from vla_sim.faults.spec import FaultSpec
from vla_sim.faults.target import is_group, members
from vla_sim.sensing.reading import Reading, Stream

Status = Literal["applied", "unsupported", "not_reached"]
"""``applied``: it was on for at least one reading. ``unsupported``: it can never be, in this world or this trial.
``not_reached``: not yet."""

_NEVER = Schedule(onset=math.inf)

_new_tuple = tuple.__new__
"""What ``Reading(...)`` comes to by way of a Python function: with ten IMU readings a step, the short way shows."""


_Process = Callable[[Reading, list[Reading]], None]
"""Adds to a list what becomes of a reading."""


class Window(NamedTuple):
    """A time in which a fault is on: from ``start`` until before ``end`` [s]; the end of one for good is infinite."""

    target: str
    fault: str
    start: float
    end: float


class Injector:
    """Applies a list of faults to readings, in the order of the list, for one trial.

    Each fault draws from its own generator, derived from the seed and the fault's place in the list (and the stream,
    in a group): what one fault does never shifts the draws of another.
    """

    def __init__(self, faults: Iterable[FaultSpec], streams: Mapping[str, Stream], seed: int = 0):
        self._faults = [
            fault for index, spec in enumerate(faults) for fault in _faults_of(spec, index, dict(streams), seed)
        ]
        self._by_target: dict[str, _Process] = {}
        for fault in self._faults:
            if fault.kind is not None:
                earlier = self._by_target.get(fault.target)
                self._by_target[fault.target] = fault.process if earlier is None else _Chain(earlier, fault).process
        self._waiting = [fault for fault in self._faults if fault.waits_for is not None]

    @property
    def waits(self) -> bool:
        """Whether a fault waits for something to happen, so that ``look`` must be called."""
        return bool(self._waiting)

    def look(self, moment: Moment) -> None:
        """Let the faults begin whose onset has come; to be called after each control step while any ``waits``."""
        self._waiting = [fault for fault in self._waiting if not fault.look(moment)]

    def touches(self, target: str) -> bool:
        """Return whether any fault is on a stream."""
        return target in self._by_target

    def process(self, readings: list[Reading]) -> list[Reading]:
        """Return what is left of the readings; those that no fault touches are the same objects."""
        by_target = self._by_target
        if not by_target:
            return readings
        faulty: list[Reading] = []
        for reading in readings:
            process = by_target.get(reading.sensor)
            if process is None:
                faulty.append(reading)
            else:
                process(reading, faulty)
        return faulty

    def unsupported(self) -> list[str]:
        """Return why each fault that cannot be applied here is none: a trial with one is an error, not a pass."""
        return [f"{fault.spec}: {fault.problem}" for fault in self._faults if fault.problem is not None]

    def active(self, time: float) -> list[str]:
        """Return the labels of the faults that are on at a time, for timelines and videos."""
        return list(
            dict.fromkeys(
                str(fault.spec)
                for fault in self._faults
                if fault.kind is not None and fault.schedule.intensity(time) > 0.0
            )
        )

    def windows(self, since: float, until: float) -> list[Window]:
        """Return the windows that begin in (since, until] [s], faults in the order of the list; ask when it is over."""
        return [
            Window(fault.target, str(fault.spec), start, end)
            for fault in self._faults
            if fault.kind is not None
            for start, end in fault.schedule.windows(since, until)
        ]

    def report(self) -> list[dict[str, Any]]:
        """Return what was asked and what became of it, one mapping a fault and stream, ready for JSON."""
        return [fault.report() for fault in self._faults]


def _faults_of(spec: FaultSpec, index: int, streams: dict[str, Stream], seed: int) -> list[_Fault]:
    """Return a fault for each stream that a spec is about."""
    modalities = {name: stream.modality for name, stream in streams.items()}
    path: tuple[str | int, ...] = ("fault", index)
    try:
        names = members(spec.target, modalities)
    except InputError as error:
        return [_Fault(spec, spec.target, error.message)]
    if not is_group(spec.target, modalities):
        return [_fault(spec, streams[names[0]], seed, path, None)]
    rail = Rail(seeding.generator(seed, *path, "rail"))
    return [_fault(spec, streams[name], seed, (*path, name), rail) for name in names]


def _fault(spec: FaultSpec, stream: Stream, seed: int, path: tuple[str | int, ...], rail: Rail | None) -> _Fault:
    """Return a fault on one stream, or one that says why it cannot be."""
    kind = kind_for(spec.kind, stream.modality)
    if kind is None:
        fits = sorted({modality for kind in kinds_named(spec.kind) for modality in kind.modalities})
        return _Fault(spec, stream.name, f"'{spec.kind}' fits {', '.join(fits)}; '{stream.name}' is {stream.modality}")
    at_work = kind(stream, seeding.generator(seed, *path))
    at_work.rail = rail
    return _Fault(spec, stream.name, None, at_work)


class _Chain:
    """Two stages on one stream, of which the second takes what the first leaves."""

    def __init__(self, first: _Process, second: _Fault):
        self._first, self._second = first, second

    def process(self, reading: Reading, results: list[Reading]) -> None:
        """Add to ``results`` what both make of a reading."""
        between: list[Reading] = []
        self._first(reading, between)
        for earlier in between:
            self._second.process(earlier, results)


class _Fault:
    """One fault of the list at work on one stream."""

    def __init__(self, spec: FaultSpec, target: str, problem: str | None, kind: Kind | None = None):
        self.spec, self.target, self.problem, self.kind = spec, target, problem, kind
        self.waits_for = spec.onset if isinstance(spec.onset, Onset) else None
        self.values: Values = {} if kind is None else spec.values(type(kind))
        self._clean: Values = {} if kind is None else kind.at(0.0)
        self._plain = kind if isinstance(kind, DataKind) and type(kind).apply is DataKind.apply else None
        """The kind, if it does no more than to corrupt data: one call less for each reading."""
        self._watched = None if kind is None or type(kind).watch is Kind.watch else kind
        """The kind, if it takes note of readings while it is off."""
        self._begin(_NEVER if isinstance(spec.onset, Onset) else spec.schedule(spec.onset))
        self._on = False
        self._in_force: Values | None = None
        """The values that are applied; None while the fault is off or would do nothing."""
        self._steady: Callable[[NDArray[np.generic]], NDArray[np.generic]] | None = None
        self._seen = self._spared = 0
        """Readings while the fault was on, and those of them that it left as they were."""
        self._first: float | None = None
        self._last: float | None = None
        self._request = self._describe()

    def _begin(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self._from = self._until = math.inf

    def look(self, moment: Moment) -> bool:
        """Begin if the onset has come; return whether there is nothing to wait for any more."""
        assert self.waits_for is not None
        if self.problem is None:
            self.problem = self.waits_for.problem(moment)
        if self.problem is not None:
            return True
        if not self.waits_for.has_come(moment):
            return False
        self._begin(self.spec.schedule(round(moment.time + self.waits_for.delay, 9)))
        return True

    def process(self, reading: Reading, results: list[Reading]) -> None:
        """Add to ``results`` what this fault makes of a reading of its target."""
        sensor, stamp, clean, arrival = reading
        if not self._from <= stamp < self._until:
            self._turn(stamp)
        steady = self._steady
        if steady is not None:
            self._last = stamp
            self._seen += 1
            results.append(_new_tuple(Reading, (sensor, stamp, steady(clean), arrival)))
            return
        values = self._in_force
        if values is None:
            if self._on:
                self._last = stamp
                self._seen += 1
                self._spared += 1
            if self._watched is not None:
                self._watched.watch(reading)
            results.append(reading)
            return
        self._last = stamp
        self._seen += 1
        plain = self._plain
        if plain is not None:
            plain.stamp = stamp
            data = plain.corrupt(clean, values)
            if data is clean:
                self._spared += 1
                results.append(reading)
            else:
                results.append(_new_tuple(Reading, (sensor, stamp, data, arrival)))
            return
        assert self.kind is not None
        made = self.kind.apply(reading, values)
        self._spared += len(made) == 1 and made[0] is reading
        results += made

    def _turn(self, stamp: float) -> None:
        """Find out whether the fault is on at a stamp and with which values, and for how long it stays so."""
        assert self.kind is not None
        self._from, self._until, intensity = self.schedule.constant(stamp)
        self._on = intensity > 0.0
        self._in_force = None
        if self._on:
            if self._first is None:
                self._first = stamp
            values = self.values if intensity == 1.0 else self.spec.values(type(self.kind), intensity)
            self._in_force = values if values != self._clean else None
        self._steady = None
        if self._plain is not None and self._in_force is not None and self._from < self._until:
            self._steady = self._plain.steady(self._in_force)

    def report(self) -> dict[str, Any]:
        reached: Status = "applied" if self._seen else "not_reached"
        onset = self.schedule.onset
        return self._request | {
            "onset": None if math.isinf(onset) else onset,
            "status": reached if self.problem is None else "unsupported",
            "reason": self.problem,
            "readings_seen": self._seen,
            "readings_changed": self._seen - self._spared,
            "first": self._first,
            "last": self._last,
        }

    def _describe(self) -> dict[str, Any]:
        """Return the part of the report that stays as it is."""
        spec, kind = self.spec, self.kind
        return {
            "target": self.target,
            "group": None if spec.target == self.target else spec.target,
            "kind": spec.kind,
            "id": None if kind is None else kind.id(),
            "version": None if kind is None else kind.version,
            "severity": spec.strength,
            "parameters": dict(self.values),
            "trigger": None if self.waits_for is None else str(self.waits_for),
            "duration": spec.duration,
            "ramp": spec.ramp,
            "recovery": spec.recovery,
            "period": spec.period,
            "duty": spec.duty,
        }
