"""Run trials of an earlier run again: to see that they come out the same, to film and to record them."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vla_sim.agent import load_agent
from vla_sim.bench.plan import Plan, Trial
from vla_sim.bench.pool import run_items
from vla_sim.bench.record import TrialRecord
from vla_sim.bench.runner import record_of
from vla_sim.bench.trial import Watcher, run_trial
from vla_sim.bench.worker import MakeEnv, make_env


@dataclass(frozen=True, slots=True)
class Again:
    """A trial to run once more, and the files to make of it."""

    trial: Trial
    film: Path | None = None
    recording: Path | None = None
    rerun: Path | None = None


def rerun_trials(
    plan: Plan, items: Sequence[Again], jobs: int = 1, make_env: MakeEnv = make_env
) -> Iterator[TrialRecord]:
    """Run trials in worker processes and yield their records; nothing is written but films and recordings.

    Args:
        plan: the plan that the trials are of.
        items: what to run.
        jobs: number of worker processes.
        make_env: builds the environment of a cell.

    Raises:
        InputError: the agent or a world cannot be loaded.
        HarnessError: the testbench itself failed.
    """
    start = functools.partial(_rerunner, plan, make_env)
    for item, result in zip(items, run_items(items, start, jobs), strict=True):
        yield record_of(item.trial, result)


def _rerun(plan: Plan, make_env: MakeEnv, item: Again) -> TrialRecord:
    """Run a trial in an environment of its own, with those who watch it."""
    agent = load_agent(plan.agent)
    watchers: list[Watcher] = []
    with contextlib.ExitStack() as stack:
        env = make_env(plan, item.trial.cell)
        stack.callback(env.close)
        if item.film is not None:
            from vla_sim.report.video import Film

            watchers.append(stack.enter_context(Film(item.film, item.trial.cell.control_rate)))
        if item.recording is not None:
            from vla_sim.report.mcap import Recording, trial_facts

            watchers.append(stack.enter_context(Recording(item.recording, trial_facts(plan, item.trial))))
        if item.rerun is not None:
            from vla_sim.report.mcap import trial_facts
            from vla_sim.report.rerun_file import RerunFile

            watchers.append(stack.enter_context(RerunFile(item.rerun, trial_facts(plan, item.trial))))
        return run_trial(env, agent, item.trial, watchers).record


def _rerunner(plan: Plan, make_env: MakeEnv) -> functools.partial[TrialRecord]:
    return functools.partial(_rerun, plan, make_env)
