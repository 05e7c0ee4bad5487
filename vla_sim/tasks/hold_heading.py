"""Drive straight ahead for 2 metres."""

from __future__ import annotations

import math

import numpy as np

from vla_sim.tasks.candidates import scenery
from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Advanced, Goal, Stretch
from vla_sim.tasks.language import metres, say
from vla_sim.tasks.layout import Layout, NoRoomError, Where
from vla_sim.tasks.navmap import Array, Mask
from vla_sim.tasks.objective import Reach
from vla_sim.tasks.plan import Straight
from vla_sim.tasks.region import Within
from vla_sim.tasks.rules import KeepLine
from vla_sim.tasks.sampled import SampledTask
from vla_sim.tasks.script import Instruction
from vla_sim.tasks.semantics import Point
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Words

DISTANCES = tuple(np.arange(1.0, 5.01, 0.5).tolist())
"""Distances that are asked for [m]."""
TOLERANCE = 0.2
"""Of the distance [m]."""
ASIDE = 0.25
"""How far the robot may leave its line [m]."""
SLIDE = 0.5
"""How much of the way must lie on a slippery patch, where the site has one [m]."""
WHEELS = 0.25
"""How far to either side of the way the patch must reach [m]."""
SQUARE = 0.2
"""How much sooner one side of the robot may come onto the patch than the other [m]."""
_HEADINGS = 24


class HoldHeading(SampledTask):
    """Drive a stated distance (within 0.2 m) straight ahead, never more than 0.25 m aside, and stand for a second.

    Where the site has a slippery patch the way leads across it: wheels slip there, and only the IMU and the view tell.
    Chance: one of the distances that are free ahead.
    """

    name = "hold_heading"
    names_things = False
    description = "Drive straight ahead for a stated distance, over slippery floor where there is some."

    def missing(self, site: Site) -> str | None:
        """Return what this site has not that the task needs, or None."""
        return None

    def draw(self, layout: Layout, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty layout."""
        site, rng = layout.site, layout.rng
        x, y, _ = layout.start(margin=0.1).position
        heading, distances = self._choose_heading(layout, (x, y))
        layout.turn_robot(heading)
        strip = _strip((x, y), heading, DISTANCES[-1] + 1.0, site.robot_radius + 0.4)
        scenery(layout, where=lambda xs, ys: ~strip(xs, ys))
        goals = {each: _goal(heading, each) for each in distances}
        distance = distances[int(rng.integers(len(distances)))]
        return ScriptedEpisode(
            site,
            layout.placements,
            [
                Instruction(
                    say(self.name, rng, words, distance=metres(distance, rng, words)),
                    Reach(goals[distance], list(goals.values()), Stretch(heading, distance)),
                    rules=(KeepLine(heading, ASIDE),),
                )
            ],
            list(goals.values()),
            time_limit=15.0 + 4.0 * distance / site.top_speed,
            chance=1 / len(goals),
        )

    def _choose_heading(self, layout: Layout, start: Point) -> tuple[float, list[float]]:
        """Return a heading with at least three distances that are free, and across the patch if there is one."""
        nav = layout.nav_map()
        slippery = bool(layout.site.semantics.slippery)
        for heading in layout.rng.uniform(-math.pi, math.pi, _HEADINGS).tolist():
            if slippery and not _slides(layout.site, start, heading, DISTANCES[-1]):
                continue
            free = [
                distance
                for distance in DISTANCES
                if nav.line_clearance(start, _ahead(start, heading, distance + 0.35)) >= nav.radius + 0.05
            ]
            if slippery:
                free = [distance for distance in free if _slides(layout.site, start, heading, distance)]
            if len(free) >= 3:
                return heading, free
        raise NoRoomError("no straight way that is long enough")


def _goal(heading: float, distance: float) -> Goal:
    return Goal(
        name=f"{distance:g} m ahead",
        condition=Advanced(heading, distance, TOLERANCE),
        plan=(Straight(distance),),
        wrong="wrong_distance",
    )


def _ahead(start: Point, heading: float, distance: float) -> Point:
    return start[0] + distance * math.cos(heading), start[1] + distance * math.sin(heading)


def _slides(site: Site, start: Point, heading: float, distance: float) -> bool:
    """Return whether the way leads over a patch, and onto it squarely.

    A robot that comes onto it with one wheel after the other is turned aside, however well it steers.
    """
    along = np.arange(0.0, distance, 0.05)
    entries = []
    for aside in (-WHEELS, 0.0, WHEELS):
        x = start[0] + along * math.cos(heading) - aside * math.sin(heading)
        y = start[1] + along * math.sin(heading) + aside * math.cos(heading)
        on_patch = Within(site.semantics.slippery).contains(x, y, lambda model: start)
        if float(on_patch.sum()) * 0.05 < SLIDE:
            return False
        entries.append(float(along[int(on_patch.argmax())]))
    return max(entries) - min(entries) <= SQUARE


def _strip(start: Point, heading: float, length: float, half_width: float) -> Where:
    def inside(x: Array, y: Array) -> Mask:
        dx, dy = x - start[0], y - start[1]
        along = dx * math.cos(heading) + dy * math.sin(heading)
        across = dy * math.cos(heading) - dx * math.sin(heading)
        return (along > -half_width) & (along < length) & (np.abs(across) < half_width)

    return inside
