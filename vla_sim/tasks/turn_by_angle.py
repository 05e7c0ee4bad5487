"""Turn left by 90 degrees."""

from __future__ import annotations

import math

from vla_sim.tasks.candidates import scenery
from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Goal, Turned, Turning
from vla_sim.tasks.language import degrees, say
from vla_sim.tasks.layout import Layout
from vla_sim.tasks.objective import Reach
from vla_sim.tasks.plan import Turn
from vla_sim.tasks.rules import KeepPlace
from vla_sim.tasks.sampled import SampledTask
from vla_sim.tasks.script import Instruction
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Words

ANGLES = tuple(side * size for side in (1, -1) for size in (30, 60, 90, 120, 150, 180))
"""Angles that are asked for [degrees, left positive]; 180 to the left is not 180 to the right."""
TOLERANCE = 8.0
PLACE = 0.35
"""How far the robot may move away while it turns [m]."""


class TurnByAngle(SampledTask):
    """Turn on the spot by a signed angle, within 8 degrees, and stand still for a second; at another angle, fail.

    Chance: one of the twelve angles.
    """

    name = "turn_by_angle"
    names_things = False
    description = "Turn left or right on the spot by a stated angle, and stand still."

    def missing(self, site: Site) -> str | None:
        """Return what this site has not that the task needs, or None."""
        return None

    def draw(self, layout: Layout, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty layout."""
        site, rng = layout.site, layout.rng
        scenery(layout)
        layout.start(least=0.5, margin=0.15)
        angle = ANGLES[int(rng.integers(len(ANGLES)))]
        goals = {each: _goal(each) for each in ANGLES}
        side = "left" if angle > 0 else "right"
        return ScriptedEpisode(
            site,
            layout.placements,
            [
                Instruction(
                    say(self.name, rng, words, side=side, angle=degrees(angle)),
                    Reach(goals[angle], list(goals.values()), Turning(math.radians(angle))),
                    rules=(KeepPlace(PLACE),),
                )
            ],
            list(goals.values()),
            time_limit=20.0,
            chance=1 / len(goals),
        )


def _goal(angle: int) -> Goal:
    return Goal(
        name=f"{angle:+d} degrees",
        condition=Turned(math.radians(angle), math.radians(TOLERANCE)),
        plan=(Turn(math.radians(angle)),),
        wrong="wrong_angle",
    )
