"""Runs a profile's stages in order, and writes what came of them."""

from __future__ import annotations

import datetime
import shutil
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vla_sim.bench.atomic import write_text
from vla_sim.bench.exit_code import ExitCode
from vla_sim.errors import HarnessError, InputError, NotReadyError, SimulatorError
from vla_sim.validation.bags_stage import check_bags, run_bags_stage
from vla_sim.validation.context import DEFAULT_ROBOT, LISTENER, VLA_SIM, Context
from vla_sim.validation.identity import agent_identity, manifest
from vla_sim.validation.page import page_text
from vla_sim.validation.profile import AnyStage, BagStage, ParityStage, Profile, RosStage, SuiteStage
from vla_sim.validation.report import JSON, JUNIT, PAGE, json_text, junit_text, validation
from vla_sim.validation.result import EXIT_CODES, Outcome, StageResult, verdict_of
from vla_sim.validation.ros_stage import check_ros, run_ros_stage
from vla_sim.validation.suite_stage import run_parity_stage, run_suite_stage, suite_plan

LOGS = "logs"
INTERRUPTED = "the validation was interrupted"


@dataclass(frozen=True, slots=True)
class Request:
    """What to validate, by what, and where to."""

    agent: str
    profile: Profile
    file: Path
    """The profile's."""
    digest: str
    """SHA-256 of that file."""
    folder: Path
    jobs: int = 1
    fresh: bool = False
    say: Callable[[str], None] = lambda text: None
    vla_sim: tuple[str, ...] = VLA_SIM
    listener: tuple[str, ...] = LISTENER


@dataclass(slots=True)
class _Progress:
    results: list[StageResult] = field(default_factory=list)
    interrupted: bool = False


def validate(request: Request) -> tuple[dict[str, Any], ExitCode]:
    """Run the chain; write JSON, page and JUnit file; return the JSON's content and how to end.

    Whatever a stage raises is that stage's error, and the next one runs. What was interrupted is not executed.

    Raises:
        InputError: the agent, or something that the profile names, is not there; nothing has run then.
    """
    contexts = {name: _context(request, name) for name, _ in request.profile.named()}
    identity = agent_identity(request.agent)
    for name, stage in request.profile.named():
        _check(stage, contexts[name])
    _prepare(request.folder, [*contexts, LOGS, JSON, JUNIT, PAGE], fresh=request.fresh)
    began, facts = _now(), manifest()
    progress = _Progress()
    for name, stage in request.profile.named():
        progress.results.append(_staged(name, stage, contexts[name], progress))
    facts |= {"started": began, "finished": _now(), "jobs": request.jobs}
    content = validation(request.profile, request.file.name, request.digest, identity, progress.results, facts)
    write_text(request.folder / JSON, json_text(content))
    write_text(request.folder / JUNIT, junit_text(content))
    write_text(request.folder / PAGE, page_text(content))
    code = ExitCode.INTERRUPTED if progress.interrupted else EXIT_CODES[verdict_of(progress.results)]
    return content, code


def _staged(name: str, stage: AnyStage, context: Context, progress: _Progress) -> StageResult:
    """Run a stage, and make a result of whatever comes of it."""
    began = time.monotonic()
    if progress.interrupted:
        return StageResult(name, stage.stage, stage.required, Outcome("not_executed", INTERRUPTED))
    context.say(f"== {name}")
    try:
        outcome = _run(stage, context)
    except NotReadyError as error:
        outcome = Outcome("not_executed", str(error))
    except KeyboardInterrupt:
        progress.interrupted = True
        outcome = Outcome("not_executed", INTERRUPTED)
    except (InputError, SimulatorError, HarnessError) as error:
        outcome = Outcome("error", " ".join(str(error).split())[:500])
    except Exception as error:
        log = context.logs / f"{name}.txt"
        write_text(log, traceback.format_exc())
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        outcome = Outcome("error", f"{reason}; details in {LOGS}/{log.name}")
    context.say(f"{name}: {outcome.status.replace('_', ' ')}" + (f": {outcome.reason}" if outcome.reason else ""))
    return StageResult(name, stage.stage, stage.required, outcome, time.monotonic() - began)


def _run(stage: AnyStage, context: Context) -> Outcome:
    match stage:
        case SuiteStage():
            return run_suite_stage(stage, context)
        case ParityStage():
            return run_parity_stage(stage, context)
        case RosStage():
            return run_ros_stage(stage, context)
        case BagStage():
            return run_bags_stage(stage, context)


def _check(stage: AnyStage, context: Context) -> None:
    """See that what a stage names is there, before anything runs."""
    match stage:
        case SuiteStage() | ParityStage():
            suite_plan(stage, context)
        case RosStage():
            check_ros(stage, context)
        case BagStage():
            check_bags(stage, context)


def _context(request: Request, name: str) -> Context:
    return Context(
        request.agent,
        request.profile.robot or DEFAULT_ROBOT,
        request.file.resolve().parent,
        request.folder / name,
        request.folder / LOGS,
        request.jobs,
        request.say,
        request.vla_sim,
        request.listener,
    )


def _prepare(folder: Path, ours: Sequence[str], *, fresh: bool) -> None:
    """Make the folder; what an earlier validation left there goes only if that is asked for."""
    left = [folder / name for name in ours if (folder / name).exists()]
    if left and not fresh:
        raise InputError("holds a validation already; choose another --out, or add --fresh", file=folder)
    for path in left:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    folder.mkdir(parents=True, exist_ok=True)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
