"""Services: requests that a node sends, and requests that it answers."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import zmq
from google.protobuf.message import DecodeError, Message

from vla_sim.errors import SimulatorError
from vla_sim.gz.messages import full_name, message_type
from vla_sim.gz.registry import Offer

_log = logging.getLogger(__name__)

# Requests that wait for one service's handler, and peers to which connections are kept.
REQUEST_DEPTH = 1000
_MOST_PEERS = 256

EMPTY_TYPES = ("gz.msgs.Empty", "ignition.msgs.Empty")


class RequestError(SimulatorError):
    """A request that got no good answer.

    Attributes:
        reason: ``no service``: nobody offers it with these types; nothing was sent. ``no answer``: it was sent, and may
            have been carried out: sending again may do it twice. ``gone``: the server left first, likewise.
            ``refused``: the server answered that it failed. ``unreadable``: the answer is no such message.
    """

    def __init__(
        self, message: str, reason: Literal["no service", "no answer", "gone", "refused", "unreadable"]
    ) -> None:
        super().__init__(message)
        self.reason = reason


class Lines:
    """Connections to peers' sockets, one for each address, the least used closed first. Not thread-safe.

    A DEALER queues until its peer is there, so nothing waits for a handshake; to peers it looks as a C++ node's ROUTER.
    """

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], linger_ms: int) -> None:
        self._context = context
        self._linger_ms = linger_ms
        self._sockets: OrderedDict[str, zmq.Socket[bytes]] = OrderedDict()

    def send(self, address: str, frames: list[bytes]) -> bool:
        """Send to the socket at an address; False where its queue is full."""
        line = self._sockets.get(address)
        if line is None:
            line = self._sockets[address] = self._context.socket(zmq.DEALER)
            line.setsockopt(zmq.LINGER, self._linger_ms)
            line.connect(address)
            if len(self._sockets) > _MOST_PEERS:
                self._sockets.popitem(last=False)[1].close()
        self._sockets.move_to_end(address)
        try:
            line.send_multipart(frames, zmq.DONTWAIT)
        except zmq.Again:
            return False
        return True

    def drop(self, address: str) -> None:
        """Close the connection to an address, with what waits there."""
        line = self._sockets.pop(address, None)
        if line is not None:
            line.close(linger=0)

    def close(self) -> None:
        """Close all connections."""
        for line in self._sockets.values():
            line.close()
        self._sockets.clear()


class Call:
    """A request that was sent, and its answer once that is there."""

    def __init__(self, offer: Offer) -> None:
        self.offer = offer
        self.done = threading.Event()
        self.payload = b""
        self.outcome: Literal["open", "answered", "refused", "gone"] = "open"

    def end(self, outcome: Literal["answered", "refused", "gone"], payload: bytes = b"") -> None:
        """Give the answer to who waits for it."""
        self.outcome, self.payload = outcome, payload
        self.done.set()

    def result(self, timeout: float) -> Message:
        """Wait for the answer.

        Raises:
            RequestError: There is none, or no good one.
        """
        name = self.offer.name
        self.done.wait(timeout)
        if self.outcome == "open":
            raise RequestError(f"{name}: no answer in time; it may have been carried out", "no answer")
        if self.outcome == "gone":
            raise RequestError(f"{name}: the server left before it answered", "gone")
        if self.outcome == "refused":
            raise RequestError(f"{name}: the server answered that it failed", "refused")
        reply = message_type(self.offer.reply_type)()
        try:
            reply.ParseFromString(self.payload)
        except DecodeError as error:
            raise RequestError(f"{name}: the answer is no {self.offer.reply_type}", "unreadable") from error
        return reply


@dataclass(frozen=True, slots=True)
class Request:
    """A request that came in: where its answer goes, and what it says."""

    address: str
    destination: bytes
    node: bytes
    id: bytes
    payload: bytes


class Service:
    """A service that a node offers; its handler runs in a thread of its own, one request after the other.

    Attributes:
        offer: What is offered.
        dropped: Requests that were refused because too many waited.
        rejected: Requests that could not be read.
    """

    def __init__(
        self,
        offer: Offer,
        handler: Callable[[Message], Message | None],
        answer: Callable[[Service, Request, bytes, bool], None],
        close: Callable[[Service], None],
    ) -> None:
        self.offer = offer
        self.dropped = 0
        self.rejected = 0
        self._handler = handler
        self._answer = answer
        self._close = close
        self._waiting: queue.Queue[Request | None] = queue.Queue(REQUEST_DEPTH)
        self._closed = False
        self._worker = threading.Thread(target=self._work, name=f"gz service {offer.name}", daemon=True)
        self._worker.start()

    def put(self, request: Request) -> bool:
        """Take a request in, in the thread that reads the sockets; False where too many wait."""
        try:
            self._waiting.put_nowait(request)
        except queue.Full:
            self.dropped += 1
            return False
        return True

    def close(self) -> None:
        """Offer the service no more; waits for a request that is being answered, but in its handler."""
        self._close(self)
        self.end()

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def end(self) -> None:
        """Let the worker go, with the requests that wait."""
        self._closed = True
        # Where the queue is full, the worker finds a request, and then that the service is closed.
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait(None)
        if self._worker is not threading.current_thread():
            self._worker.join()

    def _work(self) -> None:
        while (request := self._waiting.get()) is not None and not self._closed:
            reply = self._handle(request)
            if self.offer.reply_type not in EMPTY_TYPES:
                self._answer(self, request, b"" if reply is None else reply.SerializeToString(), reply is not None)

    def _handle(self, request: Request) -> Message | None:
        message = message_type(self.offer.type)()
        try:
            message.ParseFromString(request.payload)
        except DecodeError:
            self.rejected += 1
            return None
        try:
            reply = self._handler(message)
        except Exception:
            _log.exception("%s: the handler failed", self.offer.name)
            return None
        if reply is not None and full_name(reply) != self.offer.reply_type:
            _log.error("%s: the handler gave %s, not %s", self.offer.name, full_name(reply), self.offer.reply_type)
            return None
        return reply
