"""Names of topics: those that ROS 2 robots usually have, relative, so that namespaces and remapping apply."""

from __future__ import annotations

from collections.abc import Mapping

from vla_sim.report.ros2_messages import topic_name
from vla_sim.sensing.reading import Modality, Stream

USUAL: Mapping[Modality, str] = {
    "rgb": "camera/image_raw",
    "depth": "camera/depth/image_rect_raw",
    "lidar": "scan",
    "imu": "imu/data",
    "odometry": "odom",
    "joints": "joint_states",
}
"""The topic of a robot's first sensor of a modality."""
SUFFIX: Mapping[Modality, str] = {"rgb": "/image_raw", "depth": "/image_rect_raw", "segmentation": "/image_raw"}
"""What follows a camera's name in the topic of its pictures."""
WORDS, COMMAND, JOINT_COMMAND = "voice_commands", "cmd_vel", "joint_command"
SEQUENCE, ATTENTION = "robot/action_sequence", "fusion/attention_map"
OBJECTS, MARKERS, DETECTIONS = "fusion/objects", "fusion/markers", "fusion/detections"
STATUS, DIAGNOSTICS = "fusion/status", "diagnostics"
PROGRESS, VERDICT, FAULTS = "trial/progress", "trial/verdict", "trial/faults"


def topics_of(streams: Mapping[str, Stream]) -> dict[str, str]:
    """Return the topic of each stream; of a camera, that of its pictures.

    The first stream of a modality by name has the usual topic, every other one that of its own name.
    """
    topics: dict[str, str] = {}
    for name in sorted(streams):
        modality = streams[name].modality
        usual = USUAL.get(modality)
        own = topic_name(name) + SUFFIX.get(modality, "")
        topics[name] = own if usual is None or usual in topics.values() else usual
    return topics


def info_topic(topic: str) -> str:
    """Return the topic of the ``CameraInfo`` that belongs to a topic of pictures.

    >>> info_topic("camera/depth/image_rect_raw")
    'camera/depth/camera_info'
    """
    return f"{topic.rpartition('/')[0]}/camera_info".lstrip("/") if "/" in topic else "camera_info"
