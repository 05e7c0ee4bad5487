"""Who runs the trials of a plan: worker processes of this machine, or of a cluster."""

from __future__ import annotations

import functools
import importlib.util
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from vla_sim.bench.atomic import write_bytes
from vla_sim.bench.plan import Plan, Trial
from vla_sim.bench.pool import Lost, Pool, Raised, Skipped
from vla_sim.bench.record import TrialRecord
from vla_sim.bench.worker import MakeEnv, Worker, make_env
from vla_sim.errors import InputError, NotReadyError

if TYPE_CHECKING:
    from vla_sim.bench.cluster import RayPool

Answer = TrialRecord | Lost | Raised | Skipped
MakeWorker = Callable[[Plan, Path, MakeEnv], Callable[[Trial], TrialRecord]]
"""Makes what runs a plan's trials and leaves files in a folder."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How to run, as opposed to what: none of it changes the ledger's bytes."""

    jobs: int = 1
    timeout: float | None = 600.0
    """Wall-clock seconds for one trial before its worker is stopped."""
    fail_fast: bool = False
    executor: str = "local"
    """``local`` processes, ``ray``, or ``ray://HOST:PORT``."""


class TrialPool(Protocol):
    """Runs trials side by side; see ``Pool``."""

    def run(self, items: Sequence[Trial], skip: Callable[[Trial], bool] = ...) -> Iterator[Answer]:
        """Yield what became of each trial, in the order of the trials."""
        ...

    def settle(self) -> None:
        """Wait for what is still under way of a list that was left early."""
        ...


def checked(executor: str) -> str:
    """Return the name of an executor.

    Raises:
        InputError: there is none of that name, or its package is not installed.
    """
    if executor != "local" and executor.partition("://")[0] != "ray":
        raise InputError(f"no executor '{executor}'; use local, ray, or ray://HOST:PORT", field="--executor")
    if executor != "local" and importlib.util.find_spec("ray") is None:
        raise NotReadyError("Ray is not installed: pip install 'vla-sim[scale]'", field="--executor")
    return executor


@contextmanager
def trial_pool(
    plan: Plan, folder: Path, options: RunOptions, make_env: MakeEnv = make_env, worker: MakeWorker = Worker
) -> Iterator[TrialPool]:
    """Open a pool for trials of a plan, whose workers leave their files in a folder, wherever they are.

    Raises:
        InputError: the cluster cannot be reached.
    """
    if options.executor == "local":
        with Pool[Trial, TrialRecord](
            functools.partial(worker, plan, folder, make_env), options.jobs, options.timeout
        ) as pool:
            yield pool
    else:
        from vla_sim.bench.cluster import RayPool

        start = functools.partial(_Travelling, plan, make_env, worker)
        with RayPool[Trial, _Delivery](start, options.jobs, options.timeout, options.executor) as cluster:
            yield _Receiving(cluster, folder)


@dataclass(frozen=True, slots=True)
class _Delivery:
    """A record, and the files that its trial left, by their path in a run's folder."""

    record: TrialRecord
    files: dict[str, bytes]


class _Travelling:
    """A worker whose folder is on another machine: what its trials leave there travels with their records."""

    def __init__(self, plan: Plan, make_env: MakeEnv, worker: MakeWorker):
        self._scratch = tempfile.TemporaryDirectory(prefix="vla_sim-")
        self._folder = Path(self._scratch.name)
        self._worker = worker(plan, self._folder, make_env)

    def __call__(self, trial: Trial) -> _Delivery:
        record = self._worker(trial)
        files = {}
        for path in sorted(each for each in self._folder.rglob("*") if each.is_file()):
            files[path.relative_to(self._folder).as_posix()] = path.read_bytes()
            path.unlink()
        return _Delivery(record, files)


class _Receiving:
    """A pool of travelling workers that unpacks what they send."""

    def __init__(self, pool: RayPool[Trial, _Delivery], folder: Path):
        self._pool, self._folder = pool, folder

    def run(self, items: Sequence[Trial], skip: Callable[[Trial], bool] = lambda trial: False) -> Iterator[Answer]:
        for answer in self._pool.run(items, skip):
            if isinstance(answer, _Delivery):
                for name, data in answer.files.items():
                    write_bytes(self._folder / name, data)
                yield answer.record
            else:
                yield answer

    def settle(self) -> None:
        self._pool.settle()
