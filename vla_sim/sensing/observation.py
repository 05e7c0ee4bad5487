"""Turns what has arrived into the dictionary that the agent sees."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from vla_sim.errors import InputError
from vla_sim.sensing.goal_text import GoalText
from vla_sim.sensing.reading import Reading, Stream

TIME_LIMIT = 1e6
"""Longest trial [s] that stamps and ages can tell."""
BOUND = 1e4
"""IMU, odometry, joint and force values are clipped to +-this, so that a diverging number stays in the space."""

_ARRIVED = 1e-9
"""Tolerance on arrival times, which are rounded to the nanosecond."""


class ObservationBuilder:
    """Keeps the newest reading of each sensor and builds observations from them. One for each episode.

    An observation is a flat dictionary:

    * one key a sensor: ``rgb`` uint8 (height, width, 3); ``depth`` float32 (height, width) in 0 .. far [m]; ``lidar``
      float32 (rays,) in 0 .. range_max [m]; ``imu`` and ``wrench`` float32 (window, 6), the readings of about one
      control period, newest last, zero rows where none came yet; ``odometry`` float32 (5,); ``joints`` float32
      (joints, 2); ``contact`` int8 (), 1 if any reading
      since the last observation felt a touch; ``force`` float32 (); ``segmentation`` int32 (height, width).
    * ``stamp`` float64 (n,) [s]: when the newest data of each sensor was taken, 0 where nothing came yet.
    * ``age`` float32 (n,) [s]: now - stamp.
    * ``valid`` int8 (n,): 1 where data has arrived whose age is at most max(3 periods, control period + one period).
    * ``goal``: the words.

    No return (+inf) becomes range_max or far, too near (-inf) range_min or near, lost (nan) 0. A sensor whose data
    never came reads 0 everywhere. The last three arrays are in the order of ``names``. Arrays belong to the caller.
    """

    def __init__(
        self,
        streams: Mapping[str, Stream],
        control_period: float,
        names: Sequence[str] | None = None,
        physics_step: float = 0.001,
    ):
        self.names: tuple[str, ...] = tuple(sorted(streams if names is None else names))
        reserved = {"stamp", "age", "valid", "goal"} & set(self.names)
        if reserved:
            raise InputError(f"a sensor must not be called '{min(reserved)}': the observation has a key of that name")
        self._sensors = [_sensor(streams[name], control_period, physics_step) for name in self.names]
        self._by_name = dict(zip(self.names, self._sensors, strict=True))
        periods = [1.0 / streams[name].rate if streams[name].rate > 0.0 else physics_step for name in self.names]
        max_ages = [max(3.0 * period, control_period + period) + _ARRIVED for period in periods]
        self._parts = list(zip(self.names, self._sensors, max_ages, strict=True))
        self._pending: list[Reading] = []

    def push(self, readings: Iterable[Reading]) -> None:
        """Take readings that were sent; each shows once its arrival has come. Those of other sensors are ignored."""
        self._pending.extend(readings)

    def observe(self, now: float, words: str) -> dict[str, Any]:
        """Return the observation at a time [s]."""
        self._deliver(now)
        observation: dict[str, Any] = {}
        stamps, ages, valid = [], [], []
        for name, sensor, max_age in self._parts:
            observation[name] = sensor.value()
            stamp = sensor.stamp
            age = max(now - stamp, 0.0)
            stamps.append(stamp)
            ages.append(age)
            valid.append(stamp > 0.0 and age <= max_age)
        observation["stamp"] = np.array(stamps)
        observation["age"] = np.array(ages, dtype=np.float32)
        observation["valid"] = np.array(valid, dtype=np.int8)
        observation["goal"] = words
        return observation

    def _deliver(self, now: float) -> None:
        late = []
        latest = now + _ARRIVED
        by_name = self._by_name
        for reading in self._pending:
            if reading.arrival > latest:
                late.append(reading)
                continue
            sensor = by_name.get(reading.sensor)
            if sensor is not None:
                sensor.take(reading)
        self._pending = late

    def space(self) -> spaces.Dict:
        """Return the space of the observations."""
        count = len(self.names)
        members: dict[str, spaces.Space[Any]] = {
            name: sensor.space() for name, sensor in zip(self.names, self._sensors, strict=True)
        }
        members["stamp"] = spaces.Box(0.0, TIME_LIMIT, (count,), np.float64)
        members["age"] = spaces.Box(0.0, TIME_LIMIT, (count,), np.float32)
        members["valid"] = spaces.Box(0, 1, (count,), np.int8)
        members["goal"] = GoalText()
        return spaces.Dict(members)


class _Sensor:
    """The newest reading of one stream."""

    def __init__(self, shape: tuple[int, ...], dtype: type[np.generic], low: float, high: float):
        self.shape, self.dtype, self.low, self.high = shape, dtype, low, high
        self.stamp = 0.0
        self.data: NDArray[Any] = np.zeros(shape, dtype=dtype)

    def take(self, reading: Reading) -> None:
        """Keep a reading unless a newer one has come before it."""
        if reading.stamp >= self.stamp:
            self.stamp = max(reading.stamp, 0.0)
            self.data = reading.data

    def value(self) -> NDArray[Any]:
        """Return the data as the agent sees it, in an array of its own."""
        return self.data.astype(self.dtype)

    def space(self) -> spaces.Box:
        return spaces.Box(self.low, self.high, self.shape, self.dtype)  # type: ignore[arg-type]


class _Ranges(_Sensor):
    """Distances: infinite ones at the nearer or farther bound, lost ones 0."""

    def __init__(self, shape: tuple[int, ...], near: float, far: float):
        super().__init__(shape, np.float32, 0.0, far)
        self._near, self._far = np.float32(near), np.float32(far)

    def value(self) -> NDArray[Any]:
        if self.stamp <= 0.0:
            return self.data.copy()
        value: NDArray[Any] = np.maximum(self.data, self._near, dtype=np.float32)
        np.minimum(value, self._far, out=value)
        if math.isnan(np.vdot(value, value)):
            np.fmax(value, np.float32(0.0), out=value)
        return value


class _Bounded(_Sensor):
    """Numbers that a diverging simulation must not take out of the space."""

    def value(self) -> NDArray[Any]:
        return _bounded(self.data.astype(np.float32))


class _Window(_Sensor):
    """The last readings in the order of their stamps."""

    def __init__(self, length: int, width: int):
        super().__init__((length, width), np.float32, -BOUND, BOUND)
        self._rows: list[tuple[float, int, NDArray[Any]]] = []
        self._count = 0

    def take(self, reading: Reading) -> None:
        self._count += 1
        row = (reading.stamp, self._count, reading.data)
        if reading.stamp >= self.stamp:
            self.stamp = reading.stamp
            self._rows.append(row)
        else:
            insort(self._rows, row)
        if len(self._rows) > self.shape[0]:
            del self._rows[0]

    def value(self) -> NDArray[Any]:
        rows = [data for _, _, data in self._rows]
        if len(rows) < self.shape[0]:
            rows = [np.zeros(self.shape[1])] * (self.shape[0] - len(rows)) + rows
        return _bounded(np.array(rows, dtype=np.float32))


class _Contact(_Sensor):
    """Whether anything was touched since the last observation; without a new reading, what the newest one said."""

    def __init__(self) -> None:
        super().__init__((), np.int8, 0, 1)
        self._touched = False
        self._fresh = False

    def take(self, reading: Reading) -> None:
        super().take(reading)
        touched = bool(reading.data)
        self._touched = touched or (self._fresh and self._touched)
        self._fresh = True

    def value(self) -> NDArray[Any]:
        self._fresh = False
        return np.array(self._touched, dtype=np.int8)


def _bounded(value: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take numbers back into -BOUND .. BOUND, in place; nan becomes 0."""
    # One product tells that nothing is out of bounds, which is so in nearly every step.
    if not np.vdot(value, value) < BOUND * BOUND:
        np.clip(value, -BOUND, BOUND, out=value)
        value[np.isnan(value)] = 0.0
    return value


def _sensor(stream: Stream, control_period: float, physics_step: float) -> _Sensor:
    match stream.modality:
        case "rgb":
            return _Sensor(stream.shape, np.uint8, 0, 255)
        case "segmentation":
            return _Sensor(stream.shape, np.int32, -(2**31), 2**31 - 1)
        case "depth":
            assert stream.camera is not None
            camera = stream.camera
            return _Ranges(stream.shape, camera.depth_near or camera.near, camera.depth_far or camera.far)
        case "lidar":
            assert stream.lidar is not None
            return _Ranges(stream.shape, stream.lidar.range_min, stream.lidar.range_max)
        case "imu" | "wrench":
            rate = stream.rate if stream.rate > 0.0 else 1.0 / physics_step
            return _Window(max(1, round(rate * control_period)), stream.shape[0])
        case "odometry" | "joints" | "force":
            return _Bounded(stream.shape, np.float32, -BOUND, BOUND)
        case "contact":
            return _Contact()
        case "command" | "joint_command" | "language":
            raise ValueError(f"'{stream.name}' is no sensor")
