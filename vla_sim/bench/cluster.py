"""A pool of workers on a Ray cluster: the same items, the same order, the same answers as on one machine."""

from __future__ import annotations

import os
import platform
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Generic, Self

import vla_sim
from vla_sim.bench.pool import Handler, Item, Lost, Result, Skipped, guarded
from vla_sim.errors import HarnessError, InputError

RAY = "ray"
TRIES = 3
"""Workers that may die over one item before it is given up: on a cluster it is mostly the machine that has gone."""
_START_SECONDS = 180.0
"""Wall-clock time in which one worker at least must have started."""
_LONGEST_WAIT = 5.0


class RayPool(Generic[Item, Result]):
    """Workers on a Ray cluster, one processor each, with the interface of ``Pool``.

    A worker that is lost with its machine loses nothing but time: its item goes to another one. Only what has outlived
    ``TRIES`` workers is lost, and what takes longer than the timeout.

    Args:
        start: called once in each worker, returns what handles an item; sent by value.
        jobs: number of workers, at most one for each processor of the cluster; 0 for all processors.
        timeout: wall-clock seconds after which a worker is stopped and its item is lost.
        executor: ``ray`` for the cluster that ``RAY_ADDRESS`` names or that runs on this machine, or else a new one,
            which ends with the pool; ``ray://HOST:PORT`` for a cluster far away.

    Raises:
        InputError: there is no such cluster.
    """

    def __init__(
        self, start: Callable[[], Handler[Item, Result]], jobs: int, timeout: float | None = None, executor: str = RAY
    ):
        import ray

        self._ray: Any = ray
        self._start, self._timeout = start, timeout
        _connect(ray, executor)
        processors = max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        self._jobs = min(jobs, processors) if jobs else processors
        self._workers: list[_Worker] = []
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.stop()
        self._ray.shutdown()

    def run(self, items: Sequence[Item], skip: Callable[[Item], bool] = lambda item: False) -> Iterator[Any]:
        """Yield what became of each item, in the order of the items, as ``Pool.run`` does."""
        waiting = deque(enumerate(items))
        done: dict[int, Any] = {}
        lost: dict[int, int] = {}
        for turn in range(len(items)):
            while turn not in done:
                while waiting and skip(waiting[0][1]):
                    done[waiting.popleft()[0]] = Skipped()
                self._staff(min(self._jobs, len(items)))
                for worker in self._workers:
                    if worker.free and waiting:
                        worker.give(*waiting.popleft(), self._timeout)
                if turn in done:
                    continue
                for index, item, answer in self._collect():
                    lost[index] = lost.get(index, 0) + isinstance(answer, _Gone)
                    if not isinstance(answer, _Gone):
                        done[index] = answer
                    elif lost[index] < TRIES:
                        waiting.appendleft((index, item))
                    else:
                        done[index] = Lost(f"the worker process died {TRIES} times over it")
            yield done.pop(turn)

    def settle(self) -> None:
        """Wait for what is still under way of a list that was left early; nobody hears of it."""
        while any(worker.item is not None for worker in self._workers):
            for _ in self._collect():
                pass

    def _staff(self, wanted: int) -> None:
        """Ask for workers until there are enough, those included that have not started yet."""
        while len(self._workers) < wanted:
            self._workers.append(_Worker(self._ray, self._start))

    def _collect(self) -> Iterator[tuple[int, Item, Any]]:
        """Wait until a worker answers, dies, starts or runs out of time; yield what became of its item."""
        now = time.monotonic()
        patience = min([_LONGEST_WAIT, *(max(0.0, worker.deadline - now) for worker in self._workers)])
        refs = {worker.ref: worker for worker in self._workers if worker.ref is not None}
        ready, _ = self._ray.wait(list(refs), num_returns=1, timeout=patience)
        for ref in ready:
            worker = refs[ref]
            held, answer = worker.take()
            if isinstance(answer, _Gone):
                self._workers.remove(worker)
            if held is not None:
                yield *held, answer
        for worker in [each for each in self._workers if each.deadline <= time.monotonic()]:
            held = worker.item
            worker.stop()
            self._workers.remove(worker)
            assert held is not None
            yield *held, Lost(f"stalled: no answer within {self._timeout:g} s of wall time")
        if any(worker.ready for worker in self._workers):
            self._started = time.monotonic()
        elif time.monotonic() - self._started > _START_SECONDS:
            raise HarnessError(f"no worker has started on the Ray cluster in {_START_SECONDS:g} s")


class _Gone:
    """A worker died."""


class _Seat:
    """What runs on the cluster: a handler of items, in a process of its own."""

    def __init__(self, start: Callable[[], Handler[Any, Any]]):
        self._start = start
        self._handler: Handler[Any, Any] | None = None

    def versions(self) -> dict[str, str]:
        """Return what must be the same everywhere."""
        return _versions()

    def handle(self, item: Any) -> Any:
        """Return what becomes of an item."""
        if self._handler is None:
            self._handler = self._start()
        return guarded(self._handler, item)


class _Worker:
    """One worker, the item that it holds, and what it was asked last."""

    def __init__(self, ray: Any, start: Callable[[], Handler[Any, Any]]):
        self._ray = ray
        self._actor = ray.remote(_Seat).options(num_cpus=1, max_restarts=0, scheduling_strategy="SPREAD").remote(start)
        self.ref: Any = self._actor.versions.remote()
        self.ready = False
        self.item: tuple[int, Any] | None = None
        self.deadline = float("inf")

    @property
    def free(self) -> bool:
        return self.ready and self.item is None

    def give(self, index: int, item: Any, timeout: float | None) -> None:
        self.item = index, item
        self.deadline = float("inf") if timeout is None else time.monotonic() + timeout
        self.ref = self._actor.handle.remote(item)

    def take(self) -> tuple[tuple[int, Any] | None, Any]:
        """Return what it held, and its answer."""
        held, self.item, self.deadline = self.item, None, float("inf")
        try:
            answer = self._ray.get(self.ref)
        except self._ray.exceptions.RayActorError:
            answer = _Gone()
        self.ref = None
        if not self.ready and not isinstance(answer, _Gone):
            _check(answer)
            self.ready = True
        return held, answer

    def stop(self) -> None:
        self._ray.kill(self._actor, no_restart=True)


def _versions() -> dict[str, str]:
    python = ".".join(platform.python_version_tuple()[:2])
    return {"vla_sim": vla_sim.__version__, "python": python}


def _check(theirs: dict[str, str]) -> None:
    if theirs != _versions():
        named = ", ".join(f"{name} {version}" for name, version in theirs.items())
        own = ", ".join(f"{name} {version}" for name, version in _versions().items())
        raise InputError(f"a machine of the cluster has {named}, where this one has {own}", field="executor")


def _connect(ray: Any, executor: str) -> None:
    """Join the cluster that is named, the one that runs here, or a new one."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    quiet = {"logging_level": "ERROR", "log_to_driver": False}
    try:
        ray.init(address=executor if "://" in executor else "auto", **quiet)
    except ConnectionError as error:
        if "://" in executor:
            ray.util.disconnect()  # Or else this process stays a client of it, and no later pool could start.
            raise InputError(f"no Ray cluster answers at {executor}: {error}", field="executor") from error
        ray.init(include_dashboard=False, **quiet)
