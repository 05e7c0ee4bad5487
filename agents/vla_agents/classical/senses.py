"""What of an observation can be believed: each sensor's data where it is valid and plausible, else None."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NO_SENSOR = frozenset({"stamp", "age", "valid", "goal"})
_DARK = 24
"""Brightest value of a frame in which nothing can be seen."""
_LEAST_RETURNS = 0.1
"""Share of the rays that must not be lost for a scan to count."""
_WEIGHT = (3.0, 30.0)
"""Specific force [m/s^2] between which an IMU sample is that of a robot that stands on a floor."""


@dataclass(frozen=True, slots=True)
class Odometry:
    """Where the wheels say the robot is, and how fast [m, rad, m/s, rad/s]."""

    x: float
    y: float
    yaw: float
    speed: float
    rate: float


@dataclass(frozen=True, slots=True)
class Senses:
    """One observation. Stamps [s] say when a picture or a scan was taken; they stay the same until a new one comes."""

    time: float
    words: str
    camera: NDArray[np.uint8] | None
    camera_stamp: float
    depth: NDArray[np.float32] | None
    depth_stamp: float
    lidar: NDArray[np.float32] | None
    lidar_stamp: float
    imu: NDArray[np.float32] | None
    yaw_rate: float | None
    """Mean of the gyro over the last control period [rad/s]."""
    odometry: Odometry | None
    touched: bool

    @property
    def dead(self) -> bool:
        """Whether no sensor that tells of the world or of motion works."""
        senses = self.camera, self.depth, self.lidar, self.yaw_rate, self.odometry
        return all(sense is None for sense in senses)

    @classmethod
    def of(cls, observation: Mapping[str, Any]) -> Senses:
        """Read an observation; sensors may be missing."""
        time, stamps, data = read_stamps(observation)
        return cls(
            time=time,
            words=str(observation["goal"]),
            camera=picture(data("camera")),
            camera_stamp=stamps.get("camera", 0.0),
            depth=ranges(data("depth")),
            depth_stamp=stamps.get("depth", 0.0),
            lidar=ranges(data("lidar")),
            lidar_stamp=stamps.get("lidar", 0.0),
            imu=data("imu"),
            yaw_rate=_yaw_rate(data("imu")),
            odometry=None if data("odom") is None else Odometry(*map(float, observation["odom"])),
            touched=bool(data("bumper") or False),
        )


def read_stamps(observation: Mapping[str, Any]) -> tuple[float, dict[str, float], Callable[[str], Any]]:
    """Return an observation's time and its sensors' stamps [s], and what gives a sensor's data: None if invalid."""
    names = sorted(name for name in observation if name not in _NO_SENSOR)
    stamps = dict(zip(names, map(float, observation["stamp"]), strict=True))
    valid = dict(zip(names, map(bool, observation["valid"]), strict=True))
    ages = map(float, observation["age"])
    time = max((stamp + age for stamp, age in zip(stamps.values(), ages, strict=True)), default=0.0)
    return time, stamps, lambda name: observation[name] if valid.get(name) else None


def picture(frame: NDArray[np.uint8] | None) -> NDArray[np.uint8] | None:
    """Return a frame, unless nothing can be seen in it."""
    return None if frame is None or int(frame.max()) < _DARK else frame


def ranges(data: NDArray[np.float32] | None) -> NDArray[np.float32] | None:
    """Return ranges, unless nearly all of them are lost (0)."""
    if data is None or np.count_nonzero(data) < _LEAST_RETURNS * data.size:
        return None
    return data


def _yaw_rate(window: NDArray[np.float32] | None) -> float | None:
    if window is None:
        return None
    weight = np.sqrt(np.einsum("ij,ij->i", window[:, 3:], window[:, 3:]))
    samples = window[(weight > _WEIGHT[0]) & (weight < _WEIGHT[1]), 2]
    return float(samples.mean()) if samples.size else None
