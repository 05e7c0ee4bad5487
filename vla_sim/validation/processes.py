"""Programs that run beside each other, each in a process group of its own with a log, and that all end."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

GRACE = 10.0
"""Seconds that a program has to end after SIGTERM before it is killed."""
_LOOK = 0.1
"""Seconds between two looks at whether a program has begun."""
_FRAME = " \t│╭╮╰╯─"


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, and where what it says goes."""

    name: str
    command: Sequence[str]
    log: Path


class ProgramError(Exception):
    """A program could not be started, ended when it must not, or took too long; the text says which and why."""


class Running:
    """Programs under way."""

    def __init__(self, environment: Mapping[str, str]):
        self._environment = environment
        self._processes: dict[str, tuple[Program, subprocess.Popen[bytes]]] = {}
        self._ended: queue.Queue[str] = queue.Queue()

    def start(self, program: Program) -> None:
        """Start a program.

        Raises:
            ProgramError: it cannot be started.
        """
        program.log.parent.mkdir(parents=True, exist_ok=True)
        with program.log.open("wb") as log:
            try:
                process = subprocess.Popen(
                    program.command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=dict(self._environment),
                    start_new_session=True,
                )
            except OSError as error:
                raise ProgramError(f"{program.name} cannot be started: {error}") from error
        self._processes[program.name] = program, process
        threading.Thread(target=self._await_end, args=(program.name, process), daemon=True).start()

    def wait_for(self, name: str, seconds: float) -> int:
        """Wait until a program has ended and return its exit code; the others must go on until then.

        Raises:
            ProgramError: another one ended first, or the time is up.
        """
        end = time.monotonic() + seconds
        try:
            ended = self._ended.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            raise ProgramError(f"{name} has not ended after {seconds:g} s{self._said(name)}") from None
        if ended != name:
            raise self._untimely(ended)
        return self._processes[name][1].returncode

    def wait_until(self, begun: Callable[[], bool], name: str, seconds: float) -> None:
        """Wait until a program has begun, as ``begun`` tells, which is asked ten times a second; all must go on.

        Raises:
            ProgramError: one ended, or the time is up.
        """
        end = time.monotonic() + seconds
        while not begun():
            if time.monotonic() >= end:
                raise ProgramError(f"{name} has not begun after {seconds:g} s{self._said(name)}")
            with suppress(queue.Empty):
                raise self._untimely(self._ended.get(timeout=_LOOK))

    def last_words(self, name: str) -> str:
        """Return the last line that a program has said, frames around it left out, or ""."""
        text = self._processes[name][0].log.read_text(encoding="utf-8", errors="replace")
        lines = [line.strip(_FRAME) for line in text.splitlines() if line.strip(_FRAME)]
        return lines[-1][:300] if lines else ""

    def end(self) -> None:
        """End all programs and whatever they have started: politely, then not."""
        for _, process in reversed(self._processes.values()):
            _signal(process, signal.SIGTERM)
        end = time.monotonic() + GRACE
        for _, process in self._processes.values():
            try:
                process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
            finally:
                # A program that has ended may have left others of its group behind.
                _signal(process, signal.SIGKILL)
        for _, process in self._processes.values():
            process.wait()

    def _await_end(self, name: str, process: subprocess.Popen[bytes]) -> None:
        process.wait()
        self._ended.put(name)

    def _untimely(self, name: str) -> ProgramError:
        """Return what to say of a program that ended and must not have."""
        return ProgramError(f"{name} ended with exit code {self._processes[name][1].returncode}{self._said(name)}")

    def _said(self, name: str) -> str:
        words = self.last_words(name)
        return f"; the last line of its log: {words}" if words else "; it said nothing"


@contextmanager
def running(environment: Mapping[str, str]) -> Iterator[Running]:
    """Run programs in an environment; at the end, whatever happens, none is left."""
    programs = Running(environment)
    try:
        yield programs
    finally:
        programs.end()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
