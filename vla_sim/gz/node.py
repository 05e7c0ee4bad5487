"""A node on Gazebo's transport: topics and services, with discovery, in one thread of its own."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from google.protobuf.message import Message

from vla_sim.errors import InputError
from vla_sim.gz.discovery import HEARTBEAT_S
from vla_sim.gz.loop import BEATS_TO_SETTLE, Loop
from vla_sim.gz.messages import full_name, message_type
from vla_sim.gz.names import choose_interface, choose_partition, qualify, topic_within
from vla_sim.gz.publisher import Publisher
from vla_sim.gz.registry import Offer
from vla_sim.gz.service import EMPTY_TYPES, Call, Request, RequestError, Service
from vla_sim.gz.subscription import Subscription

# Time that others have to say what they listen to.
_ANSWERS_S = 0.5


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
        self._loop = Loop(self.ip)

    def __enter__(self) -> Node:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def rejected(self) -> Counter[str]:
        """Datagrams and messages from outside that changed nothing, by reason."""
        with self._loop.state:
            return self._loop.rejected + self._loop.topics.rejected + self._loop.services.rejected

    def advertise(self, topic: str, type: str) -> Publisher:
        """Publish a topic with messages of the type of that full name.

        Raises:
            InputError: The name or the type is no such thing.
        """
        message_type(type)
        offer = Offer(
            qualify(self.partition, topic), self._loop.outlet.address, self._loop.process, str(uuid.uuid4()), type
        )
        publisher = Publisher(offer, self._loop.outlet, self._wait_for_connection, self._unadvertise)

        self._loop.do(lambda: self._loop.add_publisher(publisher))
        return publisher

    def subscribe(
        self,
        topic: str,
        callback: Callable[[Message], None] | None = None,
        type: str | None = None,
        depth: int = 1000,
        newest_only: bool = False,
        keep: Callable[[Message], bool] | None = None,
    ) -> Subscription:
        """Listen to a topic, whether or not somebody publishes it yet.

        Args:
            topic: Name within the partition.
            callback: Called with each message in a thread of its own; without it, read with ``receive``.
            type: Full name of the type; messages of another type are counted and left. None takes all known types.
            depth: Messages that may wait; beyond it the oldest are dropped, and counted.
            newest_only: The oldest are dropped by intent: neither counted nor warned of.
            keep: Which messages are wanted; the others wake nobody. It is asked in the thread that reads the sockets.

        Raises:
            InputError: The name or the type is no such thing.
        """
        if type is not None:
            message_type(type)
        if depth < 1:
            raise InputError(f"depth is {depth}; at least one message must be able to wait")
        subscription = Subscription(qualify(self.partition, topic), type, depth, self._unsubscribe, newest_only, keep)
        self._loop.do(lambda: self._loop.add_subscription(subscription))
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
        head = [
            name.encode(),
            self._loop.answers_in_at.encode(),
            self._loop.answers_in_id,
            self._loop.id.encode(),
            call_id,
        ]
        frames = [*head, message.SerializeToString(), request_type.encode(), reply_type.encode()]
        with self._loop.state:
            self._loop.calls[call_id] = call
        try:
            if not self._loop.send_request(offer.address, frames):
                raise RequestError(f"{name}: too many requests wait for the server", "no service")
            if reply_type in EMPTY_TYPES:
                return reply()
            return call.result(deadline - time.monotonic())
        finally:
            with self._loop.state:
                self._loop.calls.pop(call_id, None)

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
            address=self._loop.requests_in_at,
            process=self._loop.process,
            node=str(uuid.uuid4()),
            type=request_type,
            reply_type=reply_type,
            socket_id=self._loop.requests_in_id.decode(),
        )
        served = Service(offer, handler, self._answer, self._unserve)

        self._loop.do(lambda: self._loop.add_service(served))
        return served

    def topics(self) -> list[str]:
        """The topics that somebody publishes or listens to, sorted. A new node takes 2 s to know."""
        self._settle()
        self._loop.topics.ask_for_listeners()
        with self._loop.state:
            # Who listens answers at once, but nothing says that all have answered.
            self._loop.state.wait_for(lambda: self._loop.closing, _ANSWERS_S)
            topics = self._loop.topics
            return self._names([*topics.offers, *topics.listeners, *topics.interests, *topics.subscribers])

    def topic_info(self, topic: str) -> TopicInfo:
        """Who publishes a topic, and who listens to it."""
        name = qualify(self.partition, topic)
        self.topics()
        with self._loop.state:
            # Fortress does not tell on request, but it told when it connected to a topic of ours.
            told = (self._loop.topics.listeners, self._loop.topics.interests, self._loop.topics.subscribers)
            listeners = {(offer.process, offer.node): offer for kept in told for offer in kept.named(name)}
            return TopicInfo(self._loop.topics.offers.named(name), list(listeners.values()))

    def services(self) -> list[str]:
        """The services of the partition, sorted. A new node takes 2 s to know."""
        self._settle()
        with self._loop.state:
            return self._names(list(self._loop.services.offers))

    def service_info(self, service: str) -> list[Offer]:
        """Who offers a service, with which types."""
        name = qualify(self.partition, service)
        self.services()
        with self._loop.state:
            return self._loop.services.offers.named(name)

    def wait_for_publisher(self, topic: str, timeout: float) -> bool:
        """Wait until somebody publishes a topic."""
        name = qualify(self.partition, topic)
        self._loop.topics.ask(name)
        with self._loop.state:
            return self._loop.state.wait_for(lambda: bool(self._loop.topics.offers.named(name)), timeout)

    def wait_for_service(self, service: str, timeout: float) -> bool:
        """Wait until somebody offers a service."""
        name = qualify(self.partition, service)
        self._loop.services.ask(name)
        with self._loop.state:
            return self._loop.state.wait_for(lambda: bool(self._loop.services.offers.named(name)), timeout)

    def close(self) -> None:
        """Say good-bye and close everything; what was published still leaves, for a second at most."""
        if self._loop.closing:
            return
        for subscription in [s for same in list(self._loop.subscriptions.values()) for s in same]:
            subscription.close()
        for service in list(self._loop.served):
            service.close()
        self._loop.close()

    def _settle(self) -> None:
        self._loop.settled.wait(BEATS_TO_SETTLE * HEARTBEAT_S + 1)

    def _names(self, offers: list[Offer]) -> list[str]:
        topics = {topic_within(self.partition, offer.name) for offer in offers}
        return sorted(topic for topic in topics if topic is not None)

    def _wait_for_connection(self, name: str, timeout: float) -> int:
        def processes() -> int:
            return len({offer.process for offer in self._loop.topics.subscribers.named(name)})

        with self._loop.state:
            return self._loop.state.wait_for(processes, timeout)

    def _find_service(self, name: str, request_type: str, reply_type: str, timeout: float) -> Offer:
        def fitting() -> Offer | None:
            offers = self._loop.services.offers.named(name)
            return next((o for o in offers if (o.type, o.reply_type) == (request_type, reply_type)), None)

        with self._loop.state:
            if fitting() is None:
                self._loop.services.ask(name)
            self._loop.state.wait_for(lambda: fitting() is not None or self._loop.closing, timeout)
            offer = fitting()
            if offer is None:
                others = {f"{o.type} -> {o.reply_type}" for o in self._loop.services.offers.named(name)}
                there = f"only as {', '.join(sorted(others))}" if others else "by nobody"
                wanted = f"{name}: {request_type} -> {reply_type} is not offered in partition {self.partition!r}"
                raise RequestError(f"{wanted}; it is offered {there}", "no service")
            return offer

    def _unsubscribe(self, subscription: Subscription) -> None:
        self._loop.do(lambda: self._loop.remove_subscription(subscription))

    def _unadvertise(self, publisher: Publisher) -> None:
        if not self._loop.closing:
            self._loop.do(lambda: self._loop.remove_publisher(publisher))

    def _unserve(self, service: Service) -> None:
        if not self._loop.closing:
            self._loop.do(lambda: self._loop.remove_service(service))

    def _answer(self, service: Service, request: Request, payload: bytes, good: bool) -> None:
        if not self._loop.closing:
            self._loop.post(lambda: self._loop.send_answer(service.offer.name, request, payload, good))
