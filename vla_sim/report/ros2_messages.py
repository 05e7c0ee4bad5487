"""Readings, commands and poses as ROS 2 messages: mappings that an encoder of CDR takes."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.engine import Command
from vla_sim.geometry import Pose
from vla_sim.sdf.scene import CameraSpec, LidarSpec
from vla_sim.sensing.reading import Reading, Stream

Fields = dict[str, Any]

OPTICAL = Pose.from_xyz_rpy(0.0, 0.0, 0.0, -math.pi / 2, 0.0, -math.pi / 2)
"""From a camera's frame (x forward) to its optical frame (z forward, x right), as REP-103 has it."""

_ENCODINGS = {"rgb": ("rgb8", 3), "depth": ("32FC1", 4), "segmentation": ("32SC1", 4)}
"""Encoding and bytes of a pixel of each modality that is a picture."""
_FLOAT32 = 7
"""``sensor_msgs/PointField.FLOAT32``."""


class Message(NamedTuple):
    """What is published at once: under which name below the sensor's topic, of which type, with which fields."""

    subtopic: str
    type: str
    fields: Fields


def time_fields(time: float) -> Fields:
    """Return a time [s] as ``builtin_interfaces/Time``."""
    seconds, nanoseconds = divmod(nanoseconds_of(time), 1_000_000_000)
    return {"sec": seconds, "nanosec": nanoseconds}


def nanoseconds_of(time: float) -> int:
    """Return a time [s] in whole nanoseconds."""
    return round(time * 1e9)


def header(time: float, frame: str) -> Fields:
    """Return a ``std_msgs/Header``."""
    return {"stamp": time_fields(time), "frame_id": frame}


def topic_name(name: str) -> str:
    """Return a stream's name as ROS allows it in a topic: letters, digits and underscores, no digit first."""
    plain = [re.sub(r"[^A-Za-z0-9_]", "_", part) for part in name.split("/")]
    return "/".join(f"_{part}" if not part or part[0].isdigit() else part for part in plain)


def frame_of(stream: Stream) -> str:
    """Return the frame that the data of a stream are in; of odometry, where its robot stood at the reset."""
    return f"{stream.name}_optical" if stream.modality in _ENCODINGS else stream.name


def messages_of(stream: Stream, reading: Reading) -> list[Message]:
    """Return the messages that a reading of a sensor makes."""
    head = header(reading.stamp, frame_of(stream))
    match stream.modality:
        case "rgb" | "depth" | "segmentation":
            assert stream.camera is not None
            return [
                Message("/image", "sensor_msgs/msg/Image", _image(head, reading.data, *_ENCODINGS[stream.modality])),
                Message("/camera_info", "sensor_msgs/msg/CameraInfo", _camera_info(head, stream.camera)),
            ]
        case "lidar":
            assert stream.lidar is not None
            if len(stream.shape) == 1:
                return [Message("", "sensor_msgs/msg/LaserScan", _scan(head, reading.data, stream.lidar, stream.rate))]
            return [Message("", "sensor_msgs/msg/PointCloud2", _cloud(head, reading.data, stream.lidar))]
        case "imu":
            return [Message("", "sensor_msgs/msg/Imu", _imu(head, reading.data))]
        case "odometry":
            return [Message("", "nav_msgs/msg/Odometry", _odometry(head, reading.data, stream.model))]
        case "joints":
            return [Message("", "sensor_msgs/msg/JointState", _joint_state(reading, stream.joints))]
        case "contact":
            return [Message("", "std_msgs/msg/Bool", {"data": bool(reading.data)})]
        case "force":
            return [Message("", "std_msgs/msg/Float64", {"data": float(reading.data)})]
        case "wrench":
            force, torque = _vector(reading.data[:3].tolist()), _vector(reading.data[3:].tolist())
            wrench = {"header": head, "wrench": {"force": force, "torque": torque}}
            return [Message("", "geometry_msgs/msg/WrenchStamped", wrench)]
        case "command" | "joint_command" | "language":
            raise ValueError(f"'{stream.name}' is no sensor")


def twist_stamped(time: float, command: Command, base: str) -> Fields:
    """Return a command as ``geometry_msgs/TwistStamped``."""
    return {"header": header(time, base), "twist": _twist(command.linear, command.angular)}


def joint_goals(time: float, command: Command) -> Fields:
    """Return what the joints are told as ``sensor_msgs/JointState``: goals, and the greatest efforts where told."""
    names = sorted(command.joints)
    efforts = [command.efforts.get(name, math.nan) for name in names] if command.efforts else []
    position = [command.joints[name] for name in names]
    return {"header": header(time, ""), "name": names, "position": position, "velocity": [], "effort": efforts}


def transform(time: float, parent: str, child: str, pose: Pose) -> Fields:
    """Return a ``geometry_msgs/TransformStamped``: the pose of a frame in its parent's."""
    return {
        "header": header(time, parent),
        "child_frame_id": child,
        "transform": {"translation": _vector(pose.position), "rotation": _quaternion(pose)},
    }


def _image(head: Fields, data: NDArray[Any], encoding: str, pixel: int) -> Fields:
    height, width = data.shape[:2]
    return {
        "header": head,
        "height": height,
        "width": width,
        "encoding": encoding,
        "is_bigendian": int(sys.byteorder == "big"),
        "step": width * pixel,
        "data": data.tobytes(),
    }


def _camera_info(head: Fields, camera: CameraSpec) -> Fields:
    fx, fy, cx, cy = camera.fx, camera.fy, camera.cx, camera.cy
    return {
        "header": head,
        "height": camera.height,
        "width": camera.width,
        "distortion_model": "plumb_bob",
        "d": [0.0] * 5,
        "k": [fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0],
        "r": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        "p": [fx, 0.0, cx, 0.0, 0.0, fy, cy, 0.0, 0.0, 0.0, 1.0, 0.0],
        "binning_x": 0,
        "binning_y": 0,
        "roi": {"x_offset": 0, "y_offset": 0, "height": 0, "width": 0, "do_rectify": False},
    }


def _scan(head: Fields, ranges: NDArray[Any], lidar: LidarSpec, rate: float) -> Fields:
    """All rays are cast at one moment: there is no time between two of them."""
    return {
        "header": head,
        "angle_min": lidar.horizontal_min,
        "angle_max": lidar.horizontal_max,
        "angle_increment": (lidar.horizontal_max - lidar.horizontal_min) / max(1, lidar.horizontal_samples - 1),
        "time_increment": 0.0,
        "scan_time": 1.0 / rate if rate > 0.0 else 0.0,
        "range_min": lidar.range_min,
        "range_max": lidar.range_max,
        "ranges": ranges.tolist(),
        "intensities": [],
    }


def _cloud(head: Fields, ranges: NDArray[Any], lidar: LidarSpec) -> Fields:
    """One row a ring; a ray without a finite range is a point of nan."""
    rings, rays = ranges.shape
    known = np.where(np.isfinite(ranges), ranges, np.nan)
    points = (ray_directions(lidar, ranges.shape) * known[..., None]).astype("<f4")
    return {
        "header": head,
        "height": rings,
        "width": rays,
        "fields": [
            {"name": name, "offset": 4 * place, "datatype": _FLOAT32, "count": 1} for place, name in enumerate("xyz")
        ],
        "is_bigendian": False,
        "point_step": 12,
        "row_step": 12 * rays,
        "data": points.tobytes(),
        "is_dense": bool(np.isfinite(points).all()),
    }


def ray_directions(lidar: LidarSpec, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the unit vectors (*shape, 3) along which the rays of a LiDAR go, in its frame; ``shape`` is the scan's."""
    azimuth = np.linspace(lidar.horizontal_min, lidar.horizontal_max, shape[-1])
    if len(shape) == 1:
        return np.stack([np.cos(azimuth), np.sin(azimuth), np.zeros_like(azimuth)], axis=-1)
    elevation = np.linspace(lidar.vertical_min, lidar.vertical_max, shape[0])[:, None]
    level = np.cos(elevation)
    parts = np.broadcast_arrays(level * np.cos(azimuth), level * np.sin(azimuth), np.sin(elevation))
    return np.stack(parts, axis=-1)


def _imu(head: Fields, data: NDArray[Any]) -> Fields:
    """Without an orientation, which a covariance of -1 says; the other covariances are unknown, which 0 says."""
    return {
        "header": head,
        "orientation": _quaternion(Pose()),
        "orientation_covariance": [-1.0] + [0.0] * 8,
        "angular_velocity": _vector(data[:3].tolist()),
        "angular_velocity_covariance": [0.0] * 9,
        "linear_acceleration": _vector(data[3:].tolist()),
        "linear_acceleration_covariance": [0.0] * 9,
    }


def _odometry(head: Fields, data: NDArray[Any], base: str) -> Fields:
    x, y, yaw, speed, rate = data.tolist()
    pose = Pose.planar(x, y, yaw) if math.isfinite(yaw) else Pose((x, y, 0.0), (math.nan,) * 4)
    return {
        "header": head,
        "child_frame_id": base,
        "pose": {
            "pose": {"position": _vector(pose.position), "orientation": _quaternion(pose)},
            "covariance": [0.0] * 36,
        },
        "twist": {"twist": _twist(speed, rate), "covariance": [0.0] * 36},
    }


def _joint_state(reading: Reading, joints: tuple[str, ...]) -> Fields:
    """In no frame, and without efforts, which are not known."""
    position, velocity = reading.data.T.tolist()
    head = header(reading.stamp, "")
    return {"header": head, "name": list(joints), "position": position, "velocity": velocity, "effort": []}


def _twist(linear: float, angular: float) -> Fields:
    return {"linear": _vector((linear, 0.0, 0.0)), "angular": _vector((0.0, 0.0, angular))}


def _vector(values: Any) -> Mapping[str, float]:
    x, y, z = values
    return {"x": x, "y": y, "z": z}


def _quaternion(pose: Pose) -> Mapping[str, float]:
    w, x, y, z = pose.rotation
    return {"x": x, "y": y, "z": z, "w": w}
