"""The stage that runs the loop over ROS 2: bridge, agent and relay as processes, in a domain of their own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from vla_sim.bench.exit_code import ExitCode
from vla_sim.bench.venue import load_venue
from vla_sim.errors import InputError
from vla_sim.faults.spec import FaultSpec
from vla_sim.faults.target import GOAL, channels, members
from vla_sim.ros.domain import claimed_domain
from vla_sim.ros.environment import prepare
from vla_sim.ros.robot import load_robot
from vla_sim.ros.topics import WORDS, topics_of
from vla_sim.validation.context import Context
from vla_sim.validation.listener import applied, latencies, relay_is_there
from vla_sim.validation.paths import Reference, apart
from vla_sim.validation.processes import Program, ProgramError, running
from vla_sim.validation.profile import RosStage
from vla_sim.validation.result import Check, Outcome, at_least, at_most, judged

TRIALS, SAID, COMPARED = "trials.jsonl", "diagnostics.jsonl", "paths.json"
FAULTS, _ARM = "faults.yaml", "relay"
FAULTED = "faulted/"
"""Before the names of the relay's topics."""
_PATIENCE = 5.0
"""Seconds on the wall that a step of lock-step waits for its command: a busy machine must not change a way."""
_AGENT_COMES = 180.0
"""Seconds on the wall until the agent must be there: it loads its networks first."""

_RELAY_COMES = 120.0
"""Seconds on the wall until the relay must have begun."""


def run_ros_stage(stage: RosStage, context: Context) -> Outcome:
    """Run the trials, and hold what they left against the thresholds.

    Raises:
        NotReadyError: there is no ROS 2, or no domain is free.
    """
    prepare()
    context.folder.mkdir(parents=True, exist_ok=True)
    with claimed_domain() as domain:
        environment = os.environ | {"ROS_DOMAIN_ID": str(domain), "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
        try:
            code = _run(stage, context, environment)
        except ProgramError as error:
            return Outcome("error", str(error), facts=_facts(stage, context), files=_files(context))
    records = list(_records(context.folder / TRIALS))
    if code not in (ExitCode.PASSED, ExitCode.FAILED) or len(records) != stage.trials:
        reason = f"the bridge ended with exit code {code} after {len(records)} of {stage.trials} trials"
        return Outcome("error", reason, facts=_facts(stage, context), files=_files(context))
    checks, measured = _checks(stage, context, records)
    return judged(checks, _facts(stage, context) | {"seeds": [r["seed"] for r in records]} | measured, _files(context))


def check_ros(stage: RosStage, context: Context) -> None:
    """See that world, task and faults are there.

    Raises:
        InputError: one is not.
    """
    load_venue(stage.world, context.robot_in_place, context.base).tasks([stage.task])
    _remapped(stage.faults, context.robot)


def commands(stage: RosStage, context: Context) -> dict[str, list[str]]:
    """Return the command lines by the name of the process, in the order in which they start; the bridge is the last."""
    simulated = ["-p", "use_sim_time:=true"]
    made = {
        "listener": [*context.listener, str(context.folder / SAID)],
        "agent": [
            *context.vla_sim, "ros", "agent", "--agent", context.agent, "--ros-args", *simulated,
            "-p", f"robot:={context.robot}", "-p", f"confidence_threshold:={float(stage.confidence_threshold)}",
            *_remapped(stage.faults, context.robot),
        ],
    }  # fmt: skip
    if stage.faults:
        # Nobody holds the dead man's handle: what is driven is simulated.
        made["faults"] = [
            *context.vla_sim, "ros", "faults", *_told(stage, context), "--arm", "--dead-man", "0",
            "--robot", context.robot, "--seed", str(stage.seed), "--ros-args", *simulated,
        ]  # fmt: skip
    lockstep = ["--patience", f"{_PATIENCE:g}", "--wait", f"{_AGENT_COMES:g}"] if stage.pace == "lockstep" else []
    robot = ["--robot", context.robot_in_place] if context.robot_in_place else []
    made["bridge"] = [
        *context.vla_sim, "ros", "bridge", "--world", _world(stage, context), "--task", stage.task,
        "--words", stage.words, "--seed", str(stage.seed), "--pace", str(stage.pace), "--trials", str(stage.trials),
        *robot, *lockstep, "--out", str(context.folder / TRIALS),
    ]  # fmt: skip
    return made


def _run(stage: RosStage, context: Context, environment: Mapping[str, str]) -> int:
    """Run all processes until the bridge has ended, and return its exit code."""
    logs = context.logs / context.folder.name
    with running(environment) as programs:
        for name, command in commands(stage, context).items():
            if name == "bridge" and stage.faults:
                # A bridge waits for who drives, and cannot know of a relay that is still to come.
                programs.wait_until(lambda: relay_is_there(context.folder / SAID), "faults", _RELAY_COMES)
            programs.start(Program(name, command, logs / f"{name}.txt"))
        code = programs.wait_for("bridge", stage.time_limit)
        if code not in (ExitCode.PASSED, ExitCode.FAILED):
            raise ProgramError(f"the bridge ended with exit code {code}: {programs.last_words('bridge')}")
        return code


def _checks(
    stage: RosStage, context: Context, records: Sequence[Mapping[str, Any]]
) -> tuple[list[Check], dict[str, Any]]:
    checks: list[Check] = []
    measured: dict[str, Any] = {"outcomes": [record["outcome"] for record in records]}
    if stage.min_success is not None:
        share = sum(record["outcome"] == "success" for record in records) / len(records)
        checks.append(at_least(f"success, share of {len(records)} trials", stage.min_success, share))
    if stage.faults:
        wanted = _wanted(stage.faults, context.robot)
        done = wanted & applied(context.folder / SAID)
        measured["faults_applied"] = sorted(done)
        checks.append(at_least("faults that were put on a message", len(wanted), len(done)))
    if stage.max_late is not None:
        late = sum(int(record["late"]) for record in records)
        checks.append(at_most("steps without their command", stage.max_late, late))
    if stage.max_path_difference is not None:
        gaps = _path_differences(stage, context, records)
        worst = None if None in gaps.values() else max(gap for gap in gaps.values() if gap is not None)
        checks.append(at_most("distance from the way in one process", stage.max_path_difference, worst, "m"))
    if stage.max_latency_p99_ms is not None:
        figures = latencies(context.folder / SAID)
        measured["latency_ms"] = figures
        what = "from a picture's stamp to the command, 99th percentile"
        checks.append(at_most(what, stage.max_latency_p99_ms, figures.get("p99"), "ms"))
    return checks, measured


def _path_differences(
    stage: RosStage, context: Context, records: Sequence[Mapping[str, Any]]
) -> dict[int, float | None]:
    """Drive the same trials in this process; keep both ways, and return how far they part, by seed."""
    reference = Reference(context.agent, _world(stage, context), stage.task, context.robot_in_place, stage.words)
    kept = []
    try:
        for record in records:
            drive = reference.drive(int(record["seed"]))
            gap = apart(record["path"], drive.path)
            context.say(f"seed {record['seed']}: apart {'never together' if gap is None else f'{gap:.4f} m'}")
            kept.append(
                {
                    "seed": record["seed"],
                    "apart": gap,
                    "outcomes": {"ros": record["outcome"], "in_process": drive.outcome},
                    "in_process": [list(point) for point in drive.path],
                }
            )
    finally:
        reference.close()
    (context.folder / COMPARED).write_text(json.dumps(kept) + "\n", encoding="utf-8")
    return {each["seed"]: each["apart"] for each in kept}


def _records(file: Path) -> Iterator[Mapping[str, Any]]:
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
        try:
            yield json.loads(line)
        except ValueError:
            return  # a bridge that was ended while it wrote


def _remapped(faults: Sequence[FaultSpec], robot: str) -> list[str]:
    """Return the arguments by which the agent listens to the relay where a fault is, and to the robot elsewhere."""
    if not faults:
        return []
    topics = {**topics_of(load_robot(robot).streams), GOAL: WORDS}
    touched: dict[str, None] = {}
    for fault in faults:
        for name in _targets(fault, robot):
            if name not in topics:
                raise InputError(f"{fault}: the relay stands before the agent; a fault on '{name}' is not on its side")
            touched[topics[name]] = None
    return [part for topic in touched for part in ("-r", f"{topic}:={FAULTED}{topic}")]


def _targets(fault: FaultSpec, robot: str) -> list[str]:
    streams = {**load_robot(robot).streams, **channels(0.1)}
    return members(fault.target, {name: stream.modality for name, stream in streams.items()})


def _wanted(faults: Sequence[FaultSpec], robot: str) -> set[str]:
    """Return what the relay tells of faults that were put on at least one message: others have tested nothing."""
    return {f"{name}:{fault.kind}" for fault in faults for name in _targets(fault, robot)}


def _told(stage: RosStage, context: Context) -> list[str]:
    """Return the arguments that tell the relay its faults: the short form where that says all, else a suite's arm."""
    if all(fault.parameters is None and FaultSpec.model_validate(str(fault)) == fault for fault in stage.faults):
        return [part for fault in stage.faults for part in ("--fault", str(fault))]
    file = context.folder / FAULTS
    file.parent.mkdir(parents=True, exist_ok=True)
    told = [fault.model_dump(mode="json", exclude_none=True, exclude_defaults=True) for fault in stage.faults]
    scenario = {"world": _world(stage, context), "task": stage.task, "arms": {_ARM: told}}
    file.write_text(json.dumps({"name": _ARM, "scenarios": [scenario]}, indent=1) + "\n", encoding="utf-8")
    return ["--suite", str(file), "--suite-arm", _ARM]


def _world(stage: RosStage, context: Context) -> str:
    return load_venue(stage.world, context.robot_in_place, context.base).world


def _facts(stage: RosStage, context: Context) -> dict[str, Any]:
    return {
        "world": stage.world,
        "task": stage.task,
        "words": stage.words,
        "pace": stage.pace,
        "trials": stage.trials,
        "seed": stage.seed,
        "confidence_threshold": stage.confidence_threshold,
        "faults": [str(fault) for fault in stage.faults],
        "worlds": {stage.world: load_venue(stage.world, context.robot_in_place, context.base).fingerprint},
    }


def _files(context: Context) -> dict[str, str]:
    """Return what there is, seen from the stage's folder."""
    names = {"trials": TRIALS, "the same in one process": COMPARED, "diagnostics": SAID, "faults": FAULTS}
    there = {label: name for label, name in names.items() if (context.folder / name).is_file()}
    logs = sorted((context.logs / context.folder.name).glob("*.txt"))
    return there | {f"log of the {log.stem}": os.path.relpath(log, context.folder) for log in logs}
