"""Faulty readings back into the messages that they came in: nothing else in them changes."""

from __future__ import annotations

import array
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vla_sim.report.ros2_messages import nanoseconds_of
from vla_sim.ros.readings import SECOND
from vla_sim.ros.relay.painting import paint_colours, paint_depths
from vla_sim.sensing.reading import Modality, Reading


def write(message: Any, modality: Modality, before: Reading, after: Reading, epoch: int) -> None:
    """Make a message say what a faulty reading says.

    Args:
        message: what ``before`` was read out of; it is changed.
        modality: what it is a message of.
        before: the reading without faults.
        after: the reading with them.
        epoch: when the time of readings begins [ns].

    Raises:
        MalformedError: it cannot be said in such a message.
    """
    if after.stamp != before.stamp and hasattr(message, "header"):
        stamp = max(0, epoch + nanoseconds_of(after.stamp))
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp, SECOND)
    if after.data is not before.data:
        _write_data(message, modality, before.data, after.data)


def _write_data(message: Any, modality: Modality, before: NDArray[Any], after: NDArray[Any]) -> None:
    match modality:
        case "rgb":
            paint_colours(message, before, after)
        case "depth":
            paint_depths(message, before, after)
        case "lidar":
            after = np.ascontiguousarray(after, np.float32)
            ranges = np.array(message.ranges, np.float32)
            changed = before.view(np.uint32) != after.view(np.uint32)
            ranges[changed] = after[changed]
            message.ranges = array.array("f", ranges.tobytes())
        case "imu":
            for vector, old, new in (
                (message.angular_velocity, before[:3], after[:3]),
                (message.linear_acceleration, before[3:], after[3:]),
            ):
                for axis, was, now in zip("xyz", old.tolist(), new.tolist(), strict=True):
                    if not _same(was, now):
                        setattr(vector, axis, now)
        case "odometry":
            _write_odometry(message, before.tolist(), after.tolist())
        case "joints":
            _write_joints(message, before, after)
        case "contact":
            message.data = bool(after)
        case "force":
            message.data = float(after)
        case "wrench":
            for vector, new in ((message.wrench.force, after[:3]), (message.wrench.torque, after[3:])):
                vector.x, vector.y, vector.z = new.tolist()
        case "language":
            message.data = str(after)
        case "command":
            twist = getattr(message, "twist", message)
            twist.linear.x, twist.angular.z = after.tolist()
        case "segmentation" | "joint_command":
            raise AssertionError("not on a robot's topics")


def _write_odometry(message: Any, before: list[float], after: list[float]) -> None:
    position, twist = message.pose.pose.position, message.twist.twist
    for holder, name, was, now in (
        (position, "x", before[0], after[0]),
        (position, "y", before[1], after[1]),
        (twist.linear, "x", before[3], after[3]),
        (twist.angular, "z", before[4], after[4]),
    ):
        if not _same(was, now):
            setattr(holder, name, now)
    if not _same(before[2], after[2]):
        _turn(message.pose.pose.orientation, after[2] - before[2])


def _turn(orientation: Any, yaw: float) -> None:
    """Turn an orientation about the vertical; how it leans stays."""
    x, y, z, w = (float(getattr(orientation, axis)) for axis in "xyzw")
    sine, cosine = math.sin(yaw / 2.0), math.cos(yaw / 2.0)
    turned = cosine * x - sine * y, cosine * y + sine * x, cosine * z + sine * w, cosine * w - sine * z
    for axis, value in zip("xyzw", turned, strict=True):
        setattr(orientation, axis, value)


def _write_joints(message: Any, before: NDArray[Any], after: NDArray[Any]) -> None:
    if not np.array_equal(before[:, 0], after[:, 0], equal_nan=True):
        message.position = array.array("d", after[:, 0].tobytes())
    if not np.array_equal(before[:, 1], after[:, 1], equal_nan=True):
        message.velocity = array.array("d", after[:, 1].tobytes())


def _same(was: float, now: float) -> bool:
    return was == now or (math.isnan(was) and math.isnan(now))
