"""Worker processes that may die: each loss is charged to exactly the item it happened on.

``concurrent.futures`` gives the whole pool up when one worker dies, and pools with a shared queue must guess which
item a dead worker held. Here every worker has a pipe of its own, so there is nothing to guess.
"""

from __future__ import annotations

import math
import multiprocessing
import signal
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Generic, Self, TypeVar

from vla_sim.errors import InputError
from vla_sim.orphans import end_with_parent

Item = TypeVar("Item")
Result = TypeVar("Result")
Handler = Callable[[Item], Result]

_JOIN_SECONDS = 5.0
_START_SECONDS = 120.0
"""Wall-clock time in which a worker must have started."""
_FOREVER = 1e9
_LONGEST_WAIT = 3600.0
"""The operating system does not wait for ever in one call."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The worker died or was stopped on this item; ``reason`` is one line."""

    reason: str


@dataclass(frozen=True, slots=True)
class Raised:
    """The handler itself raised on this item; ``bad_input`` where it is the user who can mend it."""

    error: str
    trace: str
    bad_input: bool


@dataclass(frozen=True, slots=True)
class Skipped:
    """The item was not handled, as it need not be any more."""


class _Ready:
    """A worker's first word."""


class Pool(Generic[Item, Result]):
    """Worker processes that keep what they have built from one list of items to the next.

    Args:
        start: picklable; called once in each worker, returns what handles an item.
        jobs: number of worker processes; 0 handles everything in this process (no isolation, no timeout).
        timeout: wall-clock seconds after which a worker is stopped and its item is lost; its start does not count.
    """

    def __init__(self, start: Callable[[], Handler[Item, Result]], jobs: int, timeout: float | None = None):
        self._start = start
        self._jobs = jobs
        self._timeout = timeout
        self._workers: list[_Worker[Item, Result]] = []
        self._handler: Handler[Item, Result] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.stop()

    def run(
        self, items: Sequence[Item], skip: Callable[[Item], bool] = lambda item: False
    ) -> Iterator[Result | Lost | Raised | Skipped]:
        """Yield what became of each item, in the order of the items; who leaves early calls ``settle``.

        Args:
            items: picklable work, handed out in order.
            skip: whether an item need not be handled any more, asked just before; what became of it is then Skipped.
        """
        if self._jobs == 0:
            yield from (Skipped() if skip(item) else self._handle_here(item) for item in items)
            return
        waiting = deque(enumerate(items))
        done: dict[int, Result | Lost | Raised | Skipped] = {}
        missing = min(self._jobs, len(items)) - len(self._workers)
        self._workers += [_Worker[Item, Result](self._start) for _ in range(missing)]
        for turn in range(len(items)):
            while turn not in done:
                for number, worker in enumerate(self._workers):
                    while waiting and skip(waiting[0][1]):
                        done[waiting.popleft()[0]] = Skipped()
                    if worker.index is None and waiting:
                        place, item = waiting.popleft()
                        if not worker.give(place, item, self._timeout):  # it died after its last item
                            worker.stop()
                            self._workers[number] = worker = _Worker(self._start)
                            worker.give(place, item, self._timeout)
                if turn not in done:
                    for index, result in _collect(self._workers):
                        done[index] = result
            yield done.pop(turn)

    def settle(self) -> None:
        """Wait for what is still under way of a list that was left early; nobody hears of it."""
        while any(worker.index is not None for worker in self._workers):
            for _ in _collect(self._workers):
                pass

    def _handle_here(self, item: Item) -> Result | Raised:
        if self._handler is None:
            self._handler = self._start()
        return guarded(self._handler, item)


def run_items(
    items: Sequence[Item],
    start: Callable[[], Handler[Item, Result]],
    jobs: int,
    timeout: float | None = None,
    skip: Callable[[Item], bool] = lambda item: False,
) -> Iterator[Result | Lost | Raised | Skipped]:
    """Yield what became of each item, in the order of the items, out of a ``Pool`` for this list alone."""
    with Pool(start, jobs, timeout) as pool:
        yield from pool.run(items, skip)


def _collect(workers: Sequence[_Worker[Item, Result]]) -> Iterator[tuple[int, Result | Lost | Raised | Skipped]]:
    """Wait until a busy worker answers, dies or runs out of time; yield what became of its item."""
    busy = [worker for worker in workers if worker.index is not None]
    patience = min(_LONGEST_WAIT, *(worker.seconds_left for worker in busy))
    ready = wait([handle for worker in busy for handle in worker.handles], patience)
    for worker in busy:
        if any(handle in ready for handle in worker.handles):
            if (answer := worker.take()) is not None:
                yield answer
        elif worker.seconds_left <= 0:
            yield worker.give_up()


class _Worker(Generic[Item, Result]):
    """One process, and the item that it holds."""

    def __init__(self, start: Callable[[], Handler[Item, Result]]):
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, start))
        self.process.start()
        theirs.close()
        self.index: int | None = None
        self.timeout: float | None = None
        self.ready = False
        self.deadline = 0.0

    @property
    def handles(self) -> tuple[Connection, int]:
        return (self.connection, self.process.sentinel)

    @property
    def seconds_left(self) -> float:
        return max(0.0, self.deadline - time.monotonic())

    def give(self, index: int, item: Item, timeout: float | None) -> bool:
        try:
            self.connection.send(item)
        except OSError:
            return False
        self.index = index
        self.timeout = timeout
        self._set_deadline()
        return True

    def _set_deadline(self) -> None:
        allowed = math.inf if self.timeout is None else self.timeout + (0.0 if self.ready else _START_SECONDS)
        self.deadline = time.monotonic() + min(allowed, _FOREVER)

    def take(self) -> tuple[int, Result | Lost | Raised | Skipped] | None:
        """Return the worker's answer, or that it died; None if it only says that it is ready."""
        index = self.index
        assert index is not None
        try:
            if self.connection.poll():
                answer = self.connection.recv()
                if isinstance(answer, _Ready):
                    self.ready = True
                    self._set_deadline()
                    return None
                self.index = None
                return index, answer
        except (EOFError, ConnectionResetError):
            pass
        self.index = None
        self.process.join(_JOIN_SECONDS)
        code = self.process.exitcode
        self.stop()
        if code is None:
            return index, Lost("the worker process closed its pipe")
        return index, Lost(f"the worker process died ({_signal_name(-code) if code < 0 else f'exit code {code}'})")

    def give_up(self) -> tuple[int, Lost]:
        """Stop the worker, which has had its time."""
        index, self.index = self.index, None
        assert index is not None
        self.stop()
        return index, Lost(f"stalled: no answer within {self.timeout:g} s of wall time")

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        self.connection.close()
        if self.process.is_alive():
            self.process.kill()
        self.process.join(_JOIN_SECONDS)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _serve(connection: Connection, start: Callable[[], Handler[Item, Result]]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    end_with_parent()
    handler = start()
    connection.send(_Ready())
    while True:
        try:
            item = connection.recv()
        except EOFError:
            return
        connection.send(guarded(handler, item))


def guarded(handler: Handler[Item, Result], item: Item) -> Result | Raised:
    """Return what a handler makes of an item, or what it raised."""
    try:
        return handler(item)
    except InputError as error:
        return Raised(str(error), traceback.format_exc(), bad_input=True)
    except Exception as error:
        return Raised(f"{type(error).__name__}: {error}", traceback.format_exc(), bad_input=False)
