import pytest
from hypothesis import given
from hypothesis import strategies as st

from vla_sim.errors import InputError
from vla_sim.gz.names import choose_interface, choose_partition, may_connect, qualify, topic_within


@pytest.mark.parametrize(
    ("partition", "topic", "name"),
    [
        ("p", "/clock", "@/p@/clock"),
        ("/p/", "clock/", "@/p@/clock"),
        ("", "/a/b", "@@/a/b"),
        ("host:user", "/x", "@/host:user@/x"),
    ],
)
def test_names_on_the_wire(partition, topic, name):
    assert qualify(partition, topic) == name
    assert topic_within(partition, name) == "/" + topic.strip("/")


@pytest.mark.parametrize("topic", ["", "/", "a b", "~/x", "a@b", "a//b", "a:=b", "x" * 70000])
def test_reserved_letters_are_bad_input(topic):
    with pytest.raises(InputError):
        qualify("p", topic)


@given(st.text())
def test_any_name_from_outside_is_within_the_partition_or_not(name):
    topic = topic_within("p", name)
    assert topic is None or name == f"@/p@{topic}"


def test_a_partition_is_chosen(monkeypatch):
    monkeypatch.delenv("GZ_PARTITION", raising=False)
    monkeypatch.setenv("IGN_PARTITION", "old")
    assert choose_partition(None) == "old"
    monkeypatch.setenv("GZ_PARTITION", "new")
    assert choose_partition(None) == "new"
    assert choose_partition("mine") == "mine"
    with pytest.raises(InputError):
        choose_partition("a b")


def test_an_interface_is_chosen(monkeypatch):
    monkeypatch.delenv("GZ_IP", raising=False)
    monkeypatch.delenv("IGN_IP", raising=False)
    assert choose_interface(None) == "127.0.0.1"
    monkeypatch.setenv("IGN_IP", "127.0.0.2")
    assert choose_interface(None) == "127.0.0.2"
    with pytest.raises(InputError, match="localhost"):
        choose_interface("localhost")


@pytest.mark.parametrize(
    ("endpoint", "ip", "may"),
    [
        ("tcp://127.0.0.1:4000", "127.0.0.1", True),
        ("tcp://10.0.0.1:4000", "127.0.0.1", False),
        ("tcp://10.0.0.1:4000", "10.0.0.2", True),
        ("tcp://127.0.0.1:0", "127.0.0.1", False),
        ("tcp://127.0.0.1:99999", "127.0.0.1", False),
        ("tcp://127.0.0.999:1", "127.0.0.1", False),
        ("ipc:///tmp/x", "127.0.0.1", False),
        ("tcp://example.org:80", "10.0.0.2", False),
        ("", "127.0.0.1", False),
    ],
)
def test_only_endpoints_within_reach(endpoint, ip, may):
    assert may_connect(endpoint, ip) is may
