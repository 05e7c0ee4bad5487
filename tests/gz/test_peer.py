"""Against Debian's C++ peer, both ways: what holds with it holds with Gazebo, for it is Gazebo's own transport."""

import itertools
import signal
import threading

import pytest

from vla_sim.gz import Node, message_type

PROMPT = 20.0
TEXT = "ignition.msgs.StringMsg"
StringMsg = message_type(TEXT)


def words(echo, count):
    """The next words that an echo prints. (With -n it may miss its own end, so it is not waited for.)"""
    lines = (line.split() for line in echo.stdout)
    return [line[1].strip('"') for line in itertools.islice(filter(None, lines), count)]


def listening(publisher, echo):
    """Publish until C++ prints it: one that comes after another may miss the first message."""
    assert publisher.wait_for_subscriber(PROMPT)
    heard = threading.Event()

    def call_out():
        while not heard.wait(0.1):
            publisher.publish(StringMsg(data="ready"))

    calling = threading.Thread(target=call_out)
    calling.start()
    first = words(echo, 1)
    heard.set()
    calling.join()
    assert first == ["ready"]
    publisher.publish(StringMsg(data="go"))
    while words(echo, 1) == ["ready"]:
        pass


def hear(peer, subscription, word):
    """Let C++ publish a word until we hear it: its command line may leave before its message has left."""
    for _ in range(5):
        output(peer("topic", "-t", "/chat", "-m", TEXT, "-p", f'data: "{word}"'))
        message = subscription.receive(1)
        if message is not None:
            return message.data
    return None


def output(process):
    out, err = process.communicate(timeout=PROMPT)
    assert process.returncode == 0, err
    return out


def test_cpp_hears_what_we_publish(node, peer):
    publisher = node.advertise("/chat", TEXT)
    echo = peer("topic", "-e", "-t", "/chat")
    assert publisher.wait_for_subscriber(PROMPT)
    for word in ("one", "two", "three"):
        assert publisher.publish(StringMsg(data=word))
    assert words(echo, 3) == ["one", "two", "three"]


def test_a_cpp_echo_that_was_there_first(node, peer):
    echo = peer("topic", "-e", "-t", "/late")
    publisher = node.advertise("/late", TEXT)
    assert publisher.wait_for_subscriber(PROMPT)
    publisher.publish(StringMsg(data="here"))
    assert words(echo, 1) == ["here"]


def test_we_hear_what_cpp_publishes(node, peer):
    subscription = node.subscribe("/chat", type=TEXT)
    assert hear(peer, subscription, "from C++") == "from C++"


def test_the_peer_restarts(node, peer):
    subscription = node.subscribe("/chat", type=TEXT)
    for word in ("first", "second", "third"):
        assert hear(peer, subscription, word) == word
    publisher = node.advertise("/back", TEXT)
    for word in ("first", "second"):
        echo = peer("topic", "-e", "-t", "/back")
        listening(publisher, echo)
        publisher.publish(StringMsg(data=word))
        assert words(echo, 1) == [word]
        echo.terminate()
        with node._loop.state:  # It says good-bye, and we forget it.
            assert node._loop.state.wait_for(lambda: not len(node._loop.topics.subscribers), PROMPT)


def test_a_peer_that_is_killed_is_dropped_for_its_silence(node, peer):
    publisher = node.advertise("/chat", TEXT)
    echo = peer("topic", "-e", "-t", "/chat")
    assert publisher.wait_for_subscriber(PROMPT)
    echo.send_signal(signal.SIGKILL)
    with node._loop.state:
        assert node._loop.state.wait_for(lambda: not len(node._loop.topics.subscribers), PROMPT)
    again = peer("topic", "-e", "-t", "/chat")
    listening(publisher, again)
    publisher.publish(StringMsg(data="alive"))
    assert words(again, 1) == ["alive"]


def test_cpp_lists_our_topics_and_services(node, peer):
    node.advertise("/chat", TEXT)
    node.serve("/up", TEXT, TEXT, lambda request: request)
    assert output(peer("topic", "-l")).split() == ["/chat"]
    assert TEXT in output(peer("topic", "-i", "-t", "/chat"))
    assert output(peer("service", "-l")).split() == ["/up"]
    assert output(peer("service", "-i", "-s", "/up")).count(TEXT) == 2


def call(peer, service, text):
    types = ("--reqtype", TEXT, "--reptype", TEXT, "--timeout", "10000")
    return output(peer("service", "-s", service, *types, "-r", f'data: "{text}"'))


def test_cpp_calls_our_service(node, peer):
    node.serve("/up", TEXT, TEXT, lambda request: StringMsg(data=request.data.upper()))
    assert 'data: "ABC"' in call(peer, "/up", "abc")
    assert 'data: "AGAIN"' in call(peer, "/up", "again")


def test_cpp_hears_that_our_service_failed(node, peer):
    node.serve("/fail", TEXT, TEXT, lambda request: None)
    assert "failed" in call(peer, "/fail", "abc")


def test_we_list_what_cpp_listens_to(node, peer):
    publisher = node.advertise("/heard", TEXT)
    peer("topic", "-e", "-t", "/heard")
    assert publisher.wait_for_subscriber(PROMPT)
    assert "/heard" in node.topics()
    info = node.topic_info("/heard")
    assert [offer.type for offer in info.publishers] == [TEXT]
    assert info.subscribers


def test_another_partition_hears_nothing(peer):
    with Node("elsewhere", "127.0.0.1") as stranger:
        publisher = stranger.advertise("/chat", TEXT)
        peer("topic", "-e", "-t", "/chat")
        assert not publisher.wait_for_subscriber(2)
        assert "/chat" not in output(peer("topic", "-l"))


@pytest.mark.slow
def test_cpp_hears_ten_thousand_messages_without_loss(node, peer):
    publisher = node.advertise("/many", TEXT)
    echo = peer("topic", "-e", "-t", "/many")
    assert publisher.wait_for_subscriber(PROMPT)
    heard = []
    reading = threading.Thread(target=lambda: heard.extend(words(echo, 10_000)))
    reading.start()
    for number in range(10_000):
        assert publisher.publish(StringMsg(data=str(number)), timeout=PROMPT)
    reading.join()
    assert heard == [str(number) for number in range(10_000)]
