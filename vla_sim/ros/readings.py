"""Messages of a robot as readings of the sensors that an agent knows.

Messages are looked at by their fields alone: those of ``rclpy`` and those out of a bag are read alike.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vla_sim.ros.malformed import MalformedError
from vla_sim.ros.pictures import Lens, Pinhole, colours_of, depths_of
from vla_sim.ros.scans import ranges_of
from vla_sim.sensing.reading import Reading, Stream

SECOND = 1_000_000_000
"""In nanoseconds."""


def stamp_of(message: Any) -> int:
    """Return the time [ns] in a message's header."""
    stamp = message.header.stamp
    return int(stamp.sec) * SECOND + int(stamp.nanosec)


class Receiver:
    """Reads the messages of one stream.

    Pictures are cut and resized to what the agent's camera would have seen, scans are taken along its LiDAR's rays,
    and joints are put into its order.
    """

    def __init__(self, stream: Stream):
        self.stream = stream
        self._lens: Lens | None = None
        self._pinhole: Pinhole | None = None

    @property
    def guesses(self) -> bool:
        """Whether pictures come of a camera that nobody described: its field of view is taken to be the agent's."""
        return self._lens is not None and self._pinhole is None

    def calibrate(self, info: Any) -> None:
        """Take a ``sensor_msgs/CameraInfo`` of the stream's camera.

        Raises:
            MalformedError: it describes no camera that can be used.
        """
        pinhole = Pinhole.of(info)
        if pinhole != self._pinhole:
            self._pinhole, self._lens = pinhole, None

    def read(self, message: Any, now: int, epoch: int = 0) -> Reading:
        """Return a message as a reading: its stamp and its arrival, ``now`` [ns], in seconds since ``epoch`` [ns].

        Raises:
            MalformedError: it holds something else than the stream's readings.
        """
        stamp = stamp_of(message) if hasattr(message, "header") else now
        try:
            data = self._data(message)
        except (TypeError, ValueError, AttributeError, OverflowError, IndexError, MemoryError, cv2.error) as error:
            raise MalformedError(f"{type(error).__name__}: {' '.join(str(error).split())}") from error
        if data.shape != self.stream.shape:
            raise MalformedError(f"data of the shape {data.shape} where {self.stream.shape} is known")
        return Reading(self.stream.name, (stamp - epoch) / SECOND, data, (now - epoch) / SECOND)

    def _data(self, message: Any) -> NDArray[Any]:
        match self.stream.modality:
            case "rgb":
                return self._seen(colours_of(message), 0.0)
            case "depth":
                return self._seen(depths_of(message), math.nan)
            case "lidar":
                return self._scan(message)
            case "imu":
                return np.array([*_xyz(message.angular_velocity), *_xyz(message.linear_acceleration)])
            case "odometry":
                return _odometry(message)
            case "joints":
                return _joints(message, self.stream.joints)
            case "contact":
                return np.array(bool(message.data))
            case "force":
                return np.array(float(message.data))
            case "wrench":
                return np.array([*_xyz(message.wrench.force), *_xyz(message.wrench.torque)])
            case "segmentation" | "command" | "joint_command" | "language":
                raise MalformedError(f"'{self.stream.modality}' is no sensor of a real robot")

    def _seen(self, picture: NDArray[Any], lost: float) -> NDArray[Any]:
        """Return a picture through the lens between the robot's camera and the agent's."""
        assert self.stream.camera is not None
        height, width = picture.shape[:2]
        if self._lens is None or (
            self.guesses and (self._lens.source.height, self._lens.source.width) != (height, width)
        ):
            pinhole = self._pinhole or Pinhole.guessed(width, height, self.stream.camera)
            self._lens = Lens(pinhole, self.stream.camera)
        return self._lens.through(picture, lost)

    def _scan(self, message: Any) -> NDArray[np.float32]:
        assert self.stream.lidar is not None
        if len(self.stream.shape) != 1:
            raise MalformedError("scans of several rings are not read from ROS 2")
        return ranges_of(message, self.stream.lidar)


def command_of(message: Any) -> tuple[float, float]:
    """Return forward speed [m/s] and yaw rate [rad/s] of a ``geometry_msgs/TwistStamped`` or ``Twist``.

    Raises:
        MalformedError: they are not finite.
    """
    twist = getattr(message, "twist", message)
    speeds = float(twist.linear.x), float(twist.angular.z)
    if not all(map(math.isfinite, speeds)):
        raise MalformedError(f"speeds of {speeds[0]:g} m/s and {speeds[1]:g} rad/s")
    return speeds


def joint_goals_of(message: Any, known: Collection[str]) -> dict[str, float]:
    """Return the goals [rad or m] by joint of a ``sensor_msgs/JointState``; its velocities and efforts do not count.

    Raises:
        MalformedError: a joint is not ``known`` or has no goal, or a goal is not finite.
    """
    names, goals = list(message.name), [float(goal) for goal in message.position]
    if len(names) != len(goals):
        raise MalformedError(f"{len(goals)} positions for {len(names)} joints")
    for name, goal in zip(names, goals, strict=True):
        if name not in known:
            raise MalformedError(f"no joint '{name}' can be given a goal; there are {', '.join(known) or 'none'}")
        if not math.isfinite(goal):
            raise MalformedError(f"a goal of {goal:g} for '{name}'")
    return dict(zip(names, goals, strict=True))


def _odometry(message: Any) -> NDArray[np.float64]:
    pose, twist = message.pose.pose, message.twist.twist
    x, y, z, w = (float(getattr(pose.orientation, axis)) for axis in "xyzw")
    if abs(math.hypot(x, y, z, w) - 1.0) > 0.1:  # a nan passes, and is the observation's to deal with
        raise MalformedError(f"an orientation of length {math.hypot(x, y, z, w):g}")
    yaw = math.atan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z))
    return np.array(
        [float(pose.position.x), float(pose.position.y), yaw, float(twist.linear.x), float(twist.angular.z)]
    )


def _joints(message: Any, names: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the joints that an agent knows; a velocity that is not given is 0."""
    places = {name: place for place, name in enumerate(message.name)}
    missing = [name for name in names if name not in places]
    if missing:
        raise MalformedError(f"no joint '{missing[0]}'; the message has {', '.join(places) or 'none'}")
    rows = [places[name] for name in names]
    position = np.asarray(message.position, float)
    velocity = np.asarray(message.velocity, float) if len(message.velocity) else np.zeros_like(position)
    return np.stack([position[rows], velocity[rows]], axis=1)


def _xyz(vector: Any) -> tuple[float, float, float]:
    return float(vector.x), float(vector.y), float(vector.z)
