"""Go to the red cube."""

from __future__ import annotations

import numpy as np

from vla_sim.tasks.candidates import approach, choose_objects, require_way, time_for, too_few_objects, way_to
from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Geodesic, Standing
from vla_sim.tasks.language import object_words, say
from vla_sim.tasks.layout import Layout, attempt
from vla_sim.tasks.objective import Reach
from vla_sim.tasks.script import Instruction
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Words


class GoToObject:
    """Come to the object that the words name and stand still there for a second; standing at another one fails."""

    name = "go_to_object"
    description = "Go to the object that the words name by colour and shape, and stop there."

    def unsupported(self, site: Site) -> str | None:
        """Return why this site cannot host the task, or None."""
        return too_few_objects(site, 2)

    def sample(self, site: Site, rng: np.random.Generator, words: Words = "seen") -> ScriptedEpisode:
        """Draw an episode."""
        return attempt(self.name, site, lambda: self._draw(site, rng, words))

    def _draw(self, site: Site, rng: np.random.Generator, words: Words) -> ScriptedEpisode:
        layout = Layout(site, rng)
        models = choose_objects(site, rng, int(rng.integers(3, 6)))
        target = models[0]
        for model in models:
            layout.put(model)
        robot = layout.start(targets=[target])
        goals = [approach(site, model, models) for model in models]
        condition = goals[0].condition
        assert isinstance(condition, Standing)
        measure = Geodesic(way_to(layout.nav_map(), condition.region, layout.locate))
        way = require_way(measure.field.distance(*robot.position[:2]))
        sentence = say(self.name, rng, words, object=object_words(site.objects[target], rng, words))
        return ScriptedEpisode(
            site,
            layout.placements,
            [Instruction(sentence, Reach(goals[0], goals, measure))],
            goals,
            time_limit=time_for(site, way),
            chance=1 / len(goals),
        )
