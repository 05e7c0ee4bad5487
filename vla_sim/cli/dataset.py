"""``vla-sim dataset``: demonstrations as a LeRobotDataset v3."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vla_sim.bench.exit_code import ExitCode

if TYPE_CHECKING:
    from vla_sim.dataset.reader import Dataset

app = typer.Typer(help="Demonstrations as a LeRobotDataset v3.", no_args_is_help=True)

Out = Annotated[Path, typer.Option(help="Folder of the dataset; a recording that was cut short goes on there.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Delete the dataset in the folder and start over.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a dataset.")]


@app.command(epilog="Example: vla-sim dataset record scenarios/smoke.yaml --agent expert --jobs 2 --out runs/demos")
def record(
    suite: Annotated[str, typer.Argument(help="Suite file, or the name of a shipped suite.")],
    out: Out,
    agent: Annotated[str, typer.Option(help="Agent that drives: by name, or module:Class.")] = "expert",
    label: Annotated[
        str, typer.Option(help="Agent whose actions are recorded while the other one drives (DAgger).")
    ] = "",
    arm: Annotated[list[str] | None, typer.Option(help="Arm to record; several times. All if left out.")] = None,
    successes: Annotated[bool, typer.Option("--successes", help="Leave out trials that failed.")] = False,
    engine: Annotated[str, typer.Option(help="Simulator.")] = "embedded",
    jobs: Annotated[int, typer.Option(min=0, help="Worker processes; 0 runs in this process, for debugging.")] = 1,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed in the place of the suite's.")] = None,
    trials: Annotated[int | None, typer.Option(min=1, help="Trials of each arm in the place of the suite's.")] = None,
    renderer: Annotated[str, typer.Option(help="How cameras render; auto takes the best there is.")] = "auto",
    timeout: Annotated[float, typer.Option(min=1, help="Wall-clock seconds after which a trial is stopped.")] = 600,
    fresh: Fresh = False,
    executor: Annotated[
        str, typer.Option(help="Where trials run: local, ray, or ray://HOST:PORT (docs/scale.md).")
    ] = "local",
) -> None:
    """Run a suite's trials, with their faults, and write each as an episode.

    Exit code: 0 all trials are episodes, 2 bad input, 3 some ended in an error and were left out.
    """
    from vla_sim.bench.expand import Overrides, load_plan
    from vla_sim.bench.record import ERRORS
    from vla_sim.bench.workforce import RunOptions, checked
    from vla_sim.cli.console import make_console
    from vla_sim.cli.progress import RunProgress
    from vla_sim.cli.run import find_suite
    from vla_sim.dataset.layout import check_dataset_packages

    check_dataset_packages()
    from vla_sim.dataset.reader import Dataset
    from vla_sim.dataset.record import Order, chosen_arms, record_dataset

    plan = load_plan(find_suite(suite), Overrides(agent, engine, renderer, seed, trials))
    order = Order(chosen_arms(plan, arm or []), label, successes)
    options = RunOptions(jobs, timeout, executor=checked(executor))
    console = make_console()
    with RunProgress(console, sum(1 for _ in order.plan.trials()), []) as progress:
        records = record_dataset(order, out, options, progress, fresh=fresh)
    console.print(_sizes(Dataset(out)), soft_wrap=True, markup=False)
    raise typer.Exit(ExitCode.ERROR if any(each.outcome in ERRORS for each in records) else ExitCode.PASSED)


@app.command(epilog="Example: vla-sim dataset info runs/demos --json")
def info(folder: Folder, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show what is in a dataset: its size, its features, the words, and what came of the episodes."""
    dataset = _open(folder)
    outcomes = Counter(
        (str(episode.facts.get("arm", "")), str(episode.facts.get("outcome", ""))) for episode in dataset.episodes
    )
    if as_json:
        typer.echo(json.dumps(_described(dataset, outcomes), indent=1, ensure_ascii=False))
        return
    from rich.table import Table

    from vla_sim.cli.console import make_console

    console = make_console()
    console.print(_sizes(dataset), soft_wrap=True, markup=False)
    table = Table("feature", "type", "shape", "sensor")
    sensors = {sensor.feature: name for name, sensor in dataset.sensors.items()}
    for name, feature in dataset.features.items():
        table.add_row(name, feature.dtype, " x ".join(map(str, feature.shape)), sensors.get(name, ""))
    console.print(table)
    for (arm, outcome), count in sorted(outcomes.items()):
        if outcome:
            console.print(f"{arm}: {count} {outcome}", markup=False)


@app.command(epilog="Example: vla-sim dataset relabel runs/demos --agent fusion --out runs/relabelled")
def relabel(
    folder: Folder,
    agent: Annotated[str, typer.Option(help="Agent that says what it would have done.")],
    out: Annotated[Path, typer.Option(help="Folder of the new dataset.")],
    fresh: Fresh = False,
) -> None:
    """Write a dataset anew with what an agent would have done at each frame as its actions."""
    dataset = _open(folder)
    from vla_sim.dataset.relabel import relabel as relabel_dataset

    total = len(dataset.episodes)
    relabel_dataset(
        dataset, agent, out, lambda episode: typer.echo(f"episode {episode.index + 1} of {total}"), fresh=fresh
    )
    typer.echo(_sizes(_open(out)))


@app.command(epilog="Example: vla-sim dataset mcap runs/smoke/trials --out runs/demos")
def mcap(
    recordings: Annotated[list[Path], typer.Argument(help="MCAP files of trials, or folders that hold some.")],
    out: Annotated[Path, typer.Option(help="Folder of the dataset.")],
    world: Annotated[str | None, typer.Option(help="SDF file of the world, where it is no shipped one.")] = None,
    fresh: Fresh = False,
) -> None:
    """Make a dataset of recordings that `vla-sim run --record` wrote, an episode each."""
    from vla_sim.dataset.layout import check_dataset_packages
    from vla_sim.errors import InputError

    check_dataset_packages()
    from vla_sim.dataset.recordings import import_recordings

    files = [file for path in recordings for file in (sorted(path.rglob("*.mcap")) if path.is_dir() else [path])]
    if not files:
        raise InputError("there is no MCAP file", file=recordings[0])
    import_recordings(files, out, lambda file, frames: typer.echo(f"{file}: {frames} frames"), world=world, fresh=fresh)
    typer.echo(_sizes(_open(out)))


def _open(folder: Path) -> Dataset:
    from vla_sim.dataset.layout import check_dataset_packages

    check_dataset_packages()
    from vla_sim.dataset.reader import Dataset

    return Dataset(folder)


def _sizes(dataset: Dataset) -> str:
    frames = len(dataset)
    return (
        f"{dataset.folder}: {len(dataset.episodes)} episodes, {frames} frames at {dataset.fps} a second "
        f"({frames / dataset.fps:.0f} s), {len(dataset.tasks)} tasks"
    )


def _described(dataset: Dataset, outcomes: Counter[tuple[str, str]]) -> dict[str, Any]:
    return {
        "folder": str(dataset.folder),
        "episodes": len(dataset.episodes),
        "frames": len(dataset),
        "fps": dataset.fps,
        "robot": dataset.info.get("robot_type"),
        "tasks": dataset.tasks,
        "features": {name: feature.model_dump(mode="json") for name, feature in dataset.features.items()},
        "outcomes": [
            {"arm": arm, "outcome": outcome, "episodes": count} for (arm, outcome), count in sorted(outcomes.items())
        ],
    }
