"""A bridge in this process, and a small agent that commands it over DDS."""

import contextlib
import threading

import pytest
from rclpy.context import Context

from vla_sim.ros.running import spinning
from vla_sim.ros.topics import COMMAND, topics_of


class Bridge:
    """A bridge with a context and an executor of its own, as a process of its own would have them."""

    def __init__(self, settings, *rules):
        import rclpy
        from rclpy.executors import SingleThreadedExecutor

        from vla_sim.ros.bridge.node import BridgeNode

        self._rclpy, self.context = rclpy, Context()
        rclpy.init(context=self.context, args=["--ros-args", *rules])
        self.said = []
        self.done = threading.Event()
        self.node = BridgeNode(settings, self.done, self.said.append, self.context)
        self.outlets = self.node.outlets
        self._executor = SingleThreadedExecutor(context=self.context)
        self._executor.add_node(self.node)
        self._spinning = contextlib.ExitStack()
        self._spinning.enter_context(spinning(self._executor))

    def close(self):
        self.node.finish()
        self._spinning.close()
        self.node.destroy_node()
        self._rclpy.shutdown(context=self.context)


@pytest.fixture
def start(ros):
    """Starts bridges, and ends them."""
    made = []

    def start(settings, *rules):
        made.append(Bridge(settings, *rules))
        return made[-1]

    yield start
    for bridge in made:
        bridge.close()


class Odometrist:
    """An agent in lock-step that drives by the newest odometry: it answers each time that the clock tells.

    It is a node of few lines, as a user may write one: it gives a command when the odometry of a control step is there.
    """

    PERIOD = 100_000_000

    def __init__(self, node, streams, law, alive=True, prefix=""):
        from geometry_msgs.msg import TwistStamped
        from nav_msgs.msg import Odometry
        from rosgraph_msgs.msg import Clock

        self.law, self.batches, self.times = law, [], []
        self._publisher = node.create_publisher(TwistStamped, prefix + COMMAND, 10)
        self._message = TwistStamped
        self.node = node
        node.create_subscription(Odometry, prefix + topics_of(streams)["odom"], self._take, 100)
        node.create_subscription(Clock, "/clock", self._hear, 10)
        self._alive, self._now = alive, 0

    def _hear(self, message):
        now = message.clock.sec * 10**9 + message.clock.nanosec
        self.times.append(now)
        if now <= 1 or now < self._now:
            self.batches = []
            if self._alive:
                self.command(now, 0.0, 0.0)
        self._now = now

    def _take(self, message):
        stamp = message.header.stamp.sec * 10**9 + message.header.stamp.nanosec
        if stamp % self.PERIOD == 0:
            pose = message.pose.pose
            self.batches.append((stamp, pose.position.x, pose.position.y, pose.orientation.z, pose.orientation.w))
            self.command(stamp, *self.law(*self.batches[-1]))

    def command(self, stamp, linear, angular):
        message = self._message()
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp, 10**9)
        message.twist.linear.x, message.twist.angular.z = linear, angular
        self._publisher.publish(message)
