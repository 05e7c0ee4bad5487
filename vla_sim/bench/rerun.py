"""Run trials of an earlier run again: to see that they come out the same, and to film them."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Sequence
from pathlib import Path

from vla_sim.agent import load_agent
from vla_sim.bench.ledger import video_path
from vla_sim.bench.plan import Plan, Trial
from vla_sim.bench.pool import Lost, Raised, Skipped, run_items
from vla_sim.bench.record import TrialRecord
from vla_sim.bench.runner import HarnessError, MakeEnv, make_env
from vla_sim.bench.trial import lost_trial, run_trial
from vla_sim.errors import InputError


def rerun_trials(
    plan: Plan, trials: Sequence[Trial], films: Path | None = None, jobs: int = 1, make_env: MakeEnv = make_env
) -> Iterator[TrialRecord]:
    """Run trials in worker processes and yield their records; the run's folder stays as it is but for films.

    Args:
        plan: the plan that the trials are of.
        trials: what to run.
        films: the run's folder, to film each trial into it.
        jobs: number of worker processes.
        make_env: builds the environment of a cell.

    Raises:
        InputError: the agent or a world cannot be loaded.
        HarnessError: the testbench itself failed.
    """
    start = functools.partial(_rerunner, plan, films, make_env)
    for trial, result in zip(trials, run_items(trials, start, jobs), strict=True):
        match result:
            case Raised(bad_input=True):
                raise InputError(result.error)
            case Raised():
                raise HarnessError(f"{result.error}\n{result.trace}")
            case Lost():
                yield lost_trial(trial, result.reason)
            case Skipped():
                raise AssertionError("nothing is skipped here")
            case _:
                yield result


def _rerun(plan: Plan, films: Path | None, make_env: MakeEnv, trial: Trial) -> TrialRecord:
    """Run a trial in an environment of its own, with a film if there is a folder for it."""
    agent = load_agent(plan.agent)
    with contextlib.ExitStack() as stack:
        env = make_env(plan, trial.cell)
        stack.callback(env.close)
        if films is None:
            return run_trial(env, agent, trial).record
        from vla_sim.report.video import Film

        film = stack.enter_context(Film(video_path(films, trial.id), trial.cell.control_rate))
        return run_trial(env, agent, trial, [film]).record


def _rerunner(plan: Plan, films: Path | None, make_env: MakeEnv) -> functools.partial[TrialRecord]:
    return functools.partial(_rerun, plan, films, make_env)
