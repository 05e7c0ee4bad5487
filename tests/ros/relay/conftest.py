"""A relay in this process, between a robot and an agent of few lines, in simulated time that the test tells."""

import contextlib
import json

import pytest
from geometry_msgs.msg import TwistStamped
from rclpy.context import Context
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock
from std_msgs.msg import Empty, String
from std_srvs.srv import SetBool

from vla_sim.faults.spec import read_faults
from vla_sim.ros.qos import LATCHED
from vla_sim.ros.relay.plan import RelayPlan
from vla_sim.ros.robot import load_robot
from vla_sim.ros.running import spinning

from ..conftest import WAIT

SECOND = 10**9


class Relay:
    """A relay with a context and an executor of its own, and a robot and an agent beside it."""

    def __init__(self, ros, faults, *, arm=False, dead_man=0.0, seed=3, simulated=True, topics=None, rules=()):
        import rclpy
        from rclpy.executors import SingleThreadedExecutor

        from vla_sim.ros.relay.node import RelayNode, RelaySettings

        self.ros, self.peer = ros, ros.node("peer")
        self.robot = load_robot("rover")
        self.faults = read_faults(faults)
        plan = RelayPlan.make(self.faults, self.robot.streams, seed, 10.0, topics)
        self._rclpy, self.context = rclpy, Context()
        rclpy.init(context=self.context)
        use = [Parameter("use_sim_time", value=simulated)]
        settings = RelaySettings(plan, arm=arm, dead_man=dead_man)
        remaps = ["--ros-args", *(part for rule in rules for part in ("-r", rule))]
        self.node = RelayNode(settings, self.context, parameter_overrides=use, cli_args=remaps)
        self._executor = SingleThreadedExecutor(context=self.context)
        self._executor.add_node(self.node)
        self._spinning = contextlib.ExitStack()
        self._spinning.enter_context(spinning(self._executor))
        self._clock = self.peer.create_publisher(Clock, "/clock", 10)
        self.reports = ros.collect(self.peer, String, "/vla_sim_faults/faults", LATCHED)
        self._alive = self.peer.create_publisher(Empty, "/vla_sim_faults/keep_alive", 10)
        self._arm = self.peer.create_client(SetBool, "/vla_sim_faults/arm")

    def line(self, kind, source, target=None, qos=100):
        """Return what publishes a topic on one side, and the list of what comes out on the other, as bytes."""
        publisher = self.peer.create_publisher(kind, source, qos)
        got = []
        target = target or f"faulted/{source}"
        self.peer.create_subscription(kind, target, got.append, 100, raw=True)
        assert self.ros.wait(lambda: publisher.get_subscription_count() >= 1)
        assert self.ros.wait(lambda: self._leads_on(source))
        return publisher, got

    def _leads_on(self, source):
        """Return whether somebody hears what the relay makes of a topic."""
        name = self.peer.resolve_topic_name(source)
        return any(
            self.node.resolve_topic_name(route.source) == name
            and route.publisher is not None
            and route.publisher.get_subscription_count() >= 1
            for route in self.node.routes
        )

    def tell(self, now):
        """Tell the time [ns] until the relay has it."""
        message = Clock()
        message.clock.sec, message.clock.nanosec = divmod(now, SECOND)

        def known():
            self._clock.publish(message)
            return self.node.get_clock().now().nanoseconds == now

        assert self.ros.wait(known)

    def arm(self, on=True):
        assert self._arm.wait_for_service(WAIT)
        future = self._arm.call_async(SetBool.Request(data=on))
        assert self.ros.wait(future.done)
        assert future.result().success

    def keep_alive(self):
        self._alive.publish(Empty())

    def says(self, **expected):
        """Wait until the report says so."""

        def said():
            report = json.loads(self.reports[-1].data) if self.reports else {}
            return all(report.get(key) == value for key, value in expected.items())

        return self.ros.wait(said)

    def close(self):
        self.node.finish()
        self._spinning.close()
        self.node.destroy_node()
        self._rclpy.shutdown(context=self.context)


@pytest.fixture
def relay(ros):
    """Starts relays, and ends them."""
    made = []

    def relay(faults, **options):
        made.append(Relay(ros, faults, **options))
        return made[-1]

    yield relay
    for one in made:
        one.close()


def stamped(kind, stamp, **fields):
    """Return a message of a type with a header of a time [ns]."""
    message = kind()
    message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp, SECOND)
    for name, value in fields.items():
        setattr(message, name, value)
    return message


def command(stamp, linear, angular=0.0):
    message = stamped(TwistStamped, stamp)
    message.twist.linear.x, message.twist.angular.z = linear, angular
    return message
