"""Trials of a plan in whatever order pytest asks for them, with the ledger that a run would have written."""

from __future__ import annotations

import contextlib
from functools import cached_property
from pathlib import Path
from typing import Any

from vla_sim.bench.ledger import LOGS, REPORT, Ledger, open_ledger
from vla_sim.bench.plan import Cell, Plan, Trial
from vla_sim.bench.record import TrialRecord
from vla_sim.bench.stopping import Stopping, stopped_trial
from vla_sim.bench.summary import summarise
from vla_sim.bench.worker import Worker, make_env
from vla_sim.report.folder import write_reports


class OnDemandRun:
    """Runs each trial once, in this process, and keeps the records in the folder of a run.

    Args:
        plan: what may be run.
        folder: a folder for the run, which takes the place of an earlier run there.
    """

    def __init__(self, plan: Plan, folder: Path):
        self.plan, self.folder = plan, folder
        self._records: dict[str, TrialRecord] = {}
        self._gates: dict[str, list[dict[str, Any]]] = {}
        self._unwritten = plan.trials()
        self._next = next(self._unwritten, None)
        self._open = contextlib.ExitStack()

    def record(self, trial: Trial) -> TrialRecord:
        """Return what came of a trial, running it if it has not been run and need be.

        Raises:
            InputError: the agent cannot be loaded, the environment not be built, or the folder not be used.
        """
        if trial.id not in self._records:
            ledger, worker = self._ledger, self._worker
            reason = self._stopped(trial)
            self._records[trial.id] = worker(trial) if reason is None else stopped_trial(trial, reason)
            self._write(ledger)
        return self._records[trial.id]

    def gate(self, cell: Cell, arm: str, name: str) -> dict[str, Any]:
        """Return the verdict on a gate as in ``summary.json``, after running what it needs of the scenario's trials."""
        if cell.name not in self._gates:
            # Where a trial was run out of turn that an early stop would have saved, it does not count.
            records = [
                self.record(trial) if (reason := self._stopped(trial)) is None else stopped_trial(trial, reason)
                for trial in self.plan.trials_of(cell)
            ]
            self._gates[cell.name] = summarise(_alone(self.plan, cell), records)["gates"]
        return next(gate for gate in self._gates[cell.name] if (gate["arm"], gate["gate"]) == (arm, name))

    def log(self, trial: Trial) -> Path:
        """Return where the traceback of a trial lies that ended in an error."""
        return self.folder / LOGS / f"{trial.id}.txt"

    def close(self) -> Path | None:
        """Free everything, and write the reports if anything was run; return where the report is."""
        self._open.close()
        if not self._records:
            return None
        write_reports(self.folder)
        return self.folder / REPORT

    @cached_property
    def _ledger(self) -> Ledger:
        return self._open.enter_context(open_ledger(self.folder, self.plan, fresh=True))

    @cached_property
    def _worker(self) -> Worker:
        worker = Worker(self.plan, self.folder, make_env)
        self._open.callback(worker.close)
        return worker

    def _stopped(self, trial: Trial) -> str | None:
        """Return why a trial need not be run: what its arm's trials before it say, as far as all of them were run."""
        if trial.cell.stopping is None:
            return None
        stopping = Stopping(self.plan)
        for earlier in self.plan.trials_of(trial.cell):
            if earlier.arm != trial.arm:
                continue
            if earlier.index >= trial.index or earlier.id not in self._records:
                break
            stopping.take(self._records[earlier.id])
        return stopping.reason(trial)

    def _write(self, ledger: Ledger) -> None:
        """Append the records whose turn it is in the plan's order."""
        while self._next is not None and self._next.id in self._records:
            ledger.append(self._records[self._next.id])
            self._next = next(self._unwritten, None)


def _alone(plan: Plan, cell: Cell) -> Plan:
    """Return the plan with one of its scenarios only; its trials have the same seeds."""
    return plan.model_copy(update={"cells": (cell,)})
