"""Success of a checkpoint by the scenario runner, with and without faults."""

from __future__ import annotations

from pathlib import Path

from vla_sim.bench.expand import Overrides, load_plan
from vla_sim.bench.ledger import open_ledger
from vla_sim.bench.runner import run_plan
from vla_sim.bench.schema import CLEAN
from vla_sim.bench.workforce import RunOptions


def evaluate(suite: Path, checkpoint: Path, trials: int, jobs: int, folder: Path) -> dict[str, int]:
    """Run a suite with an agent out of a checkpoint, a run that was broken off from where it was; return its counts.

    ``clean_successes`` of ``clean_trials``, and ``faulted_successes`` of ``faulted_trials`` over all other arms; trials
    that say nothing about the agent do not count.

    Raises:
        InputError: the suite is wrong.
    """
    plan = load_plan(suite, Overrides(agent=f"fusion@{checkpoint}", trials=trials))
    with open_ledger(folder, plan) as ledger:
        run_plan(plan, ledger, folder, RunOptions(jobs=jobs), lambda record: None)
        records = [record for record in ledger.records if record.counts]
    counts: dict[str, int] = {}
    for name, arm in (("clean", True), ("faulted", False)):
        chosen = [record.succeeded for record in records if (record.arm == CLEAN) is arm]
        counts |= {f"{name}_successes": sum(chosen), f"{name}_trials": len(chosen)}
    return counts
