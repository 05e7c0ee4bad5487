"""Where a robot's sensors are, as transforms between the frames that headers name."""

from __future__ import annotations

from collections.abc import Mapping

from vla_sim.geometry import Pose
from vla_sim.report.ros2_messages import OPTICAL, Fields, frame_of, transform
from vla_sim.sdf.scene import World
from vla_sim.sensing.reading import Reading, Stream


def frames_of(streams: Mapping[str, Stream]) -> dict[str, str]:
    """Return the frame of each stream's data, as its messages' headers name it."""
    return {name: frame_of(stream) for name, stream in streams.items()}


def mounts(streams: Mapping[str, Stream], scene: World, robot: str, base: str) -> list[Fields]:
    """Return a ``geometry_msgs/TransformStamped`` from the base to each sensor; of time 0, as what never changes.

    Sensors of other models hang on a frame with their model's name.
    """
    links = {(model.name, link.name): link.pose for model in scene.models for link in model.links}
    found = []
    for _, stream in sorted(streams.items()):
        if stream.modality in ("odometry", "contact", "joints"):
            continue
        mount = links.get((stream.model, stream.link), Pose()) * stream.pose
        frame = frame_of(stream)
        parent = base if stream.model == robot else stream.model
        found.append(transform(0.0, parent, frame, mount * OPTICAL if frame != stream.name else mount))
    return found


def movement(reading: Reading, frame: str, base: str) -> Fields:
    """Return the transform from an odometry's frame to the robot's base, as the odometry has it."""
    x, y, yaw = reading.data.tolist()[:3]
    return transform(reading.stamp, frame, base, Pose.planar(x, y, yaw))
