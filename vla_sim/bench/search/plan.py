"""From a suite with a search block to everything that decides the bytes of a search."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from vla_sim.bench.expand import Overrides, fault_problem, load_plan
from vla_sim.bench.plan import Cell, Plan, Trial, order_arms, trial_seed
from vla_sim.bench.schema import Search, load_suite
from vla_sim.bench.search.space import Space
from vla_sim.bench.venue import load_venue
from vla_sim.document import Document
from vla_sim.errors import InputError
from vla_sim.faults.spec import FaultSpec
from vla_sim.faults.target import CHANNELS
from vla_sim.seeding import derive_seed, generator
from vla_sim.sensing.reading import Modality

OPTIONS: Mapping[str, str] = {"faults": "--fault", "levels": "--level", "onsets": "--onset"}
"""Options of the command line that are called otherwise than their key in a search block."""


class SearchPlan(Plan):
    """A plan whose trials are not known beforehand: which one comes next depends on those before."""

    search: Search
    streams: dict[str, Modality]
    """What comes on each stream of the suite's robots."""

    def trials(self) -> Iterator[Trial]:
        """Yield nothing: what a search runs, it decides on the way."""
        yield from ()

    @property
    def space(self) -> Space:
        """What is searched."""
        return Space(self.search)

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


def load_search(path: Path, overrides: Overrides, options: Mapping[str, Any]) -> SearchPlan:
    """Read a suite's search block, with the command line's options in its place or over it, and check all of it.

    Raises:
        InputError: the file or an option is wrong, or names a world, task, stream or fault that is not there.
    """
    suite, document = load_suite(path)
    search = _merged(suite.search, options, document)
    plan = load_plan(path, overrides)
    streams: dict[str, Modality] = {}
    for world, robot, sensors in dict.fromkeys((cell.world_source, cell.robot, cell.sensors) for cell in plan.cells):
        venue = load_venue(world, robot, path.parent)
        streams.update(venue.streams)
        for place, fault in enumerate(search.faults):
            if problem := fault_problem(fault, venue, set(sensors or venue.streams)):
                raise _error(problem, document, options, "faults", place)
    cells = tuple(
        cell.model_copy(update={"arms": order_arms({}), "gates": {}, "stopping": None}) for cell in plan.cells
    )
    made = SearchPlan(
        **{name: getattr(plan, name) for name in Plan.model_fields if name != "cells"},
        cells=cells,
        search=search,
        streams={**streams, **CHANNELS},
    )
    least = 2 * search.trials + len(made.confirmation(0, ()))
    if made.space.budget < least:
        raise _error(
            f"a budget of {made.space.budget} trials is too small: the clean arm, one fault and its confirmation alone "
            f"may take {least}; search more faults, levels or onsets, or give a greater budget with --budget",
            document,
            options,
            "budget",
        )
    return made


def _merged(given: Search | None, options: Mapping[str, Any], document: Document) -> Search:
    block = given.model_dump(mode="json", exclude_unset=True) if given is not None else {}
    if "faults" not in block and "faults" not in options:
        raise InputError(
            "names no faults to search; add 'search: {faults: [camera:blur, ...]}', or give --fault camera:blur",
            file=document.file,
        )
    try:
        return Search.model_validate_json(json.dumps({**block, **options}))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        message = first["msg"].removeprefix("Value error, ")
        raise _error(message, document, options, *([field] if field else [])) from error


def _error(message: str, document: Document, options: Mapping[str, Any], *loc: str | int) -> InputError:
    """Return an error at an option of the command line, or at a field of the search block."""
    field = str(loc[0]) if loc else next(iter(options), "")
    if field in options:
        return InputError(message, field=OPTIONS.get(field, f"--{field}"))
    return document.error(message, "search", *loc)
