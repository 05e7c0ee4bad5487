"""``vla-sim validate``: the deployment gate."""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vla_sim.cli.console import make_console
from vla_sim.errors import InputError
from vla_sim.validation.gate import Request, validate
from vla_sim.validation.profile import BagStage, Profile, RecordedBag, find_profile, read_profile
from vla_sim.validation.report import JSON, JUNIT, PAGE, verdict_line


def run_validation(agent: str, profile: str, out: Path | None, bags: Sequence[Path], jobs: int, *, fresh: bool) -> int:
    """Validate an agent, print the verdict and return the exit code."""
    file = find_profile(profile)
    read, _ = read_profile(file)
    read = with_bags(read, bags)
    folder = out or Path("runs") / f"validation-{read.name}"
    console = make_console()
    # What is to end has processes to end first.
    signal.signal(signal.SIGTERM, _interrupt)

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    content, code = validate(Request(agent, read, file, digest, folder, jobs, fresh, say))
    colour = "green" if content["verdict"] == "passed" else "red"
    console.print(f"[{colour}]{content['verdict']}[/]", highlight=False)
    say(verdict_line(content))
    for name in (PAGE, JSON, JUNIT):
        say(f"  {folder / name}")
    return code


def with_bags(profile: Profile, bags: Sequence[Path]) -> Profile:
    """Return a profile whose first stage of bags has more of them.

    Raises:
        InputError: it has no such stage.
    """
    if not bags:
        return profile
    place = next((i for i, stage in enumerate(profile.stages) if isinstance(stage, BagStage)), None)
    if place is None:
        raise InputError("the profile has no stage 'bags'; add one", field="--bag")
    stage = profile.stages[place]
    assert isinstance(stage, BagStage)
    added = tuple(RecordedBag(bag=str(bag.resolve()), max_difference=stage.max_difference) for bag in bags)
    stages: list[Any] = list(profile.stages)
    stages[place] = stage.model_copy(update={"bags": (*stage.bags, *added)})
    return profile.model_copy(update={"stages": tuple(stages)})


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt
