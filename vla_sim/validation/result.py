"""What stages come to, and the verdict over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from vla_sim.bench.exit_code import ExitCode

Status = Literal["passed", "failed", "not_executed", "error"]
"""``error``: the testbench or the simulator failed in it, so that its figures cannot be trusted."""
Verdict = Literal["passed", "failed", "incomplete", "error"]


@dataclass(frozen=True, slots=True)
class Check:
    """A threshold beside what was measured; what could not be measured (None) has not passed."""

    what: str
    asked: str
    value: float | None
    unit: str
    passed: bool


def at_least(what: str, limit: float, value: float | None, unit: str = "") -> Check:
    """Check that a value is no less than a limit."""
    return Check(what, f"at least {limit:g}", value, unit, value is not None and value >= limit)


def at_most(what: str, limit: float, value: float | None, unit: str = "") -> Check:
    """Check that a value is no more than a limit."""
    return Check(what, f"at most {limit:g}", value, unit, value is not None and value <= limit)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a stage came to.

    ``facts`` are what it ran: suites, seeds, fingerprints; ``files`` what it left in its folder, by label.
    """

    status: Status
    reason: str = ""
    """Why it did not pass; of a stage that was not executed, why not."""
    checks: Sequence[Check] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


def judged(
    checks: Sequence[Check], facts: Mapping[str, Any] | None = None, files: Mapping[str, str] | None = None
) -> Outcome:
    """Return what checks come to; no checks at all are no pass."""
    failed = [check for check in checks if not check.passed]
    reason = f"{len(failed)} of {len(checks)} checks failed" if checks else "nothing was checked"
    passed = bool(checks) and not failed
    return Outcome("passed" if passed else "failed", "" if passed else reason, checks, facts or {}, files or {})


@dataclass(frozen=True, slots=True)
class StageResult:
    """A stage of a profile and what it came to; ``wall_seconds`` is no part of what two runs share."""

    name: str
    kind: str
    required: bool
    outcome: Outcome
    wall_seconds: float = 0.0


def verdict_of(results: Sequence[StageResult]) -> Verdict:
    """Return the verdict: passed only if every stage that is required was executed and passed."""
    required = [result.outcome.status for result in results if result.required]
    if "error" in required:
        return "error"
    if "failed" in required:
        return "failed"
    if not required or "not_executed" in required:
        return "incomplete"
    return "passed"


EXIT_CODES: Mapping[Verdict, ExitCode] = {
    "passed": ExitCode.PASSED,
    "failed": ExitCode.FAILED,
    "incomplete": ExitCode.FAILED,
    "error": ExitCode.ERROR,
}
