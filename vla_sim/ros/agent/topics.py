"""The topics that the agent node speaks on."""

from __future__ import annotations

import importlib.util
import json
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from vla_sim.engines.engine import Command
from vla_sim.explanation import Explanation
from vla_sim.report.ros2_messages import Fields, frame_of
from vla_sim.ros import topics
from vla_sim.ros.agent import outputs
from vla_sim.ros.agent.heatmap import overlay
from vla_sim.ros.agent.parameters import Settings
from vla_sim.ros.loop import Decision
from vla_sim.ros.messages import message_class, message_of
from vla_sim.ros.robot import RobotSpec
from vla_sim.sensing.reading import Reading, Stream

if TYPE_CHECKING:
    from rclpy.node import Node

_TEXT = "std_msgs/msg/String"
_GOALS = "sensor_msgs/msg/JointState"
_DETECTIONS = "vision_msgs/msg/Detection2DArray"


class AgentTopics:
    """Publishes commands, and what there is to say about them; from any thread.

    Args:
        failed: is told what an agent raised.
    """

    def __init__(self, node: Node, settings: Settings, robot: RobotSpec, failed: Callable[[str], None]):
        from vla_sim.ros.qos import LATCHED, RELIABLE

        self._node, self._settings, self._failed = node, settings, failed
        self._camera: Stream | None = next(
            (stream for _, stream in sorted(robot.streams.items()) if stream.modality == "rgb"), None
        )
        self._lock = threading.Lock()
        self._said: Any = None
        self.decision: Decision | None = None
        """The last one that was sent."""
        command = "geometry_msgs/msg/TwistStamped" if settings.cmd_vel_stamped else "geometry_msgs/msg/Twist"
        body = robot.body
        self._commands = (
            # Goals first: a simulation in lock-step goes on when the speeds have come.
            *((topics.JOINT_COMMAND,) if body.movable else ()),
            *((topics.COMMAND,) if body.drive is not None else ()),
        )
        types = {
            **{topic: _GOALS if topic == topics.JOINT_COMMAND else command for topic in self._commands},
            topics.SEQUENCE: _TEXT,
            topics.ATTENTION: "sensor_msgs/msg/Image",
            topics.OBJECTS: _TEXT,
            topics.MARKERS: "visualization_msgs/msg/MarkerArray",
            topics.DIAGNOSTICS: "diagnostic_msgs/msg/DiagnosticArray",
            topics.STATUS: _TEXT,
        }
        if importlib.util.find_spec("vision_msgs") is not None:
            types[topics.DETECTIONS] = _DETECTIONS
        self._types = types
        self._publishers = {
            topic: node.create_publisher(message_class(kind), topic, LATCHED if topic == topics.STATUS else RELIABLE)
            for topic, kind in types.items()
        }

    def close(self) -> None:
        """Take the topics away."""
        for publisher in self._publishers.values():
            self._node.destroy_publisher(publisher)

    def command(self, command: Command, stamp: int) -> None:
        """Send a command."""
        twist = outputs.twist(command)
        if self._settings.cmd_vel_stamped:
            twist = {"header": outputs.header_of(stamp, self._settings.base_frame), "twist": twist}
        for topic in self._commands:
            self._publish(topic, outputs.joint_goals(stamp, command) if topic == topics.JOINT_COMMAND else twist)

    def flush(self, seconds: float) -> None:
        """Wait until every reliable subscriber has the last command, for so long at most."""
        from rclpy.duration import Duration

        for topic in self._commands:
            self._publishers[topic].wait_for_all_acked(Duration(nanoseconds=round(seconds * 1e9)))

    def decided(self, decision: Decision, state: str) -> None:
        """Tell of a command that was sent."""
        self.decision = decision
        self.state(state, decision.words, decision.held)

    def state(self, state: str, words: str, held: str = "") -> None:
        """Tell how the node does, where that has changed; what changes with every step does not count."""
        decision = self.decision
        with self._lock:
            said = state, words, () if decision is None else decision.missing
            if said == self._said:
                return
            self._said = said
            self._publish(topics.STATUS, {"data": json.dumps(outputs.status(state, words, decision, held))})

    def failed(self, error: str) -> None:
        """Tell of an agent that raised."""
        self._failed(error)

    def explained(self, stamp: int, words: str, explanation: Explanation, picture: Reading | None) -> None:
        """Tell why the agent did what it did."""
        longest = self._settings.max_action_length
        self._publish(topics.SEQUENCE, {"data": outputs.sequence_text(stamp, words, explanation.sequence, longest)})
        if self._camera is None or self._camera.camera is None:
            return
        camera = self._camera.camera
        objects = explanation.objects
        text = outputs.objects_text(stamp, words, objects, (camera.height, camera.width))
        head = outputs.header_of(stamp, frame_of(self._camera))
        self._publish(topics.OBJECTS, {"data": text})
        self._publish(topics.MARKERS, outputs.markers(head, objects, camera))
        if topics.DETECTIONS in self._types:
            self._publish(topics.DETECTIONS, outputs.detections(head, objects))
        if explanation.attention is not None and picture is not None:
            seen = overlay(picture.data, explanation.attention)  # type: ignore[arg-type]
            self._publish(topics.ATTENTION, outputs.image(head, seen))

    def diagnose(self, stamp: int, statuses: list[Fields]) -> None:
        """Publish diagnostics."""
        self._publish(topics.DIAGNOSTICS, {"header": outputs.header_of(stamp, ""), "status": statuses})

    def _publish(self, topic: str, fields: Fields) -> None:
        self._publishers[topic].publish(message_of(self._types[topic], fields))
