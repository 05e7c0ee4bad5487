"""The one way to the drive: commands pass while it is open, and closing it ends with a zero command."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from vla_sim.engines.engine import Command


class CommandGate:
    """Lets commands of the present generation through, one at a time.

    What is decided for an earlier generation, before a halt or a jump of time, is never sent after it.

    Args:
        publish: sends a command with a stamp [ns].
    """

    def __init__(self, publish: Callable[[Command, int], None]):
        self._publish = publish
        self._lock = threading.Lock()
        self._open = self._ended = False
        self._generation = 0
        self.sent = -math.inf
        """When the last command was sent [s, ``time.monotonic``]."""

    @property
    def generation(self) -> int:
        """What commands must be of to pass."""
        return self._generation

    @property
    def is_open(self) -> bool:
        """Whether any command passes."""
        return self._open

    def open(self, stamp: int) -> None:
        """Begin a generation with a zero command, unless it was ended."""
        with self._lock:
            if self._ended:
                return
            self._open = True
            self._generation += 1
            self._send(Command(), stamp)

    def send(self, command: Command, stamp: int, generation: int) -> bool:
        """Send a command if it is of the present generation, and say if it was."""
        with self._lock:
            if not self._open or generation != self._generation:
                return False
            self._send(command, stamp)
            return True

    def halt(self, stamp: int) -> None:
        """Send a zero command if the gate is open; what is being decided may pass after it."""
        with self._lock:
            if self._open:
                self._send(Command(), stamp)

    def close(self, stamp: int) -> None:
        """End with a zero command; no harm in doing so twice."""
        with self._lock:
            self._shut(stamp)

    def end(self, stamp: int) -> None:
        """Close for good: whatever another thread is about, nothing is sent any more."""
        with self._lock:
            self._ended = True
            self._shut(stamp)

    def _shut(self, stamp: int) -> None:
        if self._open:
            self._open = False
            self._send(Command(), stamp)

    def _send(self, command: Command, stamp: int) -> None:
        self._publish(command, stamp)
        self.sent = time.monotonic()
