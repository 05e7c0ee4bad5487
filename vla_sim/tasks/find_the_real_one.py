"""Go to the real red cube, not to its picture."""

from __future__ import annotations

import math

from vla_sim.tasks.candidates import approach, measure_way, time_for
from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.language import object_words, say
from vla_sim.tasks.layout import Layout
from vla_sim.tasks.objective import Reach
from vla_sim.tasks.sampled import SampledTask
from vla_sim.tasks.script import Instruction
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Words

ASKEW = math.radians(30)
"""How far a picture may be turned away from where the robot starts [rad]."""


class FindTheRealOne(SampledTask):
    """Come to the object that the words name; a flat picture of it stands about too, and standing there fails.

    Every object has its picture, which faces the start, so that only depth (LiDAR, depth camera, or driving around)
    tells which is which. Chance: one of the real objects, for an agent that never falls for a picture.
    """

    name = "find_the_real_one"
    description = "Go to the named object and not to the flat picture of it that stands about too."

    def missing(self, site: Site) -> str | None:
        """Return what this site has not that the task needs, or None."""
        if not site.semantics.clear:
            return "no area where objects may be put ('clear')"
        return None if len(_pairs(site)) >= 2 else "fewer than two objects with a picture of theirs (a 'decoy')"

    def draw(self, layout: Layout, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty layout."""
        site, rng = layout.site, layout.rng
        pairs = _pairs(site)
        count = int(rng.integers(2, min(len(pairs), 3) + 1))
        chosen = [pairs[int(index)] for index in rng.permutation(len(pairs))[:count]]
        models = [model for pair in chosen for model in pair]
        for model in models:
            layout.put(model)
        target, picture = chosen[0]
        x, y, _ = layout.start(targets=[target, picture]).position
        for _, board in chosen:
            towards = math.atan2(y - layout.points[board][1], x - layout.points[board][0])
            layout.yaws[board] = towards + float(rng.uniform(-ASKEW, ASKEW))
        goals = {model: approach(site, model, models) for model in models}
        measure, way = measure_way(layout, layout.nav_map(), goals[target], goals.values())
        sentence = say(self.name, rng, words, object=object_words(site.objects[target], rng, words))
        return ScriptedEpisode(
            site,
            layout.placements,
            [Instruction(sentence, Reach(goals[target], list(goals.values()), measure))],
            list(goals.values()),
            time_limit=time_for(site, way),
            chance=1 / len(chosen),
        )


def _pairs(site: Site) -> list[tuple[str, str]]:
    """Return the objects that have a picture, each with it, one pair for each look."""
    pairs = {}
    for picture, tag in site.objects.items():
        for model, other in site.objects.items():
            if tag.decoy and not other.decoy and (tag.colour, tag.noun) == (other.colour, other.noun):
                pairs[tag.colour, tag.noun] = model, picture
    return list(pairs.values())
