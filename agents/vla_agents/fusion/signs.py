"""Signs of failing sensors: numbers that look unusual when one freezes, darkens, drifts or disagrees."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vla_agents.classical.senses import Senses
from vla_agents.steering import STOP, Speeds, wrap

SIGNS = 10
"""Numbers of one sensor at one moment."""
STREAMS = {"camera": "camera", "depth": "depth", "lidar": "lidar", "imu": "imu", "odometry": "odom"}
"""Modalities and the observation's names of their sensors."""
_KEEP = 0.75
"""Weight of the past in the running means."""

Array = NDArray[np.float32]


class Signs:
    """Looks at one observation after another; ``update`` returns (5, 2 * SIGNS): the moment's numbers, and their mean.

    A sensor is compared with itself one observation before, with what was asked of the robot, and with the others.
    """

    def __init__(self) -> None:
        self._before: dict[str, NDArray[Any]] = {}
        self._means = np.zeros((len(STREAMS), SIGNS), np.float32)
        self._turned: float | None = None

    def update(self, observation: Mapping[str, Any], senses: Senses, asked: Speeds = STOP) -> Array:
        """Return the signs after an observation; ``asked`` are the speeds that were asked for since the last one."""
        names = sorted(name for name in observation if name not in ("stamp", "age", "valid", "goal"))
        at = {name: index for index, name in enumerate(names)}
        moved = min(abs(asked[0]) + 0.5 * abs(asked[1]), 1.0)
        wheels = senses.odometry
        turning = [rate for rate in (senses.yaw_rate, None if wheels is None else wheels.rate) if rate is not None]
        now = np.zeros_like(self._means)
        for row, (modality, name) in enumerate(STREAMS.items()):
            if name not in at:
                continue
            data = np.asarray(observation[name], np.float32)
            before = self._before.get(name)
            self._before[name] = data
            change = 1.0 if before is None or before.shape != data.shape else _change(modality, data, before)
            signs = [float(observation["valid"][at[name]]), min(float(observation["age"][at[name]]), 1.0), change]
            signs += _OWN[modality](data)
            match modality:
                case "imu":
                    rate = float(data[:, 2].mean())
                    signs += [rate - (wheels.rate if wheels is not None else rate), rate - asked[1]]
                    signs += _repeats(data, before)
                case "odometry":
                    speed, rate = float(data[3]), float(data[4])
                    signs += [speed - asked[0], rate - asked[1], rate - (turning[0] if turning else rate)]
                case _:
                    signs += [moved]
            now[row, : len(signs)] = np.clip(signs, -4.0, 4.0)
        self._means = _KEEP * self._means + (1.0 - _KEEP) * now
        return np.concatenate([now, self._means], axis=1)


def _change(modality: str, data: NDArray[Any], before: NDArray[Any]) -> float:
    """Return how much a reading differs from the last one: zero only where it was not taken anew."""
    if modality == "odometry":
        return math.dist(data[:2], before[:2]) * 10.0 + abs(wrap(float(data[2] - before[2]))) * 5.0
    scale = {"camera": 8.0, "depth": 0.3, "lidar": 0.3, "imu": 0.2}[modality]
    return float(np.abs(data - before).mean()) / scale


def _camera(frame: NDArray[Any]) -> list[float]:
    grey = frame.mean(axis=2) / 255.0
    roughness = np.abs(np.diff(grey, 2, axis=0)).mean() + np.abs(np.diff(grey, 2, axis=1)).mean()
    colour = (frame.max(axis=2) - frame.min(axis=2)).mean() / 255.0
    return [float(grey.mean()), 4.0 * float(grey.std()), 10.0 * float(roughness), 4.0 * float(colour)]


def _ranges(ranges: NDArray[Any]) -> list[float]:
    lost = float((ranges <= 0.0).mean())
    bends = np.abs(np.diff(ranges.reshape(-1), 2))
    return [lost, float(ranges.mean()) / 5.0, min(float(np.median(bends)) * 20.0, 4.0), float(ranges.std()) / 3.0]


def _imu(window: NDArray[Any]) -> list[float]:
    weight = np.sqrt((window[:, 3:] ** 2).sum(axis=1))
    return [float(window[:, :3].std()) * 10.0, float(weight.mean() - 9.81), float(weight.std())]


def _repeats(window: NDArray[Any], before: NDArray[Any] | None) -> list[float]:
    """Return the share of axes that only repeat their last value, and whether yaw does; what moves never does."""
    last = window[0] if before is None else before[-1]
    still = (window == last).all(axis=0)
    return [float(still.mean()), float(still[2])]


def _odometry(_: NDArray[Any]) -> list[float]:
    return []


_OWN = {"camera": _camera, "depth": _ranges, "lidar": _ranges, "imu": _imu, "odometry": _odometry}
