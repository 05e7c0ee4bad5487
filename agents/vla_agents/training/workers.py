"""Work whose outcome is a file, shared out to processes of this machine, or of a Ray cluster: files travel home."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from vla_sim.bench.atomic import write_bytes
from vla_sim.bench.pool import Lost, Pool
from vla_sim.bench.runner import answered
from vla_sim.errors import HarnessError

Told = TypeVar("Told")
Make = Callable[[Any, Path, Path], Told]
"""Does a piece of work, writes its file and returns what is to be said of it: (piece, file, folder that came along)."""


def files_made(make: Make[Told], work: Mapping[Path, Any], jobs: int, executor: str, folder: Path) -> Iterator[Told]:
    """Have each piece of work make its file, in a process of its own; yield what is said of each, in order.

    Args:
        make: a function of a module.
        work: pieces by the file that each makes.
        jobs: number of processes.
        executor: ``local``, ``ray`` or ``ray://HOST:PORT``.
        folder: what workers need to read; its files are sent along.

    Raises:
        InputError: what a piece of work says is the user's to mend; or there is no such cluster.
        HarnessError: a piece of work failed, or its worker died.
    """
    if not work:
        return
    if executor == "local":
        with Pool[tuple[Path, Any], Told](functools.partial(_Here, make, folder), jobs) as pool:
            yield from (_told(answer) for answer in pool.run(list(work.items())))
        return
    from vla_sim.bench.cluster import RayPool

    with RayPool[Any, tuple[bytes, Told]](functools.partial(_There, make, _read(folder)), jobs, None, executor) as far:
        for path, answer in zip(work, far.run(list(work.values())), strict=True):
            data, told = _told(answer)
            write_bytes(path, data)
            yield told


class _Here:
    """A worker of this machine."""

    def __init__(self, make: Make[Any], folder: Path):
        self._make, self._folder = make, folder

    def __call__(self, item: tuple[Path, Any]) -> Any:
        path, piece = item
        return self._make(piece, path, self._folder)


class _There:
    """A worker of a cluster, where the folder is unpacked and the file is read once it is made."""

    def __init__(self, make: Make[Any], files: Mapping[str, bytes]):
        self._make = make
        self._scratch = tempfile.TemporaryDirectory(prefix="vla_sim-")
        self._folder = Path(self._scratch.name) / "sent"
        self._folder.mkdir()
        for name, data in files.items():
            write_bytes(self._folder / name, data)

    def __call__(self, piece: Any) -> tuple[bytes, Any]:
        path = Path(self._scratch.name) / "made.npz"
        told = self._make(piece, path, self._folder)
        data = path.read_bytes()
        path.unlink()
        return data, told


def _read(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _told(answer: Any) -> Any:
    result = answered(answer)
    if isinstance(result, Lost):
        raise HarnessError(f"a worker was lost: {result.reason}")
    return result
