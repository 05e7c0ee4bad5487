"""Trays and bowls: laying them on a bench, and the slots in which things are put down."""

from __future__ import annotations

import math
from collections.abc import Sequence

from vla_sim.geometry import Pose
from vla_sim.tasks.goal import Goal
from vla_sim.tasks.manipulation.bench import Bench
from vla_sim.tasks.manipulation.conditions import Inside
from vla_sim.tasks.manipulation.deeds import Carry, Spot
from vla_sim.tasks.plan import Pick, Place, Plan
from vla_sim.tasks.semantics import Point
from vla_sim.tasks.site import Site

PITCH = 0.09
"""From slot to slot [m]: room for a thing and a finger beside it."""
SKEW = 0.25
"""Greatest angle [rad] by which a tray is off the edges of the table."""


def slots(site: Site, fixture: str) -> list[Point]:
    """Return where things may be put in a fixture, in its frame; the first few are the farthest apart."""
    hollow = site.fixtures[fixture].holds
    assert hollow is not None
    if hollow.size is None:
        return [(0.0, 0.0)]
    rows, columns = (max(int(edge / PITCH), 1) for edge in hollow.size)
    grid = [
        (PITCH * (row - (rows - 1) / 2), PITCH * (column - (columns - 1) / 2))
        for row in range(rows)
        for column in range(columns)
    ]
    chosen: list[Point] = []
    while len(chosen) < len(grid):
        left = [point for point in grid if point not in chosen]
        chosen.append(max(left, key=lambda point: min((math.dist(point, other) for other in chosen), default=0.0)))
    return chosen


def put_container(bench: Bench, fixture: str) -> None:
    """Put a tray or a bowl so that all of its slots are in reach."""
    quarter = float(bench.rng.integers(2)) * math.pi / 2
    yaw = quarter + float(bench.rng.uniform(-SKEW, SKEW))
    points = slots(bench.site, fixture)

    def in_reach(at: Point) -> bool:
        place = Pose.planar(*at, yaw)
        return all(bench.site.within_reach(bench.surface, place.transform((*slot, 0.0))[:2]) for slot in points)

    bench.put(fixture, in_reach, yaw=yaw)


def put_plan(site: Site, models: Sequence[str], fixture: str) -> Plan:
    """Return how things are put in a fixture, one after another."""
    hollow = site.fixtures[fixture].holds
    assert hollow is not None
    steps: list[Pick | Place] = []
    for model, slot in zip(models, slots(site, fixture), strict=False):
        steps += [Pick(model), Place(model, fixture, slot, hollow.floor)]
    return tuple(steps)


def put_deed(site: Site, model: str, fixture: str) -> Carry:
    """Return what is left of putting a thing in a fixture."""
    return Carry(site, model, Inside(site, model, fixture), Spot(fixture, (0.0, 0.0)))


def put_goal(site: Site, model: str, fixture: str, wrong: str) -> Goal:
    """Return the goal of putting one thing in a fixture."""
    return Goal(f"{model} in {fixture}", Inside(site, model, fixture), put_plan(site, [model], fixture), wrong)
