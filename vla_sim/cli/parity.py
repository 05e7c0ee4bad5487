"""``vla-sim parity``: the same suite on two engines."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from vla_sim.bench.exit_code import ExitCode
from vla_sim.bench.expand import Overrides, load_plan
from vla_sim.bench.parity.pair import Pair
from vla_sim.bench.parity.run import SUMMARY, TEXT, run_parity
from vla_sim.bench.parity.summary import report_text
from vla_sim.bench.workforce import RunOptions
from vla_sim.cli.console import make_console
from vla_sim.cli.run import default_folder, find_suite

MARGIN = 0.03
"""Difference of the success rates at which the engines count as unlike."""


def run_pairs(
    suite: str, overrides: Overrides, other: str, options: RunOptions, *, out: Path | None, fresh: bool
) -> int:
    """Run a suite on both engines, print the report and return the exit code."""
    file = find_suite(suite)
    plans = (load_plan(file, overrides), load_plan(file, replace(overrides, engine=other)))
    folder = out or default_folder(f"{plans[0].suite}-parity", plans[0].agent)
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    console = make_console()
    total = sum(1 for _ in plans[0].trials())
    console.print(f"{plans[0].suite}: {total} pairs; {plans[0].engine} and {other}, into {folder}", markup=False)

    def tell(pair: Pair) -> None:
        sides = f"{pair.first.outcome} {pair.first.reason}, {pair.second.outcome} {pair.second.reason}"
        console.print(f"{pair.id}: {sides}; apart {max(pair.apart, default=0.0):.3f} m", markup=False, soft_wrap=True)

    summary = run_parity(plans, folder, options, tell)
    console.print(report_text(summary), markup=False, highlight=False, soft_wrap=True)
    for name in (SUMMARY, TEXT):
        console.print(f"  {folder / name}", soft_wrap=True, markup=False)
    if not summary["counted"] or summary["counted"] < summary["pairs"]:
        return ExitCode.ERROR
    return ExitCode.FAILED if abs(summary["difference"]) > MARGIN else ExitCode.PASSED
