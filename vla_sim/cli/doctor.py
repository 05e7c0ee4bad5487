"""``vla-sim doctor``: is everything there that a run needs, and does it work?"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

import numpy as np

import vla_sim
from vla_sim.bench.exit_code import ExitCode
from vla_sim.cli.console import make_console
from vla_sim.errors import InputError, NotReadyError, SimulatorError

Status = Literal["ok", "note", "broken"]

_MARKS = {"ok": "[green]ok    [/]", "note": "[yellow]note  [/]", "broken": "[red]broken[/]"}


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    check: str
    status: Status
    detail: str


def examine(*, as_json: bool) -> int:
    """Run all checks, print what they found, and return the exit code."""
    console = make_console()
    findings: list[Finding] = []
    for check in (_python, _packages, _cameras, _worlds, _lidar, _gazebo, _ros, _agents, _golden_faults):
        for finding in _guarded(check):
            findings.append(finding)
            if not as_json:
                console.print(f"{_MARKS[finding.status]} {finding.check}: ", end="")
                console.print(finding.detail, markup=False)
    broken = [finding for finding in findings if finding.status == "broken"]
    if as_json:
        print(json.dumps({"ok": not broken, "findings": [asdict(finding) for finding in findings]}, indent=2))
    else:
        console.print(f"{len(broken)} of {len(findings)} checks failed" if broken else "all is well")
    return ExitCode.ERROR if broken else ExitCode.PASSED


def audit_determinism(engine: str, world: str, seed: int, seconds: float, *, as_json: bool) -> int:
    """Run a seed twice on an engine, say what differs first, and return the exit code."""
    from vla_sim.bench.audit import audit

    result = audit(engine, world, seed, seconds)
    if as_json:
        print(json.dumps(asdict(result), indent=2))
    else:
        make_console().print(str(result), markup=False, highlight=False, soft_wrap=True)
    return ExitCode.PASSED if result.identical else ExitCode.FAILED


def _guarded(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Turn whatever a check raises into a finding: a doctor who faints helps nobody."""
    try:
        yield from check()
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        yield Finding(check.__name__.strip("_").replace("_", " "), "broken", f"{type(error).__name__}: {reason}")


def _python() -> Iterator[Finding]:
    status: Status = "ok" if sys.version_info >= (3, 11) else "broken"
    yield Finding("python", status, f"{platform.python_version()} on {platform.platform()}")


def _packages() -> Iterator[Finding]:
    yield Finding("vla_sim", "ok", f"{vla_sim.__version__} in {Path(vla_sim.__file__).parent}")
    names = [_requirement_name(text) for text in requires("vla-sim") or () if "extra ==" not in text]
    missing = [name for name in names if _version(name) is None]
    if missing:
        yield Finding("packages", "broken", f"not installed: {', '.join(missing)}; run: pip install vla-sim")
    else:
        yield Finding("packages", "ok", ", ".join(f"{name} {_version(name)}" for name in names))


def _cameras() -> Iterator[Finding]:
    from vla_sim.engines.embedded import EmbeddedEngine, gl
    from vla_sim.envs.loading import load_site

    world = load_site("arena").world
    working = []
    for renderer in ("gl", "rays"):
        try:
            with EmbeddedEngine(renderer=renderer) as engine:
                engine.load(world, sensors=["camera"])
                frame = engine.step(0.2)[-1].data
        except SimulatorError as error:
            yield Finding(f"camera by {renderer}", "note", str(error))
            continue
        spread = int(np.ptp(frame))
        if spread == 0:
            yield Finding(f"camera by {renderer}", "note", "the frame has one colour only")
            continue
        working.append(renderer)
        backend = f"OpenGL through {gl.BACKEND}" if renderer == "gl" else "no library needed"
        yield Finding(f"camera by {renderer}", "ok", f"{backend}; a real frame of {frame.shape[1]}x{frame.shape[0]}")
    if not working:
        yield Finding("cameras", "broken", "no renderer gives a picture")


def _lidar() -> Iterator[Finding]:
    from vla_sim.engines.embedded import EmbeddedEngine
    from vla_sim.envs.loading import load_site

    with EmbeddedEngine() as engine:
        engine.load(load_site("arena").world, sensors=["lidar"])
        ranges = engine.step(0.2)[-1].data
    hits = ranges[np.isfinite(ranges)]
    status: Status = "ok" if hits.size else "broken"
    nearest = f", the nearest thing at {hits.min():.2f} m" if hits.size else ""
    yield Finding("LiDAR", status, f"{hits.size} of {ranges.size} rays return{nearest}")


def _gazebo() -> Iterator[Finding]:
    try:
        # The transport's packages may be missing, too.
        from vla_sim.engines.gazebo.program import find_program

        program = find_program()
    except InputError as error:
        yield Finding("Gazebo", "note", str(error))
    else:
        yield Finding("Gazebo", "ok", f"{program.path}, drawing with {program.render_engine}")


def _ros() -> Iterator[Finding]:
    from vla_sim.ros.environment import prepare

    try:
        prepare()
    except NotReadyError as error:
        yield Finding("ROS 2", "note", str(error))
        return
    import rclpy

    rclpy.init()
    rclpy.create_node("vla_sim_doctor").destroy_node()
    rclpy.shutdown()
    yield Finding("ROS 2", "ok", f"a node can be made; discovery: {os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE']}")


def _worlds() -> Iterator[Finding]:
    from vla_sim.assets import world_names
    from vla_sim.bench.venue import load_venue
    from vla_sim.tasks import TASKS

    for name in world_names():
        try:
            venue = load_venue(name, None, Path())
        except InputError as error:
            yield Finding(f"world {name}", "broken", str(error))
            continue
        tasks = sum(venue.unsupported(task) is None for task in TASKS)
        issues = venue.site.world.issues
        detail = f"{len(venue.site.world.models)} models, {tasks} of {len(TASKS)} tasks"
        if issues:
            detail += f"; {len(issues)} elements not supported, the first: {issues[0]}"
        yield Finding(f"world {name}", "note" if issues else "ok", detail)


def _agents() -> Iterator[Finding]:
    from vla_sim.agent import agent_names, load_agent

    for name in agent_names():
        try:
            load_agent(name)
        except NotReadyError as error:
            yield Finding(f"agent {name}", "note", str(error))
        except InputError as error:
            yield Finding(f"agent {name}", "broken", str(error))
        else:
            yield Finding(f"agent {name}", "ok", "loads")


def _golden_faults() -> Iterator[Finding]:
    from vla_sim.faults import KINDS
    from vla_sim.faults.golden import verify

    problems = verify()
    detail = "; ".join(problems) if problems else f"{len(KINDS)} kinds give what is recorded"
    yield Finding("faults", "broken" if problems else "ok", detail)


def _requirement_name(text: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_." else " " for letter in text).split()[0]


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
