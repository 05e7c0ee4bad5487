"""The stand-in does what a server does, and misbehaves as it is told."""

import importlib.util
import sys
from pathlib import Path

import pytest

from vla_sim.gz import Node, RequestError, message_type

_spec = importlib.util.spec_from_file_location("stand_in", Path(__file__).with_name("stand_in.py"))
stand_in = importlib.util.module_from_spec(_spec)
sys.modules["stand_in"] = stand_in
_spec.loader.exec_module(stand_in)
StandIn, Misbehaviour = stand_in.StandIn, stand_in.Misbehaviour

PROMPT = 20.0
Control, Twist = message_type("gz.msgs.WorldControl"), message_type("gz.msgs.Twist")


class Client:
    def __init__(self, partition):
        self.node = Node(partition, "127.0.0.1")
        self.stats = self.node.subscribe("/stats", depth=10_000)
        self.world_stats = self.node.subscribe("/world/arena/stats", depth=10_000)
        self.camera = self.node.subscribe("/camera")
        self.odometry = self.node.subscribe("/odom")
        self.commands = self.node.advertise("/cmd_vel", "gz.msgs.Twist")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.node.close()

    def ready(self, server):
        assert self.commands.wait_for_subscriber(PROMPT)
        for publisher in (server._stats, server._world_stats, server._camera, server._odometry):
            assert publisher.wait_for_subscriber(PROMPT)

    def control(self, **fields):
        control = Control(pause=True, **fields)
        assert self.node.request("/world/arena/control", control, "gz.msgs.Boolean", PROMPT).data

    def until_paused(self):
        while not (stats := self.stats.receive(PROMPT)).paused:
            pass
        return stats.iterations


@pytest.fixture
def meet(partition):
    opened = []

    def meet(**misbehaviour):
        server, client = StandIn(partition, Misbehaviour(**misbehaviour)), Client(partition)
        opened.extend((client, server))
        client.ready(server)
        return server, client

    yield meet
    for one in opened:
        one.__exit__(None, None, None)


def test_it_steps_and_pauses_exactly(meet):
    _, client = meet()
    for target in (100, 200):
        client.control(multi_step=100)
        assert client.until_paused() == target
        assert client.camera.receive(PROMPT).header.stamp.nsec == target * 1_000_000
    client.control(multi_step=100, reset={"all": True})
    assert client.until_paused() == 99


def drive(client):
    client.commands.publish(Twist(linear={"x": 1.0}))
    for _ in range(100):  # There is no acknowledgement: step until the odometry shows it.
        client.control(multi_step=100)
        x = client.odometry.receive(PROMPT).pose.position.x
        if x:
            return True
    return False


def test_the_robot_drives(meet):
    _, client = meet()
    assert drive(client)


def test_a_first_twist_is_lost(meet):
    server, client = meet(lost_twists=1)
    assert not drive(client)
    assert drive(client)
    assert server.x > 0


def test_frames_come_late(meet):
    _, client = meet(late_frame_s=2.0)
    client.control(multi_step=100)
    assert client.until_paused() == 100
    assert client.camera.receive(0) is None
    assert client.camera.receive(PROMPT) is not None


def test_throttled_statistics_never_end_a_step(meet):
    _, client = meet(throttled_stats=50)
    client.control(multi_step=100)
    assert client.until_paused() == 100
    assert client.world_stats.receive(PROMPT).iterations == 50
    assert client.world_stats.receive(0.2) is None


def test_a_crash_in_mid_step(meet):
    server, client = meet(crash_at_step=150)
    client.control(multi_step=100)
    assert client.until_paused() == 100
    client.control(multi_step=100)
    assert server.crashed.wait(PROMPT)
    assert server.steps == 149
    with client.node._loop.state:
        name = f"@/{client.node.partition}@/world/arena/control"
        services = client.node._loop.services
        assert client.node._loop.state.wait_for(lambda: not services.offers.named(name), PROMPT)
    with pytest.raises(RequestError, match="not offered"):
        client.node.request("/world/arena/control", Control(), "gz.msgs.Boolean", 0.2)


def test_a_reset_is_overwritten(meet):
    server, client = meet(overwritten_reset=True)
    client.control(multi_step=3000)
    assert client.until_paused() == 3000
    with server.held():
        client.control(reset={"all": True})
        client.control(multi_step=100)
    assert client.until_paused() == 3100
    assert server.resets == 0
