"""A node on Gazebo's transport: topics and services, with discovery, in one thread of its own."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

import zmq
from google.protobuf.message import Message
from zmq.utils.monitor import recv_monitor_message

from vla_sim.errors import InputError
from vla_sim.gz.discovery import HEARTBEAT_S, SERVICE_PORT, TOPIC_PORT, Change, Discovery
from vla_sim.gz.messages import full_name, message_type
from vla_sim.gz.names import choose_interface, choose_partition, may_connect, qualify, topic_within
from vla_sim.gz.publisher import Outlet, Publisher
from vla_sim.gz.registry import Offer
from vla_sim.gz.service import EMPTY_TYPES, Call, Lines, Request, RequestError, Service
from vla_sim.gz.subscription import Subscription
from vla_sim.gz.wake import Wake

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

# Messages read from one socket before the others have their turn.
_BATCH = 200
_MOST_BYTES = 1 << 29
_LINGER_MS = 1000
# A new node has heard everybody once this many heartbeats of its own are over.
_BEATS_TO_SETTLE = 2
# Time that others have to say what they listen to.
_ANSWERS_S = 0.5
_ANY_TYPE = "google.protobuf.Message"


@dataclass(frozen=True, slots=True)
class TopicInfo:
    """Who publishes a topic, and who listens to it, as far as they say."""

    publishers: list[Offer]
    subscribers: list[Offer]


class Node:
    """A participant in one partition, beside Gazebo's own processes; a context manager.

    All sockets are read in one thread, so that no caller and no callback keeps another waiting; callbacks run in
    threads of their own. All methods may be called from any thread.

    Args:
        partition: Who is in another partition is neither seen nor heard; ``GZ_PARTITION`` or ``hostname:user`` if None.
        ip: Address of the interface that is used; ``GZ_IP`` or 127.0.0.1 if None.

    Raises:
        InputError: The interface or the partition is no such thing.
    """

    def __init__(self, partition: str | None = None, ip: str | None = None) -> None:
        self.partition = choose_partition(partition)
        self.ip = choose_interface(ip)
        # Identities only have to differ between processes; they are in no result.
        self._process, self._id = str(uuid.uuid4()), str(uuid.uuid4())
        self._topics = Discovery(TOPIC_PORT, self.ip, self._process)
        self._services = Discovery(SERVICE_PORT, self.ip, self._process)
        self._rejected: Counter[str] = Counter()
        self._state = threading.Condition()
        self._settled = threading.Event()
        self._jobs: deque[Callable[[], None]] = deque()
        self._wake = Wake()
        self._closing = False

        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._outlet = Outlet(self._context, self.ip, _LINGER_MS)
        self._inlet = self._context.socket(zmq.SUB)
        self._inlet.setsockopt(
            zmq.RCVHWM, 0
        )  # Read at once into the subscriptions' queues, which are bounded and count.
        self._inlet.setsockopt(zmq.LINGER, 0)
        self._inlet.setsockopt(zmq.MAXMSGSIZE, _MOST_BYTES)
        self._inlet_events = self._inlet.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED)
        self._requests_in, self._requests_in_at, self._requests_in_id = self._listen()
        self._answers_in, self._answers_in_at, self._answers_in_id = self._listen()
        self._requests_out = Lines(self._context, _LINGER_MS)
        self._requests_out_lock = threading.Lock()
        self._answers_out = Lines(self._context, _LINGER_MS)

        self._subscriptions: dict[str, list[Subscription]] = {}
        self._connected: set[str] = set()
        self._unneeded: set[str] = set()
        self._through: set[str] = set()
        self._publishers: list[Publisher] = []
        self._served: list[Service] = []
        self._calls: dict[bytes, Call] = {}
        self._thread = threading.Thread(target=self._run, name="gz node", daemon=True)
        self._thread.start()

    def __enter__(self) -> Node:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def rejected(self) -> Counter[str]:
        """Datagrams and messages from outside that changed nothing, by reason."""
        with self._state:
            return self._rejected + self._topics.rejected + self._services.rejected

    def advertise(self, topic: str, type: str) -> Publisher:
        """Publish a topic with messages of the type of that full name.

        Raises:
            InputError: The name or the type is no such thing.
        """
        message_type(type)
        offer = Offer(qualify(self.partition, topic), self._outlet.address, self._process, str(uuid.uuid4()), type)
        publisher = Publisher(offer, self._outlet, self._wait_for_connection, self._unadvertise)

        def advertise() -> None:
            self._publishers.append(publisher)
            self._follow_topics(self._topics.advertise(offer))

        self._do(advertise)
        return publisher

    def subscribe(
        self,
        topic: str,
        callback: Callable[[Message], None] | None = None,
        type: str | None = None,
        depth: int = 1000,
    ) -> Subscription:
        """Listen to a topic, whether or not somebody publishes it yet.

        Args:
            topic: Name within the partition.
            callback: Called with each message in a thread of its own; without it, read with ``receive``.
            type: Full name of the type; messages of another type are counted and left. None takes all known types.
            depth: Messages that may wait; beyond it the oldest are dropped, and counted.

        Raises:
            InputError: The name or the type is no such thing.
        """
        if type is not None:
            message_type(type)
        if depth < 1:
            raise InputError(f"depth is {depth}; at least one message must be able to wait")
        subscription = Subscription(qualify(self.partition, topic), type, depth, self._unsubscribe)
        self._do(lambda: self._add_subscription(subscription))
        if callback is not None:
            subscription.call(callback)
        return subscription

    def request(self, service: str, message: Message, reply_type: str, timeout: float = 5.0) -> Message:
        """Call a service and wait for its answer. The request is sent once at most, never again.

        Args:
            service: Name within the partition.
            message: The request; its type is part of what is asked for.
            reply_type: Full name of the answer's type. A service that answers ``Empty`` does not answer at all: the
                call returns at once.
            timeout: Seconds for finding the service and for its answer, together.

        Raises:
            RequestError: Nobody offers the service, or it gave no good answer; ``reason`` tells which.
            InputError: The name or the type is no such thing.
        """
        deadline = time.monotonic() + timeout
        reply = message_type(reply_type)
        name, request_type = qualify(self.partition, service), full_name(message)
        offer = self._find_service(name, request_type, reply_type, timeout)
        call, call_id = Call(offer), str(uuid.uuid4()).encode()
        head = [name.encode(), self._answers_in_at.encode(), self._answers_in_id, self._id.encode(), call_id]
        frames = [*head, message.SerializeToString(), request_type.encode(), reply_type.encode()]
        with self._state:
            self._calls[call_id] = call
        try:
            with self._requests_out_lock:
                if not self._requests_out.send(offer.address, frames):
                    raise RequestError(f"{name}: too many requests wait for the server", "no service")
            if reply_type in EMPTY_TYPES:
                return reply()
            return call.result(deadline - time.monotonic())
        finally:
            with self._state:
                self._calls.pop(call_id, None)

    def serve(
        self, service: str, request_type: str, reply_type: str, handler: Callable[[Message], Message | None]
    ) -> Service:
        """Offer a service. The handler gets the request and returns the answer, or None to say that it failed.

        Raises:
            InputError: The name or a type is no such thing.
        """
        message_type(request_type)
        message_type(reply_type)
        offer = Offer(
            name=qualify(self.partition, service),
            address=self._requests_in_at,
            process=self._process,
            node=str(uuid.uuid4()),
            type=request_type,
            reply_type=reply_type,
            socket_id=self._requests_in_id.decode(),
        )
        served = Service(offer, handler, self._answer, self._unserve)

        def advertise() -> None:
            self._served.append(served)
            self._services.advertise(offer)

        self._do(advertise)
        return served

    def topics(self) -> list[str]:
        """The topics that somebody publishes or listens to, sorted. A new node takes 2 s to know."""
        self._settle()
        self._topics.ask_for_listeners()
        with self._state:
            # Who listens answers at once, but nothing says that all have answered.
            self._state.wait_for(lambda: self._closing, _ANSWERS_S)
            topics = self._topics
            return self._names([*topics.offers, *topics.listeners, *topics.interests, *topics.subscribers])

    def topic_info(self, topic: str) -> TopicInfo:
        """Who publishes a topic, and who listens to it."""
        name = qualify(self.partition, topic)
        self.topics()
        with self._state:
            # Fortress does not tell on request, but it told when it connected to a topic of ours.
            told = (self._topics.listeners, self._topics.interests, self._topics.subscribers)
            listeners = {(offer.process, offer.node): offer for kept in told for offer in kept.named(name)}
            return TopicInfo(self._topics.offers.named(name), list(listeners.values()))

    def services(self) -> list[str]:
        """The services of the partition, sorted. A new node takes 2 s to know."""
        self._settle()
        with self._state:
            return self._names(list(self._services.offers))

    def service_info(self, service: str) -> list[Offer]:
        """Who offers a service, with which types."""
        name = qualify(self.partition, service)
        self.services()
        with self._state:
            return self._services.offers.named(name)

    def wait_for_publisher(self, topic: str, timeout: float) -> bool:
        """Wait until somebody publishes a topic."""
        name = qualify(self.partition, topic)
        self._topics.ask(name)
        with self._state:
            return self._state.wait_for(lambda: bool(self._topics.offers.named(name)), timeout)

    def close(self) -> None:
        """Say good-bye and close everything; what was published still leaves, for a second at most."""
        if self._closing:
            return
        for subscription in [s for same in list(self._subscriptions.values()) for s in same]:
            subscription.close()
        for service in list(self._served):
            service.close()
        self._closing = True
        self._wake.up()
        self._thread.join()
        with self._state:
            for call in self._calls.values():
                call.end("gone")
            self._state.notify_all()
        self._topics.close()
        self._services.close()
        self._outlet.close()
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

    def _settle(self) -> None:
        self._settled.wait(_BEATS_TO_SETTLE * HEARTBEAT_S + 1)

    def _names(self, offers: list[Offer]) -> list[str]:
        topics = {topic_within(self.partition, offer.name) for offer in offers}
        return sorted(topic for topic in topics if topic is not None)

    # -- Waiting, in the callers' threads.

    def _do(self, job: Callable[[], _T]) -> _T:
        """Run a job in the thread that reads the sockets, and return its result."""
        done: Future[_T] = Future()

        def run() -> None:
            try:
                done.set_result(job())
            except Exception as error:
                done.set_exception(error)

        self._post(run)
        return done.result()

    def _post(self, job: Callable[[], None]) -> None:
        if self._closing:
            raise RuntimeError("the node is closed")
        self._jobs.append(job)
        self._wake.up()

    def _wait_for_connection(self, name: str, timeout: float) -> int:
        def processes() -> int:
            return len({offer.process for offer in self._topics.subscribers.named(name)})

        with self._state:
            return self._state.wait_for(processes, timeout)

    def _find_service(self, name: str, request_type: str, reply_type: str, timeout: float) -> Offer:
        def fitting() -> Offer | None:
            offers = self._services.offers.named(name)
            return next((o for o in offers if (o.type, o.reply_type) == (request_type, reply_type)), None)

        with self._state:
            if fitting() is None:
                self._services.ask(name)
            self._state.wait_for(lambda: fitting() is not None or self._closing, timeout)
            offer = fitting()
            if offer is None:
                others = {f"{o.type} -> {o.reply_type}" for o in self._services.offers.named(name)}
                there = f"only as {', '.join(sorted(others))}" if others else "by nobody"
                wanted = f"{name}: {request_type} -> {reply_type} is not offered in partition {self.partition!r}"
                raise RequestError(f"{wanted}; it is offered {there}", "no service")
            return offer

    # -- What follows runs in the thread that reads the sockets, under the lock of the state.

    def _run(self) -> None:
        poller = zmq.Poller()
        handlers: dict[object, Callable[[], object]] = {
            self._wake.reader.fileno(): self._wake.clear,
            self._topics.socket.fileno(): lambda: self._follow_topics(self._topics.receive(time.monotonic())),
            self._services.socket.fileno(): lambda: self._follow_services(self._services.receive(time.monotonic())),
            self._outlet.signal: self._outlet.attend,
            self._inlet_events: self._follow_connection,
            self._inlet: lambda: self._drain(self._inlet, self._take_message),
            self._requests_in: lambda: self._drain(self._requests_in, self._take_request),
            self._answers_in: lambda: self._drain(self._answers_in, self._take_answer),
        }
        for source in handlers:
            poller.register(source, zmq.POLLIN)
        next_beat, beats = time.monotonic(), 0
        while not self._closing:
            ready = [source for source, _ in poller.poll(max(0, int((next_beat - time.monotonic()) * 1000) + 1))]
            with self._state:
                for source in ready:
                    self._guarded(handlers[source])
                while self._jobs:
                    self._jobs.popleft()()
                if time.monotonic() >= next_beat:
                    next_beat = time.monotonic() + HEARTBEAT_S
                    self._guarded(self._beat)
                    if beats == _BEATS_TO_SETTLE:
                        self._settled.set()
                    beats += 1
                self._state.notify_all()
        while self._jobs:
            self._jobs.popleft()()

    def _guarded(self, handle: Callable[[], object]) -> None:
        try:
            handle()
        except Exception:
            # Whatever comes from outside, this thread lives on: everybody waits for it.
            self._rejected["internal error"] += 1
            _log.exception("the transport's thread goes on after an error")

    def _beat(self) -> None:
        now = time.monotonic()
        self._follow_topics(self._topics.expire(now))
        self._follow_services(self._services.expire(now))
        self._topics.beat()
        self._services.beat()
        self._disconnect()
        # Again, in case that a datagram was lost or the publisher has forgotten us; it counts each only once.
        for name in self._subscriptions:
            self._register(self._topics.offers.named(name))

    def _follow_topics(self, change: Change) -> None:
        if change.appeared or change.gone:
            self._connect()
            self._register(change.appeared)

    def _follow_services(self, change: Change) -> None:
        if not change.gone:
            return
        gone = {offer.address for offer in change.gone} - {offer.address for offer in self._services.offers}
        for call in self._calls.values():
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
            for name in self._subscriptions:
                self._register([offer for offer in self._topics.offers.named(name) if offer.address == address])
        else:
            self._through.discard(address)

    def _needed(self) -> set[str]:
        return {offer.address for name in self._subscriptions for offer in self._topics.offers.named(name)}

    def _register(self, offers: list[Offer]) -> None:
        for offer in offers:
            interested = any(s.type in (None, offer.type) for s in self._subscriptions.get(offer.name, ()))
            # A publisher may send once it is told: it is told once the connection stands, so that nothing is lost.
            if interested and offer.address in self._through:
                self._topics.connect(offer, self._id)

    def _add_subscription(self, subscription: Subscription) -> None:
        name = subscription.name
        if name not in self._subscriptions:
            self._inlet.setsockopt(zmq.SUBSCRIBE, name.encode())
        self._subscriptions.setdefault(name, []).append(subscription)
        self._topics.interests.add(self._interest(subscription))
        self._connect()
        self._register(self._topics.offers.named(name))
        self._topics.ask(name)

    def _interest(self, subscription: Subscription) -> Offer:
        kind = subscription.type or _ANY_TYPE
        return Offer(subscription.name, self._outlet.address, self._process, self._id, kind)

    def _unsubscribe(self, subscription: Subscription) -> None:
        self._do(lambda: self._remove_subscription(subscription))

    def _remove_subscription(self, subscription: Subscription) -> None:
        same = self._subscriptions.get(subscription.name, [])
        if subscription not in same:
            return
        same.remove(subscription)
        if not same:
            del self._subscriptions[subscription.name]
            self._inlet.setsockopt(zmq.UNSUBSCRIBE, subscription.name.encode())
            self._topics.interests.remove(subscription.name, self._process, self._id)
            for offer in self._topics.offers.named(subscription.name):
                self._topics.disconnect(offer, self._id)

    def _unadvertise(self, publisher: Publisher) -> None:
        def unadvertise() -> None:
            if publisher in self._publishers:
                self._publishers.remove(publisher)
                self._follow_topics(self._topics.unadvertise(publisher.offer))

        if not self._closing:
            self._do(unadvertise)

    def _unserve(self, service: Service) -> None:
        def unadvertise() -> None:
            if service in self._served:
                self._served.remove(service)
                self._follow_services(self._services.unadvertise(service.offer))

        if not self._closing:
            self._do(unadvertise)

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
            self._rejected["message of another shape"] += 1
            return
        name, _, payload, kind = frames[:4]
        # ZeroMQ filters by how a name begins, so that other topics come by.
        for subscription in self._subscriptions.get(_text(name), ()):
            subscription.put(_text(kind), payload)

    def _take_request(self, frames: list[bytes]) -> None:
        if len(frames) != 9:
            self._rejected["request of another shape"] += 1
            return
        _, name, address, destination, node, call, payload, request_type, reply_type = frames
        wanted = (_text(name), _text(request_type), _text(reply_type))
        service = next((s for s in self._served if (s.offer.name, s.offer.type, s.offer.reply_type) == wanted), None)
        if service is None or not may_connect(_text(address), self.ip):
            self._rejected["request that nobody serves" if service is None else "address out of reach"] += 1
            return
        request = Request(_text(address), destination, node, call, payload)
        if not service.put(request) and service.offer.reply_type not in EMPTY_TYPES:
            self._send_answer(service.offer.name, request, b"", False)

    def _answer(self, service: Service, request: Request, payload: bytes, good: bool) -> None:
        if not self._closing:
            self._post(lambda: self._send_answer(service.offer.name, request, payload, good))

    def _send_answer(self, service: str, request: Request, payload: bytes, good: bool) -> None:
        frames = [service.encode(), request.node, request.id, payload, b"1" if good else b"0"]
        if not self._answers_out.send(request.address, frames):
            self._rejected["answer that nobody takes"] += 1

    def _take_answer(self, frames: list[bytes]) -> None:
        if len(frames) != 6:
            self._rejected["answer of another shape"] += 1
            return
        _, name, _, call_id, payload, good = frames
        call = self._calls.get(call_id)
        if call is None or call.offer.name != _text(name):
            self._rejected["answer that nobody waits for"] += 1
            return
        call.end("answered" if good == b"1" else "refused", payload)


def _text(frame: bytes) -> str:
    return frame.decode(errors="replace")
