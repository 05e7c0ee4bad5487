"""One topic of the relay: subscribed once somebody publishes it, and published again under another name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSPolicyKind, QoSProfile, ReliabilityPolicy

from vla_sim.ros.messages import message_class
from vla_sim.ros.relay.channel import Delivery
from vla_sim.sensing.reading import Modality

if TYPE_CHECKING:
    from rclpy.event_handler import QoSRequestedIncompatibleQoSInfo
    from rclpy.node import Node
    from rclpy.publisher import Publisher
    from rclpy.subscription import Subscription
    from rclpy.topic_endpoint_info import TopicEndpointInfo

TYPES: Mapping[Modality, tuple[str, ...]] = {
    "rgb": ("sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"),
    "depth": ("sensor_msgs/msg/Image",),
    "lidar": ("sensor_msgs/msg/LaserScan", "sensor_msgs/msg/PointCloud2"),
    "imu": ("sensor_msgs/msg/Imu",),
    "odometry": ("nav_msgs/msg/Odometry",),
    "joints": ("sensor_msgs/msg/JointState",),
    "contact": ("std_msgs/msg/Bool",),
    "force": ("std_msgs/msg/Float64",),
    "wrench": ("geometry_msgs/msg/WrenchStamped",),
    "language": ("std_msgs/msg/String",),
    "command": ("geometry_msgs/msg/TwistStamped", "geometry_msgs/msg/Twist"),
}
"""Types that a stream of a modality may have on a robot."""
INFO = ("sensor_msgs/msg/CameraInfo",)
_LONG, _SHORT = 100, 10
"""Messages in a queue; of pictures fewer."""


@dataclass(slots=True)
class Route:
    """From which topic to which, and what it carries.

    Args:
        name: the stream.
        modality: what the stream is.
        types: names of the types that the topic may have.
        source: the topic that is subscribed.
        target: the topic that is published.
    """

    name: str
    modality: Modality
    types: tuple[str, ...]
    source: str
    target: str
    publisher: Publisher | None = None
    subscription: Subscription | None = None
    kind: type[Any] | None = None
    newest: int = -1
    """Stamp of the newest message that was sent [ns]."""
    sent: int = 0

    @property
    def describes(self) -> bool:
        """Whether it carries what a camera says of itself, which no fault is put on."""
        return self.types == INFO

    def open(self, node: Node, take: Callable[[Route, bytes], None]) -> bool:
        """Subscribe and publish if somebody publishes the source, of its type and quality; return whether it is open.

        What is asked of publishers is no more than they all offer, and what is offered is as much as they all do. Of
        one that comes later and offers less, less is asked.
        """
        if self.publisher is not None:
            return True
        there = self._publishers(node)
        if not there:
            return False
        self.kind = message_class(there[0].topic_type)
        latched = all(info.qos_profile.durability == DurabilityPolicy.TRANSIENT_LOCAL for info in there)
        reliable = all(info.qos_profile.reliability == ReliabilityPolicy.RELIABLE for info in there)
        self.publisher = node.create_publisher(self.kind, self.target, self._quality(latched, True))
        self._subscribe(node, take, latched, reliable)
        return True

    def _publishers(self, node: Node) -> list[TopicEndpointInfo]:
        """Return who publishes the source with one of its types."""
        # They are asked for by the whole name: remapping does not apply to it.
        source = node.resolve_topic_name(self.source)
        return [info for info in node.get_publishers_info_by_topic(source) if info.topic_type in self.types]

    def _quality(self, latched: bool, reliable: bool) -> QoSProfile:
        depth = _SHORT if self.modality in ("rgb", "depth") else _LONG
        return QoSProfile(
            history=HistoryPolicy.KEEP_LAST,
            depth=1 if latched else depth,
            durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
            reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
        )

    def _subscribe(self, node: Node, take: Callable[[Route, bytes], None], latched: bool, reliable: bool) -> None:
        """Hear the source; what a later publisher does not offer is no longer asked of any."""
        assert self.kind is not None

        def ask_less(refused: QoSRequestedIncompatibleQoSInfo) -> None:
            lasting = refused.last_policy_kind == QoSPolicyKind.DURABILITY
            assert self.subscription is not None
            node.destroy_subscription(self.subscription)
            self._subscribe(node, take, latched and not lasting, reliable and lasting)

        given: Callable[[Any], None] = lambda data: take(self, data)  # noqa: E731 (bytes, for it is raw)
        self.subscription = node.create_subscription(
            self.kind,
            self.source,
            given,
            self._quality(latched, reliable),
            raw=True,
            event_callbacks=SubscriptionEventCallbacks(incompatible_qos=ask_less),
        )

    def send(self, data: bytes) -> None:
        """Publish a serialized message as it is."""
        assert self.publisher is not None
        self.sent += 1
        self.publisher.publish(data)

    def deliver(self, delivery: Delivery) -> None:
        """Publish a message; a command that was overtaken by a newer one is never obeyed."""
        if self.modality == "command" and delivery.stamp < self.newest:
            return
        self.newest = max(self.newest, delivery.stamp)
        self.send(delivery.data)
