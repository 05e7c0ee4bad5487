"""Verdicts on combinations of faults: each paid for with trials once, and never where one follows from another."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Literal

from vla_sim.bench.plan import Trial
from vla_sim.bench.schema import CLEAN
from vla_sim.bench.search.plan import SearchPlan
from vla_sim.bench.search.space import Combination, is_part, mildness, total_severity
from vla_sim.bench.search.threshold import ThresholdTest

Run = Callable[[Sequence[Trial]], Generator[bool | None, None, None]]
"""Runs trials in their order and yields whether each succeeded, None for an error; it may be closed at any time."""


class BudgetSpentError(Exception):
    """There are not enough trials left for another verdict."""


class TooManyErrorsError(Exception):
    """More trials ended in an error than the suite allows."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the trials of one arm say."""

    arm: str
    combination: Combination
    answer: Literal["fails", "passes", "undecided"]
    successes: int
    trials: int
    """Trials that count."""

    @property
    def fails(self) -> bool:
        """Whether the arm was shown to fail; what could not be told does not count as a failure."""
        return self.answer == "fails"

    @property
    def rate(self) -> float:
        """Success rate, drawn to one half where there are few trials."""
        return (self.successes + 1) / (self.trials + 2)


class Prober:
    """Spends the budget of a search.

    Success is taken never to rise when a fault is added, more severe or longer: what has a failing part fails, and
    what is a part of something that passes passes.
    """

    def __init__(self, plan: SearchPlan, run: Run, listener: Callable[[Verdict, int], None] = lambda *_: None):
        self._plan = plan
        self._run = run
        self._listener = listener
        self._test = ThresholdTest(plan.search.threshold, plan.search.alpha, plan.search.beta)
        self._refuted: list[Combination] = []
        self.confirmations_left = 1
        """For how many confirmations verdicts must leave trials."""
        self.verdicts: list[Verdict] = []
        self.spent = 0
        self.errors = 0

    @property
    def failing(self) -> list[Verdict]:
        """The arms that were shown to fail, the mildest first."""
        found = (verdict for verdict in self.verdicts if self._fails(verdict))
        return sorted(found, key=lambda verdict: mildness(verdict.combination))

    def known(self, combination: Combination) -> bool | None:
        """Return whether a combination fails, where that follows from the verdicts so far, or None."""
        for verdict in self.verdicts:
            fails = self._fails(verdict)
            if fails and is_part(verdict.combination, combination):
                return True
            if not fails and is_part(combination, verdict.combination):
                return False
        return None

    def fails(self, combination: Combination) -> bool:
        """Return whether a combination fails, by trials if need be.

        Raises:
            BudgetSpentError: there are not enough trials left to tell.
            TooManyErrorsError: more trials ended in an error than the suite allows.
        """
        known = self.known(combination)
        return self._fails(self.probe(combination)) if known is None else known

    def probe(self, combination: Combination) -> Verdict:
        """Return the verdict of trials on a combination; errors as ``fails``."""
        arm = f"probe-{len(self.verdicts):03d}" if combination else CLEAN
        trials = self._plan.probe(arm, self._plan.space.specs(combination))
        reserved = self.confirmations_left * len(self._plan.confirmation(0, ()))
        left = max(0, self._plan.space.budget - reserved - self.spent)
        counts, answer = [0, 0], None
        with contextlib.closing(self._run(trials[:left])) as outcomes:
            for succeeded in outcomes:
                self._count(succeeded)
                if succeeded is not None:
                    counts[not succeeded] += 1
                    if answer := self._test.decide(*counts):
                        break
        if answer is None and left < len(trials):
            raise BudgetSpentError
        answer = answer or self._test.decide_at_end(*counts)
        verdict = Verdict(arm, combination, answer or "undecided", counts[0], sum(counts))
        self.verdicts.append(verdict)
        self._listener(verdict, self.spent)
        return verdict

    def confirm(self, attempt: int, combination: Combination) -> tuple[int, int] | None:
        """Return the successes and the number of trials on fresh seeds, or None where the budget is too small."""
        trials = self._plan.confirmation(attempt, self._plan.space.specs(combination))
        if self.spent + len(trials) > self._plan.space.budget:
            return None
        outcomes = list(self._run(trials))
        for succeeded in outcomes:
            self._count(succeeded)
        counted = [succeeded for succeeded in outcomes if succeeded is not None]
        return sum(counted), len(counted)

    def refute(self, combination: Combination) -> None:
        """Take what could not be confirmed as not failing, with all that is no more severe of the same faults.

        If it was short, only the short is meant: the search falls back on what lasts longer, then on what is more
        severe, and does not try twins in turn.
        """
        self._refuted.append(combination)

    def _fails(self, verdict: Verdict) -> bool:
        return verdict.fails and not any(_is_twin(verdict.combination, refuted) for refuted in self._refuted)

    def _count(self, succeeded: bool | None) -> None:
        self.spent += 1
        self.errors += succeeded is None
        if self.errors > self._plan.max_error_share * self._plan.space.budget:
            raise TooManyErrorsError


def _is_twin(combination: Combination, refuted: Combination) -> bool:
    return (
        [piece.fault for piece in combination] == [piece.fault for piece in refuted]
        and total_severity(combination) <= total_severity(refuted)
        and (_lasts(refuted) or not _lasts(combination))
    )


def _lasts(combination: Combination) -> bool:
    return all(math.isinf(piece.duration) for piece in combination)
