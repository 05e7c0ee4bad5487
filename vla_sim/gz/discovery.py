"""Discovery by UDP multicast: one channel for topics, one for services.

A datagram is a length (uint16, little-endian) and a ``Discovery`` message of version 10. Each process says that it
lives, and what it offers, once a second; one that is silent for three seconds is gone.
"""

from __future__ import annotations

import socket
import struct
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from google.protobuf.message import DecodeError

from vla_sim.errors import InputError
from vla_sim.gz.messages import message_type
from vla_sim.gz.names import may_connect
from vla_sim.gz.registry import MOST_OFFERS, Offer, Registry

GROUP = "239.255.0.7"
TOPIC_PORT = 10317
SERVICE_PORT = 10318
VERSION = 10
HEARTBEAT_S = 1.0
SILENCE_S = 3.0

_MOST_BYTES = 65535
_IP_MULTICAST_ALL = 49  # Linux: without it, a socket hears groups that other sockets joined on other interfaces.
_ADVERTISE, _SUBSCRIBE, _UNADVERTISE, _HEARTBEAT, _BYE = 1, 2, 3, 4, 5
_NEW_CONNECTION, _END_CONNECTION, _SUBSCRIBERS_REQ, _SUBSCRIBERS_REP = 6, 7, 8, 9
_SCOPE_PROCESS, _SCOPE_ALL = 0, 2


@dataclass(slots=True)
class Change:
    """What one datagram, or silence, changed among the offers."""

    appeared: list[Offer] = field(default_factory=list)
    gone: list[Offer] = field(default_factory=list)


class Discovery:
    """One discovery channel: tells others what this process offers, and keeps what they offer.

    What this process offers itself is among the offers too, so that a node hears itself as it hears others. Not
    thread-safe but for sending.

    Attributes:
        offers: What there is, of this process and of others.
        subscribers: Nodes of other processes that connected to a topic of this one.
        listeners: Interest that others reported on request, connected or not.
        interests: What this process wants of others, told on request.
        rejected: Datagrams that changed nothing, by reason.
    """

    def __init__(self, port: int, ip: str, process: str) -> None:
        self.offers = Registry()
        self.subscribers = Registry()
        self.listeners = Registry()
        self.interests = Registry()
        self.rejected: Counter[str] = Counter()
        self._ip = ip
        self._port = port
        self._process = process
        self._seen: dict[str, float] = {}
        self._type: Any = message_type("gz.msgs.Discovery")
        self.socket = _open(port, ip)

    def close(self) -> None:
        """Say good-bye, and close the socket."""
        self._send(_BYE)
        self.socket.close()

    def advertise(self, offer: Offer) -> Change:
        """Offer a topic or service, and tell the others."""
        change = Change([offer] if self.offers.add(offer) else [])
        self._send(_ADVERTISE, offer)
        return change

    def unadvertise(self, offer: Offer) -> Change:
        """Take an offer back, and tell the others."""
        self._send(_UNADVERTISE, offer)
        return Change(gone=self.offers.remove(offer.name, offer.process, offer.node))

    def ask(self, name: str) -> None:
        """Ask who offers a topic or service; those who do advertise it again."""
        self._send(_SUBSCRIBE, name=name)

    def ask_for_listeners(self) -> None:
        """Ask who listens to what."""
        self._send(_SUBSCRIBERS_REQ)

    def connect(self, offer: Offer, node: str) -> None:
        """Tell a publisher that a node of this process has connected: a C++ publisher sends nothing before."""
        connection = self._connection(offer, node)
        if offer.process == self._process:
            self.subscribers.add(connection)
        else:
            self._send(_NEW_CONNECTION, connection)

    def disconnect(self, offer: Offer, node: str) -> None:
        """Tell a publisher that a node of this process listens no more."""
        if offer.process == self._process:
            self.subscribers.remove(offer.name, self._process, node)
        else:
            self._send(_END_CONNECTION, self._connection(offer, node))

    def beat(self) -> None:
        """Say that this process lives, and all that it offers."""
        self._send(_HEARTBEAT)
        for offer in self.offers:
            if offer.process == self._process:
                self._send(_ADVERTISE, offer)

    def expire(self, now: float) -> Change:
        """Drop the processes that were silent for too long."""
        change = Change()
        for process in [process for process, seen in self._seen.items() if now - seen > SILENCE_S]:
            change.gone += self._forget(process)
        return change

    def receive(self, now: float) -> Change:
        """Take one datagram from the socket. One that makes no sense changes nothing but a counter."""
        try:
            data = self.socket.recv(_MOST_BYTES)
        except BlockingIOError:
            return Change()
        message = self._decode(data)
        if message is None or message.process_uuid == self._process:
            return Change()
        if message.process_uuid not in self._seen and len(self._seen) >= MOST_OFFERS:
            return self._reject("too many processes")
        self._seen[message.process_uuid] = now
        return self._follow(message)

    def _decode(self, data: bytes) -> Any:
        if len(data) < 2 or struct.unpack_from("<H", data)[0] != len(data) - 2:
            self._reject("wrong length")
            return None
        message = self._type()
        try:
            message.ParseFromString(data[2:])
        except DecodeError:
            self._reject("no discovery message")
            return None
        if message.version != VERSION:
            self._reject("other version")
            return None
        if not message.process_uuid:
            self._reject("no process")
            return None
        return message

    def _follow(self, message: Any) -> Change:
        kind = message.type
        if kind == _HEARTBEAT:
            return Change()
        if kind == _BYE:
            return Change(gone=self._forget(message.process_uuid))
        if kind == _SUBSCRIBE:
            for offer in self.offers.named(message.sub.topic):
                if offer.process == self._process:
                    self._send(_ADVERTISE, offer)
            return Change()
        if kind == _SUBSCRIBERS_REQ:
            for interest in self.interests:
                self._send(_SUBSCRIBERS_REP, interest)
            return Change()
        if kind not in (_ADVERTISE, _UNADVERTISE, _NEW_CONNECTION, _END_CONNECTION, _SUBSCRIBERS_REP):
            return self._reject("unknown kind")
        offer = _to_offer(message.pub)
        if not offer.name or offer.process != message.process_uuid:
            return self._reject("no offer of the sender's")
        return self._follow_offer(kind, offer, message.pub.scope)

    def _follow_offer(self, kind: int, offer: Offer, scope: int) -> Change:
        if kind == _ADVERTISE:
            if scope == _SCOPE_PROCESS or not may_connect(offer.address, self._ip):
                return self._reject("address out of reach")
            return Change([offer] if self.offers.add(offer) else [])
        if kind == _UNADVERTISE:
            return Change(gone=self.offers.remove(offer.name, offer.process, offer.node))
        if kind == _SUBSCRIBERS_REP:
            self.listeners.add(offer)
        elif offer.control == self._process and kind == _NEW_CONNECTION:
            self.subscribers.add(offer)
        elif kind == _END_CONNECTION:
            self.listeners.remove(offer.name, offer.process, offer.node)
            if offer.control in ("", self._process):
                self.subscribers.remove(offer.name, offer.process, offer.node)
        return Change()

    def _forget(self, process: str) -> list[Offer]:
        self._seen.pop(process, None)
        self.subscribers.remove_process(process)
        self.listeners.remove_process(process)
        return self.offers.remove_process(process)

    def _reject(self, reason: str) -> Change:
        self.rejected[reason] += 1
        return Change()

    def _connection(self, offer: Offer, node: str) -> Offer:
        return replace(offer, process=self._process, node=node, control=offer.process)

    def _send(self, kind: int, offer: Offer | None = None, name: str | None = None) -> None:
        message = self._type(version=VERSION, process_uuid=self._process, type=kind)
        if name is not None:
            message.sub.topic = name
        elif offer is not None:
            _fill(message.pub, offer)
        else:
            message.pub.process_uuid = self._process
        body = message.SerializeToString()
        if len(body) > _MOST_BYTES - 100:
            raise InputError(f"{len(body)} bytes of names do not fit a discovery datagram; use shorter names")
        try:
            self.socket.sendto(struct.pack("<H", len(body)) + body, (GROUP, self._port))
        except OSError:
            # The interface is down or its buffer full: the heartbeat says all again in a second.
            self.rejected["not sent"] += 1


def _open(port: int, ip: str) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "SO_REUSEPORT"):
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        opened.bind((GROUP, port))
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP) + socket.inet_aton(ip))
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(ip))
        _hear_own_group_only(opened)
        opened.setblocking(False)
    except OSError as error:
        opened.close()
        raise InputError(
            f"no multicast on {ip} ({error.strerror}); give an interface's address, or 127.0.0.1"
        ) from error
    return opened


def _hear_own_group_only(opened: socket.socket) -> None:
    try:
        opened.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
    except OSError:
        return  # Not Linux: the system does so by itself.


def _to_offer(pub: Any) -> Offer:
    service = pub.srv_pub
    return Offer(
        name=pub.topic,
        address=pub.address,
        process=pub.process_uuid,
        node=pub.node_uuid,
        type=service.request_type or pub.msg_pub.msg_type,
        reply_type=service.response_type,
        control=pub.msg_pub.ctrl,
        socket_id=service.socket_id,
    )


def _fill(pub: Any, offer: Offer) -> None:
    pub.topic, pub.address = offer.name, offer.address
    pub.process_uuid, pub.node_uuid, pub.scope = offer.process, offer.node, _SCOPE_ALL
    if offer.reply_type:
        pub.srv_pub.socket_id = offer.socket_id
        pub.srv_pub.request_type, pub.srv_pub.response_type = offer.type, offer.reply_type
    else:
        pub.msg_pub.ctrl, pub.msg_pub.msg_type = offer.control, offer.type
