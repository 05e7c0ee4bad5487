"""``report.html`` of a search: what was found, how to see it again, and every arm that was looked at."""

from __future__ import annotations

import itertools
import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from vla_sim.bench.ledger import FOUND
from vla_sim.bench.search.hunt import Hunt
from vla_sim.bench.search.plan import SearchPlan
from vla_sim.bench.search.prober import Verdict
from vla_sim.bench.search.result import describe, verdict_text
from vla_sim.bench.search.space import Combination, Piece, is_part, mildness, total_severity
from vla_sim.bench.statistics.sequential import anytime_interval, log_evidence_above
from vla_sim.report.page import page_environment
from vla_sim.report.search_chart import Look, descent_chart


@dataclass(frozen=True, slots=True)
class Row:
    """One arm that was looked at."""

    verdict: Verdict
    faults: str
    severity: float
    spent: int
    """Trials of this arm and of all before it."""
    interval: tuple[float, float]
    """Of the success rate, at 95 %, whenever one stops."""
    evidence: str


@dataclass(frozen=True, slots=True)
class Step:
    """A failure that is milder than every one before it."""

    row: Row
    refuted: bool
    """Whether fresh seeds did not confirm it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One arm of the grid: what was seen of it, or what follows from another arm."""

    answer: Literal["fails", "passes", "undecided"]
    seen: Verdict | None


def search_page(plan: SearchPlan, verdicts: Sequence[Verdict], hunt: Hunt, result: Mapping[str, Any]) -> str:
    """Return the text of the page.

    Args:
        plan: what was searched.
        verdicts: the arms that were looked at, in their order.
        hunt: what came of it.
        result: the content of ``search.json``.
    """
    rows = _rows(plan, verdicts)
    steps = _steps(rows, hunt)
    levels = [severity * 5 for severity in plan.space.severities]
    return (
        page_environment()
        .get_template("search.html")
        .render(
            plan=plan,
            result=result,
            hunt=hunt,
            verdict=verdict_text(plan, hunt, result),
            command=_command(plan),
            labels=[describe(plan, hunt.found.combination[place : place + 1]) for place in range(_size(hunt))]
            if hunt.found
            else [],
            rows=rows,
            steps=steps,
            chart=descent_chart([_look(row) for row in rows if row.verdict.combination]) if steps else None,
            parts=_parts(plan, hunt),
            levels=[f"L{level:g}" for level in levels],
            grid=[] if plan.whole else _grid(plan, verdicts),
            confirmations=[(describe(plan, one.combination), one) for one in hunt.confirmations],
            enough={"fails": 2.0 / plan.search.alpha, "passes": 2.0 / plan.search.beta},
        )
    )


def _rows(plan: SearchPlan, verdicts: Sequence[Verdict]) -> list[Row]:
    spent = itertools.accumulate(verdict.trials for verdict in verdicts)
    return [
        Row(
            verdict,
            describe(plan, verdict.combination),
            total_severity(verdict.combination),
            so_far,
            anytime_interval(verdict.successes, verdict.trials - verdict.successes),
            _evidence(verdict, plan.search.threshold),
        )
        for verdict, so_far in zip(verdicts, spent, strict=True)
    ]


def _evidence(verdict: Verdict, threshold: float) -> str:
    """Return the e-value for the verdict; of an undecided arm the greater of the two, with what it speaks for."""
    if not 0.0 < threshold < 1.0:
        return "–"
    successes, failures = verdict.successes, verdict.trials - verdict.successes
    passes = log_evidence_above(successes, failures, threshold)
    fails = log_evidence_above(failures, successes, 1.0 - threshold)
    match verdict.answer:
        case "fails":
            return _e_value(fails)
        case "passes":
            return _e_value(passes)
        case _:
            return f"{_e_value(max(fails, passes))} for {'fails' if fails > passes else 'passes'}"


def _e_value(logarithm: float) -> str:
    value = math.exp(min(logarithm, 50.0))
    return f"{value:.2g}" if value < 100.0 else f"{value:,.0f}" if value < 1e6 else "> 1,000,000"


def _steps(rows: Sequence[Row], hunt: Hunt) -> list[Step]:
    """Return the failures by which the mildest one came down."""
    refuted = {one.combination for one in hunt.confirmations if not one.confirmed}
    steps: list[Step] = []
    for row in rows:
        milder = not steps or mildness(row.verdict.combination) < mildness(steps[-1].row.verdict.combination)
        if row.verdict.fails and row.verdict.combination and milder:
            steps.append(Step(row, row.verdict.combination in refuted))
    return steps


def _look(row: Row) -> Look:
    return Look(row.spent, row.severity, row.verdict.fails, f"{row.faults}: {row.verdict.answer}")


def _parts(plan: SearchPlan, hunt: Hunt) -> list[tuple[str, str]]:
    """Return what became of each fault of a combination that was to be made smaller; nothing in a search."""
    found = {piece.fault: piece for piece in hunt.found.combination} if hunt.found else {}
    return [
        (describe(plan, (piece,)), describe(plan, (found[piece.fault],)) if piece.fault in found else "")
        for piece in (plan.space.start if hunt.found else ())
    ]


def _grid(plan: SearchPlan, verdicts: Sequence[Verdict]) -> list[tuple[str, list[Cell | None]]]:
    """Return a row for each single fault and onset, with a cell for each level; None for what nothing is known of."""
    places = itertools.product(range(len(plan.search.faults)), range(len(plan.search.onsets)))
    return [
        (_row_name(plan, fault, onset), [_cell(verdicts, (Piece(fault, one, onset),)) for one in plan.space.severities])
        for fault, onset in places
    ]


def _row_name(plan: SearchPlan, fault: int, onset: int) -> str:
    spec = plan.search.faults[fault]
    whole = describe(plan, (Piece(fault, 1.0, onset),))
    return f"{spec.target}:{spec.kind}" + (whole[whole.index(" from ") :] if " from " in whole else "")


def _cell(verdicts: Sequence[Verdict], combination: Combination) -> Cell | None:
    seen = next((verdict for verdict in verdicts if verdict.combination == combination), None)
    if seen is not None:
        return Cell(seen.answer, seen)
    if any(verdict.fails and is_part(verdict.combination, combination) for verdict in verdicts):
        return Cell("fails", None)
    if any(not verdict.fails and is_part(combination, verdict.combination) for verdict in verdicts):
        return Cell("passes", None)
    return None


def _command(plan: SearchPlan) -> str:
    """Return the command that runs the trials of the confirmation again, from the search's folder."""
    engine = [] if plan.engine == "embedded" else ["--engine", plan.engine]
    return shlex.join(["vla-sim", "run", FOUND, "--agent", plan.agent, *engine])


def _size(hunt: Hunt) -> int:
    return len(hunt.found.combination) if hunt.found else 0
