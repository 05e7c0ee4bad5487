"""The search itself: find what fails, make it as mild as can be, look only at what would be milder still."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from scipy.stats import binom

from vla_sim.bench.search.ddmin import ddmin, least
from vla_sim.bench.search.plan import SearchPlan
from vla_sim.bench.search.prober import BudgetSpentError, Prober, TooManyErrorsError, Verdict
from vla_sim.bench.search.proposer import Proposer
from vla_sim.bench.search.space import Combination, changed, total_severity

Status = Literal["found", "nothing_fails", "not_confirmed", "clean_fails", "errors"]


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What trials on fresh seeds say of a fault that was found."""

    attempt: int
    combination: Combination
    successes: int
    trials: int
    p_value: float
    """Probability of so few successes, or fewer, if the rate were at the threshold."""
    alpha: float
    """What the probability may be at most."""

    @property
    def confirmed(self) -> bool:
        """Whether the failure is confirmed."""
        return self.p_value <= self.alpha


@dataclass(frozen=True, slots=True)
class Hunt:
    """What came of a search."""

    status: Status
    clean: Verdict | None = None
    confirmations: tuple[Confirmation, ...] = ()
    exhaustive: bool = False
    """Whether everything that would be milder was looked at before the budget was spent."""
    smallest: bool = False
    """Whether nothing can be taken from what was found: no fault, no onset, severity or duration that is offered."""

    @property
    def found(self) -> Confirmation | None:
        """The mildest failure that was confirmed."""
        return next((one for one in self.confirmations if one.confirmed), None)


def hunt(plan: SearchPlan, prober: Prober) -> Hunt:
    """Search a plan's space and confirm what is found on fresh seeds; what is not confirmed does not count as found.

    The n-th confirmation has alpha / 2^n, so that a failure that is none is confirmed with a probability of at most
    alpha.
    """
    clean: Verdict | None = None
    confirmations: list[Confirmation] = []
    try:
        clean = prober.probe(())
        if clean.answer != "passes":
            return Hunt("clean_fails", clean)
        while True:
            exhaustive = _within_budget(_shrink if plan.whole else _look, plan, prober)
            smallest = _within_budget(_polish, plan, prober)
            confirmation = _confirm(plan, prober, len(confirmations) + 1)
            if confirmation is None:
                break
            confirmations.append(confirmation)
            if confirmation.confirmed:
                break
            prober.refute(confirmation.combination)
    except TooManyErrorsError:
        return Hunt("errors", clean, tuple(confirmations))
    confirmed = bool(confirmations) and confirmations[-1].confirmed
    status: Status = "found" if confirmed else "not_confirmed" if confirmations or prober.failing else "nothing_fails"
    return Hunt(status, clean, tuple(confirmations), exhaustive, smallest)


def _within_budget(stage: Callable[[SearchPlan, Prober], None], plan: SearchPlan, prober: Prober) -> bool:
    """Return whether a stage came to its end."""
    try:
        stage(plan, prober)
    except BudgetSpentError:
        return False
    return True


def _look(plan: SearchPlan, prober: Prober) -> None:
    """Go through single faults, then pairs and so on; of each only what would be milder than the mildest failure.

    It is enough to look at the harshest combinations under that limit: if they pass, so does all that is milder. Once
    one fails it is made milder and the limit falls, so that most faults are looked at once (branch and bound).
    """
    for size in range(1, plan.search.together + 1):
        proposer = Proposer(plan.space, size, plan.seed)
        while (proposal := proposer.propose(_limit(prober), prober.known)) is not None:
            # Pairs are too many to go through: they leave trials to make smaller what was found, and for a second try.
            prober.confirmations_left = 4 if size > 1 and prober.failing else 1
            proposer.tell(proposal, prober.probe(proposal.combination).rate)
            if prober.fails(proposal.combination):
                _reduce(plan, prober, proposal.combination)


def _shrink(plan: SearchPlan, prober: Prober) -> None:
    """Make a given combination smaller, if it fails."""
    if prober.fails(plan.space.start):
        _reduce(plan, prober, plan.space.start)


def _limit(prober: Prober) -> float:
    return total_severity(prober.failing[0].combination) if prober.failing else math.inf


def _reduce(plan: SearchPlan, prober: Prober, failing: Combination) -> None:
    """Leave faults out until none can be spared, then lower each to the least severity of the grid that still fails.

    Lowering each once will do, as success is monotone: what passed beside a harsher fault passes beside a milder one.
    """
    failing = tuple(ddmin(failing, lambda part: prober.fails(tuple(part))))
    for place, piece in enumerate(failing):
        failing = _least(prober, failing, place, "severity", _up_to(piece.severity, plan.space.severities))


def _polish(plan: SearchPlan, prober: Prober) -> None:
    """Make the mildest failure smaller than the grid can: less severe, shorter, later, for each of its faults."""
    prober.confirmations_left = 2  # what is found here is near the threshold, and may not be confirmed
    if not prober.failing:
        return
    failing = prober.failing[0].combination
    for place, piece in enumerate(failing):
        failing = _least(prober, failing, place, "severity", _between(plan, piece.severity))
        failing = _least(prober, failing, place, "duration", _up_to(piece.duration, plan.search.durations))
        # The onsets of a given combination are each fault's own, in no order.
        for onset in () if plan.whole else reversed(range(piece.onset + 1, len(plan.search.onsets))):
            if prober.fails(later := changed(failing, place, onset=onset)):
                failing = later
                break


def _least(prober: Prober, failing: Combination, place: int, field: str, choices: list[float]) -> Combination:
    """Return a failing combination with the least choice of one fault's field that still fails; the last does."""
    value = least(choices, lambda choice: prober.fails(changed(failing, place, **{field: choice})))
    return changed(failing, place, **{field: value})


def _up_to(last: float, choices: Iterable[float]) -> list[float]:
    return [*sorted({choice for choice in choices if choice < last}), last]


def _between(plan: SearchPlan, severity: float) -> list[float]:
    """Return evenly spaced severities from the grid's next lower one, which passes, up to one that fails."""
    below = max((lower for lower in plan.space.severities if lower < severity), default=0.0)
    steps = math.ceil(round((severity - below) / plan.search.finest, 9))
    return [round(below + (severity - below) * step / steps, 9) for step in range(1, steps)] + [severity]


def _confirm(plan: SearchPlan, prober: Prober, attempt: int) -> Confirmation | None:
    """Test the mildest failure on fresh seeds, by an exact binomial test; None if there is none, or no trials for it.

    Equally many trials of scenarios of different rates vary less than trials of one rate (Hoeffding 1956, Ann. Math.
    Stat. 27:713), so that the binomial test holds for a suite of several.
    """
    if not prober.failing:
        return None
    combination = prober.failing[0].combination
    counts = prober.confirm(attempt, combination)
    if counts is None:
        return None
    successes, trials = counts
    p_value = float(binom.cdf(successes, trials, plan.search.threshold))
    return Confirmation(attempt, combination, successes, trials, p_value, plan.search.alpha / 2**attempt)
