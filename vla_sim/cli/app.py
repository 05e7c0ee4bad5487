"""The commands and their options. Each imports what it needs when it is called, so that ``--help`` is quick."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

import vla_sim
from vla_sim.cli.dataset import app as dataset
from vla_sim.cli.gz import app as gz
from vla_sim.cli.ros import app as ros
from vla_sim.cli.serve import serve
from vla_sim.cli.train import collect, export, train

app = typer.Typer(
    name="vla-sim",
    help="Simulation-in-the-loop testbench for vision-language-action robot agents.",
    epilog="Example: vla-sim run scenarios/smoke.yaml --agent expert --jobs 2",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(dataset, name="dataset")
app.add_typer(gz, name="gz")
app.add_typer(ros, name="ros")
app.add_typer(train, name="train")
app.command(epilog="Example: vla-sim collect --size small --out runs/views")(collect)
app.command(epilog="Example: vla-sim serve --agent fusion --port 8000")(serve)
app.command(epilog="Example: vla-sim export --checkpoint runs/agent/checkpoint --out runs/onnx")(export)


Executor = Annotated[str, typer.Option(help="Where trials run: local, ray, or ray://HOST:PORT (docs/scale.md).")]


class Which(StrEnum):
    """Which trials get a video, or a recording."""

    none = "none"
    failures = "failures"
    all = "all"


class Listable(StrEnum):
    """What ``vla-sim list`` lists."""

    worlds = "worlds"
    robots = "robots"
    tasks = "tasks"
    faults = "faults"
    agents = "agents"
    suites = "suites"


def _version(value: bool) -> None:
    if value:
        typer.echo(f"vla-sim {vla_sim.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command(epilog="Example: vla-sim run scenarios/smoke.yaml --agent expert --jobs 2 --out runs/smoke")
def run(
    suite: Annotated[str, typer.Argument(help="Suite file, or the name of a shipped suite.")],
    agent: Annotated[str, typer.Option(help="Agent by name, or module:Class.")] = "expert",
    engine: Annotated[str, typer.Option(help="Simulator.")] = "embedded",
    jobs: Annotated[int, typer.Option(min=0, help="Worker processes; 0 runs in this process, for debugging.")] = 1,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed in the place of the suite's.")] = None,
    trials: Annotated[int | None, typer.Option(min=1, help="Trials of each arm in the place of the suite's.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the run; an unfinished run there is resumed.")] = None,
    renderer: Annotated[str, typer.Option(help="How cameras render; auto takes the best there is.")] = "auto",
    video: Annotated[Which, typer.Option(help="Trials that get a video.")] = Which.none,
    record: Annotated[Which, typer.Option(help="Trials that get an MCAP file of ROS 2 messages.")] = Which.none,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse worlds with unsupported elements.")] = False,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Stop at the first trial that is no success.")] = False,
    timeout: Annotated[float, typer.Option(min=1, help="Wall-clock seconds after which a trial is stopped.")] = 600,
    fresh: Annotated[bool, typer.Option("--fresh", help="Delete the run in the folder and start over.")] = False,
    executor: Executor = "local",
) -> None:
    """Run a suite, or resume it; write its ledger, summary, JUnit file and report.

    Exit code: 0 passed, 1 a gate failed, 2 bad input, 3 a harness or simulator error.
    """
    from vla_sim.bench.expand import Overrides
    from vla_sim.bench.workforce import RunOptions, checked
    from vla_sim.cli.run import run_suite

    raise typer.Exit(
        run_suite(
            suite,
            Overrides(agent, engine, renderer, seed, trials, strict),
            RunOptions(jobs, timeout, fail_fast, checked(executor)),
            out=out,
            fresh=fresh,
            video=video.value,
            record=record.value,
        )
    )


@app.command(epilog="Example: vla-sim reliance --world arena --task go_to_object --agent classical --trials 20")
def reliance(
    world: Annotated[list[str], typer.Option(help="Shipped world or SDF file; may be given several times.")],
    task: Annotated[list[str], typer.Option(help="Task, or all; may be given several times.")],
    agent: Annotated[str, typer.Option(help="Agent by name, or module:Class.")] = "expert",
    engine: Annotated[str, typer.Option(help="Simulator.")] = "embedded",
    jobs: Annotated[int, typer.Option(min=0, help="Worker processes; 0 runs in this process, for debugging.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Seed.")] = 0,
    trials: Annotated[int, typer.Option(min=1, help="Trials of each arm.")] = 20,
    out: Annotated[Path | None, typer.Option(help="Folder of the run; an unfinished run there is resumed.")] = None,
    renderer: Annotated[str, typer.Option(help="How cameras render; auto takes the best there is.")] = "auto",
    timeout: Annotated[float, typer.Option(min=1, help="Wall-clock seconds after which a trial is stopped.")] = 600,
    fresh: Annotated[bool, typer.Option("--fresh", help="Delete the run in the folder and start over.")] = False,
    executor: Executor = "local",
) -> None:
    """Take each sensor, and the words, away in turn, and show what the agent really uses."""
    from vla_sim.bench.expand import Overrides
    from vla_sim.bench.reliance import reliance_plan
    from vla_sim.bench.workforce import RunOptions, checked
    from vla_sim.cli.run import execute

    plan = reliance_plan(world, task, Overrides(agent, engine, renderer, seed, trials))
    raise typer.Exit(execute(plan, None, RunOptions(jobs, timeout, executor=checked(executor)), out=out, fresh=fresh))


@app.command(epilog="Example: vla-sim search scenarios/faults_search.yaml --agent classical --jobs 2 --out runs/search")
def search(
    suite: Annotated[str, typer.Argument(help="Suite file with a search block, or the name of a shipped one.")],
    agent: Annotated[str, typer.Option(help="Agent by name, or module:Class.")] = "expert",
    engine: Annotated[str, typer.Option(help="Simulator.")] = "embedded",
    jobs: Annotated[int, typer.Option(min=0, help="Worker processes; 0 runs in this process, for debugging.")] = 1,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed in the place of the suite's.")] = None,
    fault: Annotated[
        list[str] | None, typer.Option(help="What may fail, as target:kind; several times, in the place of the file's.")
    ] = None,
    level: Annotated[list[int] | None, typer.Option(help="Level to try, 1 to 5; several times.")] = None,
    onset: Annotated[
        list[float] | None, typer.Option(help="Second from which it may fail, the harshest first; several times.")
    ] = None,
    shrink: Annotated[
        str | None, typer.Option(metavar="ARM", help="Make this failing arm of the suite as small as can be instead.")
    ] = None,
    together: Annotated[int | None, typer.Option(help="Most faults at once.")] = None,
    threshold: Annotated[float | None, typer.Option(help="Success rate under which the agent fails.")] = None,
    trials: Annotated[
        int | None, typer.Option(help="Trials of an arm of the grid, and the most for a verdict.")
    ] = None,
    budget: Annotated[int | None, typer.Option(help="Most trials of all; a fifth of the grid's if left out.")] = None,
    alpha: Annotated[float | None, typer.Option(help="Error probability of a verdict that an arm fails.")] = None,
    beta: Annotated[float | None, typer.Option(help="Error probability of a verdict that an arm passes.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the search; one that was cut short goes on there.")
    ] = None,
    renderer: Annotated[str, typer.Option(help="How cameras render; auto takes the best there is.")] = "auto",
    strict: Annotated[bool, typer.Option("--strict", help="Refuse worlds with unsupported elements.")] = False,
    timeout: Annotated[float, typer.Option(min=1, help="Wall-clock seconds after which a trial is stopped.")] = 600,
    fresh: Annotated[bool, typer.Option("--fresh", help="Delete the search in the folder and start over.")] = False,
    executor: Executor = "local",
) -> None:
    """Find the mildest fault that takes an agent under its success threshold, with a fifth of the grid's trials.

    Exit code: 0 found and confirmed, or nothing fails, 1 undecided, 2 bad input, 3 a harness or simulator error.
    """
    from vla_sim.bench.expand import Overrides
    from vla_sim.bench.workforce import RunOptions, checked
    from vla_sim.cli.search import search_suite

    given = {
        "faults": fault,
        "levels": level,
        "onsets": onset,
        "together": together,
        "threshold": threshold,
        "trials": trials,
        "budget": budget,
        "alpha": alpha,
        "beta": beta,
    }
    raise typer.Exit(
        search_suite(
            suite,
            Overrides(agent, engine, renderer, seed, None, strict),
            {name: value for name, value in given.items() if value not in (None, [])},
            shrink,
            RunOptions(jobs, timeout, executor=checked(executor)),
            out=out,
            fresh=fresh,
        )
    )


@app.command("list", epilog="Example: vla-sim list faults --json")
def list_(
    what: Annotated[Listable, typer.Argument(help="What to list.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Check each fault against its golden hashes.")] = False,
) -> None:
    """List what a suite can name."""
    from vla_sim.cli.listing import list_things

    raise typer.Exit(list_things(what.value, as_json=as_json, verify=verify))


@app.command(epilog="Example: vla-sim view worlds/arena.sdf --out arena.png")
def view(
    file: Annotated[str, typer.Argument(help="SDF world or model, model folder, or name of a shipped world or robot.")],
    out: Annotated[Path | None, typer.Option(help="Picture to write (PNG).")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail if an element is not supported.")] = False,
) -> None:
    """Show what is in any SDF file, list what is not supported, and render it."""
    from vla_sim.cli.view import view_file

    raise typer.Exit(view_file(file, out, strict=strict))


@app.command(epilog="Example: vla-sim doctor --json")
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    determinism: Annotated[
        bool, typer.Option("--determinism", help="Run one seed twice instead, and compare every reading.")
    ] = False,
    engine: Annotated[str, typer.Option(help="Simulator whose determinism is looked at.")] = "embedded",
    world: Annotated[str, typer.Option(help="World for that: a shipped one, or an SDF file.")] = "arena",
    seed: Annotated[int, typer.Option(min=0, help="Seed for that.")] = 0,
    seconds: Annotated[float, typer.Option(min=0.1, help="Simulated time for that.")] = 10.0,
) -> None:
    """Check this machine: packages, rendering, worlds, sensors. Exit code 3 if something is broken.

    With --determinism: exit code 1 if two runs of one seed differ; it says by which sensor, and when.
    """
    from vla_sim.cli.doctor import audit_determinism, examine

    raise typer.Exit(
        audit_determinism(engine, world, seed, seconds, as_json=as_json) if determinism else examine(as_json=as_json)
    )


@app.command(epilog="Example: vla-sim replay runs/smoke go_to_object-arena/clean/000 --video")
def replay(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a run.")],
    trial: Annotated[str, typer.Argument(help="Id of the trial, as in trials.jsonl.")],
    video: Annotated[bool, typer.Option("--video", help="Write a video into the run's folder.")] = False,
    mcap: Annotated[bool, typer.Option("--mcap", help="Write an MCAP file of ROS 2 messages there.")] = False,
    rerun: Annotated[Path | None, typer.Option("--rerun", metavar="FILE.rrd", help="Write a file of Rerun.")] = None,
) -> None:
    """Run one trial again and say whether its record is the same. Exit code 1 if it is not."""
    from vla_sim.cli.replay import replay_trial

    raise typer.Exit(replay_trial(folder, trial, video=video, mcap=mcap, rerun=rerun))


@app.command(epilog="Example: vla-sim report runs/smoke")
def report(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a run.")]) -> None:
    """Write summary, JUnit file and report again from a run's ledger; docs/reports.md says what is in them.

    The fields of summary.json are described in vla_sim/report/summary.schema.json (JSON Schema).
    """
    from vla_sim.cli.run import report_folder

    raise typer.Exit(report_folder(folder))


@app.command(epilog="Example: vla-sim compare runs/mine runs/baseline")
def compare(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a run.")],
    baseline: Annotated[Path, typer.Argument(help="Folder of the run to compare with, of the same suite and seed.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown table.")] = False,
) -> None:
    """Compare a run with a baseline, trial by trial. Exit code 1 if an arm has become significantly worse."""
    from vla_sim.cli.compare import compare as compare_folders

    raise typer.Exit(compare_folders(folder, baseline, as_json=as_json, as_markdown=as_markdown))


@app.command(epilog="Example: vla-sim parity scenarios/smoke.yaml --agent expert --trials 4 --out runs/parity")
def parity(
    suite: Annotated[str, typer.Argument(help="Suite file, or the name of a shipped suite.")],
    agent: Annotated[str, typer.Option(help="Agent by name, or module:Class.")] = "expert",
    engine: Annotated[str, typer.Option(help="Simulator.")] = "embedded",
    other: Annotated[str, typer.Option(help="Simulator to hold against it.")] = "gazebo",
    jobs: Annotated[int, typer.Option(min=0, help="Worker processes; 0 runs in this process, for debugging.")] = 1,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed in the place of the suite's.")] = None,
    trials: Annotated[int | None, typer.Option(min=1, help="Trials of each arm in the place of the suite's.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the report; what is done there is kept.")] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Wall-clock seconds after which a pair is stopped.")] = 1200,
    fresh: Annotated[bool, typer.Option("--fresh", help="Delete what is in the folder and start over.")] = False,
) -> None:
    """Run each trial on two engines; report success, how the paths part, how sensors differ, and what differed first.

    Exit code: 0 success differs by at most 3 points, 1 by more, 2 bad input, 3 a simulator error.
    """
    from vla_sim.bench.expand import Overrides
    from vla_sim.bench.workforce import RunOptions
    from vla_sim.cli.parity import run_pairs

    overrides = Overrides(agent, engine, seed=seed, trials=trials)
    raise typer.Exit(run_pairs(suite, overrides, other, RunOptions(jobs, timeout), out=out, fresh=fresh))


@app.command(epilog="Example: vla-sim validate --agent fusion --profile quick --out runs/validation")
def validate(
    agent: Annotated[str, typer.Option(help="Agent by name, or module:Class; @PATH behind it gives a checkpoint.")],
    profile: Annotated[str, typer.Option(help="Profile file, or the name of a shipped one: quick, release.")],
    out: Annotated[Path | None, typer.Option(help="Folder of the page, the JSON and each stage's own files.")] = None,
    bag: Annotated[list[Path] | None, typer.Option(help="Recording for the stage 'bags'; several times.")] = None,
    jobs: Annotated[int, typer.Option(min=0, help="Worker processes of suites.")] = 1,
    fresh: Annotated[bool, typer.Option("--fresh", help="Delete the validation in the folder and start over.")] = False,
) -> None:
    """Take an agent through a profile's stages, and write one page: passed, failed, or not executed and why.

    Exit code: 0 every required stage passed, 1 one failed or was not executed, 2 bad input, 3 a harness or simulator
    error. docs/validation.md describes profiles and the JSON.
    """
    from vla_sim.cli.validate import run_validation

    raise typer.Exit(run_validation(agent, profile, out, bag or [], jobs, fresh=fresh))


@app.command(epilog="Example: vla-sim gallery --out faults.html")
def gallery(out: Annotated[Path, typer.Option(help="Page to write.")] = Path("faults.html")) -> None:
    """Show every kind of fault at every level, on the readings of a drive through a shipped world, as one page."""
    from vla_sim.bench.atomic import write_text
    from vla_sim.errors import InputError
    from vla_sim.report.gallery import gallery_text

    if not out.parent.is_dir():
        raise InputError("the folder is not there", file=out.parent)
    write_text(out, gallery_text())
    typer.echo(out)
