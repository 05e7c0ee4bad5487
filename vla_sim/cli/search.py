"""``vla-sim search``."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from vla_sim.bench.atomic import write_text
from vla_sim.bench.exit_code import ExitCode
from vla_sim.bench.expand import Overrides
from vla_sim.bench.ledger import FOUND, MANIFEST, SEARCH, TRIALS, open_ledger
from vla_sim.bench.manifest import Manifest
from vla_sim.bench.record import ERRORS, TrialRecord
from vla_sim.bench.search.hunt import Hunt, hunt
from vla_sim.bench.search.plan import SearchPlan, load_search
from vla_sim.bench.search.prober import Prober, Verdict
from vla_sim.bench.search.result import describe, found_suite, result_text, search_result
from vla_sim.bench.search.source import open_source
from vla_sim.bench.workforce import RunOptions
from vla_sim.cli.console import make_console
from vla_sim.cli.run import default_folder, find_suite

_CODES = {"found": ExitCode.PASSED, "nothing_fails": ExitCode.PASSED, "errors": ExitCode.ERROR}


def search_suite(
    suite: str,
    overrides: Overrides,
    options: Mapping[str, Any],
    shrink: str | None,
    run_options: RunOptions,
    *,
    out: Path | None,
    fresh: bool,
) -> int:
    """Search a suite, or make one of its arms smaller, or go on with either; return the exit code."""
    console = make_console()
    plan = load_search(find_suite(suite), overrides, options, shrink)
    folder = out or default_folder(f"search-{plan.suite}", plan.agent)
    began = time.monotonic()
    with open_ledger(folder, plan, fresh=fresh) as ledger:
        earlier = len(ledger.records)
        manifest = Manifest(folder / MANIFEST, plan.digest)
        console.print(_announcement(plan, earlier, folder), soft_wrap=True, markup=False)
        listener = _Listener(console, plan)
        interrupted = False
        with open_source(plan, ledger, folder, run_options, listener.error) as source:
            prober = Prober(plan, source.run, listener.verdict)
            try:
                found = hunt(plan, prober)
            except KeyboardInterrupt:
                interrupted = True
        manifest.finish(time.monotonic() - began, len(ledger.records) - earlier, {"jobs": run_options.jobs})
        if interrupted:
            console.print(f"interrupted after {len(ledger.records)} trials; the same command goes on with the search")
            return ExitCode.INTERRUPTED
        result = search_result(plan, prober, found)
        write_text(folder / SEARCH, result_text(result))
        (folder / FOUND).unlink(missing_ok=True)
        if found.found is not None:
            write_text(folder / FOUND, found_suite(plan, found.found))
    _show(console, plan, found, result, folder)
    return _CODES.get(found.status, ExitCode.FAILED)


class _Listener:
    """Tells of verdicts, and of trials that ended in an error."""

    def __init__(self, console: Console, plan: SearchPlan):
        self._console = console
        self._plan = plan

    def error(self, record: TrialRecord) -> None:
        if record.outcome in ERRORS:
            self._print(f"{record.outcome} {record.id}: {record.reason}")

    def verdict(self, verdict: Verdict, spent: int) -> None:
        self._print(
            f"{spent:>5}/{self._plan.space.budget} trials: {verdict.arm} {verdict.answer}, "
            f"{verdict.successes} of {verdict.trials} succeeded: {describe(self._plan, verdict.combination)}"
        )

    def _print(self, text: str) -> None:
        self._console.print(text, soft_wrap=True, markup=False)


def _announcement(plan: SearchPlan, earlier: int, folder: Path) -> str:
    search, space = plan.search, plan.space
    resumed = f", {earlier} of them done before" if earlier else ""
    return (
        f"{plan.suite}: at most {space.budget} trials{resumed}; the full grid of {space.grid_arms} arms x "
        f"{search.trials} trials has {space.grid_trials}; agent {plan.agent}, seed {plan.seed}, into {folder}"
    )


def _show(console: Console, plan: SearchPlan, hunt: Hunt, result: Mapping[str, Any], folder: Path) -> None:
    """Print what was found with its physical parameters, what it cost, and where the files are."""
    if hunt.found is not None:
        table = Table(title=f"the mildest failure of {plan.agent}", title_justify="left")
        for column in ("fault", "severity", "stream", "parameters"):
            table.add_column(column, overflow="fold")
        for place, fault in enumerate(result["found"]["faults"]):
            label = describe(plan, hunt.found.combination[place : place + 1])
            for stream, values in fault["parameters"].items():
                shown = ", ".join(f"{name} {value['value']:g} {value['unit']}" for name, value in values.items())
                table.add_row(label, f"{fault['severity']:g}", stream, shown)
        console.print(table, markup=False)
    trials = result["trials"]
    console.print(_verdict_text(plan, hunt, result), soft_wrap=True, markup=False)
    console.print(
        f"{trials['total']} trials, {trials['share_of_grid']:.1%} of the grid's {result['grid']['trials']}",
        markup=False,
    )
    for file in (SEARCH, TRIALS, *([FOUND] if hunt.found is not None else [])):
        console.print(f"  {folder / file}", soft_wrap=True, markup=False)


def _verdict_text(plan: SearchPlan, hunt: Hunt, result: Mapping[str, Any]) -> str:
    asked = f"{plan.search.threshold:.0%}"
    spent = "" if hunt.exhaustive else "; the budget was spent before all that would be milder was looked at"
    match hunt.status:
        case "found":
            found, last = result["found"], result["confirmations"][-1]
            low, high = found["interval"]
            return (
                f"found: success {found['success']:.0%} ({low:.0%} to {high:.0%}) on {last['trials']} fresh trials, "
                f"under {asked} (p = {last['p_value']:.2g}){spent}"
            )
        case "nothing_fails":
            return f"no fault that was looked at takes the agent under {asked}{spent}"
        case "not_confirmed":
            return f"not confirmed: what seemed to fail was not under {asked} on fresh seeds beyond doubt{spent}"
        case "clean_fails":
            return f"without any fault the agent was not shown to reach {asked}: lower the threshold"
        case "errors":
            return f"not valid: {result['trials']['errors']} trials ended in an error"
