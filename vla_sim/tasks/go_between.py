"""Stop between the red cube and the blue ball."""

from __future__ import annotations

import itertools
import math

from vla_sim.tasks.candidates import choose_objects, measure_way, time_for, too_few_objects
from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Goal, Standing
from vla_sim.tasks.language import object_words, say
from vla_sim.tasks.layout import Layout, NoRoomError, around, outside
from vla_sim.tasks.navmap import NavMap
from vla_sim.tasks.objective import Reach
from vla_sim.tasks.plan import GoTo
from vla_sim.tasks.region import Between
from vla_sim.tasks.sampled import SampledTask
from vla_sim.tasks.script import Instruction
from vla_sim.tasks.semantics import Point
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Words

MIDDLE = 0.4
"""Radius [m] of the place in the middle that counts as between."""
FARTHEST = 4.0
"""Distance [m] of two objects between which a goal may be."""


class GoBetween(SampledTask):
    """Stand still for a second within 0.4 m of the midpoint of two objects; standing between another two fails.

    Chance: one of the pairs that a robot fits between, as far as their middles are apart.
    """

    name = "go_between"
    description = "Stop in the middle between the two objects that the words name."

    def missing(self, site: Site) -> str | None:
        """Return what this site has not that the task needs, or None."""
        return too_few_objects(site, 3)

    def draw(self, layout: Layout, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty layout."""
        site, rng = layout.site, layout.rng
        models = choose_objects(site, rng, int(rng.integers(3, 5)))
        for model in models:
            anchor = layout.points.get(models[0])
            layout.put(model, where=None if anchor is None else around(anchor, FARTHEST))
        nav = layout.nav_map()
        pairs = [pair for pair in itertools.combinations(models, 2) if _passable(layout, nav, *pair)]
        if len(pairs) < 2:
            raise NoRoomError("fewer than two pairs of objects that the robot fits between")
        pair = pairs[int(rng.integers(len(pairs)))]
        middle = _middle(layout, *pair)
        layout.start(targets=pair, where=outside(middle, 1.2))
        goals = [_goal(*each) for each in pairs]
        goal = goals[pairs.index(pair)]
        measure, way = measure_way(layout, nav, goal, goals, least=0.8)
        first, second = (object_words(site.objects[model], rng, words) for model in rng.permutation(pair))
        alike = sum(math.dist(middle, _middle(layout, *each)) < 1.5 * MIDDLE for each in pairs)
        return ScriptedEpisode(
            site,
            layout.placements,
            [Instruction(say(self.name, rng, words, first=first, second=second), Reach(goal, goals, measure))],
            goals,
            time_limit=time_for(site, way),
            chance=alike / len(pairs),
        )


def _goal(first: str, second: str) -> Goal:
    return Goal(
        name=f"between {first} and {second}",
        condition=Standing(Between(first, second, MIDDLE)),
        plan=(GoTo(Between(first, second, MIDDLE / 2)),),
        wrong="wrong_place",
    )


def _middle(layout: Layout, first: str, second: str) -> Point:
    (ax, ay), (bx, by) = layout.points[first], layout.points[second]
    return (ax + bx) / 2, (ay + by) / 2


def _passable(layout: Layout, nav: NavMap, first: str, second: str) -> bool:
    """Return whether the robot fits in the middle, with nothing but free floor between the two."""
    ends = layout.points[first], layout.points[second]
    if math.dist(*ends) > FARTHEST or not layout.site.line_of_sight(*ends):
        return False
    return nav.is_free(*_middle(layout, first, second), margin=0.05)
