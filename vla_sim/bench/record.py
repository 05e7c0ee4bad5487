"""What is kept of one trial: everything that the same seed gives again, and nothing of clock or machine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from vla_sim.errors import InputError

Outcome = Literal["success", "failure", "harness_error", "simulator_crash", "not_executed"]
"""Only success and failure say anything about the agent, and only they enter a rate."""

OUTCOMES: tuple[Outcome, ...] = ("success", "failure", "harness_error", "simulator_crash", "not_executed")
ERRORS: frozenset[Outcome] = frozenset({"harness_error", "simulator_crash"})


class TrialRecord(BaseModel):
    """One line of ``trials.jsonl``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    scenario: str
    world: str
    task: str
    arm: str
    index: int
    seed: int
    words: list[dict[str, Any]] = []
    """What was said and when."""
    heard: list[dict[str, Any]] = []
    """What the agent heard and when, where a fault was on the words."""
    faults: list[dict[str, Any]] = []
    """For each fault what was requested, and whether it was applied."""
    outcome: Outcome
    reason: str
    """Why the trial failed, or one line of the error; empty on success."""
    steps: int = 0
    sim_time: float = 0.0
    progress: float = 0.0
    chance: float | None = None
    """Probability that an able agent which ignores the words succeeds."""
    metrics: dict[str, float | None] = {}

    @property
    def counts(self) -> bool:
        """Whether the trial says something about the agent."""
        return self.outcome in ("success", "failure")

    @property
    def untouched(self) -> bool:
        """Whether a fault of the trial did nothing: it never set in, or changed no reading though it was to."""
        return any(
            fault["status"] == "not_reached"
            or (fault["status"] == "applied" and fault.get("severity") != 0.0 and fault.get("readings_changed") == 0)
            for fault in self.faults
        )

    @property
    def succeeded(self) -> bool:
        """Whether the goal was met."""
        return self.outcome == "success"

    def to_json(self) -> str:
        """Return the one line that stands for this record."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def read_records(path: Path) -> list[TrialRecord]:
    """Read the complete lines of a ledger; a last line without its line feed was never written and is left out.

    Raises:
        InputError: the file cannot be read, or a complete line is no record.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}; is this the folder of a run?", file=path) from error
    lines: Sequence[bytes] = text.split(b"\n")[:-1]
    records = []
    for number, line in enumerate(lines, start=1):
        try:
            records.append(TrialRecord.model_validate_json(line))
        except ValidationError as error:
            raise InputError("no trial record; use --fresh to start over", file=path, line=number) from error
    return records
