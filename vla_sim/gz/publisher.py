"""What a node says on one topic."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable

import zmq
from google.protobuf.message import Message

from vla_sim.errors import InputError
from vla_sim.gz.messages import full_name
from vla_sim.gz.registry import Offer

_log = logging.getLogger(__name__)

# Messages that wait for one slow subscriber; Gazebo's own default.
SEND_DEPTH = 1000
# From a subscriber's word on discovery to its socket's.
HANDSHAKE_S = 1.0


class Outlet:
    """The socket on which all publishers of a node send, from whichever thread.

    It loses no message silently: where a subscriber's queue is full, nothing is sent to anybody and ``send`` says so.
    """

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], ip: str, linger_ms: int) -> None:
        self._socket = context.socket(zmq.XPUB)
        self._socket.setsockopt(zmq.XPUB_NODROP, 1)
        self._socket.setsockopt(zmq.XPUB_VERBOSER, 1)
        self._socket.setsockopt(zmq.SNDHWM, SEND_DEPTH)
        self._socket.setsockopt(zmq.LINGER, linger_ms)
        self._socket.bind(f"tcp://{ip}:*")
        self.address = self._socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode()  # type: ignore[union-attr]
        self._lock = threading.Lock()
        self._wanted: Counter[bytes] = Counter()

    def send(self, frames: list[bytes], timeout: float) -> bool:
        """Send to all subscribers, waiting at most ``timeout`` seconds for room."""
        with self._lock:
            while self._hear(0):
                pass
            self._socket.setsockopt(zmq.SNDTIMEO, max(0, int(timeout * 1000)))
            try:
                self._socket.send_multipart(frames)
            except zmq.Again:
                return False
        return True

    @property
    def signal(self) -> int:
        """A file descriptor that is readable when the socket needs ``attend``."""
        return int(self._socket.getsockopt(zmq.FD))

    def attend(self) -> None:
        """Notice who came and went: a closed connection needs several turns of the socket until it is gone."""
        if self._lock.acquire(blocking=False):  # Otherwise its holder attends.
            try:
                while self._hear(0):
                    pass
            finally:
                self._lock.release()

    def wait_until_wanted(self, name: str, processes: int, timeout: float) -> bool:
        """Wait until the sockets of that many processes have asked for a topic; True if at least one has in the end.

        Other threads' messages wait meanwhile, and so it waits a second at most: a process of those may just have died.
        """
        deadline = time.monotonic() + min(timeout, HANDSHAKE_S)
        with self._lock:
            while self._hear(0):
                pass
            while self._wanted[name.encode()] < processes:
                if not self._hear(max(0, int((deadline - time.monotonic()) * 1000))):
                    break
            return self._wanted[name.encode()] > 0

    def close(self) -> None:
        """Close the socket; what was sent still leaves."""
        with self._lock:
            self._socket.close()

    def _hear(self, timeout_ms: int) -> bool:
        if not self._socket.poll(timeout_ms):
            return False
        change = self._socket.recv()
        self._wanted[change[1:]] += 1 if change[:1] == b"\1" else -1
        if not self._wanted[change[1:]]:
            del self._wanted[change[1:]]
        return True


class Publisher:
    """A topic that a node publishes.

    Attributes:
        name: The topic, fully qualified.
        type: Full name of the messages' type.
        dropped: Messages that were not sent, because a subscriber did not keep up.
    """

    def __init__(
        self,
        offer: Offer,
        outlet: Outlet,
        wait_for_connection: Callable[[str, float], int],
        close: Callable[[Publisher], None],
    ) -> None:
        self.offer = offer
        self.name = offer.name
        self.type = offer.type
        self.dropped = 0
        self._outlet = outlet
        self._wait_for_connection = wait_for_connection
        self._close = close
        self._head = [offer.name.encode(), offer.address.encode()]

    def publish(self, message: Message, timeout: float = 0.0) -> bool:
        """Send a message to all subscribers; False, and one more in ``dropped``, where one of them has no room.

        ``timeout`` is how long to wait for room, in s. There is no acknowledgement: True says that it is on its way.

        Raises:
            InputError: The message is of another type than advertised.
        """
        if full_name(message) != self.type:
            raise InputError(f"{self.name} is advertised as {self.type}, not {full_name(message)}")
        sent = self._outlet.send([*self._head, message.SerializeToString(), self.type.encode()], timeout)
        if not sent:
            if not self.dropped:
                _log.warning("%s: a subscriber does not keep up; messages are dropped", self.name)
            self.dropped += 1
        return sent

    def wait_for_subscriber(self, timeout: float) -> bool:
        """Wait until those who subscribe, and one at least, have connected: the next message reaches them.

        Sockets do not say whose they are: one that left a moment ago, or that asked twice, as C++ peers may, can be
        counted in place of one that is still to come, and that one misses what is sent before.
        """
        deadline = time.monotonic() + timeout
        processes = self._wait_for_connection(self.name, timeout)
        return processes > 0 and self._outlet.wait_until_wanted(self.name, processes, deadline - time.monotonic())

    def close(self) -> None:
        """Publish no more, and tell the others."""
        self._close(self)

    def __enter__(self) -> Publisher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
