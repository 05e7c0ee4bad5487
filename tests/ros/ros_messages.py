"""Messages for tests: plain objects with the fields of ROS 2's, as a bag gives them."""

from types import SimpleNamespace

import numpy as np


def header(stamp=1.0, frame="frame"):
    seconds, nanoseconds = divmod(round(stamp * 1e9), 10**9)
    return SimpleNamespace(stamp=SimpleNamespace(sec=seconds, nanosec=nanoseconds), frame_id=frame)


def image(pixels, encoding="rgb8", stamp=1.0, padding=0, big=False):
    rows = np.ascontiguousarray(pixels).reshape(pixels.shape[0], -1).view(np.uint8)
    rows = np.pad(rows, ((0, 0), (0, padding)))
    return SimpleNamespace(
        header=header(stamp),
        height=pixels.shape[0],
        width=pixels.shape[1],
        encoding=encoding,
        is_bigendian=int(big),
        step=rows.shape[1],
        data=rows.tobytes(),
    )


def camera_info(width, height, fx, fy=None, cx=None, cy=None, d=(), model="plumb_bob"):
    cx, cy, fy = width / 2 if cx is None else cx, height / 2 if cy is None else cy, fx if fy is None else fy
    k = [fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0]
    return SimpleNamespace(header=header(), width=width, height=height, k=k, d=list(d), distortion_model=model)


def scan(ranges, start=-np.pi, increment=None, low=0.1, high=12.0, stamp=1.0):
    increment = 2 * np.pi / (len(ranges) - 1) if increment is None else increment
    return SimpleNamespace(
        header=header(stamp),
        angle_min=start,
        angle_max=start + increment * (len(ranges) - 1),
        angle_increment=increment,
        range_min=low,
        range_max=high,
        ranges=np.asarray(ranges, np.float32),
    )
