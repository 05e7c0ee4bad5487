"""What a kind of fault is: its parameters at each level, and what it does to the readings of one stream."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vla_sim.errors import InputError
from vla_sim.faults.rail import Rail
from vla_sim.sensing.reading import Modality, Reading, Stream

LEVELS = (1, 2, 3, 4, 5)

Values = Mapping[str, float]
"""A value for each parameter of a kind, in its unit."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A physical quantity of a kind: its unit and its value at each of the five levels.

    ``clean`` is the value at which it does nothing. A parameter whose levels all equal ``clean`` does not depend on the
    severity, such as the direction of a blind sector. Given values must lie in ``low .. high``.
    """

    name: str
    unit: str
    levels: tuple[float, float, float, float, float]
    meaning: str
    clean: float = 0.0
    low: float = 0.0
    high: float = float("inf")

    def at(self, severity: float) -> float:
        """Return the value at a severity of 0..1: level k is severity k / 5, straight lines in between.

        >>> Parameter("sigma", "1", (0.1, 0.2, 0.3, 0.4, 0.6), "spread").at(0.9)
        0.5
        """
        place = max(0.0, min(5.0, 5.0 * severity))
        below = min(int(place), 4)
        points = (self.clean, *self.levels)
        return round(points[below] + (points[below + 1] - points[below]) * (place - below), 12)

    @classmethod
    def probability(cls, meaning: str) -> Parameter:
        """Return a probability that is the severity: certain at the last level."""
        return cls("probability", "1", (0.2, 0.4, 0.6, 0.8, 1.0), meaning, high=1.0)

    @classmethod
    def constant(cls, name: str, unit: str, value: float, meaning: str, low: float, high: float) -> Parameter:
        """Return a parameter that does not depend on the severity."""
        return cls(name, unit, (value,) * 5, meaning, clean=value, low=low, high=high)


class Kind(ABC):
    """A kind of fault; an instance is that fault at work on one stream, with a generator of its own.

    A subclass states its ``family`` (the file it stands in), ``name``, ``version`` (raised with every change of its
    output), the ``modalities`` that it fits and its ``parameters``. It never writes to a reading: it returns others.
    A reading that it leaves alone it returns as the same object. It draws the same numbers whatever the values are,
    so that runs at two severities differ by the severity alone.
    """

    family: ClassVar[str]
    name: ClassVar[str]
    version: ClassVar[int] = 1
    modalities: ClassVar[frozenset[Modality]]
    parameters: ClassVar[tuple[Parameter, ...]]

    rail: Rail | None = None
    """What the streams that fail together share."""

    def __init__(self, stream: Stream, rng: np.random.Generator):
        self.stream = stream
        self.rng = rng

    def chance(self, stamp: float) -> float:
        """Draw the number in 0..1 that decides what happens to the reading of a stamp, on a rail the common one."""
        return self.rng.random() if self.rail is None else self.rail.at(stamp)

    @abstractmethod
    def apply(self, reading: Reading, values: Values) -> list[Reading]:
        """Return what becomes of a reading: itself, another, several, or nothing when it is lost."""

    def watch(self, reading: Reading) -> None:  # noqa: B027
        """Take note of a reading that passes while the fault is off."""

    @classmethod
    def id(cls) -> str:
        """Return the name that is unique among all kinds, such as ``camera.blur``."""
        return f"{cls.family}.{cls.name}"

    @classmethod
    def summary(cls) -> str:
        """Return the first sentence of the kind's description."""
        return " ".join((cls.__doc__ or "").split("\n\n")[0].split())

    @classmethod
    def at(cls, severity: float) -> dict[str, float]:
        """Return the value of each parameter at a severity of 0..1."""
        return {parameter.name: parameter.at(severity) for parameter in cls.parameters}

    @classmethod
    def towards(cls, values: Values, intensity: float) -> dict[str, float]:
        """Return values on the way from clean (intensity 0) to the given ones (1); those not given stay clean."""
        return {
            parameter.name: parameter.clean
            + (values.get(parameter.name, parameter.clean) - parameter.clean) * intensity
            for parameter in cls.parameters
        }


class DataKind(Kind):
    """A kind that changes the data of each reading and leaves its timing alone."""

    stamp: float = 0.0
    """When the reading that is being corrupted was taken [s]."""

    @abstractmethod
    def corrupt(self, data: NDArray[np.generic], values: Values) -> NDArray[np.generic]:
        """Return the data of a faulty reading, of the same shape and dtype; the same object where nothing changes."""

    def steady(self, values: Values) -> Callable[[NDArray[np.generic]], NDArray[np.generic]] | None:
        """Return what does to data all that ``corrupt`` does, for as long as the values stay, or None.

        For what changes every reading: what depends on the values alone is done here once. It is not asked for while
        the values change from reading to reading.
        """
        return None

    def apply(self, reading: Reading, values: Values) -> list[Reading]:
        """Return the reading with its data corrupted."""
        sensor, self.stamp, clean, arrival = reading
        data = self.corrupt(clean, values)
        return [reading if data is clean else Reading(sensor, self.stamp, data, arrival)]


KINDS: dict[str, type[Kind]] = {}
"""Every kind by its id, in the order of definition; filled by ``register``."""


def register(kind: type[Kind]) -> type[Kind]:
    """Add a kind to ``KINDS``. No two kinds of one name may fit the same modality."""
    for other in KINDS.values():
        if other.name == kind.name and other.modalities & kind.modalities:
            raise ValueError(f"{kind.id()} and {other.id()} have the same name and fit the same modality")
    KINDS[kind.id()] = kind
    return kind


def kinds_named(name: str) -> list[type[Kind]]:
    """Return the kinds of that name, which differ in what they fit; InputError where there is none."""
    found = [kind for kind in KINDS.values() if kind.name == name]
    if not found:
        names = ", ".join(sorted({kind.name for kind in KINDS.values()}))
        raise InputError(f"no fault kind '{name}'; use one of {names}", field="kind")
    return found


def kind_for(name: str, modality: Modality) -> type[Kind] | None:
    """Return the kind of that name that fits a modality, or None."""
    return next((kind for kind in kinds_named(name) if modality in kind.modalities), None)
