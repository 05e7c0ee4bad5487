"""Motions made up for judges: no engine, no environment."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from vla_sim.engines.engine import ModelState, Truth
from vla_sim.geometry import Pose, wrap_angle
from vla_sim.tasks.motion import Motion, first_motion, next_motion

DT = 0.1
Step = tuple[float, float, float]


@dataclass
class Track:
    """A robot that is where one says; its speeds are what the differences say."""

    models: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    touching: frozenset[str] = frozenset()

    def truths(self, poses: Iterable[Step]) -> Iterator[Truth]:
        last: Step | None = None
        for index, (x, y, yaw) in enumerate(poses):
            lx, ly, lyaw = last or (x, y, yaw)
            linear = ((x - lx) / DT, (y - ly) / DT, 0.0)
            robot = ModelState(Pose.planar(x, y, yaw), linear, (0.0, 0.0, wrap_angle(yaw - lyaw) / DT))
            others = {name: ModelState(Pose.planar(*point)) for name, point in self.models.items()}
            contacts = frozenset(tuple(sorted(("robot", name))) for name in self.touching)
            yield Truth(round(DT * (index + 1), 6), {"robot": robot, **others}, contacts)  # type: ignore[arg-type]
            last = (x, y, yaw)

    def motions(self, poses: Iterable[Step]) -> Iterator[Motion]:
        motion: Motion | None = None
        for truth in self.truths(poses):
            motion = first_motion(truth, "robot") if motion is None else next_motion(motion, truth, "robot")
            yield motion

    def judge(self, judge: Any, poses: Iterable[Step]) -> tuple[str | None, float]:
        """Play a motion to an objective or a rule; return its result and when it came [s since the start]."""
        motions = self.motions(poses)
        judge.begin(next(motions))
        watch: Callable[[Motion], str | None] = judge.update if hasattr(judge, "update") else judge.broken
        motion: Motion | None = None
        for motion in motions:
            result = watch(motion)
            if result is not None:
                return result, motion.time
        return None, motion.time if motion else 0.0


def path(*points: Step, speed: float = 0.5, rate: float = 1.0) -> list[Step]:
    """Move from point to point; where only the heading differs, turn."""
    poses = [points[0]]
    for (ax, ay, ayaw), (bx, by, byaw) in itertools.pairwise(points):
        length, turn = math.dist((ax, ay), (bx, by)), byaw - ayaw
        count = max(1, math.ceil(max(length / (speed * DT), abs(turn) / (rate * DT))))
        poses += [
            (ax + (bx - ax) * k / count, ay + (by - ay) * k / count, ayaw + turn * k / count)
            for k in range(1, count + 1)
        ]
    return poses


def wait(seconds: float, at: Step) -> list[Step]:
    """Stand somewhere."""
    return [at] * round(seconds / DT)


@pytest.fixture
def move() -> Callable[..., list[Step]]:
    return path


@pytest.fixture
def stand() -> Callable[[float, Step], list[Step]]:
    return wait


@pytest.fixture
def track() -> type[Track]:
    return Track
