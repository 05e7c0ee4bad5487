"""Stops an arm as soon as its gate is decided. What is stopped depends on the ledger alone, not on who ran when."""

from __future__ import annotations

from collections import defaultdict

from vla_sim.bench.plan import Cell, Plan, Trial
from vla_sim.bench.record import TrialRecord
from vla_sim.bench.statistics.sequential import SequentialTest
from vla_sim.bench.trial import identity

STOPPED = "stopped early"
"""How the reason of a trial begins that was not run because its arm's gate was decided."""


class Stopping:
    """Looks at records in the plan's order and tells which arms need no further trial.

    Only arms whose scenario asks for ``stopping`` and that have a ``min_success`` gate stop; an arm with other gates
    too, which may need more trials, does not.
    """

    def __init__(self, plan: Plan):
        self._counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        found = [
            (cell, arm, threshold)
            for cell in plan.cells
            for arm in cell.arms
            if cell.stopping is not None and (threshold := _only_threshold(cell, arm)) is not None
        ]
        # Shared out among the arms (Bonferroni), so that alpha holds for the suite.
        self._tests = {
            (cell.name, arm): SequentialTest(threshold, cell.stopping.alpha / len(found))
            for cell, arm, threshold in found
            if cell.stopping is not None
        }
        self._decided: dict[tuple[str, str], str] = {}

    def take(self, record: TrialRecord) -> None:
        """Count a record of the ledger."""
        key = record.scenario, record.arm
        test = self._tests.get(key)
        if test is None or not record.counts or key in self._decided:
            return
        counts = self._counts[key]
        counts[0 if record.succeeded else 1] += 1
        decision = test.decide(*counts)
        if decision is not None:
            self._decided[key] = (
                f"{STOPPED}: after {sum(counts)} trials the success rate is {decision} {test.threshold:g} "
                f"(wrong with a probability of at most {test.alpha:.2g})"
            )

    def reason(self, trial: Trial) -> str | None:
        """Return why a trial need not be run, or None."""
        return self._decided.get((trial.cell.name, trial.arm))


def stopped_trial(trial: Trial, reason: str) -> TrialRecord:
    """Return the record of a trial that need not be run."""
    return TrialRecord(**identity(trial), outcome="not_executed", reason=reason)


def _only_threshold(cell: Cell, arm: str) -> float | None:
    gate = cell.gates.get(arm)
    asked = gate.model_dump(exclude_none=True) if gate is not None else {}
    return float(asked["min_success"]) if set(asked) == {"min_success"} and 0.0 < asked["min_success"] < 1.0 else None
