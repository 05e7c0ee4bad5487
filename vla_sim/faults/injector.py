"""Puts faults on the reading stream, and says for each whether it took effect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from vla_sim import seeding
from vla_sim.faults.kind import Kind, Values, kind_for, kinds_named
from vla_sim.faults.spec import FaultSpec
from vla_sim.sensing.reading import Reading, Stream

Status = Literal["applied", "unsupported", "not_reached"]
"""``applied``: it was on for at least one reading. ``unsupported``: it can never be, in this world. ``not_reached``:
not yet."""


class Injector:
    """Applies a list of faults to readings, in the order of the list, for one trial.

    Each fault draws from its own generator, derived from the seed and the fault's place in the list: what one fault
    does never shifts the draws of another.
    """

    def __init__(self, faults: Iterable[FaultSpec], streams: Mapping[str, Stream], seed: int = 0):
        self._faults = [_Fault(spec, streams, seed, index) for index, spec in enumerate(faults)]
        self._by_target: dict[str, list[_Fault]] = {}
        for fault in self._faults:
            if fault.kind is not None:
                self._by_target.setdefault(fault.spec.target, []).append(fault)

    def process(self, readings: list[Reading]) -> list[Reading]:
        """Return what is left of the readings; those that no fault touches are the same objects."""
        if not self._by_target:
            return readings
        faulty: list[Reading] = []
        for reading in readings:
            faults = self._by_target.get(reading.sensor)
            if faults is None:
                faulty.append(reading)
                continue
            current = faults[0].process(reading)
            for fault in faults[1:]:
                current = [result for earlier in current for result in fault.process(earlier)]
            faulty += current
        return faulty

    def unsupported(self) -> list[str]:
        """Return why each fault that this world cannot apply is none: a trial with one is an error, not a pass."""
        return [f"{fault.spec}: {fault.problem}" for fault in self._faults if fault.problem is not None]

    def active(self, time: float) -> list[str]:
        """Return the labels of the faults that are on at a time, for timelines and videos."""
        return [
            str(fault.spec) for fault in self._faults if fault.kind is not None and fault.schedule.intensity(time) > 0.0
        ]

    def report(self) -> list[dict[str, Any]]:
        """Return what was asked and what became of it, one mapping a fault, ready for JSON."""
        return [fault.report() for fault in self._faults]


class _Fault:
    """One fault of the list at work."""

    def __init__(self, spec: FaultSpec, streams: Mapping[str, Stream], seed: int, index: int):
        self.spec = spec
        self.schedule = spec.schedule
        self._steady_from, self._steady_until = self.schedule.steady
        self.problem: str | None = None
        self.kind: Kind | None = None
        self.values: Values = {}
        self.readings_seen = 0
        self.readings_changed = 0
        self.first: float | None = None
        self.last: float | None = None
        self._harmless = True
        self._find_kind(streams, seed, index)
        self._request = self._describe()

    def _find_kind(self, streams: Mapping[str, Stream], seed: int, index: int) -> None:
        """Start the kind at work, or note why it cannot be."""
        spec = self.spec
        stream = streams.get(spec.target)
        if stream is None:
            self.problem = f"no stream '{spec.target}'; this world has {', '.join(sorted(streams))}"
            return
        kind = kind_for(spec.kind, stream.modality)
        if kind is None:
            fits = sorted({modality for kind in kinds_named(spec.kind) for modality in kind.modalities})
            self.problem = f"'{spec.kind}' fits {', '.join(fits)}; '{spec.target}' is {stream.modality}"
            return
        self.kind = kind(stream, seeding.generator(seed, "fault", index))
        self.values = spec.values(kind)
        self._harmless = self.values == kind.at(0.0)

    def process(self, reading: Reading) -> list[Reading]:
        """Return what this fault makes of a reading of its target."""
        kind = self.kind
        assert kind is not None
        stamp = reading.stamp
        values, harmless = self.values, self._harmless
        if not self._steady_from <= stamp < self._steady_until:
            intensity = self.schedule.intensity(stamp)
            if intensity == 0.0:
                kind.watch(reading)
                return [reading]
            values = self.spec.values(type(kind), intensity)
            harmless = values == kind.at(0.0)
        self.last = stamp
        if self.first is None:
            self.first = stamp
        self.readings_seen += 1
        if harmless:
            kind.watch(reading)
            return [reading]
        result = kind.apply(reading, values)
        self.readings_changed += len(result) != 1 or result[0] is not reading
        return result

    def report(self) -> dict[str, Any]:
        status: Status = "unsupported" if self.kind is None else "applied" if self.readings_seen else "not_reached"
        return self._request | {
            "status": status,
            "reason": self.problem,
            "readings_seen": self.readings_seen,
            "readings_changed": self.readings_changed,
            "first": self.first,
            "last": self.last,
        }

    def _describe(self) -> dict[str, Any]:
        """Return the part of the report that stays as it is."""
        spec, kind = self.spec, self.kind
        return {
            "target": spec.target,
            "kind": spec.kind,
            "id": None if kind is None else kind.id(),
            "version": None if kind is None else kind.version,
            "severity": spec.strength,
            "parameters": dict(self.values),
            "onset": spec.onset,
            "duration": spec.duration,
            "ramp": spec.ramp,
            "period": spec.period,
            "duty": spec.duty,
        }
