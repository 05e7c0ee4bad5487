"""Waking a thread that waits on sockets."""

from __future__ import annotations

import socket


class Wake:
    """A pair of sockets: whoever calls ``up`` makes ``reader`` readable."""

    def __init__(self) -> None:
        self.reader, self._writer = socket.socketpair()
        self.reader.setblocking(False)
        self._writer.setblocking(False)

    def up(self) -> None:
        """Wake the reader; one that is about to wake needs no more."""
        try:
            self._writer.send(b"\0")
        except BlockingIOError:
            return

    def clear(self) -> None:
        """Take the wake-ups."""
        try:
            self.reader.recv(4096)
        except BlockingIOError:
            return

    def close(self) -> None:
        """Close both ends."""
        self.reader.close()
        self._writer.close()
