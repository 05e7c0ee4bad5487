"""Inference in a thread of its own: the newest batch is decided on, what it overtook is part of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from vla_sim.ros.synchroniser import Batch

_KEPT = 1.0
"""How old the readings may be that an overtaken batch hands on [s], so that nothing grows behind a slow agent."""


@dataclass(frozen=True, slots=True)
class Job:
    """A batch that is to be decided on."""

    batch: Batch
    words: str
    stamp: int
    """The batch's time in the node's clock [ns]."""
    generation: int
    """Of the gate when the batch was made."""

    def after(self, overtaken: Job) -> Job:
        """Return this job with what one before it had in hand."""
        since = self.batch.time - _KEPT
        kept = tuple(reading for reading in overtaken.batch.readings if reading.stamp > since)
        skipped = self.batch.skipped + overtaken.batch.skipped + 1
        return replace(self, batch=replace(self.batch, readings=(*kept, *self.batch.readings), skipped=skipped))


class Worker:
    """Runs ``decide`` for one job after another and ``reset`` in between, in its own thread.

    Args:
        decide: must not raise.
        reset: takes a seed; must not raise.
    """

    def __init__(self, decide: Callable[[Job], None], reset: Callable[[int], None]):
        self._decide, self._reset = decide, reset
        self._changed = threading.Condition()
        self._job: Job | None = None
        self._seed: int | None = None
        self._stopped = False
        self._since: float | None = None
        self.dropped = 0
        """Batches that were overtaken."""
        self._thread = threading.Thread(target=self._work, name="inference", daemon=True)
        self._thread.start()

    @property
    def busy_since(self) -> float | None:
        """When the job was taken that is being worked on [s, ``time.monotonic``]; None of an idle one."""
        return self._since

    def submit(self, job: Job) -> None:
        """Give it a job, in place of one that was not begun."""
        with self._changed:
            if self._job is not None:
                self.dropped += 1
                job = job.after(self._job)
            self._job = job
            self._since = self._since or time.monotonic()
            self._changed.notify()

    def reset(self, seed: int) -> None:
        """Drop the job that was not begun, and reset before the next one."""
        with self._changed:
            self._job, self._seed = None, seed
            self._changed.notify()

    def stop(self, timeout: float = 5.0) -> bool:
        """End the thread, and say if it did; an agent that hangs is left behind."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while True:
            with self._changed:
                if self._job is None and self._seed is None:
                    self._since = None
                self._changed.wait_for(lambda: self._stopped or self._job is not None or self._seed is not None)
                if self._stopped:
                    return
                seed, self._seed = self._seed, None
                job: Job | None = None
                if seed is None:
                    job, self._job = self._job, None
                self._since = time.monotonic()
            if seed is not None:
                self._reset(seed)
            elif job is not None:
                self._decide(job)
