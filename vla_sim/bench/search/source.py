"""Trials on demand, out of the ledger where an earlier session has run them: a search that is killed goes on there."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from vla_sim.bench.ledger import TRIALS, Ledger
from vla_sim.bench.plan import Plan, Trial
from vla_sim.bench.runner import Listener, record_of
from vla_sim.bench.worker import MakeEnv, forget, make_env
from vla_sim.bench.workforce import RunOptions, TrialPool, trial_pool
from vla_sim.errors import InputError


@contextmanager
def open_source(
    plan: Plan, ledger: Ledger, folder: Path, options: RunOptions, listener: Listener, make_env: MakeEnv = make_env
) -> Iterator[TrialSource]:
    """Open a source of trials whose workers live as long as it does."""
    with trial_pool(plan, folder, options, make_env) as pool:
        yield TrialSource(pool, ledger, folder, listener)


class TrialSource:
    """Runs trials in the order in which they are asked for and keeps those that were looked at in the ledger.

    What is asked for depends on the answers alone, so that a search that is begun again asks for the same trials:
    they are taken from the ledger until that ends. Workers may be ahead; what nobody looked at is dropped.
    """

    def __init__(self, pool: TrialPool, ledger: Ledger, folder: Path, listener: Listener):
        self._pool = pool
        self._ledger = ledger
        self._folder = folder
        self._listener = listener
        self._earlier = list(ledger.records)
        self._asked = 0

    def run(self, trials: Sequence[Trial]) -> Generator[bool | None, None, None]:
        """Yield whether each trial succeeded, None for an error; what is left when it is closed is not run.

        Raises:
            InputError: the ledger holds other trials, or the agent or an environment cannot be made.
            HarnessError: the testbench itself failed.
        """
        before = min(len(trials), max(0, len(self._earlier) - self._asked))
        for trial in trials[:before]:
            record = self._earlier[self._asked]
            if record.id != trial.id or record.seed != trial.seed:
                raise InputError(
                    f"'{record.id}' stands where '{trial.id}' belongs; use --fresh", file=self._folder / TRIALS
                )
            self._asked += 1
            yield record.succeeded if record.counts else None
        rest = trials[before:]
        for number, (trial, result) in enumerate(zip(rest, self._pool.run(rest), strict=True), start=1):
            record = record_of(trial, result)
            self._ledger.append(record)
            self._asked += 1
            self._listener(record)
            try:
                yield record.succeeded if record.counts else None
            except GeneratorExit:
                self._pool.settle()
                for ahead in rest[number:]:
                    forget(self._folder, ahead)
                raise
