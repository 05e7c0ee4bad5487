"""Run a plan in worker processes and keep its ledger."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from vla_sim.bench.ledger import Ledger
from vla_sim.bench.plan import Plan, Trial
from vla_sim.bench.pool import Lost, Raised, Skipped
from vla_sim.bench.record import TrialRecord
from vla_sim.bench.stopping import Stopping, stopped_trial
from vla_sim.bench.trial import lost_trial
from vla_sim.bench.worker import MakeEnv, forget, make_env
from vla_sim.bench.workforce import RunOptions, trial_pool
from vla_sim.errors import HarnessError, InputError

Listener = Callable[[TrialRecord], None]
Result = TypeVar("Result")


def answered(result: Result | Lost | Raised | Skipped) -> Result | Lost:
    """Return what a worker made of an item, or that it was lost on the way.

    Raises:
        InputError: it raised that: the user can mend it.
        HarnessError: it raised anything else.
    """
    match result:
        case Raised(bad_input=True):
            raise InputError(result.error)
        case Raised():
            raise HarnessError(f"{result.error}\n{result.trace}")
        case Skipped():
            raise AssertionError("only what is stopped is skipped")
    return result


def run_plan(
    plan: Plan,
    ledger: Ledger,
    folder: Path,
    options: RunOptions,
    listener: Listener,
    make_env: MakeEnv = make_env,
) -> None:
    """Run what the ledger lacks, appending records in the plan's order and telling the listener of each.

    Raises:
        InputError: the agent cannot be loaded, or an environment cannot be built as the suite wants it.
        HarnessError: the testbench itself failed.
    """
    todo = list(plan.trials())[len(ledger.records) :]
    stopping = Stopping(plan)
    for earlier in ledger.records:
        stopping.take(earlier)
    with trial_pool(plan, folder, options, make_env) as pool:
        results = pool.run(todo, lambda trial: stopping.reason(trial) is not None)
        for trial, result in zip(todo, results, strict=False):
            reason = stopping.reason(trial)
            if reason is not None:
                # It may have been run already, by a worker that was ahead: what it says does not count.
                forget(folder, trial)
                record = stopped_trial(trial, reason)
            else:
                record = record_of(trial, result)
            ledger.append(record)
            stopping.take(record)
            listener(record)
            if options.fail_fast and not record.succeeded and reason is None:
                return


def record_of(trial: Trial, result: TrialRecord | Lost | Raised | Skipped) -> TrialRecord:
    """Return the record of a trial, a lost one's too; raises as ``answered``."""
    answer = answered(result)
    return lost_trial(trial, answer.reason) if isinstance(answer, Lost) else answer
