"""Go to the red cube."""

from __future__ import annotations

from vla_sim.tasks.candidates import approach, choose_objects, measure_way, time_for, too_few_objects
from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.language import object_words, say
from vla_sim.tasks.layout import Layout
from vla_sim.tasks.objective import Reach
from vla_sim.tasks.sampled import SampledTask
from vla_sim.tasks.script import Instruction
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Words


class GoToObject(SampledTask):
    """Come to the object that the words name and stand still there for a second; standing at another one fails.

    Chance: one of the objects that are there.
    """

    name = "go_to_object"
    description = "Go to the object that the words name by colour and shape, and stop there."

    def missing(self, site: Site) -> str | None:
        """Return what this site has not that the task needs, or None."""
        return too_few_objects(site, 3)

    def draw(self, layout: Layout, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty layout."""
        site, rng = layout.site, layout.rng
        models = choose_objects(site, rng, int(rng.integers(3, 6)))
        for model in models:
            layout.put(model)
        target = models[0]
        layout.start(targets=[target])
        goals = [approach(site, model, models) for model in models]
        measure, way = measure_way(layout, layout.nav_map(), goals[0], goals)
        sentence = say(self.name, rng, words, object=object_words(site.objects[target], rng, words))
        return ScriptedEpisode(
            site,
            layout.placements,
            [Instruction(sentence, Reach(goals[0], goals, measure))],
            goals,
            time_limit=time_for(site, way),
            chance=1 / len(goals),
        )
