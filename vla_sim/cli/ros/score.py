"""``vla-sim ros score``: a recorded bag through an agent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.console import Console

from vla_sim.errors import InputError


def score(
    bag: Annotated[Path, typer.Argument(help="Folder of a rosbag2, or an .mcap, .db3 or .bag file.")],
    agent: Annotated[str, typer.Option(help="Agent by name, or module:Class.")] = "fusion",
    robot: Annotated[str, typer.Option(help="Robot that the agent knows, by name or path.")] = "rover",
    sensor: Annotated[
        list[str] | None, typer.Option(help="Sensor that the agent is given; several times, else all.")
    ] = None,
    topic: Annotated[
        list[str] | None, typer.Option(metavar="NAME=/TOPIC", help="Topic of a sensor, of words or of command.")
    ] = None,
    words: Annotated[str | None, typer.Option(help="What the robot is told, in the place of the bag's words.")] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(help="Fault as target:kind@L3, or as {target: ..., onset: 5, duration: 3}; several times."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the faults and the agent.")] = 0,
    since: Annotated[float, typer.Option(min=0, help="First second of the bag to replay.")] = 0.0,
    until: Annotated[float | None, typer.Option(min=0, help="Last second of the bag to replay.")] = None,
    control_rate: Annotated[float, typer.Option(min=0.1, max=1000, help="Decisions a second.")] = 10.0,
    sync_window: Annotated[float, typer.Option(min=0, help="Seconds that a batch waits for a sensor.")] = 0.1,
    confidence_threshold: Annotated[
        float, typer.Option(min=0, max=1, help="Certainty below which the robot is held.")
    ] = 0.0,
    max_difference: Annotated[
        float | None, typer.Option(min=0, max=1, help="Share of decisions that may differ; more is exit code 1.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of score.json, decisions.jsonl and score.html.")] = None,
) -> None:
    """Replay a recorded bag through an agent, clean and with faults, and report how its decisions differ.

    Exit code: 0 done, 1 more decisions differ than --max-difference allows, 2 bad input.
    """
    from vla_sim.cli.console import make_console
    from vla_sim.faults.spec import read_faults
    from vla_sim.ros.bags.replay import Setting
    from vla_sim.ros.bags.run import PAGE, SCORE, Request, exit_code, score_bag
    from vla_sim.ros.robot import load_robot

    if until is not None and until <= since:
        raise InputError(f"must be after --since, {since:g}; it is {until:g}", field="--until")
    setting = Setting(
        agent,
        load_robot(robot, sensor),
        round(1.0 / control_rate, 9),
        sync_window,
        confidence_threshold,
        seed,
        since,
        until,
        words,
    )
    request = Request(bag, setting, read_faults(map(_fault, fault or ())), _topics(topic or ()), max_difference)
    folder = out or Path("runs") / f"score-{bag.stem}"
    console = make_console()

    def tell(chosen: Any) -> None:
        for line in chosen.lines():
            console.print(line, markup=False, soft_wrap=True)

    result = score_bag(request, folder, tell)
    _show(console, result)
    for name in (PAGE, SCORE):
        console.print(f"  {folder / name}", soft_wrap=True, markup=False)
    raise typer.Exit(exit_code(result))


def _fault(text: str) -> Any:
    """Read a fault: the short form, or a mapping as suites have it."""
    if not text.lstrip().startswith("{"):
        return text
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"no valid YAML: {text}", field="--fault") from error


def _topics(given: Sequence[str]) -> dict[str, str]:
    """Read ``name=/topic``."""
    topics = {}
    for text in given:
        name, found, topic = text.partition("=")
        if not (name and found and topic):
            raise InputError(f"'{text}' is not of the form NAME=/TOPIC", field="--topic")
        topics[name.strip()] = topic.strip()
    return topics


def _show(console: Console, score: dict[str, Any]) -> None:
    """Print how decisions differ."""
    lines = [
        ("faulted to clean", score["difference"]),
        ("clean to recorded", score["agreement"]["clean"]),
        ("faulted to recorded", score["agreement"].get("faulted")),
    ]
    for name, found in lines:
        if found is not None and found["decisions"]:
            console.print(
                f"{name}: {found['share_different']:.1%} of {found['decisions']} decisions differ; "
                f"speed {found['speed']['mean']:.3f} m/s (most {found['speed']['max']:.3f}), "
                f"yaw rate {found['yaw_rate']['mean']:.3f} rad/s (most {found['yaw_rate']['max']:.3f})",
                soft_wrap=True,
            )
    if score["detection"] is not None:
        told = "".join(
            f"; that {name} works, {found:.2f}"
            for name, found in score["detection"]["sensors"].items()
            if name in {window["target"] for window in score["faulted"]["windows"]}
        )
        console.print(
            f"certainty tells faulted from clean: AUROC {score['detection']['auroc']:.2f}{told}", soft_wrap=True
        )
    gate = score["gate"]
    if gate is not None:
        colour = "green" if gate["passed"] else "red"
        console.print(f"[{colour}]{'passed' if gate['passed'] else 'failed'}[/]: {gate['of']}", highlight=False)
