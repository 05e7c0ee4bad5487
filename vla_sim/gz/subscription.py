"""What a node hears of one topic: a bounded queue, read by the caller or by a callback in a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

from google.protobuf.message import DecodeError, Message

from vla_sim.gz.messages import is_known, message_type

_log = logging.getLogger(__name__)


class Subscription:
    """The messages of one topic, the newest ``depth`` of them.

    Attributes:
        name: The topic, fully qualified.
        type: The type that is asked for, or None for any.
        dropped: Messages that were thrown away because the queue was full; the oldest go first. Where only the newest
            are wanted, none counts.
        rejected: Messages of another type, or that could not be read.
    """

    def __init__(
        self,
        name: str,
        type_name: str | None,
        depth: int,
        close: Callable[[Subscription], None],
        newest_only: bool = False,
        keep: Callable[[Message], bool] | None = None,
    ) -> None:
        self.name = name
        self.type = type_name
        self.dropped = 0
        self.rejected = 0
        self._close = close
        self._closed = False
        self._depth = depth
        self._newest_only = newest_only
        self._keep = keep
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._changed = threading.Condition()
        self._reader: threading.Thread | None = None

    def receive(self, timeout: float | None = None) -> Message | None:
        """The next message, or None where none came within ``timeout`` seconds or the subscription was closed."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            with self._changed:
                left = None if deadline is None else max(0.0, deadline - time.monotonic())
                if not self._changed.wait_for(lambda: self._waiting or self._closed, left) or not self._waiting:
                    return None
                type_name, payload = self._waiting.popleft()
            message = self._decode(type_name, payload)
            if message is not None:
                return message

    def backwards(self) -> Iterator[Message]:
        """The messages that wait, newest first. Each is read when it is asked for; the others go unread."""
        for type_name, payload in reversed(self._take()):
            if (message := self._decode(type_name, payload)) is not None:
                yield message

    def sampled(self, every: int) -> Iterator[Message]:
        """The messages that wait, oldest first, of a run of equal length only each ``every``-th one.

        For sensors that repeat themselves: what changes in them changes their length, or is seen a little later.
        """
        length = run = 0
        for type_name, payload in self._take():
            run = run + 1 if len(payload) == length else 0
            length = len(payload)
            if run % every == 0 and (message := self._decode(type_name, payload)) is not None:
                yield message

    def clear(self) -> None:
        """Let the messages that wait go unread."""
        self._take()

    def _take(self) -> list[tuple[str, bytes]]:
        with self._changed:
            waiting = list(self._waiting)
            self._waiting.clear()
        return waiting

    def __iter__(self) -> Iterator[Message]:
        """Messages until the subscription is closed."""
        while (message := self.receive()) is not None:
            yield message

    def close(self) -> None:
        """Listen no more; a receive that waits returns None. Waits for a callback that runs, but in that callback."""
        self._close(self)
        self.end()

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def put(self, type_name: str, payload: bytes) -> None:
        """Take a message in, in the thread that reads the sockets."""
        with self._changed:
            if self._closed:
                return
            if self.type is not None and type_name != self.type:
                self.rejected += 1
                return
            if self._keep is not None:
                message = self._decode(type_name, payload)
                if message is None or not self._keep(message):
                    return
            if len(self._waiting) >= self._depth:
                self._waiting.popleft()
                if not self._newest_only:
                    if not self.dropped:
                        _log.warning("%s: %d messages wait unread; the oldest are dropped", self.name, self._depth)
                    self.dropped += 1
            self._waiting.append((type_name, payload))
            self._changed.notify()

    def call(self, callback: Callable[[Message], None]) -> None:
        """Give each message to a callback, in a thread of its own."""
        self._reader = threading.Thread(target=self._read, args=(callback,), name=f"gz {self.name}", daemon=True)
        self._reader.start()

    def end(self) -> None:
        """Let those who wait go."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
        if self._reader is not None and self._reader is not threading.current_thread():
            self._reader.join()

    def _read(self, callback: Callable[[Message], None]) -> None:
        for message in self:
            try:
                callback(message)
            except Exception:
                _log.exception("%s: the callback failed", self.name)

    def _decode(self, type_name: str, payload: bytes) -> Message | None:
        if is_known(type_name):
            message = message_type(type_name)()
            try:
                message.ParseFromString(payload)
            except DecodeError:
                pass
            else:
                return message
        self.rejected += 1
        return None
