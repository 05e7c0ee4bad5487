"""``vla-sim ros bridge``."""

from __future__ import annotations

import threading
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from vla_sim.bench.exit_code import ExitCode
from vla_sim.cli.ros.arguments import ros_arguments
from vla_sim.errors import InputError, SimulatorError
from vla_sim.ros.environment import prepare


class After(StrEnum):
    """What happens after the verdict."""

    stay = "stay"
    reset = "reset"
    quit = "quit"


class WordsOf(StrEnum):
    """Which paraphrases the goals are drawn from."""

    seen = "seen"
    held_out = "held_out"
    held_out_pairs = "held_out_pairs"


LOCKSTEP_RATE = 10.0
PACED_RATE = 100.0
"""Control steps a second where time goes by the clock on the wall: readings leave within 10 ms."""


def bridge(
    context: typer.Context,
    world: Annotated[str, typer.Option(help="Shipped world, or SDF file.")] = "arena",
    task: Annotated[str, typer.Option(help="Task; none: drive freely, with nobody judging.")] = "go_to_object",
    robot: Annotated[str | None, typer.Option(help="Robot in the place of the world's own.")] = None,
    engine: Annotated[str, typer.Option(help="Simulator: embedded or gazebo.")] = "embedded",
    renderer: Annotated[str, typer.Option(help="How cameras render; auto takes the best there is.")] = "auto",
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first trial.")] = 0,
    words: Annotated[WordsOf, typer.Option(help="Which paraphrases the goals are drawn from.")] = WordsOf.seen,
    fault: Annotated[list[str] | None, typer.Option(help="Fault, as camera:blackout@L3; several may be given.")] = None,
    pace: Annotated[str, typer.Option(help="lockstep, or simulated seconds in a real one, as 1.0.")] = "1.0",
    control_rate: Annotated[
        float | None, typer.Option(min=0.1, help="Steps a second of simulated time; 10 in lock-step, else 100.")
    ] = None,
    patience: Annotated[float, typer.Option(min=0.0, help="Lock-step: real seconds to wait for a command.")] = 1.0,
    wait: Annotated[float, typer.Option(min=0.0, help="Lock-step: real seconds to wait for an agent.")] = 30.0,
    trials: Annotated[int, typer.Option(min=0, help="Seeds to run in a row; 0: run until a signal comes.")] = 0,
    once: Annotated[bool, typer.Option("--once", help="Run one trial: --trials 1.")] = False,
    after: Annotated[After, typer.Option(help="Without --trials: what happens after the verdict.")] = After.stay,
    out: Annotated[Path | None, typer.Option(metavar="FILE.jsonl", help="Record of each trial.")] = None,
) -> None:
    """Offer a simulated robot as ROS 2 topics with a clock; docs/ros2_bridge.md lists topics, services, parameters.

    Exit code: 0 every trial succeeded, 1 one failed, 2 bad input, 3 the simulator failed or no agent came.
    """
    arguments = ros_arguments(context.args)
    factor = _factor(pace)
    trials = trials or int(once)
    if task == "none" and (trials or out is not None or after is not After.stay):
        raise InputError("without a task there are no trials to run, to keep or to end", field="--task")
    prepare()
    from vla_sim.ros.bridge.node import BridgeNode, BridgeSettings
    from vla_sim.ros.bridge.pace import NobodyError
    from vla_sim.ros.bridge.simulation import Programme
    from vla_sim.ros.bridge.world import WorldSpec
    from vla_sim.ros.running import run

    rate = control_rate or (LOCKSTEP_RATE if factor is None else PACED_RATE)
    spec = WorldSpec(world, task, robot, engine, renderer, rate, words.value, tuple(fault or ()))
    facts = {"world": world, "task": task, "engine": engine, "pace": pace, "control_rate": rate}
    programme = Programme(trials, after.value, facts, out)
    settings = BridgeSettings(spec, programme, seed, factor, patience, wait)
    done = threading.Event()
    nodes: list[BridgeNode] = []

    def make() -> BridgeNode:
        nodes.append(BridgeNode(settings, done, typer.echo))
        return nodes[0]

    run(make, arguments, done)
    try:
        code = nodes[0].exit_code()
    except (NobodyError, SimulatorError) as error:
        typer.echo(f"error: {error}", err=True)
        code = ExitCode.ERROR
    raise typer.Exit(code)


def _factor(pace: str) -> float | None:
    """Return how fast time goes, None for lock-step."""
    if pace == "lockstep":
        return None
    try:
        factor = float(pace)
    except ValueError:
        factor = 0.0
    if not 0.001 <= factor <= 1000.0:
        raise InputError(f"'{pace}' is no pace; use lockstep, or a number from 0.001 to 1000", field="--pace")
    return factor
