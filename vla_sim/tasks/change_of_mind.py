"""Go to the red cube ... forget that, go to the blue ball."""

from __future__ import annotations

from vla_sim.tasks.candidates import approach, choose_objects, measure_way, time_for, too_few_objects, way_to
from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Geodesic
from vla_sim.tasks.language import object_words, say
from vla_sim.tasks.layout import Layout
from vla_sim.tasks.objective import Reach
from vla_sim.tasks.region import cells_of
from vla_sim.tasks.sampled import SampledTask
from vla_sim.tasks.script import At, ComingNear, Instruction, Trigger
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Words

NEAR = 0.8
"""Gap [m] to the first object at which the second is named."""


class ChangeOfMind(SampledTask):
    """Go to an object; on the way, at a time or on coming near, the goal becomes another one.

    It changes before the first object can have been reached at top speed. Before and after, standing for a second at
    an object that is not asked for fails. Chance: at most one of the objects, for an agent that goes to one and stays.
    """

    name = "change_of_mind"
    description = "Go to an object, and to another one when the words change on the way."

    def missing(self, site: Site) -> str | None:
        """Return what this site has not that the task needs, or None."""
        return too_few_objects(site, 3)

    def draw(self, layout: Layout, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty layout."""
        site, rng = layout.site, layout.rng
        models = choose_objects(site, rng, int(rng.integers(3, 5)))
        for model in models:
            layout.put(model)
        first, last = models[:2] if rng.random() < 0.5 else models[1::-1]
        layout.start(targets=[first], least=1.5)
        nav = layout.nav_map()
        goals = {model: approach(site, model, models) for model in models}
        to_first, way = measure_way(layout, nav, goals[first], goals.values())
        to_last = way_to(layout, nav, goals[last])
        leg = to_last.least(cells_of(goals[first].region, nav.grid, layout.locate))
        when: Trigger = ComingNear(site, first, NEAR)
        if rng.random() < 0.5:
            when = At(round(float(rng.uniform(0.3, 0.8)) * way / site.top_speed, 1))
        named = {model: object_words(site.objects[model], rng, words) for model in (first, last)}
        every = list(goals.values())
        return ScriptedEpisode(
            site,
            layout.placements,
            [
                Instruction(say("go_to_object", rng, words, object=named[first]), Reach(goals[first], every, to_first)),
                Instruction(
                    say(self.name, rng, words, object=named[last]), Reach(goals[last], every, Geodesic(to_last)), when
                ),
            ],
            every,
            time_limit=time_for(site, way + leg, pause=5.0),
            chance=1 / len(goals),
        )
