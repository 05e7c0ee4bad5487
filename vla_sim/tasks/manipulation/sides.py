"""The places at one side of a thing, as the robot sees it."""

from __future__ import annotations

import math

from vla_sim.tasks.manipulation.bench import GAP as FINGER_GAP
from vla_sim.tasks.manipulation.bench import TALL, TALL_GAP, Bench, Where, around
from vla_sim.tasks.manipulation.conditions import BESIDE, DIRECTIONS
from vla_sim.tasks.manipulation.language import Side
from vla_sim.tasks.manipulation.things import along_and_across, height_of, radius_of
from vla_sim.tasks.semantics import Point, Rect

_MARGIN = 0.012
"""How far [m] inside the tolerances a place is drawn."""
_ASIDE = 0.025


def beside(bench: Bench, model: str, other: str, side: Side) -> Where:
    """Allow the places for a model at one side of another one, near enough to count."""
    yaw = bench.site.robot.pose.yaw + DIRECTIONS[side]
    apart = radius_of(bench.site, model) + radius_of(bench.site, other)

    def allowed(point: Point) -> bool:
        along, across = along_and_across(bench.points[other], point, yaw)
        return apart <= along <= apart + BESIDE - _MARGIN and abs(across) <= _ASIDE

    return allowed


def strip(bench: Bench, model: str, other: str, side: Side) -> Rect:
    """Return a rectangle that holds these places and little else."""
    yaw = bench.site.robot.pose.yaw + DIRECTIONS[side]
    tall = max(height_of(bench.site, model), height_of(bench.site, other)) > TALL
    nearest = radius_of(bench.site, model) + radius_of(bench.site, other) + (TALL_GAP if tall else FINGER_GAP)
    farthest = radius_of(bench.site, model) + radius_of(bench.site, other) + BESIDE - _MARGIN
    x, y = bench.points[other]
    middle = (nearest + farthest) / 2
    half = max((farthest - nearest) / 2, _ASIDE)
    return around((x + middle * math.cos(yaw), y + middle * math.sin(yaw)), half)
