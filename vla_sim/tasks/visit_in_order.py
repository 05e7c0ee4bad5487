"""Visit the red cube, then the blue ball."""

from __future__ import annotations

import itertools

from vla_sim.tasks.candidates import approach, choose_objects, measure_way, time_for, too_few_objects, way_to
from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Geodesic, Goal
from vla_sim.tasks.language import object_words, say
from vla_sim.tasks.layout import Layout
from vla_sim.tasks.objective import InOrder, Reach
from vla_sim.tasks.region import cells_of
from vla_sim.tasks.sampled import SampledTask
from vla_sim.tasks.script import Instruction
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Words


class VisitInOrder(SampledTask):
    """Stand still for a second at one object, then at another; standing at any other, or at the second first, fails.

    Chance: one of the ordered pairs.
    """

    name = "visit_in_order"
    description = "Visit two objects in the order that the words tell, stopping at each."

    def missing(self, site: Site) -> str | None:
        """Return what this site has not that the task needs, or None."""
        return too_few_objects(site, 3)

    def draw(self, layout: Layout, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty layout."""
        site, rng = layout.site, layout.rng
        models = choose_objects(site, rng, int(rng.integers(3, 5)))
        for model in models:
            layout.put(model)
        first, second = models[:2] if rng.random() < 0.5 else models[1::-1]
        layout.start(targets=[first])
        nav = layout.nav_map()
        goals = {model: approach(site, model, models) for model in models}
        to_first, way = measure_way(layout, nav, goals[first], goals.values())
        to_second = way_to(layout, nav, goals[second])
        leg = to_second.least(cells_of(goals[first].region, nav.grid, layout.locate))
        others = [goals[model] for model in models if model != first]
        parts = [
            Reach(goals[first], [*goals.values()], to_first),
            Reach(goals[second], others, Geodesic(to_second)),
        ]
        orders = [
            Goal(f"{one}, then {other}", goals[other].condition, goals[one].plan + goals[other].plan)
            for one, other in itertools.permutations(models, 2)
        ]
        sentence = say(
            self.name,
            rng,
            words,
            first=object_words(site.objects[first], rng, words),
            second=object_words(site.objects[second], rng, words),
        )
        return ScriptedEpisode(
            site,
            layout.placements,
            [Instruction(sentence, InOrder(parts, [leg]))],
            orders,
            time_limit=time_for(site, way + leg, pause=5.0),
            chance=1 / len(orders),
        )
