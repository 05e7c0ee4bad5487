"""The thread that reads a node's sockets, and all that only this thread, or the lock of the state, may touch."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import zmq
from zmq.utils.monitor import recv_monitor_message

from vla_sim.gz.discovery import HEARTBEAT_S, SERVICE_PORT, TOPIC_PORT, Change, Discovery
from vla_sim.gz.names import may_connect
from vla_sim.gz.publisher import Outlet, Publisher
from vla_sim.gz.registry import Offer
from vla_sim.gz.service import EMPTY_TYPES, Call, Lines, Request, Service
from vla_sim.gz.subscription import Subscription
from vla_sim.gz.wake import Wake

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

# Messages read from one socket before the others have their turn.
_BATCH = 200
_MOST_BYTES = 1 << 29
_LINGER_MS = 1000
# A new node has heard everybody once this many heartbeats of its own are over.
BEATS_TO_SETTLE = 2
_ANY_TYPE = "google.protobuf.Message"


class Loop:
    """Sockets, discovery and everybody who waits for them, of one node.

    ``do`` and ``post`` bring work into the thread; callers wait on ``state``, which is told of each round.
    Methods further down run in the thread alone, or under the lock.

    Args:
        ip: address of the interface that is used.
    """

    def __init__(self, ip: str) -> None:
        self.ip = ip
        # Identities only have to differ between processes; they are in no result.
        self.process, self.id = str(uuid.uuid4()), str(uuid.uuid4())
        self.topics = Discovery(TOPIC_PORT, ip, self.process)
        self.services = Discovery(SERVICE_PORT, ip, self.process)
        self.rejected: Counter[str] = Counter()
        self.state = threading.Condition()
        self.settled = threading.Event()
        self._jobs: deque[Callable[[], None]] = deque()
        self._wake = Wake()
        self.closing = False

        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.outlet = Outlet(self._context, ip, _LINGER_MS)
        self._inlet = self._context.socket(zmq.SUB)
        # Read at once into the subscriptions' queues, which are bounded and count.
        self._inlet.setsockopt(zmq.RCVHWM, 0)
        self._inlet.setsockopt(zmq.LINGER, 0)
        self._inlet.setsockopt(zmq.MAXMSGSIZE, _MOST_BYTES)
        self._inlet_events = self._inlet.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED)
        self._requests_in, self.requests_in_at, self.requests_in_id = self._listen()
        self._answers_in, self.answers_in_at, self.answers_in_id = self._listen()
        self._requests_out = Lines(self._context, _LINGER_MS)
        self._requests_out_lock = threading.Lock()
        self._answers_out = Lines(self._context, _LINGER_MS)

        self.subscriptions: dict[str, list[Subscription]] = {}
        self._connected: set[str] = set()
        self._unneeded: set[str] = set()
        self._through: set[str] = set()
        self._publishers: list[Publisher] = []
        self.served: list[Service] = []
        self.calls: dict[bytes, Call] = {}
        self._thread = threading.Thread(target=self._run, name="gz node", daemon=True)
        self._thread.start()

    # -- For callers in any thread.

    def do(self, job: Callable[[], _T]) -> _T:
        """Run a job in the thread that reads the sockets, and return its result."""
        done: Future[_T] = Future()

        def run() -> None:
            try:
                done.set_result(job())
            except Exception as error:
                done.set_exception(error)

        self.post(run)
        return done.result()

    def post(self, job: Callable[[], None]) -> None:
        """Let a job run in the thread, without waiting for it."""
        if self.closing:
            raise RuntimeError("the node is closed")
        self._jobs.append(job)
        self._wake.up()

    def send_request(self, address: str, frames: list[bytes]) -> bool:
        """Send a request to a server; False where too many wait for it."""
        with self._requests_out_lock:
            return self._requests_out.send(address, frames)

    def close(self) -> None:
        """End the thread and close the sockets; what was published still leaves, for a second at most."""
        self.closing = True
        self._wake.up()
        self._thread.join()
        with self.state:
            for call in self.calls.values():
                call.end("gone")
            self.state.notify_all()
        self.topics.close()
        self.services.close()
        self.outlet.close()
        self._inlet.disable_monitor()
        for socket in (self._inlet, self._inlet_events, self._requests_in, self._answers_in):
            socket.close()
        with self._requests_out_lock:
            self._requests_out.close()
        self._answers_out.close()
        self._wake.close()
        self._context.term()

    def _listen(self) -> tuple[zmq.Socket[bytes], str, bytes]:
        identity = str(uuid.uuid4()).encode()
        socket = self._context.socket(zmq.ROUTER)
        socket.setsockopt(zmq.ROUTING_ID, identity)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.MAXMSGSIZE, _MOST_BYTES)
        socket.bind(f"tcp://{self.ip}:*")
        address = socket.getsockopt(zmq.LAST_ENDPOINT)
        assert isinstance(address, bytes)
        return socket, address.rstrip(b"\0").decode(), identity

    # -- What follows runs in the thread, under the lock of the state.

    def _run(self) -> None:
        poller = zmq.Poller()
        handlers: dict[object, Callable[[], object]] = {
            self._wake.reader.fileno(): self._wake.clear,
            self.topics.socket.fileno(): lambda: self._follow_topics(self.topics.receive(time.monotonic())),
            self.services.socket.fileno(): lambda: self._follow_services(self.services.receive(time.monotonic())),
            self.outlet.signal: self.outlet.attend,
            self._inlet_events: self._follow_connection,
            self._inlet: lambda: self._drain(self._inlet, self._take_message),
            self._requests_in: lambda: self._drain(self._requests_in, self._take_request),
            self._answers_in: lambda: self._drain(self._answers_in, self._take_answer),
        }
        for source in handlers:
            poller.register(source, zmq.POLLIN)
        next_beat, beats = time.monotonic(), 0
        while not self.closing:
            ready = [source for source, _ in poller.poll(max(0, int((next_beat - time.monotonic()) * 1000) + 1))]
            with self.state:
                for source in ready:
                    self._guarded(handlers[source])
                while self._jobs:
                    self._jobs.popleft()()
                if time.monotonic() >= next_beat:
                    next_beat = time.monotonic() + HEARTBEAT_S
                    self._guarded(self._beat)
                    if beats == BEATS_TO_SETTLE:
                        self.settled.set()
                    beats += 1
                self.state.notify_all()
        while self._jobs:
            self._jobs.popleft()()

    def _guarded(self, handle: Callable[[], object]) -> None:
        try:
            handle()
        except Exception:
            # Whatever comes from outside, this thread lives on: everybody waits for it.
            self.rejected["internal error"] += 1
            _log.exception("the transport's thread goes on after an error")

    def _beat(self) -> None:
        now = time.monotonic()
        self._follow_topics(self.topics.expire(now))
        self._follow_services(self.services.expire(now))
        self.topics.beat()
        self.services.beat()
        self._disconnect()
        # Again, in case that a datagram was lost or the publisher has forgotten us; it counts each only once.
        for name in self.subscriptions:
            self._register(self.topics.offers.named(name))

    def _follow_topics(self, change: Change) -> None:
        if change.appeared or change.gone:
            self._connect()
            self._register(change.appeared)

    def _follow_services(self, change: Change) -> None:
        if not change.gone:
            return
        gone = {offer.address for offer in change.gone} - {offer.address for offer in self.services.offers}
        for call in self.calls.values():
            if call.offer in change.gone:
                call.end("gone")
        with self._requests_out_lock:
            for address in gone:
                self._requests_out.drop(address)

    def _connect(self) -> None:
        needed = self._needed()
        for address in needed - self._connected:
            self._inlet.connect(address)
        self._connected |= needed

    def _disconnect(self) -> None:
        """Leave addresses that nobody needs, a heartbeat later: what was sent before a good-bye still comes in."""
        unneeded = self._connected - self._needed()
        # While a message is half read, which polling can bring about, libzmq aborts the process on a disconnect.
        if self._drain(self._inlet, self._take_message):
            for address in unneeded & self._unneeded:
                self._inlet.disconnect(address)
            self._connected -= unneeded & self._unneeded
        self._unneeded = unneeded

    def _follow_connection(self) -> None:
        event = recv_monitor_message(self._inlet_events)
        address = event["endpoint"].decode()
        if event["event"] == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            self._through.add(address)
            for name in self.subscriptions:
                self._register([offer for offer in self.topics.offers.named(name) if offer.address == address])
        else:
            self._through.discard(address)

    def _needed(self) -> set[str]:
        return {offer.address for name in self.subscriptions for offer in self.topics.offers.named(name)}

    def _register(self, offers: list[Offer]) -> None:
        for offer in offers:
            interested = any(s.type in (None, offer.type) for s in self.subscriptions.get(offer.name, ()))
            # A publisher may send once it is told: it is told once the connection stands, so that nothing is lost.
            if interested and offer.address in self._through:
                self.topics.connect(offer, self.id)

    def add_publisher(self, publisher: Publisher) -> None:
        """Make a publisher known."""
        self._publishers.append(publisher)
        self._follow_topics(self.topics.advertise(publisher.offer))

    def remove_publisher(self, publisher: Publisher) -> None:
        """Say that a publisher is gone; once more does no harm."""
        if publisher in self._publishers:
            self._publishers.remove(publisher)
            self._follow_topics(self.topics.unadvertise(publisher.offer))

    def add_service(self, service: Service) -> None:
        """Make a service known."""
        self.served.append(service)
        self.services.advertise(service.offer)

    def remove_service(self, service: Service) -> None:
        """Say that a service is gone; once more does no harm."""
        if service in self.served:
            self.served.remove(service)
            self._follow_services(self.services.unadvertise(service.offer))

    def add_subscription(self, subscription: Subscription) -> None:
        """Take a subscription up, and connect to whoever publishes its topic."""
        name = subscription.name
        if name not in self.subscriptions:
            self._inlet.setsockopt(zmq.SUBSCRIBE, name.encode())
        self.subscriptions.setdefault(name, []).append(subscription)
        self.topics.interests.add(self._interest(subscription))
        self._connect()
        self._register(self.topics.offers.named(name))
        self.topics.ask(name)

    def _interest(self, subscription: Subscription) -> Offer:
        kind = subscription.type or _ANY_TYPE
        return Offer(subscription.name, self.outlet.address, self.process, self.id, kind)

    def remove_subscription(self, subscription: Subscription) -> None:
        """Forget a subscription; once more does no harm."""
        same = self.subscriptions.get(subscription.name, [])
        if subscription not in same:
            return
        same.remove(subscription)
        if not same:
            del self.subscriptions[subscription.name]
            self._inlet.setsockopt(zmq.UNSUBSCRIBE, subscription.name.encode())
            self.topics.interests.remove(subscription.name, self.process, self.id)
            for offer in self.topics.offers.named(subscription.name):
                self.topics.disconnect(offer, self.id)

    def _drain(self, socket: zmq.Socket[bytes], take: Callable[[list[bytes]], None]) -> bool:
        """Read what is there, within bounds; True where nothing is left."""
        for _ in range(_BATCH):
            try:
                frames = socket.recv_multipart(zmq.DONTWAIT)
            except zmq.Again:
                return True
            take(frames)
        return False

    def _take_message(self, frames: list[bytes]) -> None:
        # A fifth frame comes from publishers with GZ_TRANSPORT_TOPIC_STATISTICS.
        if len(frames) not in (4, 5):
            self.rejected["message of another shape"] += 1
            return
        name, _, payload, kind = frames[:4]
        # ZeroMQ filters by how a name begins, so that other topics come by.
        for subscription in self.subscriptions.get(_text(name), ()):
            subscription.put(_text(kind), payload)

    def _take_request(self, frames: list[bytes]) -> None:
        if len(frames) != 9:
            self.rejected["request of another shape"] += 1
            return
        _, name, address, destination, node, call, payload, request_type, reply_type = frames
        wanted = (_text(name), _text(request_type), _text(reply_type))
        service = next((s for s in self.served if (s.offer.name, s.offer.type, s.offer.reply_type) == wanted), None)
        if service is None or not may_connect(_text(address), self.ip):
            self.rejected["request that nobody serves" if service is None else "address out of reach"] += 1
            return
        request = Request(_text(address), destination, node, call, payload)
        if not service.put(request) and service.offer.reply_type not in EMPTY_TYPES:
            self.send_answer(service.offer.name, request, b"", False)

    def send_answer(self, service: str, request: Request, payload: bytes, good: bool) -> None:
        """Send the answer to a request."""
        frames = [service.encode(), request.node, request.id, payload, b"1" if good else b"0"]
        if not self._answers_out.send(request.address, frames):
            self.rejected["answer that nobody takes"] += 1

    def _take_answer(self, frames: list[bytes]) -> None:
        if len(frames) != 6:
            self.rejected["answer of another shape"] += 1
            return
        _, name, _, call_id, payload, good = frames
        call = self.calls.get(call_id)
        if call is None or call.offer.name != _text(name):
            self.rejected["answer that nobody waits for"] += 1
            return
        call.end("answered" if good == b"1" else "refused", payload)


def _text(frame: bytes) -> str:
    return frame.decode(errors="replace")
