"""From a suite with a search block to everything that decides the bytes of a search."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from vla_sim.bench.expand import Overrides, fault_problem, load_plan
from vla_sim.bench.plan import Cell, Plan, Trial, order_arms, trial_seed
from vla_sim.bench.schema import CLEAN, Search, load_suite, nearest
from vla_sim.bench.search.space import Space
from vla_sim.bench.venue import load_venue
from vla_sim.document import Document
from vla_sim.errors import InputError
from vla_sim.faults.spec import FaultSpec
from vla_sim.faults.target import CHANNELS
from vla_sim.seeding import derive_seed, generator
from vla_sim.sensing.reading import Modality

_OPTIONS: Mapping[str, str] = {"faults": "--fault", "levels": "--level", "onsets": "--onset"}
"""Options of the command line that are called otherwise than their key in a search block."""


class SearchPlan(Plan):
    """A plan whose trials are not known beforehand: which one comes next depends on those before."""

    search: Search
    streams: dict[str, Modality]
    """What comes on each stream of the suite's robots."""
    whole: tuple[FaultSpec, ...] = ()
    """The faults of an arm that is to be made smaller; empty where the search looks for one itself."""
    optuna: str
    """The version of the library whose estimator says what comes next."""

    def trials(self) -> Iterator[Trial]:
        """Yield nothing: what a search runs, it decides on the way."""
        yield from ()

    @property
    def space(self) -> Space:
        """What is searched."""
        return Space(self.search, self.whole)

    def probe(self, arm: str, faults: Sequence[FaultSpec]) -> list[Trial]:
        """Return the trials of one arm, on the same seeds for every arm.

        The scenario of each is drawn, so that trials are independent draws from the suite with one probability of
        success: that is what the sequential test takes for granted.
        """
        rng = generator(self.seed, "search", "scenario")
        drawn = [self.cells[place] for place in rng.integers(len(self.cells), size=self.search.trials)]
        return [
            self._trial(cell, arm, faults, self.seed, sum(other is cell for other in drawn[:number]))
            for number, cell in enumerate(drawn)
        ]

    def confirmation(self, attempt: int, faults: Sequence[FaultSpec]) -> list[Trial]:
        """Return the trials on fresh seeds that confirm a failure: equally many of every scenario."""
        arm, seed = f"confirmation-{attempt}", self.confirmation_seed(attempt)
        return [
            self._trial(cell, arm, faults, seed, index)
            for cell in self.cells
            for index in range(self.confirmation_trials)
        ]

    @property
    def confirmation_trials(self) -> int:
        """Trials of each scenario that confirm a failure."""
        return math.ceil(self.search.trials / len(self.cells))

    def confirmation_seed(self, attempt: int) -> int:
        """Return the seed of a suite that confirms a failure."""
        return derive_seed(self.seed, "search", "confirmation", attempt) >> 10

    def _trial(self, cell: Cell, arm: str, faults: Sequence[FaultSpec], seed: int, index: int) -> Trial:
        faulted = cell.model_copy(update={"arms": {arm: tuple(faults)}})
        return Trial(faulted, arm, index, trial_seed(seed, cell.name, index))


def load_search(path: Path, overrides: Overrides, options: Mapping[str, Any], shrink: str | None = None) -> SearchPlan:
    """Read a suite's search block, with the command line's options in its place or over it, and check all of it.

    Args:
        path: the suite.
        overrides: what the command line says over the suite's head.
        options: keys of a search block, from the command line.
        shrink: an arm of the suite that is to be made smaller, in the place of a search.

    Raises:
        InputError: the file or an option is wrong, or names a world, task, stream or fault that is not there.
    """
    suite, document = load_suite(path)
    plan = load_plan(path, overrides)
    whole, cells = ((), plan.cells) if shrink is None else _arm(plan, shrink)
    origin = _Origin(document, {**options, **_parts(whole)}, {**_OPTIONS, **({"faults": "--shrink"} if whole else {})})
    search = origin.merged(suite.search)
    streams: dict[str, Modality] = {}
    for world, robot, sensors in dict.fromkeys((cell.world_source, cell.robot, cell.sensors) for cell in cells):
        venue = load_venue(world, robot, path.parent)
        streams.update(venue.streams)
        for place, fault in enumerate(search.faults):
            if problem := fault_problem(fault, venue, set(sensors or venue.streams)):
                raise origin.error(problem, "faults", place)
    bare = {"arms": order_arms({}), "gates": {}, "stopping": None}
    made = SearchPlan(
        **{name: getattr(plan, name) for name in Plan.model_fields if name != "cells"},
        cells=tuple(cell.model_copy(update=bare) for cell in cells),
        search=search,
        streams={**streams, **CHANNELS},
        whole=whole,
        optuna=version("optuna"),
    )
    least = 2 * search.trials + len(made.confirmation(0, ()))
    if made.space.budget < least:
        raise origin.error(
            f"a budget of {made.space.budget} trials is too small: the clean arm, one fault and its confirmation alone "
            f"may take {least}; search more faults, levels or onsets, or give a greater budget with --budget",
            "budget",
        )
    return made


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where a search block comes from: the file, and the command line's options by the key that they stand for."""

    document: Document
    options: Mapping[str, Any]
    names: Mapping[str, str]

    def merged(self, given: Search | None) -> Search:
        block = given.model_dump(mode="json", exclude_unset=True) if given is not None else {}
        if "faults" not in block and "faults" not in self.options:
            raise InputError(
                "names no faults to search; add 'search: {faults: [camera:blur, ...]}', or give --fault camera:blur",
                file=self.document.file,
            )
        try:
            return Search.model_validate_json(json.dumps({**block, **self.options}))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise self.error(first["msg"].removeprefix("Value error, "), *first["loc"][:1]) from error

    def error(self, message: str, *loc: str | int) -> InputError:
        """Return an error at an option, or at a field of the file's search block."""
        if loc and loc[0] in self.options:
            return InputError(message, field=self.names.get(str(loc[0]), f"--{loc[0]}"))
        return self.document.error(message, "search", *loc)


def _arm(plan: Plan, name: str) -> tuple[tuple[FaultSpec, ...], tuple[Cell, ...]]:
    """Return the faults of an arm that is to be made smaller, and the scenarios that have it."""
    cells = tuple(cell for cell in plan.cells if cell.arms.get(name))
    if not cells:
        raise InputError(f"no faulted arm '{name}'{nearest(name, set(plan.arms) - {CLEAN})}", field="--shrink")
    if any(cell.arms[name] != cells[0].arms[name] for cell in cells):
        raise InputError(f"the arm '{name}' has other faults in another scenario; rename one", field="--shrink")
    for fault in cells[0].arms[name]:
        if fault.parameters is not None or fault.recovery:
            raise InputError(
                f"'{fault}' has parameters or a recovery, which cannot be made smaller; give a level or severity",
                field="--shrink",
            )
    return cells[0].arms[name], cells


def _parts(whole: Sequence[FaultSpec]) -> dict[str, Any]:
    """Return the keys of a search block whose faults and onsets are those of a combination."""
    if not whole:
        return {}
    bare = {"severity": 1.0, "level": None, "onset": 0.0, "duration": None}
    onsets = [fault.model_dump(mode="json", exclude_none=True)["onset"] for fault in whole]
    return {
        "faults": [fault.model_copy(update=bare).model_dump(mode="json", exclude_none=True) for fault in whole],
        "onsets": [onset for place, onset in enumerate(onsets) if onset not in onsets[:place]],
        "together": 1,
    }
