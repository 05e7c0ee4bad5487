"""``vla-sim run`` and ``vla-sim report``."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from vla_sim import assets
from vla_sim.bench.exit_code import ExitCode
from vla_sim.bench.expand import GateLines, Overrides, load_plan_and_lines
from vla_sim.bench.latency import latency_summary
from vla_sim.bench.ledger import JUNIT, MANIFEST, REPORT, SUMMARY, open_ledger, read_plan, recording_path, video_path
from vla_sim.bench.manifest import Manifest
from vla_sim.bench.plan import Plan
from vla_sim.bench.record import TrialRecord
from vla_sim.bench.rerun import Again, rerun_trials
from vla_sim.bench.runner import run_plan
from vla_sim.bench.schema import nearest
from vla_sim.bench.summary import missing_trials
from vla_sim.bench.workforce import RunOptions
from vla_sim.cli.console import make_console
from vla_sim.cli.progress import RunProgress
from vla_sim.errors import InputError
from vla_sim.report.folder import write_reports
from vla_sim.report.github import tell_github
from vla_sim.report.mcap import check_recording


def run_suite(
    suite: str, overrides: Overrides, options: RunOptions, *, out: Path | None, fresh: bool, video: str, record: str
) -> int:
    """Run or resume a suite and return the exit code."""
    file = find_suite(suite)
    plan, lines = load_plan_and_lines(file, overrides)
    return execute(plan, file, options, lines=lines, out=out, fresh=fresh, video=video, record=record)


def execute(
    plan: Plan,
    suite: Path | None,
    options: RunOptions,
    *,
    lines: GateLines = MappingProxyType({}),
    out: Path | None,
    fresh: bool,
    video: str = "none",
    record: str = "none",
) -> int:
    """Run or resume a plan and return the exit code; GitHub's annotations point at the suite's file, if it has one."""
    console = make_console()
    if record != "none":
        check_recording()
    name = plan.suite if plan.engine == "embedded" else f"{plan.suite}-{plan.engine}"
    folder = out or default_folder(name, plan.agent)
    total = sum(1 for _ in plan.trials())
    began = time.monotonic()
    with open_ledger(folder, plan, fresh=fresh) as ledger:
        earlier = len(ledger.records)
        manifest = Manifest(folder / MANIFEST, plan.digest)
        console.print(_announcement(plan, total, earlier, folder), soft_wrap=True, markup=False)
        interrupted = False
        with RunProgress(console, total, ledger.records) as progress:
            try:
                run_plan(plan, ledger, folder, options, progress)
            except KeyboardInterrupt:
                interrupted = True
        facts = {"jobs": options.jobs, "executor": options.executor, **latency_summary(folder)}
        manifest.finish(time.monotonic() - began, len(ledger.records) - earlier, facts)
        if interrupted:
            done = len(ledger.records)
            console.print(f"interrupted after {done} of {total} trials; the same command resumes the run")
            return ExitCode.INTERRUPTED
        _film_and_record(console, plan, ledger.records, folder, video, record, options.jobs)
        summary = write_reports(folder)
    show_summary(console, plan, summary, folder)
    if suite is not None:
        for line in tell_github(summary, suite, lines):
            console.print(line, soft_wrap=True, markup=False, highlight=False)
    return int(summary["exit_code"])


def report_folder(folder: Path) -> int:
    """Write a run's reports again and return the exit code of the run."""
    summary = write_reports(folder)
    show_summary(make_console(), read_plan(folder), summary, folder)
    return int(summary["exit_code"])


def default_folder(name: str, agent: str) -> Path:
    """Return the folder of a run where none is asked for."""
    return Path("runs") / f"{name}-{_safe(agent)}"


def find_suite(suite: str) -> Path:
    """Return the file of a suite given as a path or as the name of a shipped one."""
    path = Path(suite)
    if path.is_file():
        return path
    shipped = {file.stem: file for file in sorted(assets.SCENARIOS.glob("*.yaml"))}
    if suite in shipped:
        return shipped[suite]
    raise InputError(f"no suite file '{suite}'{nearest(path.stem, shipped)}", field="SUITE")


def show_summary(console: Console, plan: Plan, summary: dict[str, Any], folder: Path) -> None:
    """Print success by scenario and arm, the gates that failed, and where the files are."""
    table = Table(title=f"{plan.suite}: success of {escape(plan.agent)}", title_justify="left")
    for column in ("scenario", "arm"):
        table.add_column(column, overflow="fold")
    for column in ("success", "95 % interval", "n", "errors", "to clean", "its interval", "p (Holm)"):
        table.add_column(column, justify="right", no_wrap=True)
    for name, scenario in summary["scenarios"].items():
        _add_arms(table, name, scenario["arms"])
    if len(summary["scenarios"]) > 1:
        _add_arms(table, "all", summary["arms"])
    console.print(table)
    for gate in summary["gates"]:
        if not gate["passed"]:
            console.print(
                f"[red]gate failed[/] {gate['scenario']}, {gate['arm']}: "
                f"{gate['gate']} is {_number(gate['value'])}, {gate['threshold']} is asked",
                highlight=False,
            )
    for arm in summary["stopped_early"]:
        console.print(f"{arm['scenario']}, {arm['arm']}: {arm['decision']}; {arm['saved']} trials saved", markup=False)
    colour = "green" if summary["passed"] else "red"
    console.print(f"[{colour}]{verdict_text(summary)}[/]")
    for file in (REPORT, SUMMARY, JUNIT):
        console.print(f"  {folder / file}", soft_wrap=True, markup=False)


def verdict_text(summary: dict[str, Any]) -> str:
    """Return the run's verdict in words."""
    outcomes = summary["outcomes"]
    errors = outcomes["harness_error"] + outcomes["simulator_crash"]
    if not summary["budget"]["passed"]:
        return f"not valid: {errors} of {summary['trials']} trials ended in an error"
    missing = missing_trials(summary)
    if missing:
        return f"not complete: {missing} of {summary['trials']} trials were not executed"
    failed = sum(not gate["passed"] for gate in summary["gates"])
    if failed:
        return f"failed: {failed} of {len(summary['gates'])} gates"
    return f"passed: {len(summary['gates'])} gates" if summary["gates"] else "completed; the suite has no gates"


def _film_and_record(
    console: Console, plan: Plan, records: list[TrialRecord], folder: Path, video: str, record: str, jobs: int
) -> None:
    """Film and record the trials wanted by running them once more: doing so from the first would slow all of them."""
    films = _missing(records, video, partial(video_path, folder))
    recordings = _missing(records, record, partial(recording_path, folder))
    wanted = [trial for trial in plan.trials() if trial.id in films or trial.id in recordings]
    again = [Again(trial, films.get(trial.id), recordings.get(trial.id)) for trial in wanted]
    for number, (item, _) in enumerate(zip(again, rerun_trials(plan, again, jobs), strict=True), start=1):
        made = ", ".join(str(path) for path in (item.film, item.recording) if path is not None)
        console.print(f"again {number}/{len(again)}: {made}", soft_wrap=True, markup=False)


def _missing(records: list[TrialRecord], wanted: str, path_of: Callable[[str], Path]) -> dict[str, Path]:
    """Return the files that are wanted and not there, by trial; of a trial that was never run there can be none."""
    ran = [record for record in records if record.outcome != "not_executed"]
    chosen = [record.id for record in ran if wanted == "all" or (wanted == "failures" and not record.succeeded)]
    return {trial_id: path for trial_id in chosen if not (path := path_of(trial_id)).is_file()}


def _announcement(plan: Plan, total: int, earlier: int, folder: Path) -> str:
    resumed = f", {earlier} of them done before" if earlier else ""
    return f"{plan.suite}: {total} trials{resumed}; agent {plan.agent}, seed {plan.seed}, into {folder}"


def _add_arms(table: Table, name: str, arms: dict[str, Any]) -> None:
    for arm, figures in arms.items():
        low, high = figures["interval"] or (None, None)
        outcomes = figures["outcomes"]
        paired = figures.get("paired", {})
        difference, p_value = paired.get("difference"), paired.get("p_holm")
        ends = paired.get("difference_interval")
        table.add_row(
            name,
            arm,
            "-" if low is None else f"{figures['success']:.0%}",
            "-" if low is None else f"{low:.2f} to {high:.2f}",
            str(figures["counted"]),
            str(outcomes["harness_error"] + outcomes["simulator_crash"]),
            "" if difference is None else f"{difference * 100:+.0f}",
            "" if ends is None else f"{ends[0] * 100:+.0f} to {ends[1] * 100:+.0f}",
            "" if p_value is None else f"{p_value:.3f}",
        )
        name = ""
    table.add_section()


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"


def _safe(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)
