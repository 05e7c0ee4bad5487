"""Run the pairs of a plan, keeping those that are done."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vla_sim.bench.atomic import write_text
from vla_sim.bench.parity.pair import Pair, PairRunner, Side
from vla_sim.bench.parity.summary import report_text, summarise
from vla_sim.bench.plan import Plan
from vla_sim.bench.pool import Lost, run_items
from vla_sim.bench.runner import answered
from vla_sim.bench.venue import load_venue
from vla_sim.bench.workforce import RunOptions
from vla_sim.errors import InputError

PAIRS, SUMMARY, TEXT, PLAN = "pairs.jsonl", "parity.json", "parity.txt", "plan.json"


def run_parity(
    plans: tuple[Plan, Plan], folder: Path, options: RunOptions, listener: Callable[[Pair], None]
) -> dict[str, Any]:
    """Run every trial on both engines, or go on with what lies in the folder, and return the report.

    Raises:
        InputError: the folder holds other trials, or the agent or a world cannot be loaded.
        HarnessError: the testbench itself failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    head = json.dumps([plan.digest for plan in plans])
    _check_plan(folder / PLAN, head)
    done = _read(folder / PAIRS)
    todo = [trial for trial in plans[0].trials() if trial.id not in done]
    start = functools.partial(PairRunner, plans)
    with (folder / PAIRS).open("a", encoding="utf-8") as ledger:
        results = run_items(todo, start, options.jobs, options.timeout)
        for trial, result in zip(todo, results, strict=True):
            pair = answered(result)
            if isinstance(pair, Lost):
                lost = Side(outcome="simulator_crash", reason=pair.reason, sim_time=0.0)
                pair = Pair(id=trial.id, first=lost, second=lost, apart=[], sensors={}, sign="", sign_time=None)
            ledger.write(pair.model_dump_json() + "\n")
            ledger.flush()
            done[pair.id] = pair
            listener(pair)
    pairs = [done[trial.id] for trial in plans[0].trials()]
    modalities: dict[str, str] = {}
    for cell in plans[0].cells:
        venue = load_venue(cell.world_source, cell.robot, Path())
        modalities |= {n: m for n, m in venue.streams.items() if cell.sensors is None or n in cell.sensors}
    summary = summarise(pairs, (plans[0].engine, plans[1].engine), modalities, 1 / plans[0].cells[0].control_rate)
    write_text(folder / SUMMARY, json.dumps(summary, indent=2) + "\n")
    write_text(folder / TEXT, report_text(summary))
    return summary


def _check_plan(file: Path, head: str) -> None:
    if file.is_file() and file.read_text(encoding="utf-8") != head:
        raise InputError("holds pairs of another plan; choose another --out or add --fresh", file=file.parent)
    write_text(file, head)


def _read(file: Path) -> dict[str, Pair]:
    if not file.is_file():
        return {}
    pairs = {}
    for line in file.read_text(encoding="utf-8").split("\n"):
        try:
            pair = Pair.model_validate_json(line)
        except ValueError:
            continue  # The last line of a run that was killed; the pair is run again.
        pairs[pair.id] = pair
    # The file may end in the middle of a line: what is kept of it is written anew.
    write_text(file, "".join(pair.model_dump_json() + "\n" for pair in pairs.values()))
    return pairs
