"""ROS domains: processes of one run hear each other, and nobody else's."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from vla_sim.errors import NotReadyError

DOMAINS = range(1, 102)
"""Domains whose ports no Linux gives to anything else; 0 is everybody's."""


@contextlib.contextmanager
def claimed_domain(domains: Sequence[int] = DOMAINS) -> Iterator[int]:
    """Claim a ROS domain for this process and its children, and free it at the end, or when the process dies.

    Only those who claim domains in this way keep clear of each other: a robot that uses a fixed one is not seen.

    Raises:
        NotReadyError: all are taken.
    """
    for number in domains:
        lock = _locked(Path(tempfile.gettempdir()) / f"vla_sim_ros_domain_{number}.lock")
        if lock is not None:
            try:
                yield number
            finally:
                os.close(lock)
            return
    raise NotReadyError("every ROS domain is taken by another run on this machine; wait until one has ended")


def _locked(path: Path) -> int | None:
    """Return an open file that nobody else holds the lock of, or None."""
    try:
        # Whoever else runs tests or gates on this machine must be able to take the lock later.
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except PermissionError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file
