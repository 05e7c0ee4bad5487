"""What a profile may say: which stages an agent goes through, and what each must reach."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from vla_sim import assets
from vla_sim.bench.schema import Fraction, Gate, Name, complaint, first_error, nearest
from vla_sim.document import Document, read_document
from vla_sim.errors import InputError
from vla_sim.faults.spec import FaultSpec
from vla_sim.tasks.task import Words

PROFILES = assets.SCENARIOS / "profiles"
"""Where the shipped profiles are."""

Positive = Annotated[float, Field(gt=0)]
Trials = Annotated[int, Field(ge=1, le=100_000)]
Seed = Annotated[int, Field(ge=0, lt=2**53)]
_SEVERAL: Any = Field(min_length=1, strict=False)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class _Stage(_Strict):
    name: Name = ""
    """What reports and folders call it; the stage's kind where left out."""
    required: bool = True
    """Whether the verdict needs it passed."""


class SuiteStage(_Stage):
    """A suite in the embedded simulator, or on a Gazebo server."""

    stage: Literal["suite", "gazebo"]
    suite: str
    """A suite file relative to the profile, or the name of a shipped one."""
    trials: Trials | None = None
    """In the place of the suite's."""
    seed: Seed | None = None
    gates: dict[Name, Gate] = {}
    """By arm, in the place of the suite's own; each holds for every scenario by itself."""
    min_success: Fraction | None = None
    """Least success rate of all clean trials together."""


class ParityStage(_Stage):
    """The same trials in the embedded simulator and on a Gazebo server."""

    stage: Literal["parity"]
    suite: str
    trials: Trials | None = None
    seed: Seed | None = None
    max_difference: Fraction = 0.03
    """Greatest difference of the success rates."""


class RosStage(_Stage):
    """The loop over ROS 2: a simulated robot and the agent as processes of their own, and a relay where faults are."""

    stage: Literal["ros"]
    world: str = "arena"
    task: str = "go_to_object"
    words: Words = "seen"
    trials: Trials = 3
    seed: Seed = 0
    pace: Literal["lockstep"] | Positive = "lockstep"
    """``lockstep``, or simulated seconds in a second on the wall."""
    confidence_threshold: Fraction = 0.0
    """Certainty below which the node holds the robot."""
    faults: Annotated[tuple[FaultSpec, ...], Field(strict=False)] = ()
    """What the relay puts on the robot's topics."""
    min_success: Fraction | None = None
    max_path_difference: Positive | None = None
    """Greatest distance [m] from the same trial in one process, at any time; in lock-step alone."""
    max_latency_p99_ms: Positive | None = None
    """Greatest 99th percentile of the time [ms] from a picture's stamp to the command; not in lock-step."""
    max_late: Annotated[int, Field(ge=0)] | None = None
    """Most steps, in all trials, that were taken without the command that they waited for; in lock-step alone."""
    time_limit: Positive = 900.0
    """Seconds on the wall after which the processes are ended."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        lockstep = self.pace == "lockstep"
        asked = (self.min_success, self.max_path_difference, self.max_latency_p99_ms, self.max_late)
        if all(limit is None for limit in asked):
            raise ValueError("nothing is asked: give min_success, max_path_difference, max_latency_p99_ms or max_late")
        if not lockstep and (self.max_path_difference is not None or self.max_late is not None):
            raise ValueError("max_path_difference and max_late are for pace: lockstep; elsewhere ways always differ")
        if lockstep and self.max_latency_p99_ms is not None:
            raise ValueError("max_latency_p99_ms needs a pace such as 1.0: in lock-step time waits for the command")
        if self.max_path_difference is not None and (self.faults or self.confidence_threshold > 0.0):
            raise ValueError(
                "max_path_difference compares with the agent alone: leave faults and confidence_threshold out"
            )
        return self


class RecordedBag(_Strict):
    """A bag, what is put on it, and how many decisions may be different then."""

    bag: str
    """Relative to the profile."""
    max_difference: Fraction
    """Greatest share of decisions that differ from the clean replay's; without faults, from the recorded commands."""
    faults: Annotated[tuple[FaultSpec, ...], Field(strict=False)] = ()
    words: str | None = None
    topics: dict[str, str] = {}
    seed: Seed = 0


class BagStage(_Stage):
    """Recordings through the agent."""

    stage: Literal["bags"]
    bags: Annotated[tuple[RecordedBag, ...], Field(strict=False)] = ()
    max_difference: Fraction = 0.1
    """Of bags that are added on the command line."""


AnyStage = Annotated[SuiteStage | ParityStage | RosStage | BagStage, Discriminator("stage")]


class Profile(_Strict):
    """A profile file."""

    name: Name
    description: str = ""
    robot: str = "rover"
    """The robot that the agent was made for, by name or path."""
    stages: Annotated[tuple[AnyStage, ...], _SEVERAL]
    """In the order in which they run."""

    def named(self) -> Iterator[tuple[str, AnyStage]]:
        """Yield the stages with their names."""
        for stage in self.stages:
            yield stage.name or stage.stage, stage


def find_profile(profile: str) -> Path:
    """Return the file of a profile given as a path or as the name of a shipped one."""
    path = Path(profile)
    if path.is_file():
        return path
    shipped = {file.stem: file for file in sorted(PROFILES.glob("*.yaml")) if not file.stem.endswith("_goals")}
    if profile in shipped:
        return shipped[profile]
    raise InputError(f"no profile '{profile}'{nearest(path.stem, shipped)}", field="--profile")


def read_profile(path: Path) -> tuple[Profile, Document]:
    """Read a profile and the document that knows its lines.

    Raises:
        InputError: naming file, line and field.
    """
    document = read_document(path)
    try:
        profile = Profile.model_validate_json(json.dumps(document.data))
    except ValidationError as error:
        raise _readable(first_error(error), document) from error
    names: list[str] = []
    for place, (name, _) in enumerate(profile.named()):
        if name in names:
            raise document.error(f"two stages are called '{name}'; give one of them a name", "stages", place, "name")
        names.append(name)
    if not any(stage.required for stage in profile.stages):
        raise document.error("no stage is required, so that the verdict would say nothing", "stages")
    return profile, document


def _readable(error: ErrorDetails, document: Document) -> InputError:
    kinds = ("suite", "gazebo", "parity", "ros", "bags")
    inner = error["loc"][2:] if len(error["loc"]) > 2 and error["loc"][2] in kinds else error["loc"]
    loc = (*error["loc"][:2], *inner[1:]) if inner is not error["loc"] else error["loc"]
    match error["type"]:
        case "union_tag_not_found":
            message = f"the key 'stage' is missing; it says which of {', '.join(kinds)}"
        case "union_tag_invalid":
            given = error["input"].get("stage") if isinstance(error["input"], dict) else error["input"]
            message = f"no stage '{given}'{nearest(str(given), kinds)}"
        case _:
            message = complaint(error, loc, _known_keys)
    return document.error(message, *(part for part in loc if not str(part).startswith("[")))


def _known_keys(loc: tuple[str | int, ...]) -> list[str]:
    model: type[BaseModel] = Profile
    if loc[0] == "stages" and len(loc) > 3:
        models: dict[str, type[BaseModel]] = {"parity": ParityStage, "ros": RosStage, "bags": BagStage}
        model = models.get(str(loc[2]), SuiteStage)
        if "faults" in loc:
            model = FaultSpec
        elif "bags" in loc[3:]:
            model = RecordedBag
        elif "gates" in loc:
            model = Gate
    return list(model.model_fields)
