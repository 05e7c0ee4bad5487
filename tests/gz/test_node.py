"""Nodes among themselves: in one process, and in two."""

import os
import subprocess
import sys
import threading

import pytest

from vla_sim.errors import InputError
from vla_sim.gz import Node, RequestError, message_type

PROMPT = 20.0


def offered(node):
    """Services of the node's own partition: other tests' servers may be near by."""
    return [offer for offer in node._loop.services.offers if offer.name.startswith(f"@/{node.partition}@")]


TEXT = "gz.msgs.StringMsg"
StringMsg = message_type(TEXT)
Image = message_type("gz.msgs.Image")


def test_a_message_goes_from_one_node_to_another(node, other):
    subscription = other.subscribe("/chat", type=TEXT)
    publisher = node.advertise("/chat", TEXT)
    assert publisher.wait_for_subscriber(PROMPT)
    assert publisher.publish(StringMsg(data="hi"))
    assert subscription.receive(PROMPT) == StringMsg(data="hi")


def test_a_node_hears_itself(node):
    subscription = node.subscribe("/chat")
    publisher = node.advertise("/chat", TEXT)
    assert publisher.wait_for_subscriber(PROMPT)
    publisher.publish(StringMsg(data="me"))
    assert subscription.receive(PROMPT).data == "me"
    node.serve("/echo", TEXT, TEXT, lambda request: request)
    assert node.request("/echo", StringMsg(data="me"), TEXT, PROMPT).data == "me"


def test_a_callback_runs_off_the_callers_thread_and_outlives_its_own_errors(node, other, caplog):
    heard, done = [], threading.Event()

    def callback(message):
        heard.append((message.data, threading.current_thread()))
        if len(heard) == 1:
            raise ValueError("no")
        done.set()

    other.subscribe("/chat", callback, TEXT)
    publisher = node.advertise("/chat", TEXT)
    assert publisher.wait_for_subscriber(PROMPT)
    publisher.publish(StringMsg(data="1"))
    publisher.publish(StringMsg(data="2"))
    assert done.wait(PROMPT)
    assert [word for word, _ in heard] == ["1", "2"]
    assert threading.current_thread() not in {thread for _, thread in heard}
    assert "callback failed" in caplog.text


def test_partitions_do_not_hear_each_other(node):
    with Node("elsewhere", "127.0.0.1") as stranger:
        subscription = stranger.subscribe("/chat")
        publisher = node.advertise("/chat", TEXT)
        assert not publisher.wait_for_subscriber(0.5)
        publisher.publish(StringMsg(data="hi"))
        assert subscription.receive(0.2) is None


def test_a_topic_that_begins_like_another_is_not_heard(node, other):
    short, long = other.subscribe("/a"), other.subscribe("/ab")
    publisher = node.advertise("/ab", TEXT)
    assert publisher.wait_for_subscriber(PROMPT)
    publisher.publish(StringMsg(data="hi"))
    assert long.receive(PROMPT)
    assert short.receive(0.1) is None


def test_another_type_is_counted_and_left(node, other):
    wrong, anything = other.subscribe("/chat", type="gz.msgs.Double"), other.subscribe("/chat")
    publisher = node.advertise("/chat", TEXT)
    assert publisher.wait_for_subscriber(PROMPT)
    publisher.publish(StringMsg(data="hi"))
    assert anything.receive(PROMPT)
    assert wrong.rejected == 1
    with pytest.raises(InputError, match=r"gz\.msgs\.Double"):
        publisher.publish(message_type("gz.msgs.Double")())


def test_a_full_queue_drops_the_oldest_and_says_so(node, other, caplog):
    few, all_of_them = other.subscribe("/chat", depth=3), other.subscribe("/chat")
    publisher = node.advertise("/chat", TEXT)
    assert publisher.wait_for_subscriber(PROMPT)
    for number in range(10):
        publisher.publish(StringMsg(data=str(number)))
    for _ in range(10):
        assert all_of_them.receive(PROMPT)
    assert few.dropped == 7
    assert [few.receive(0).data for _ in range(3)] == ["7", "8", "9"]
    assert "dropped" in caplog.text


def test_unsubscribing_ends_it(node, other):
    subscription = other.subscribe("/chat")
    publisher = node.advertise("/chat", TEXT)
    assert publisher.wait_for_subscriber(PROMPT)
    waiting = threading.Thread(target=subscription.receive)
    waiting.start()
    subscription.close()
    waiting.join(PROMPT)
    assert not waiting.is_alive()
    with node._loop.state:
        assert node._loop.state.wait_for(lambda: not len(node._loop.topics.subscribers), PROMPT)


def test_a_publisher_that_ends_is_forgotten(node, other):
    publisher = node.advertise("/chat", TEXT)
    assert other.wait_for_publisher("/chat", PROMPT)
    assert other.topics() == ["/chat"]
    publisher.close()
    with other._loop.state:
        assert other._loop.state.wait_for(lambda: not other._loop.topics.offers.named(publisher.name), PROMPT)
    assert other.topics() == []


def test_who_is_there_is_listed(node, other):
    node.advertise("/b", TEXT)
    other.subscribe("/a")
    node.serve("/s", TEXT, "gz.msgs.Boolean", lambda request: None)
    assert other.topics() == ["/a", "/b"]
    assert node.topics() == ["/a", "/b"]
    assert other.services() == ["/s"]
    assert [offer.type for offer in other.topic_info("/b").publishers] == [TEXT]
    assert len(node.topic_info("/a").subscribers) == 1
    assert [(o.type, o.reply_type) for o in other.service_info("/s")] == [(TEXT, "gz.msgs.Boolean")]


def test_requests(node, other):
    node.serve("/up", TEXT, TEXT, lambda request: StringMsg(data=request.data.upper()))
    assert [other.request("/up", StringMsg(data=word), TEXT, PROMPT).data for word in "abc"] == ["A", "B", "C"]


def test_requests_that_get_no_good_answer(node, other):
    release = threading.Event()
    node.serve("/fail", TEXT, TEXT, lambda request: None)
    node.serve("/raise", TEXT, TEXT, lambda request: 1 / 0)
    node.serve("/other", TEXT, TEXT, lambda request: Image())
    node.serve("/slow", TEXT, TEXT, lambda request: release.wait(PROMPT) and None)

    def reason(service, timeout):
        with pytest.raises(RequestError) as error:
            other.request(service, StringMsg(), TEXT, timeout)
        return error.value.reason

    assert reason("/nobody", 0.2) == "no service"
    assert [reason(name, PROMPT) for name in ("/fail", "/raise", "/other")] == ["refused"] * 3
    assert reason("/slow", 0.5) == "no answer"
    release.set()
    with pytest.raises(RequestError, match=r"only as gz.msgs.StringMsg -> gz.msgs.StringMsg"):
        other.request("/fail", StringMsg(), "gz.msgs.Boolean", 0.2)


def test_a_server_that_leaves_ends_the_wait(partition, other):
    asked, release = threading.Event(), threading.Event()

    def handler(request):
        asked.set()
        release.wait(PROMPT)

    reasons = []

    def ask():
        try:
            other.request("/slow", StringMsg(), TEXT, PROMPT)
        except RequestError as error:
            reasons.append(error.reason)

    server = Node(partition, "127.0.0.1")
    service = server.serve("/slow", TEXT, TEXT, handler)
    asking = threading.Thread(target=ask)
    asking.start()
    assert asked.wait(PROMPT)
    server._loop.do(lambda: server._loop.services.unadvertise(service.offer))
    asking.join(PROMPT)
    release.set()
    server.close()
    assert reasons == ["gone"]


def test_a_request_for_nothing_returns_at_once(node, other):
    got = threading.Event()
    node.serve("/tell", TEXT, "gz.msgs.Empty", lambda request: got.set())
    other.request("/tell", StringMsg(data="x"), "gz.msgs.Empty", PROMPT)
    assert got.wait(PROMPT)


def test_a_server_that_comes_back_is_found(partition, other):
    for word in ("first", "second"):
        with Node(partition, "127.0.0.1") as server:
            server.serve("/who", TEXT, TEXT, lambda request, word=word: StringMsg(data=word))
            assert other.request("/who", StringMsg(), TEXT, PROMPT).data == word
        with other._loop.state:
            assert other._loop.state.wait_for(lambda: not offered(other), PROMPT)


def test_a_closed_node_leaves_no_thread_and_no_socket(partition):
    def open_files():
        return len(os.listdir("/proc/self/fd"))

    threads, files = threading.active_count(), open_files()
    for _ in range(3):
        with Node(partition, "127.0.0.1") as one, Node(partition, "127.0.0.1") as two:
            two.subscribe("/chat", lambda message: None)
            publisher = one.advertise("/chat", TEXT)
            assert publisher.wait_for_subscriber(PROMPT)
            one.serve("/up", TEXT, TEXT, lambda request: request)
            two.request("/up", StringMsg(), TEXT, PROMPT)
        one.close()
    assert (threading.active_count(), open_files()) == (threads, files)
    with pytest.raises(RuntimeError, match="closed"):
        one.advertise("/chat", TEXT)


def test_nothing_listens_beyond_loopback(node):
    inodes = set()
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{descriptor}")
        except OSError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    listening = {row[1].split(":")[0] for row in rows if row[3] == "0A" and row[9] in inodes}
    assert listening == {"0100007F"}


SENDER = """
import sys
from vla_sim.gz import Node, message_type
Image = message_type("gz.msgs.Image")
with Node(sys.argv[1], "127.0.0.1") as node:
    publisher = node.advertise("/camera", "gz.msgs.Image")
    assert publisher.wait_for_subscriber(20)
    for number in range(10_000):
        image = Image(width=96, height=96, step=288, pixel_format_type=3, data=number.to_bytes(4, "little") * 6912)
        assert publisher.publish(image, timeout=20)
"""


@pytest.mark.slow
def test_ten_thousand_images_come_from_another_process_without_loss(node, partition):
    numbers = []
    subscription = node.subscribe("/camera", type="gz.msgs.Image", depth=10_000)
    sender = subprocess.Popen([sys.executable, "-c", SENDER, partition])
    for _ in range(10_000):
        image = subscription.receive(PROMPT)
        assert image is not None
        assert len(image.data) == 96 * 288
        numbers.append(int.from_bytes(image.data[:4], "little"))
    assert sender.wait(PROMPT) == 0
    assert numbers == list(range(10_000))
    assert subscription.dropped == subscription.rejected == 0


def test_a_service_is_waited_for(node, other):
    assert not node.wait_for_service("/late", 0.1)
    other.serve("/late", "gz.msgs.Empty", "gz.msgs.Boolean", lambda request: None)
    assert node.wait_for_service("/late", PROMPT)
