"""How a run shows where it is: a live bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from vla_sim.bench.record import ERRORS, TrialRecord

_SECONDS_BETWEEN_LINES = 5.0
_TRIALS_FOR_ESTIMATE = 4


class RunProgress:
    """Tells of finished trials as they come. A failure or error always gets a line of its own.

    Args:
        console: where to write.
        total: trials of the plan.
        earlier: records that an earlier session left.
    """

    def __init__(self, console: Console, total: int, earlier: list[TrialRecord]):
        self._console = console
        self._total = total
        self._counts = Counter(record.outcome for record in earlier)
        self._done = len(earlier)
        self._resumed = len(earlier)
        self._began = time.monotonic()
        self._last_line = self._began
        self._bar: Progress | None = None
        if console.is_terminal:
            self._bar = Progress(
                TextColumn("[bold]{task.fields[counts]}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("left"),
                TimeRemainingColumn(),
                console=console,
                transient=True,
            )
            self._task = self._bar.add_task("run", total=total, completed=self._done, counts=self._tally())

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, record: TrialRecord) -> None:
        """Tell of one more trial."""
        self._counts[record.outcome] += 1
        self._done += 1
        if not record.succeeded:
            self._console.print(_described(record), soft_wrap=True)
        if self._bar is not None:
            self._bar.update(self._task, completed=self._done, counts=self._tally())
        elif self._done == self._total or time.monotonic() - self._last_line >= _SECONDS_BETWEEN_LINES:
            self._last_line = time.monotonic()
            self._console.print(f"{self._done}/{self._total} trials: {self._tally()}{self._left()}")

    def _tally(self) -> str:
        errors = sum(self._counts[outcome] for outcome in ERRORS)
        text = f"{self._counts['success']} succeeded, {self._counts['failure']} failed"
        return f"{text}, {errors} errors" if errors else text

    def _left(self) -> str:
        """Return an estimate of the time left, once there is something to base it on."""
        fresh, left = self._done - self._resumed, self._total - self._done
        if fresh < _TRIALS_FOR_ESTIMATE or not left:
            return ""
        return f"; {(time.monotonic() - self._began) / fresh * left:.0f} s left"


def _described(record: TrialRecord) -> str:
    colour = "red" if record.outcome in ERRORS else "yellow"
    return f"[{colour}]{record.outcome}[/] {escape(record.id)}: {escape(record.reason)}"
