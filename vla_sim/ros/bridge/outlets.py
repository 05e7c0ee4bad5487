"""What the bridge publishes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from rclpy.duration import Duration
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy

from vla_sim.report.ros2_messages import Message, messages_of
from vla_sim.ros.bridge.frames import mounts, movement
from vla_sim.ros.bridge.pace import SECOND
from vla_sim.ros.bridge.world import NO_TASK, Moment, SimulatedWorld
from vla_sim.ros.messages import message_class, message_of
from vla_sim.ros.qos import LATCHED
from vla_sim.ros.topics import COMMAND, FAULTS, JOINT_COMMAND, PROGRESS, VERDICT, WORDS, info_topic, topics_of
from vla_sim.sensing.reading import Reading, Stream

if TYPE_CHECKING:
    from rclpy.node import Node
    from rclpy.publisher import Publisher

_STRING, _FLOAT = "std_msgs/msg/String", "std_msgs/msg/Float32"
_PICTURES = frozenset({"rgb", "depth", "segmentation"})
_FLUSH = Duration(seconds=1)


def _queue(depth: int) -> QoSProfile:
    return QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=depth, reliability=ReliabilityPolicy.RELIABLE)


class Outlets:
    """Publishers of a robot's sensors, of the clock and of the trial; to be used from one thread.

    Args:
        node: the node that publishes.
        world: what is simulated.
        base: the frame of the robot.
        faulty: whether faults are asked for, so that there is something to say of them.
    """

    def __init__(self, node: Node, world: SimulatedWorld, base: str, faulty: bool):
        self._node, self._base = node, base
        self._streams = world.streams
        self._commands = node.resolve_topic_name(COMMAND if world.body.drive else JOINT_COMMAND)
        self._topics = topics_of(world.streams)
        self._sensors: dict[str, Publisher] = {}
        self._clock = node.create_publisher(message_class("rosgraph_msgs/msg/Clock"), "/clock", _queue(100))
        self._words = self._progress = self._verdict = None
        if world.task != NO_TASK:
            self._words = node.create_publisher(message_class(_STRING), WORDS, LATCHED)
            self._progress = node.create_publisher(message_class(_FLOAT), PROGRESS, LATCHED)
            self._verdict = node.create_publisher(message_class(_STRING), VERDICT, LATCHED)
        self._faults = node.create_publisher(message_class(_STRING), FAULTS, LATCHED) if faulty else None
        self._said: dict[Any, Any] = {}
        self._frames = self._publish_mounts(world)
        for name in sorted(world.streams):
            self._make(name)

    def restart(self) -> None:
        """Take back the last trial's verdict, if there was one: to an empty mapping."""
        if self._verdict in self._said:
            self._say(self._verdict, _STRING, "{}")
        self._said = {}

    def tell_time(self, now: int) -> None:
        """Publish the clock [ns]."""
        seconds, nanoseconds = divmod(now, SECOND)
        fields = {"clock": {"sec": seconds, "nanosec": nanoseconds}}
        self._clock.publish(message_of("rosgraph_msgs/msg/Clock", fields))

    def attendance(self) -> tuple[int, ...]:
        """Return each sensor's subscriptions, how many are not connected yet, and how many publish commands."""
        pictures = [name for name in self._sensors if not name.endswith("/camera_info")]
        matched = [self._sensors[topic].get_subscription_count() for topic in pictures]
        known = [self._node.count_subscribers(self._sensors[topic].topic_name) for topic in pictures]
        unconnected = sum(max(0, there - met) for there, met in zip(known, matched, strict=True))
        return (*matched, unconnected, self._node.count_publishers(self._commands))

    def tell(self, moment: Moment) -> None:
        """Publish a moment: the words first, so that whoever has the readings has them."""
        self._say(self._words, _STRING, moment.words)
        self._say(self._progress, _FLOAT, moment.progress)
        if self._faults is not None:
            self._say(self._faults, _STRING, json.dumps(_described(moment)))
        for reading in moment.readings:
            self._publish(reading)

    def tell_verdict(self, record: Mapping[str, Any]) -> None:
        """Publish how the trial has ended, and see that it is heard."""
        self._say(self._verdict, _STRING, json.dumps(record))
        if self._verdict is not None:
            self._verdict.wait_for_all_acked(_FLUSH)

    def _make(self, name: str) -> None:
        """Make a stream's publishers."""
        stream, topic = self._streams[name], self._topics[name]
        depth = 10 if stream.modality in _PICTURES else 100
        for message_type, at in _types(stream, topic):
            self._sensors[at] = self._node.create_publisher(message_class(message_type), at, _queue(depth))

    def _publish(self, reading: Reading) -> None:
        stream = self._streams[reading.sensor]
        topic = self._topics[reading.sensor]
        for message in messages_of(stream, reading):
            if stream.modality == "odometry":
                message.fields["child_frame_id"] = self._base
            self._sensors[_at(topic, message.subtopic)].publish(message_of(message.type, message.fields))
        if stream.modality == "odometry" and self._frames is not None and math.isfinite(float(reading.data.sum())):
            pose = movement(reading, stream.name, self._base)
            self._frames.publish(message_of("tf2_msgs/msg/TFMessage", {"transforms": [pose]}))

    def _publish_mounts(self, world: SimulatedWorld) -> Publisher | None:
        """Publish where the sensors are, and return the publisher of what moves; None without tf2's messages."""
        try:
            kind = message_class("tf2_msgs/msg/TFMessage")
        except ImportError:
            self._node.get_logger().info("tf2_msgs is not installed: no /tf and /tf_static")
            return None
        self._still = self._node.create_publisher(kind, "/tf_static", LATCHED)
        transforms = mounts(world.streams, world.scene, world.robot.name, self._base)
        self._still.publish(message_of("tf2_msgs/msg/TFMessage", {"transforms": transforms}))
        return self._node.create_publisher(kind, "/tf", _queue(100))

    def _say(self, publisher: Publisher | None, message_type: str, data: Any) -> None:
        """Publish a value unless it is what was said last."""
        if publisher is not None and self._said.get(publisher) != data:
            self._said[publisher] = data
            publisher.publish(message_of(message_type, {"data": data}))


def _at(topic: str, subtopic: str) -> str:
    return info_topic(topic) if subtopic == "/camera_info" else topic


def _types(stream: Stream, topic: str) -> list[tuple[str, str]]:
    """Return the types that a stream is published as, and on which topics."""
    blank = Reading(stream.name, 0.0, np.zeros(stream.shape, stream.dtype), 0.0)
    made: list[Message] = messages_of(stream, blank)
    return [(message.type, _at(topic, message.subtopic)) for message in made]


def _described(moment: Moment) -> dict[str, Any]:
    """Return what is asked of faults and what became of it, without what changes with every reading."""
    applied = {f"{fault['target']}:{fault['kind']}" for fault in moment.faults if fault["status"] == "applied"}
    unsupported = [fault["reason"] for fault in moment.faults if fault["status"] == "unsupported"]
    return {
        "requested": list(moment.requested),
        "applied": sorted(applied),
        "unsupported": unsupported,
        "active": list(moment.active),
    }
