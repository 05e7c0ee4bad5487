"""``vla-sim compare``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer
from rich.markup import escape
from rich.table import Table

from vla_sim.bench.compare import compare_runs
from vla_sim.bench.exit_code import ExitCode
from vla_sim.cli.console import make_console

_COLUMNS = ("scenario", "arm", "baseline", "run", "change", "95 % interval", "p (Holm)", "pairs", "sees")
_SHOWN = 20
"""Trials that are named at most."""


def compare(folder: Path, baseline: Path, *, as_json: bool, as_markdown: bool) -> int:
    """Print what has changed from a baseline and return the exit code.

    1 where an arm has become worse or has lost all its pairs, 3 where too many trials of the run ended in an error.
    """
    result = compare_runs(folder, baseline)
    if as_json:
        typer.echo(json.dumps(result, indent=2, ensure_ascii=False))
    elif as_markdown:
        typer.echo(_markdown(result))
    else:
        _print(result, folder)
    if not result["budget"]["passed"]:
        return ExitCode.ERROR
    return ExitCode.PASSED if result["passed"] else ExitCode.FAILED


def _row(arm: dict[str, Any]) -> tuple[str, ...]:
    low, high = arm["difference_interval"]
    sees = arm["detectable_drop"]
    return (
        arm["scenario"],
        arm["arm"],
        f"{arm['baseline']:.0%}",
        f"{arm['run']:.0%}",
        f"{arm['difference'] * 100:+.0f}",
        f"{low * 100:+.0f} to {high * 100:+.0f}",
        f"{arm['p_holm']:.3f}",
        str(arm["pairs"]),
        "nothing" if sees is None else f"-{sees * 100:.0f}",
    )


def _print(result: dict[str, Any], folder: Path) -> None:
    console = make_console()
    table = Table(title="Success against the baseline, in points", title_justify="left")
    for column in _COLUMNS:
        table.add_column(column, overflow="fold")
    for arm in result["arms"]:
        style = {"worse": "red", "better": "green"}.get(arm["verdict"], "")
        table.add_row(*map(escape, _row(arm)), style=style)
    console.print(table)
    console.print("'sees': the drop that so many pairs find with a power of 80 %", markup=False)
    for remark in result["remarks"]:
        console.print(f"note: {remark}", markup=False, soft_wrap=True)
    lost = [trial for arm in result["arms"] for trial in arm["lost"]]
    for trial in lost[:_SHOWN]:
        console.print(f"lost: vla-sim replay {folder} {trial}", markup=False, soft_wrap=True)
    if len(lost) > _SHOWN:
        console.print(f"... and {len(lost) - _SHOWN} more; --json has them all", markup=False)
    for arm in result["without_pairs"]:
        console.print(f"no pair is left of {arm['scenario']}, {arm['arm']}, which the baseline has", markup=False)
    if not result["budget"]["passed"]:
        console.print(f"not valid: {result['budget']['error_share']:.1%} of the trials ended in an error", markup=False)
    worse = [f"{arm['scenario']}, {arm['arm']}" for arm in result["arms"] if arm["verdict"] == "worse"]
    console.print("worse: " + "; ".join(worse) if worse else "no arm has become worse", markup=False, soft_wrap=True)


def _markdown(result: dict[str, Any]) -> str:
    lines = ["| " + " | ".join(_COLUMNS) + " | |", "|" + "---|" * (len(_COLUMNS) + 1)]
    lines += ["| " + " | ".join(_row(arm)) + f" | {arm['verdict']} |" for arm in result["arms"]]
    lines += ["", *(f"- {remark}" for remark in result["remarks"])]
    return "\n".join(lines).rstrip()
