"""Follow the wall on your left for 2 metres."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from vla_sim.tasks.candidates import scenery
from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Goal, Stretch, advance
from vla_sim.tasks.language import metres, say
from vla_sim.tasks.layout import Layout, NoRoomError
from vla_sim.tasks.motion import Motion
from vla_sim.tasks.navmap import Array, Mask, NavMap
from vla_sim.tasks.objective import Reach
from vla_sim.tasks.plan import Along
from vla_sim.tasks.sampled import SampledTask
from vla_sim.tasks.script import Instruction
from vla_sim.tasks.semantics import Point, Wall
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Words

DISTANCES = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0)
"""Distances that are asked for [m]."""
TOLERANCE = 0.24
"""Of the distance [m]."""
BAND = (0.3, 0.95)
"""Distance from the wall to the robot's middle [m] that counts as following it."""
ASTRAY = 1.0
"""How long the robot may be out of the band [s], once it has come half a metre along the wall."""
LANE = 0.6
"""Distance from the wall at which there must be a free lane, and at which the expert drives [m]."""


@dataclass(frozen=True, slots=True)
class Line:
    """A wall as a line: ``origin``, its direction [rad], the free side on the left."""

    origin: Point
    direction: float
    length: float

    @classmethod
    def of(cls, wall: Wall) -> Line:
        """Take it from the semantics."""
        dx, dy = wall.end[0] - wall.start[0], wall.end[1] - wall.start[1]
        return cls(wall.start, math.atan2(dy, dx), math.hypot(dx, dy))

    def point(self, along: float, away: float) -> Point:
        """Return the point ``along`` the wall and ``away`` from it [m]."""
        c, s = math.cos(self.direction), math.sin(self.direction)
        return self.origin[0] + along * c - away * s, self.origin[1] + along * s + away * c

    def away(self, x: Array, y: Array) -> Array:
        """Return how far points are from the line, positive on the free side [m]."""
        c, s = math.cos(self.direction), math.sin(self.direction)
        return np.asarray((y - self.origin[1]) * c - (x - self.origin[0]) * s)


@dataclass(frozen=True, slots=True)
class Followed:
    """Standing still beside a wall, ``distance`` [m] from the start in a direction [rad]."""

    line: Line
    direction: float
    distance: float

    def met(self, now: Motion, start: Motion) -> bool:
        """Return whether the goal is met."""
        return (
            now.still
            and abs(advance(now, start, self.direction) - self.distance) <= TOLERANCE
            and beside(self.line, now)
        )


def beside(line: Line, now: Motion) -> bool:
    """Return whether the robot is as near to a wall as one that follows it."""
    return BAND[0] <= float(line.away(np.array(now.x), np.array(now.y))) <= BAND[1]


class KeepBeside:
    """Stay beside a wall, once half a metre along it."""

    def __init__(self, line: Line):
        self.line = line

    def begin(self, start: Motion) -> None:
        """Start watching from this moment."""
        self._start, self._astray = start, 0.0

    def broken(self, now: Motion) -> str | None:
        """Return ``off_course`` once the robot was out of the band for too long."""
        under_way = abs(advance(now, self._start, self.line.direction)) > 0.5
        self._astray = self._astray + now.dt if under_way and not beside(self.line, now) else 0.0
        return "off_course" if self._astray > ASTRAY + 1e-6 else None


class FollowWall(SampledTask):
    """Follow the wall on the stated side for a stated distance (within 0.24 m), 0.3 to 0.95 m from it, and stop.

    The robot starts near one wall and about twice as far from anything else, turned anyhow. Following it the other way,
    or standing for a second after another distance that may be asked for, fails.
    Chance: one of the sides and distances that are free.
    """

    name = "follow_wall"
    names_things = False
    description = "Follow the wall on the stated side for a stated distance, and stop."
    light: float | None = None

    def missing(self, site: Site) -> str | None:
        """Return what this site has not that the task needs, or None."""
        longest = max((Line.of(wall).length for wall in site.walls.values()), default=0.0)
        return None if longest >= 3.0 else "no wall of 3 m to follow ('walls')"

    def draw(self, layout: Layout, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty layout."""
        site, rng = layout.site, layout.rng
        walls = [line for line in map(Line.of, site.walls.values()) if line.length >= 3.0]
        line = walls[int(rng.integers(len(walls)))]
        along = float(rng.uniform(0.8, line.length - 0.8))
        start = line.point(along, float(rng.uniform(0.45, 0.75)))
        layout.stand_robot(*start, float(rng.uniform(-math.pi, math.pi)))
        nav = layout.nav_map()
        goals = _goals(line, along, nav)
        alone = nav.clearance[nav.grid.cell(*line.point(along, 0.9))] >= 0.5
        if len(goals) < 3 or not (alone and nav.is_free(*start, margin=0.05)):
            raise NoRoomError("no free lane along a wall")
        scenery(layout, where=lambda x, y: _apart(line, x, y))
        side, distance = list(goals)[int(rng.integers(len(goals)))]
        goal = goals[side, distance]
        sentence = say("follow_wall", rng, words, side=side, distance=metres(distance, rng, words))
        return ScriptedEpisode(
            site,
            layout.placements,
            [
                Instruction(
                    sentence,
                    Reach(goal, list(goals.values()), Stretch(_heading(line, side), distance)),
                    rules=(KeepBeside(line),),
                )
            ],
            list(goals.values()),
            time_limit=20.0 + 5.0 * distance / site.top_speed,
            chance=1 / len(goals),
            light=self.light,
        )


class FollowWallDark(FollowWall):
    """The same without light: only the LiDAR (or depth) tells where the wall is."""

    name = "follow_wall_dark"
    description = "Follow the wall on the stated side for a stated distance in the dark."
    light: float | None = 0.0


def _heading(line: Line, side: str) -> float:
    """Return the direction in which the wall is on that side: its free side is on the left of its own direction."""
    return line.direction if side == "right" else line.direction + math.pi


def _goals(line: Line, along: float, nav: NavMap) -> dict[tuple[str, float], Goal]:
    goals = {}
    for side, sign in (("left", -1.0), ("right", 1.0)):
        for distance in DISTANCES:
            begin, end = line.point(along, LANE), line.point(along + sign * distance, LANE)
            beyond = line.point(along + sign * (distance + 0.2), LANE)
            if (
                nav.line_clearance(begin, beyond) >= nav.radius + 0.04
                and 0.3 < along + sign * distance < line.length - 0.3
            ):
                goals[side, distance] = Goal(
                    name=f"{distance:g} m, wall on the {side}",
                    condition=Followed(line, _heading(line, side), distance),
                    plan=(Along(begin, end),),
                    wrong="wrong_distance",
                )
    return goals


def _apart(line: Line, x: Array, y: Array) -> Mask:
    return np.abs(line.away(x, y)) > 1.8
