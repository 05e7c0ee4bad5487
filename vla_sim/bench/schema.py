"""What a suite file may say. Everything unknown, misspelt or out of range is an error with its line."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails

from vla_sim.document import Document, Loc, read_document
from vla_sim.envs.variation import VariationSpec
from vla_sim.errors import InputError
from vla_sim.faults.onset import Onset
from vla_sim.faults.spec import FaultSpec, PositiveSeconds, TimeOrEvent
from vla_sim.tasks.task import Words

CLEAN = "clean"
"""The arm without faults. Every scenario has it: without it no faulted figure means anything."""


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _arm(value: Any) -> Any:
    """Let an arm be one fault, or a list of faults."""
    if isinstance(value, str) or (isinstance(value, dict) and "target" in value):
        return {"faults": [value]}
    return {"faults": value} if isinstance(value, list) else value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


_SEVERAL: Any = Field(min_length=1, strict=False)
"""A list with something in it; YAML has no tuples, so only what it holds is strict."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.@+-]*$", max_length=100)]
Fraction = Annotated[float, Field(ge=0, le=1)]
OneOrMore = Annotated[tuple[str, ...], BeforeValidator(_listed), _SEVERAL]


class Gate(_Strict):
    """What an arm must reach, or the run fails."""

    min_success: Fraction | None = None
    """Least success rate."""
    min_success_lower: Fraction | None = None
    """Least lower end of the success rate's 95 % interval."""
    max_drop: Fraction | None = None
    """Greatest drop of the success rate from the clean arm's, on the same seeds."""
    min_resilience: Annotated[float, Field(ge=0)] | None = None
    """Least success rate as a share of the clean arm's, on the same seeds."""
    min_area: Fraction | None = None
    """Least area under the severity curve; of an arm with several severities, and checked once, at the last of them."""


class Stopping(_Strict):
    """Ends an arm early once its gate ``min_success`` is decided, by a test that is valid at any time."""

    alpha: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """Greatest probability that any gate of the suite is decided wrongly; the arms that may stop share it."""


class Arm(_Strict):
    """Faults that act together; with ``severities``, one arm for each, named ``arm@severity``."""

    faults: Annotated[tuple[FaultSpec, ...], _SEVERAL]
    severities: Annotated[tuple[Fraction, ...], _SEVERAL] | None = None


class Defaults(_Strict):
    """What a scenario takes where it says nothing itself."""

    world: OneOrMore = ()
    """Names of shipped worlds, or SDF files relative to the suite. Several make one scenario each."""
    task: OneOrMore = ()
    """Names of tasks; ``all`` stands for every task that the world supports. Several make one scenario each."""
    words: Annotated[tuple[Words, ...], BeforeValidator(_listed), _SEVERAL] = ("seen",)
    """Which paraphrases the goals are drawn from. Both make one scenario each."""
    robot: str | None = None
    """A robot model to put in the place of the world's own."""
    trials: Annotated[int, Field(ge=1, le=100_000)] = 10
    """Trials of each arm: index i has the same seed in every arm."""
    control_rate: Annotated[float, Field(gt=0, le=1000)] = 10.0
    """Actions per second of simulated time."""
    sensors: Annotated[tuple[str, ...], _SEVERAL] | None = None
    """Streams to produce; all of them where left out."""
    variation: VariationSpec | None = None
    """Randomisation of looks and physics, as the environment takes it."""
    arms: dict[Name, Annotated[Arm, BeforeValidator(_arm)]] = {}
    """Faulted arms by name. The arm ``clean`` is always there."""
    stopping: Stopping | None = None
    """Whether arms end as soon as their gate is decided."""
    gates: dict[Name, Gate] = {}
    """Gates by arm."""


class Scenario(Defaults):
    """A goal in a world, with its arms; lists of worlds, tasks or words multiply out."""

    name: Name | None = None
    """Left out: ``task-world``."""


Level = Annotated[int, Field(ge=1, le=5)]
Chance = Annotated[float, Field(gt=0, lt=1)]


class Search(_Strict):
    """Where ``vla-sim search`` looks for the mildest fault that takes the agent under a threshold."""

    faults: Annotated[tuple[FaultSpec, ...], _SEVERAL]
    """What may fail, without strength, onset and duration: the search chooses those."""
    levels: Annotated[tuple[Level, ...], _SEVERAL] = (1, 2, 3, 4, 5)
    """How badly; level k is severity k / 5. Success is taken never to rise with the severity."""
    onsets: Annotated[tuple[TimeOrEvent, ...], _SEVERAL] = (0.0,)
    """From when, the harshest first: of equally severe faults the later one in this list is the milder."""
    durations: Annotated[tuple[PositiveSeconds, ...], Field(strict=False)] = (1.0, 2.0, 5.0, 10.0)
    """For how long the fault that was found is tried, where it also fails if it is not for good."""
    together: Annotated[int, Field(ge=1, le=4)] = 1
    """Most faults at once."""
    threshold: Chance = 0.8
    """Success rate under which the agent fails."""
    trials: Annotated[int, Field(ge=10, le=100_000)] = 50
    """Trials of each arm of the full grid: the most that one verdict takes."""
    budget: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Most trials of the whole search, confirmation included; a fifth of the grid's where left out."""
    alpha: Chance = 0.05
    """Greatest probability of a verdict that an arm fails which does not."""
    beta: Chance = 0.1
    """Greatest probability of a verdict that an arm passes which does not."""
    finest: Annotated[float, Field(ge=0.01, le=0.2)] = 0.05
    """How finely the severity that was found is made smaller in the end; 0.2 leaves it at a level."""

    @field_validator("faults")
    @classmethod
    def _check_faults(cls, faults: tuple[FaultSpec, ...]) -> tuple[FaultSpec, ...]:
        asked = [(fault.target, fault.kind) for fault in faults]
        for fault, pair in zip(faults, asked, strict=True):
            if fault.strength != 1.0 or fault.onset != 0.0 or fault.duration is not None:
                raise ValueError(
                    f"the search chooses strength, onset and duration of '{fault.target}:{fault.kind}'; leave them out"
                )
            if asked.count(pair) > 1:
                raise ValueError(f"the fault '{fault.target}:{fault.kind}' stands here twice; leave one out")
        return faults

    @field_validator("together")
    @classmethod
    def _check_together(cls, together: int, info: ValidationInfo) -> int:
        if together > len(info.data.get("faults", range(together))):
            raise ValueError(f"there are only {len(info.data['faults'])} faults; lower it")
        return together


class Suite(_Strict):
    """A suite file."""

    name: Name
    description: str = ""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    max_error_share: Fraction = 0.0
    """Share of trials that may end in an error of the testbench or the simulator before the run is not valid."""
    defaults: Defaults = Defaults()
    scenarios: Annotated[tuple[Scenario, ...], _SEVERAL]
    search: Search | None = None
    """What ``vla-sim search`` looks for; a run takes no notice of it."""

    def resolved(self, scenario: Scenario) -> Scenario:
        """Return the scenario with the suite's defaults in the fields that it leaves out."""
        given = {key: getattr(self.defaults, key) for key in self.defaults.model_fields_set}
        own = {key: getattr(scenario, key) for key in scenario.model_fields_set}
        return Scenario.model_construct(**{**given, **own})


def load_suite(path: Path) -> tuple[Suite, Document]:
    """Read a suite and the document that knows its lines.

    Raises:
        InputError: naming file, line and field.
    """
    document = read_document(path)
    try:
        suite = Suite.model_validate_json(json.dumps(document.data))
    except ValidationError as error:
        raise _readable(first_error(error), document) from error
    except InputError as error:
        raise document.error(error.message, *((error.field,) if error.field else ())) from error
    for loc, arms in [
        (("defaults",), suite.defaults.arms),
        *((("scenarios", index), scenario.arms) for index, scenario in enumerate(suite.scenarios)),
    ]:
        if CLEAN in arms:
            raise document.error("the arm 'clean' has no faults and is always there; leave it out", *loc, "arms", CLEAN)
    return suite, document


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?``, or the list of what is known."""
    known = sorted(known)
    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean '{close[0]}'?" if close else f"; known are {', '.join(known) or 'none'}"


def _readable(error: ErrorDetails, document: Document) -> InputError:
    loc: Loc = tuple(error["loc"])
    return document.error(complaint(error, loc, _known_keys), *(part for part in loc if not str(part).startswith("[")))


def first_error(error: ValidationError) -> ErrorDetails:
    """Return the error to tell: an unknown key before others, which it may have caused."""
    return min(error.errors(include_url=False), key=lambda found: found["type"] != "extra_forbidden")


def complaint(error: ErrorDetails, loc: Loc, known_keys: Callable[[Loc], Iterable[str]]) -> str:
    """Return what is wrong at a path in the file, and the fix; ``known_keys`` are those where a model's path leads."""
    match error["type"]:
        case "extra_forbidden":
            return f"unknown key '{loc[-1]}'{nearest(str(loc[-1]), known_keys(tuple(error['loc'])))}"
        case "missing":
            return f"the key '{loc[-1]}' is missing"
        case "model_type" | "dict_type":
            return "a mapping of keys to values belongs here"
        case "string_pattern_mismatch":
            return f"'{error['input']}' is no name: use letters, digits, '_', '-', '.'"
        case "json_invalid":
            return "holds text that is no valid Unicode"
    message = error["msg"].removeprefix("Value error, ")
    if isinstance(error["input"], str | int | float | bool):
        message += f"; it is {json.dumps(error['input'])[:80]}"
    return message


def _known_keys(loc: Loc) -> Iterable[str]:
    model: type[BaseModel]
    if "onset" in loc or "onsets" in loc:
        model = Onset
    elif loc[0] == "search":
        model = FaultSpec if "faults" in loc else Search
    elif "arms" in loc:
        model = Arm if len(loc) - loc.index("arms") == 3 else FaultSpec
    elif "gates" in loc:
        model = Gate
    elif "stopping" in loc:
        model = Stopping
    elif "variation" in loc:
        model = VariationSpec
    else:
        model = {"defaults": Defaults, "scenarios": Scenario}.get(str(loc[0]), Suite) if len(loc) > 1 else Suite
    return model.model_fields
