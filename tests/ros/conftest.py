"""ROS 2 for tests: a domain that no other process of this machine tests in, and nodes that spin in a thread."""

import contextlib
import os
import platform
import sys
import threading
import time
from pathlib import Path

import pytest

from vla_sim.ros.domain import claimed_domain
from vla_sim.ros.running import spinning

sys.path.insert(0, str(Path(__file__).parent))

SUPPORTED = sys.platform == "linux" and platform.machine() == "x86_64"
WAIT = 30.0
"""Longest time [s] for what comes in a moment if it comes at all."""


@pytest.fixture(scope="session", autouse=True)
def domain():
    """Claim a ROS domain for this process and its children."""
    with claimed_domain() as number:
        os.environ |= {"ROS_DOMAIN_ID": str(number), "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
        yield number


class Ros:
    """A context of rclpy with an executor in a thread."""

    def __init__(self):
        import rclpy
        from rclpy.executors import SingleThreadedExecutor

        self._rclpy = rclpy
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.nodes = []
        self._changed = threading.Condition()
        self._spinning = contextlib.ExitStack()

    def node(self, name="tester", **options):
        node = self._rclpy.create_node(name, context=self.context, **options)
        return self.add(node)

    def add(self, node):
        self.nodes.append(node)
        self.executor.add_node(node)
        if len(self.nodes) == 1:
            self._spinning.enter_context(spinning(self.executor))
        return node

    def collect(self, node, message_type, topic, qos=10):
        """Return a list to which every message of a topic is added."""
        got = []

        def take(message):
            with self._changed:
                got.append(message)
                self._changed.notify_all()

        node.create_subscription(message_type, topic, take, qos)
        return got

    def wait(self, condition, timeout=WAIT):
        """Wait until a condition holds, which is looked at when a message comes and every 20 ms; say if it did."""
        end = time.monotonic() + timeout
        with self._changed:
            while not condition():
                left = end - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(min(left, 0.02))
        return True

    def close(self):
        self._spinning.close()
        for node in self.nodes:
            node.destroy_node()
        self._rclpy.shutdown(context=self.context)


@pytest.fixture
def ros():
    if not SUPPORTED:
        pytest.skip("the wheels of ROS 2 exist for Linux on x86_64 only")
    from vla_sim.ros.environment import prepare

    prepare()
    made = Ros()
    try:
        yield made
    finally:
        made.close()
