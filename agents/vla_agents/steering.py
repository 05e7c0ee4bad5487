"""Steering a differential drive: small laws from where the robot is to a forward speed and a yaw rate."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.engine import Truth
from vla_sim.sdf.scene import DiffDrive
from vla_sim.tasks.semantics import Point

Path = NDArray[np.float64]
Speeds = tuple[float, float]
"""Forward speed [m/s] and yaw rate [rad/s]."""

STOP: Speeds = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Here:
    """Where the robot is, and how fast."""

    x: float
    y: float
    yaw: float
    still: bool
    time: float

    @classmethod
    def of(cls, truth: Truth, robot: str) -> Here:
        """Read it from ground truth."""
        state = truth.models[robot]
        x, y, _ = state.pose.position
        still = math.hypot(*state.linear[:2]) < 0.04 and abs(state.angular[2]) < 0.08
        return cls(x, y, state.pose.yaw, still, truth.time)

    @property
    def point(self) -> Point:
        """Position on the floor plan [m]."""
        return self.x, self.y


@dataclass(frozen=True, slots=True)
class Limits:
    """What the robot is asked for at most: somewhat less than it can do, so that it can still correct."""

    speed: float
    rate: float
    braking: float
    """Deceleration [m/s^2] to plan a stop with."""
    spin_braking: float
    """Angular deceleration [rad/s^2] to plan the end of a turn with."""
    aim: float
    """Error of a heading [rad] that is good enough."""
    crawl: float
    """Speed that still gets on [m/s]."""

    @classmethod
    def of(cls, drive: DiffDrive, coarse: bool = False) -> Limits:
        """Take them from a robot's DiffDrive, with cautious values where it sets no limit.

        ``coarse`` is for actions of fixed size, which cannot aim as well.
        """
        return cls(
            speed=0.9 * min(drive.max_linear_velocity, 1.0),
            rate=0.8 * min(drive.max_angular_velocity, 2.0),
            braking=0.35 * min(-drive.min_linear_acceleration, 2.0),
            spin_braking=0.35 * min(-drive.min_angular_acceleration, 4.0),
            aim=math.radians(4.0 if coarse else 1.5),
            crawl=0.06,
        )

    def carrying(self) -> Limits:
        """Return what to ask for with something in the grip: it creeps out of it, the more the faster it is turned."""
        return replace(self, speed=min(self.speed, 0.5), rate=min(self.rate, 0.4), braking=0.25, spin_braking=0.4)

    def on_ice(self) -> Limits:
        """Return what to ask for on slippery floor."""
        return replace(
            self,
            speed=min(self.speed, 0.6),
            rate=min(self.rate, 0.6),
            braking=0.12,
            spin_braking=0.3,
            crawl=2 * self.crawl,
        )


def wrap(angle: float) -> float:
    """Return the same angle in [-pi, pi]."""
    return math.atan2(math.sin(angle), math.cos(angle))


def toward(here: Here, target: Point, limits: Limits, speed: float) -> Speeds:
    """Head for a point at no more than ``speed``: turn on the spot first where it lies far aside."""
    aside = wrap(math.atan2(target[1] - here.y, target[0] - here.x) - here.yaw)
    rate = max(-limits.rate, min(limits.rate, 1.8 * aside))
    if abs(aside) > 0.8:
        return 0.0, rate
    return min(speed, limits.speed) * math.cos(aside) ** 3, rate


def stopping_speed(left: float, limits: Limits) -> float:
    """Return the speed from which the robot can stop within ``left`` [m]."""
    return math.sqrt(2 * limits.braking * left) if left > 0.0 else 0.0


def spin(left: float, limits: Limits) -> Speeds:
    """Turn on the spot by an angle that is left [rad], slowing to its end."""
    rate = min(math.sqrt(2 * limits.spin_braking * abs(left)), limits.rate, 2.5 * abs(left))
    return 0.0, math.copysign(rate, left)


def along_line(here: Here, start: Point, direction: float, length: float, limits: Limits) -> Speeds:
    """Drive a straight line to its end, steering back to it when off it."""
    dx, dy = here.x - start[0], here.y - start[1]
    done = dx * math.cos(direction) + dy * math.sin(direction)
    across = dy * math.cos(direction) - dx * math.sin(direction)
    left = length - done
    if left <= 0.0:
        return STOP
    aside = wrap(direction - here.yaw) - math.atan(1.5 * across)
    if abs(aside) > 0.6:
        return spin(aside, limits)
    rate = max(-limits.rate, min(limits.rate, 2.0 * aside))
    return min(limits.speed, max(stopping_speed(left, limits), limits.crawl)) * math.cos(aside), rate


class PathFollower:
    """Pursues a point that runs ahead on a polyline."""

    def __init__(self, path: Path):
        self.path = path
        steps = np.hypot(*np.diff(path, axis=0).T) if len(path) > 1 else np.empty(0)
        self._at = np.concatenate([[0.0], np.cumsum(steps)])
        self.length = float(self._at[-1])
        self.done = 0.0
        """Arc length of the point that the robot has come to [m]."""
        self.off = 0.0
        """Distance of the robot from the path [m]."""

    @property
    def left(self) -> float:
        """Arc length that is left [m]."""
        return self.length - self.done

    def advance(self, here: Here) -> None:
        """Find the nearest point of the path, not far from the last one."""
        ahead = np.linspace(self.done, min(self.done + 0.6, self.length), 13)
        xs, ys = np.interp(ahead, self._at, self.path[:, 0]), np.interp(ahead, self._at, self.path[:, 1])
        away = np.hypot(xs - here.x, ys - here.y)
        nearest = int(away.argmin())
        self.done, self.off = float(ahead[nearest]), float(away[nearest])

    def ahead(self, distance: float) -> Point:
        """Return the point of the path that lies ``distance`` [m] further on."""
        at = min(self.done + distance, self.length)
        return float(np.interp(at, self._at, self.path[:, 0])), float(np.interp(at, self._at, self.path[:, 1]))
