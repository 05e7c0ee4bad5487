"""Qualities of service: sensors may lose messages and never lag; what robots obey, and what is said once, may not."""

from __future__ import annotations

from rclpy.qos import (
    DurabilityPolicy,
    HistoryPolicy,
    QoSProfile,
    ReliabilityPolicy,
    qos_profile_sensor_data,
)

SENSOR: QoSProfile = qos_profile_sensor_data
"""Best effort: subscriptions that match every publisher."""
RELIABLE = QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=10, reliability=ReliabilityPolicy.RELIABLE)
"""Commands and results."""
LATCHED = QoSProfile(
    history=HistoryPolicy.KEEP_LAST,
    depth=1,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)
"""What a late subscriber must hear too."""


def lasting(depth: int) -> QoSProfile:
    """Return a best-effort quality with a queue of so many messages, for streams faster than their reader."""
    return QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=depth, reliability=ReliabilityPolicy.BEST_EFFORT)
