"""What is searched: combinations of faults, and which of two is the milder."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from vla_sim.bench.schema import Search
from vla_sim.faults.spec import FaultSpec


@dataclass(frozen=True, slots=True, order=True)
class Piece:
    """One fault of a combination, with all that the search chooses of it."""

    fault: int
    """Its place among the faults of the search."""
    severity: float
    onset: int
    """The place of its onset among those of the search, the harshest first."""
    duration: float = math.inf
    """Seconds; infinite for good."""


Combination = tuple[Piece, ...]
"""Faults that act together, each once, in the order of the search; the empty one is the clean arm."""


def total_severity(combination: Combination) -> float:
    """Return what a combination is measured by: the sum of its severities."""
    return round(sum(piece.severity for piece in combination), 9)


def mildness(combination: Combination) -> tuple[float, ...]:
    """Return a key that is smaller for what is milder: total severity, number of faults, their time, early onsets."""
    return (
        total_severity(combination),
        len(combination),
        sum(piece.duration for piece in combination),
        -sum(piece.onset for piece in combination),
    )


def is_part(milder: Combination, harsher: Combination) -> bool:
    """Return whether the one has only faults of the other, with the same onsets, none more severe and none longer."""
    harsh = {piece.fault: piece for piece in harsher}
    return all(
        (other := harsh.get(piece.fault)) is not None
        and piece.onset == other.onset
        and piece.severity <= other.severity
        and piece.duration <= other.duration
        for piece in milder
    )


@dataclass(frozen=True)
class Space:
    """The faults, severities and onsets of a search, or the parts of a combination that is to be made smaller."""

    search: Search
    whole: tuple[FaultSpec, ...] = ()
    """The combination that is to be made smaller, fault by fault as in the search; empty where one is looked for."""

    @property
    def severities(self) -> list[float]:
        """Severities of the grid, ascending."""
        return [level / 5 for level in sorted(set(self.search.levels))]

    @property
    def grid_arms(self) -> int:
        """Arms of the full grid: of single faults kinds x levels x onsets; of a combination each fault at each level.

        Combinations of a search for several faults at once are not counted: the grid would be far greater.
        """
        if self.whole:
            return int((len(self.severities) + 1) ** len(self.whole)) - 1
        return len(self.search.faults) * len(self.severities) * len(self.search.onsets)

    @property
    def grid_trials(self) -> int:
        """Trials of the full grid."""
        return self.grid_arms * self.search.trials

    @property
    def budget(self) -> int:
        """Most trials of the search."""
        return self.search.budget if self.search.budget is not None else self.grid_trials // 5

    @property
    def start(self) -> Combination:
        """The combination that is to be made smaller."""
        return tuple(
            Piece(
                place,
                1.0 if spec.strength is None else spec.strength,
                self.search.onsets.index(spec.onset),
                math.inf if spec.duration is None else spec.duration,
            )
            for place, spec in enumerate(self.whole)
        )

    def specs(self, combination: Combination) -> tuple[FaultSpec, ...]:
        """Return the faults of a combination as a suite names them, by level where the severity is one."""
        return tuple(self._spec(piece) for piece in combination)

    def harshest_below(self, size: int, limit: float) -> list[tuple[float, ...]]:
        """Return the severities of ``size`` faults with a sum under ``limit``, none of them lower than need be.

        Where success never rises with the severity, nothing milder need be tried if all of these pass.
        """
        fitting = [
            severities
            for severities in itertools.product(self.severities, repeat=size)
            if round(sum(severities), 9) < limit
        ]
        return [one for one in fitting if not any(one != other and _at_most(one, other) for other in fitting)]

    def combinations(self, size: int, limit: float) -> Iterator[Combination]:
        """Yield the harshest combinations of ``size`` faults whose total severity is under ``limit``."""
        onsets = range(len(self.search.onsets))
        for severities in self.harshest_below(size, limit):
            for faults in itertools.combinations(range(len(self.search.faults)), size):
                for begins in itertools.product(onsets, repeat=size):
                    yield tuple(itertools.starmap(Piece, zip(faults, severities, begins, strict=True)))

    def _spec(self, piece: Piece) -> FaultSpec:
        level = round(piece.severity * 5)
        at_level = math.isclose(level / 5, piece.severity)
        return self.search.faults[piece.fault].model_copy(
            update={
                "severity": None if at_level else piece.severity,
                "level": level if at_level else None,
                "onset": self.search.onsets[piece.onset],
                "duration": None if math.isinf(piece.duration) else piece.duration,
            }
        )


def changed(combination: Combination, place: int, **changes: float) -> Combination:
    """Return a combination with another severity, onset or duration of the fault at one place."""
    pieces = list(combination)
    pieces[place] = replace(pieces[place], **changes)  # type: ignore[arg-type]
    return tuple(pieces)


def _at_most(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(a <= b for a, b in zip(one, other, strict=True))
