"""Whatever comes from outside changes nothing but a counter."""

import socket
import struct
import time

import pytest
import zmq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vla_sim.gz import Node, message_type
from vla_sim.gz.discovery import GROUP, SERVICE_PORT, TOPIC_PORT, Discovery
from vla_sim.gz.registry import Offer, Registry

PROMPT = 20.0
TEXT = "gz.msgs.StringMsg"
StringMsg = message_type(TEXT)
Told = message_type("gz.msgs.Discovery")


class Fed:
    """A discovery channel whose socket gives what the test puts in."""

    def __init__(self, *datagrams):
        self.discovery = Discovery(TOPIC_PORT, "127.0.0.1", "me")
        self.discovery.socket.close()
        self.waiting = list(datagrams)
        self.discovery.socket = self

    def recv(self, size):
        if not self.waiting:
            raise BlockingIOError
        return self.waiting.pop(0)

    def sendto(self, data, address):
        return len(data)

    def close(self):
        pass

    def feed(self, data):
        self.waiting.append(data)
        return self.discovery.receive(time.monotonic())

    def state(self):
        discovery = self.discovery
        return [list(kept) for kept in (discovery.offers, discovery.subscribers, discovery.listeners)]


def datagram(**fields):
    body = Told(**{"version": 10, "process_uuid": "you", **fields}).SerializeToString()
    return struct.pack("<H", len(body)) + body


def offer(**fields):
    return {"topic": "@/p@/x", "address": "tcp://127.0.0.1:4000", "process_uuid": "you", "scope": 2, **fields}


@given(st.binary(max_size=300))
def test_noise_changes_nothing_but_a_counter(data):
    fed = Fed()
    fed.feed(data)
    assert fed.state() == [[], [], []]
    assert sum(fed.discovery.rejected.values()) == 1


@given(st.binary(max_size=300))
def test_noise_of_the_right_length_changes_nothing_but_a_counter(data):
    fed = Fed()
    fed.feed(struct.pack("<H", len(data)) + data)
    assert fed.state() == [[], [], []]
    assert sum(fed.discovery.rejected.values()) == 1


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_broken_byte_never_stops_discovery(place, value):
    good = bytearray(datagram(type=1, pub=offer(msg_pub={"msg_type": TEXT})))
    good[place % len(good)] = value
    fed = Fed()
    fed.feed(bytes(good))
    fed.feed(datagram(type=1, pub=offer(topic="@/p@/after")))
    assert "@/p@/after" in [kept.name for kept in fed.discovery.offers]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"type": 1, "pub": offer(address="tcp://203.0.113.1:80")}, "address out of reach"),
        ({"type": 1, "pub": offer(address="ipc:///etc/passwd")}, "address out of reach"),
        ({"type": 1, "pub": offer(scope=0)}, "address out of reach"),
        ({"type": 1, "pub": offer(process_uuid="somebody else")}, "no offer of the sender's"),
        ({"type": 1, "pub": offer(topic="")}, "no offer of the sender's"),
        ({"type": 1}, "no offer of the sender's"),
        ({"type": 77, "pub": offer()}, "unknown kind"),
        ({"type": 1, "version": 9, "pub": offer()}, "other version"),
        ({"type": 1, "process_uuid": "", "pub": offer()}, "no process"),
    ],
)
def test_what_makes_no_sense_is_rejected_with_its_reason(fields, reason):
    fed = Fed()
    fed.feed(datagram(**fields))
    assert fed.state() == [[], [], []]
    assert fed.discovery.rejected == {reason: 1}


def test_nobody_says_good_bye_for_another():
    fed = Fed()
    fed.feed(datagram(type=1, pub=offer()))
    fed.feed(datagram(type=5, process_uuid="liar"))
    fed.feed(datagram(type=3, process_uuid="liar", pub=offer()))
    assert len(fed.discovery.offers) == 1
    fed.feed(datagram(type=5))
    assert fed.state() == [[], [], []]


def test_silence_drops_a_process():
    fed = Fed()
    fed.feed(datagram(type=1, pub=offer()))
    assert not fed.discovery.expire(time.monotonic()).gone
    assert len(fed.discovery.expire(time.monotonic() + 4).gone) == 1
    assert fed.state() == [[], [], []]


names = st.sampled_from("abc")


@given(st.lists(st.tuples(st.sampled_from(["add", "node", "process"]), names, names, names)))
def test_a_registry_is_a_set_of_offers(steps):
    registry, model = Registry(), set()
    for step, name, process, node in steps:
        made = Offer(name, "tcp://127.0.0.1:1", process, node, TEXT)
        if step == "add":
            assert registry.add(made) is (made not in model)
            model.add(made)
        else:
            gone = {
                o for o in model if o.process == process and (step == "process" or (o.name, o.node) == (name, node))
            }
            removed = registry.remove(name, process, node) if step == "node" else registry.remove_process(process)
            assert set(removed) == gone
            model -= gone
        assert set(registry) == model
        assert len(registry) == len(model)


@pytest.fixture(scope="module")
def served():
    """A node with a service and a publisher, for many examples."""
    with Node("hostile", "127.0.0.1") as node:
        node.serve("/up", TEXT, TEXT, lambda request: request)
        yield node


def still_works(node):
    with Node("hostile", "127.0.0.1") as other:
        subscription = other.subscribe("/chat", type=TEXT)
        with node.advertise("/chat", TEXT) as publisher:
            assert publisher.wait_for_subscriber(PROMPT)
            publisher.publish(StringMsg(data="x"))
            assert subscription.receive(PROMPT)
        assert other.request("/up", StringMsg(data="y"), TEXT, PROMPT).data == "y"
    assert "internal error" not in node.rejected


frames = st.lists(
    st.one_of(st.binary(max_size=40), st.sampled_from([b"", b"@/hostile@/up", TEXT.encode()])), max_size=10
)


def test_frames_of_any_shape(served):
    with zmq.Context() as context:
        line = context.socket(zmq.DEALER)
        line.setsockopt(zmq.LINGER, 2000)

        @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
        @given(frames, st.sampled_from([served._loop.requests_in_at, served._loop.answers_in_at]))
        def send(parts, address):
            line.connect(address)
            line.send_multipart(parts or [b""])
            line.disconnect(address)

        send()
        # A request that is right but for where the answer goes, and for what it says.
        line.connect(served._loop.requests_in_at)
        head = [b"@/hostile@/up"]
        tail = [b"id", b"node", b"request", b"\xff\xff", TEXT.encode(), TEXT.encode()]
        for address in (b"tcp://203.0.113.1:9", b"ipc:///tmp/x", b"\xff", b"tcp://127.0.0.1:1"):
            line.send_multipart([*head, address, *tail])
        line.close()
    still_works(served)


def test_datagrams_by_the_real_socket(served):
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))

    @given(st.binary(max_size=100), st.sampled_from([TOPIC_PORT, SERVICE_PORT]), st.booleans())
    def send(data, port, framed):
        sender.sendto(struct.pack("<H", len(data)) + data if framed else data, (GROUP, port))

    send()
    sender.close()
    still_works(served)
    assert sum(served.rejected.values()) > 0


def test_a_payload_that_cannot_be_read_is_counted(partition, node):
    subscription = node.subscribe("/chat", type=TEXT)
    with Node(partition, "127.0.0.1") as other, other.advertise("/chat", TEXT) as publisher:
        assert publisher.wait_for_subscriber(PROMPT)
        name = publisher.name.encode()
        for odd in ([name], [name, b"", b"\xff", TEXT.encode()], [name, b"", b"", b"gz.msgs.None"], [name] * 9):
            other._loop.outlet.send(odd, 0)
        publisher.publish(StringMsg(data="good"))
        assert subscription.receive(PROMPT).data == "good"
    assert subscription.rejected == 2
    assert node.rejected["message of another shape"] == 2
