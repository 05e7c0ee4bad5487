"""A hand-made robot: its clock, its sensors and whoever speaks to it, as topics, and what it is told."""

from __future__ import annotations

import json
from functools import cache

from vla_sim.envs.env import VlaSimEnv
from vla_sim.report.ros2_messages import messages_of
from vla_sim.ros.messages import message_class, message_of
from vla_sim.ros.readings import stamp_of
from vla_sim.ros.robot import load_robot
from vla_sim.ros.topics import info_topic, topics_of

PERIOD = 100_000_000
WORDS = "go to the red cube"


@cache
def recorded(periods=30):
    """Return the readings of each of some control periods of a robot that goes round in a circle."""
    env = VlaSimEnv("arena", "go_to_object")
    env.reset(seed=4)
    rounds = [list(env.readings)]
    while len(rounds) < periods:
        env.step([0.3, 0.6])
        rounds.append(list(env.readings))
    env.close()
    return rounds


class Stage:
    def __init__(self, ros, robot=None, stamped=True, name="stage"):
        from geometry_msgs.msg import Twist, TwistStamped
        from rosgraph_msgs.msg import Clock
        from std_msgs.msg import String

        from vla_sim.ros.qos import LATCHED

        self.ros, self.robot = ros, robot or load_robot()
        self.node = ros.node(name)
        self.topics = topics_of(self.robot.streams)
        self.clock = 0
        self._clock_type, self._string = Clock, String
        self._clock = self.node.create_publisher(Clock, "/clock", 10)
        self._words = self.node.create_publisher(String, "voice_commands", 10)
        self._publishers = {}
        self.commands = ros.collect(self.node, TwistStamped if stamped else Twist, "cmd_vel", 100)
        self.statuses = ros.collect(self.node, String, "fusion/status", LATCHED)

    def publish(self, topic, kind, fields):
        self.send(topic, message_of(kind, fields))

    def send(self, topic, message):
        self.publisher(topic, type(message)).publish(message)

    def publisher(self, topic, kind):
        if topic not in self._publishers:
            self._publishers[topic] = self.node.create_publisher(kind, topic, 100)
        return self._publishers[topic]

    def meet(self, agent_node, simulated=True, pictures=True):
        """Wait until all of the node's topics are connected."""
        for name, stream in self.robot.streams.items():
            if stream.modality == "rgb" and not pictures:
                continue
            kinds = {"rgb": "Image", "depth": "Image", "lidar": "LaserScan", "imu": "Imu", "joints": "JointState"}
            if stream.modality in kinds:
                self.publisher(self.topics[name], message_class(f"sensor_msgs/msg/{kinds[stream.modality]}"))
            if stream.camera is not None:
                self.publisher(info_topic(self.topics[name]), message_class("sensor_msgs/msg/CameraInfo"))
        for modality, kind in (("odometry", "nav_msgs/msg/Odometry"), ("contact", "std_msgs/msg/Bool")):
            for name, stream in self.robot.streams.items():
                if stream.modality == modality:
                    self.publisher(self.topics[name], message_class(kind))
        met = [self._words, *self._publishers.values(), *([self._clock] if simulated else [])]
        assert self.ros.wait(lambda: all(each.get_subscription_count() for each in met))
        assert self.ros.wait(lambda: self.node.count_publishers("cmd_vel") > 0)
        if agent_node is not None:
            assert self.ros.wait(lambda: agent_node.count_subscribers("cmd_vel") > 0)

    def say(self, words=WORDS):
        self._words.publish(self._string(data=words))

    def tick(self, nanoseconds):
        self.clock = nanoseconds
        message = self._clock_type()
        message.clock.sec, message.clock.nanosec = divmod(nanoseconds, 1_000_000_000)
        self._clock.publish(message)

    def sense(self, readings, without=(), shift=0.0):
        """Publish readings as the messages of their sensors; ``shift`` [s] is added to their stamps."""
        for reading in readings:
            if reading.sensor in without:
                continue
            stream = self.robot.streams[reading.sensor]
            topic = self.topics[reading.sensor]
            for message in messages_of(stream, reading._replace(stamp=reading.stamp + shift)):
                place = info_topic(topic) if message.subtopic == "/camera_info" else topic
                self.publish(place, message.type, message.fields)

    def begin(self, at=1):
        """Begin a time, and wait until the robot is told to stand."""
        before = len(self.commands)
        self.tick(at)
        assert self.ros.wait(lambda: any(stamp_of(each) == at for each in self.commands[before:])), self.stamps()
        assert speeds(self.commands[-1]) == (0.0, 0.0)

    def round(self, number, readings, **options):
        """Play the control period that ends at a multiple of the period, and return the command for it."""
        before = len(self.commands)
        time = (number + 1) * PERIOD
        own = round(max(reading.stamp for reading in readings), 1)
        self.sense(readings, shift=time / 1e9 - own, **options)
        self.tick(time)
        return self.answer(time, before)

    def answer(self, time, before=0):
        assert self.ros.wait(lambda: any(stamp_of(each) >= time for each in self.commands[before:])), (
            time,
            self.stamps(),
        )
        return next(each for each in self.commands[before:] if stamp_of(each) >= time)

    def wait_for(self, count, timeout=30.0):
        """Wait until there are so many commands, and say if there are."""
        return self.ros.wait(lambda: len(self.commands) >= count, timeout)

    def stamps(self):
        return [stamp_of(each) for each in self.commands][-10:]

    @property
    def status(self):
        return json.loads(self.statuses[-1].data) if self.statuses else {}


def speeds(message):
    twist = getattr(message, "twist", message)
    return twist.linear.x, twist.angular.z


def parameters(**values):
    from rclpy.parameter import Parameter

    return [Parameter(name, value=value) for name, value in values.items()]


def make_node(ros, agent="Steady", simulated=True, **values):
    """Return an agent node that is configured and active."""
    from vla_sim.ros.agent.node import AgentNode

    agent = agent if agent.startswith("fusion") else f"tests.ros.agents:{agent}"
    given = parameters(agent=agent, use_sim_time=simulated, **values)
    node = AgentNode(context=ros.context, parameter_overrides=given)
    node.start()
    return ros.add(node)


def change(ros, transition):
    """Take a node through a transition in the executor's thread, as a lifecycle manager does."""
    done = ros.executor.create_task(transition)
    assert ros.wait(done.done)
    return done.result()


def agent_of(node):
    return node._pilot.loop.agent
