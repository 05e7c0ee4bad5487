"""Messages as readings in their own resolution, and the streams that they are of."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from vla_sim.ros.malformed import MalformedError
from vla_sim.ros.pictures import Pinhole, colours_of, depths_of
from vla_sim.ros.readings import SECOND, Receiver, command_of, stamp_of
from vla_sim.sdf.scene import CameraSpec, LidarSpec
from vla_sim.sensing.reading import Reading, Stream

FAR = SECOND
"""How far [ns] a stamp may be ahead of the clock: what is farther is of another time, as from before a reset."""
OLD = 10 * SECOND
"""How far [ns] a stamp may be behind it: what is older goes by another clock, and no schedule says when it was."""
_SAME_RATE = 0.01
"""Share by which two rates may differ and be the same one."""


def native_stream(known: Stream, message: Any, pinhole: Pinhole | None) -> Stream:
    """Return what a message's stream is like: the robot's as it is known, in the size and geometry of the message.

    Args:
        known: the robot's stream.
        message: one of its messages.
        pinhole: what the camera says of itself, if it does.

    Raises:
        MalformedError: the message is none of such a stream.
    """
    match known.modality:
        case "rgb" | "depth":
            assert known.camera is not None
            height, width = _size(message)
            camera = _camera(known.camera, width, height, pinhole)
            return replace(known, shape=(height, width, *known.shape[2:]), camera=camera)
        case "lidar":
            assert known.lidar is not None
            if not hasattr(message, "ranges"):
                raise MalformedError(f"faults on a LiDAR need LaserScan; '{known.name}' is {type(message).__name__}")
            return replace(
                known,
                shape=(len(message.ranges),),
                lidar=_lidar(known.lidar, message),
                rate=_rate(known.rate, message),
            )
        case "joints":
            return replace(known, shape=(len(message.name), 2), joints=tuple(message.name))
        case _:
            return known


def read(stream: Stream, message: Any, now: int, epoch: int) -> Reading:
    """Return a message as a reading of its native stream; times in seconds since ``epoch`` [ns].

    A reading arrives ``now`` [ns], or at its stamp where the clock's own message has not come yet.

    Raises:
        MalformedError: it holds something else than the stream's readings.
    """
    stamp = stamp_of(message) if hasattr(message, "header") else 0
    stamp = stamp or now
    if stamp - now > FAR:
        raise MalformedError(
            f"stamped {(stamp - now) / SECOND:.1f} s ahead of the clock; is use_sim_time as it must be?"
        )
    if now - stamp > OLD:
        raise MalformedError(f"stamped {(now - stamp) / SECOND:.1f} s behind the clock; is use_sim_time as it must be?")
    match stream.modality:
        case "rgb":
            data: Any = colours_of(message)
        case "depth":
            data = depths_of(message)
        case "command":
            data = np.array(command_of(message))
        case _:
            data = Receiver(stream).read(message, now).data
    if data.shape != stream.shape:
        raise MalformedError(f"data of the shape {data.shape} where {stream.shape} is known")
    return Reading(stream.name, (stamp - epoch) / SECOND, data, (max(now, stamp) - epoch) / SECOND)


def _size(message: Any) -> tuple[int, int]:
    """Return height and width of a picture, compressed or not."""
    if hasattr(message, "height"):
        return int(message.height), int(message.width)
    height, width = colours_of(message).shape[:2]
    return int(height), int(width)


def _camera(known: CameraSpec, width: int, height: int, pinhole: Pinhole | None) -> CameraSpec:
    """Return a camera of another size; one that is the known one is the same object, and faults on it the same."""
    if pinhole is None or (pinhole.width, pinhole.height) != (width, height):
        pinhole = Pinhole.guessed(width, height, known)
        if (width, height) == (known.width, known.height):
            return known
    seen = pinhole.fx, pinhole.fy, pinhole.cx, pinhole.cy
    if (width, height) == (known.width, known.height) and seen == (known.fx, known.fy, known.cx, known.cy):
        return known
    return replace(
        known,
        width=width,
        height=height,
        horizontal_fov=2.0 * math.atan2(width / 2.0, pinhole.fx),
        fx=pinhole.fx,
        fy=pinhole.fy,
        cx=pinhole.cx,
        cy=pinhole.cy,
    )


def _lidar(known: LidarSpec, message: Any) -> LidarSpec:
    """Return the geometry of a scan; messages carry it in single precision, the known one is taken where it is that."""
    count = len(message.ranges)
    angles = float(message.angle_min), float(message.angle_min) + (count - 1) * float(message.angle_increment)
    bounds = float(message.range_min), float(message.range_max)
    same = (
        (*angles, *bounds, count),
        (
            known.horizontal_min,
            known.horizontal_max,
            known.range_min,
            known.range_max,
            known.horizontal_samples,
        ),
    )
    if np.allclose(*same, rtol=1e-5, atol=1e-4):
        return known
    return replace(
        known,
        horizontal_samples=count,
        horizontal_min=angles[0],
        horizontal_max=angles[1],
        range_min=bounds[0],
        range_max=bounds[1],
    )


def _rate(known: float, message: Any) -> float:
    time = float(message.scan_time)
    if not (time > 0.0 and math.isfinite(time)) or abs(1.0 / time - known) <= _SAME_RATE * known:
        return known
    return round(1.0 / time, 3)
