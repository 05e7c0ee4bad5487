"""What a user writes to ask for a fault."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, model_validator

from vla_sim.errors import InputError
from vla_sim.faults.kind import Kind, kinds_named
from vla_sim.faults.onset import Onset
from vla_sim.faults.schedule import Schedule

Seconds = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
PositiveSeconds = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]


def _onset_form(value: Any) -> str:
    return "[event]" if isinstance(value, Mapping | Onset) else "[time]"


TimeOrEvent = Annotated[
    Annotated[Seconds, Tag("[time]")] | Annotated[Onset, Tag("[event]")], Discriminator(_onset_form)
]
"""When a fault begins: seconds of simulated time, or an ``Onset`` that waits for something."""

_SHORT_FORM = re.compile(
    r"(?P<target>[^:@\s]+):(?P<kind>\w+)(?:@(?:L(?P<level>[0-9])|(?P<severity>[0-9]+(?:\.[0-9]+)?)))?"
)


class FaultSpec(BaseModel):
    """One fault: what fails (``target``), how (``kind``), how badly, and when.

    The target is a stream's name, ``command`` or ``goal``, a group (see ``target.GROUPS``), or a list of these; those
    of a group or a list fail together. How badly is exactly one of ``severity`` (0 clean .. 1), ``level`` (1..5, the
    same as severity level / 5) and ``parameters`` (physical values by name; those left out stay clean); none of them
    means severity 1. When: from ``onset`` (seconds of simulated time, or an ``Onset`` that waits for something) for
    ``duration`` seconds (None: for good), rising over ``ramp`` and falling over ``recovery``; with ``period`` and
    ``duty`` on in the first part of each period.

    Wherever a spec is read, the short form ``target:kind``, ``target:kind@severity`` or ``target:kind@Llevel`` will do.

    >>> str(FaultSpec(target="camera", kind="blackout", onset=2.0))
    'camera:blackout@1.0'
    >>> FaultSpec.model_validate("lidar:dropout@L3").strength
    0.6
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    target: Annotated[str, Field(min_length=1)]
    kind: str
    severity: Annotated[float, Field(ge=0.0, le=1.0)] | None = None
    level: Annotated[int, Field(ge=1, le=5)] | None = None
    parameters: dict[str, float] | None = None
    onset: TimeOrEvent = 0.0
    duration: PositiveSeconds | None = None
    ramp: Seconds = 0.0
    period: PositiveSeconds | None = None
    duty: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    recovery: Seconds = 0.0

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, data: Any) -> Any:
        """Read the short form, and take severity 1 where no strength is given."""
        if isinstance(data, str):
            data = _read_short_form(data)
        strengths = ("severity", "level", "parameters")
        if isinstance(data, dict) and all(data.get(name) is None for name in strengths):
            data = {**data, "severity": 1.0}
        if isinstance(data, dict) and isinstance(data.get("target"), list):
            data = {**data, "target": ",".join(map(str, data["target"]))}
        return data

    @model_validator(mode="after")
    def _check(self) -> Self:
        if sum(value is not None for value in (self.severity, self.level, self.parameters)) != 1:
            raise ValueError("give only one of severity, level and parameters")
        if self.duty < 1.0 and self.period is None:
            raise ValueError("duty needs a period")
        if self.recovery > 0.0 and self.duration is None:
            raise ValueError("recovery needs a duration: it begins when that is over")
        try:
            kinds = kinds_named(self.kind)
        except InputError as error:
            raise ValueError(error.message) from error
        problems = [problem for kind in kinds if (problem := self._parameter_problem(kind))]
        if len(problems) == len(kinds):
            raise ValueError(problems[0])
        return self

    def _parameter_problem(self, kind: type[Kind]) -> str | None:
        """Return what is wrong with the given parameters for a kind, or None."""
        known = {parameter.name: parameter for parameter in kind.parameters}
        for name, value in (self.parameters or {}).items():
            if name not in known:
                has = ", ".join(f"{parameter.name} [{parameter.unit}]" for parameter in kind.parameters)
                return f"kind '{self.kind}' has no parameter '{name}'; it has {has}"
            if not known[name].low <= value <= known[name].high:
                return f"parameter '{name}' of kind '{self.kind}' must be {known[name].low:g} .. {known[name].high:g}"
        return None

    @property
    def strength(self) -> float | None:
        """Severity 0..1, or None where physical parameters were given."""
        return self.level / 5 if self.level is not None else self.severity

    def schedule(self, onset: float) -> Schedule:
        """Return when the fault is on, if it begins at ``onset`` [s]."""
        return Schedule(onset, self.duration, self.ramp, self.period, self.duty, self.recovery)

    @property
    def label(self) -> str:
        """Short name for tables and file names, without the schedule."""
        if self.parameters is not None:
            values = ",".join(f"{name}={value:g}" for name, value in sorted(self.parameters.items()))
            return f"{self.target}:{self.kind}({values})"
        return f"{self.target}:{self.kind}@" + (f"L{self.level}" if self.level is not None else f"{self.severity}")

    def __str__(self) -> str:
        return self.label

    def values(self, kind: type[Kind], intensity: float = 1.0) -> dict[str, float]:
        """Return the physical parameters that this fault has for a kind, at an intensity of 0..1 of its schedule."""
        if self.parameters is not None:
            return kind.towards(self.parameters, intensity)
        return kind.at((self.strength or 0.0) * intensity)


def _read_short_form(text: str) -> dict[str, Any]:
    match = _SHORT_FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"'{text}' is not of the form target:kind, target:kind@0.6 or target:kind@L3")
    fields: dict[str, Any] = {"target": match["target"], "kind": match["kind"]}
    if match["level"] is not None:
        fields["level"] = int(match["level"])
    elif match["severity"] is not None:
        fields["severity"] = float(match["severity"])
    return fields


FaultLike = FaultSpec | Mapping[str, Any] | str


def read_faults(faults: Iterable[FaultLike]) -> tuple[FaultSpec, ...]:
    """Read faults given as specs, mappings or in the short form.

    Raises:
        InputError: one of them is wrong; it names the position and the field.
    """
    read = []
    for index, fault in enumerate(faults):
        try:
            read.append(
                fault
                if isinstance(fault, FaultSpec)
                else FaultSpec.model_validate(dict(fault) if isinstance(fault, Mapping) else fault)
            )
        except ValidationError as error:
            first = error.errors()[0]
            place = (part for part in first["loc"] if not str(part).startswith("["))
            field = ".".join(str(part) for part in ("faults", index, *place))
            raise InputError(first["msg"].removeprefix("Value error, "), field=field) from error
    return tuple(read)
