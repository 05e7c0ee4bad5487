"""Stop 1 metre in front of the red cube, facing it."""

from __future__ import annotations

from vla_sim.tasks.candidates import BEAM, choose_objects, measure_way, time_for, too_few_objects
from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Goal, Standing
from vla_sim.tasks.language import metres, object_words, say
from vla_sim.tasks.layout import Layout
from vla_sim.tasks.objective import Reach
from vla_sim.tasks.plan import GoTo
from vla_sim.tasks.region import Near
from vla_sim.tasks.sampled import SampledTask
from vla_sim.tasks.script import Instruction
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Words

GAPS = (0.5, 1.0, 1.5)
"""Distances that are asked for, hull to surface [m]."""
TOLERANCE = 0.2


class StopInFront(SampledTask):
    """Stand still for a second at a stated gap (within 0.2 m) from an object, any side of it, and face it.

    The heading may be off by 20 degrees; other distances and other objects that might be asked for fail.

    Chance: one of the objects at one of the distances.
    """

    name = "stop_in_front"
    description = "Stop at a stated distance from the object that the words name, facing it."

    def missing(self, site: Site) -> str | None:
        """Return what this site has not that the task needs, or None."""
        return too_few_objects(site, 3)

    def draw(self, layout: Layout, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty layout."""
        site, rng = layout.site, layout.rng
        models = choose_objects(site, rng, 3)
        for model in models:
            layout.put(model)
        target = models[0]
        layout.start(targets=[target])
        wanted = float(rng.choice(GAPS))
        goals = {(model, gap): _goal(site, model, gap, models[0]) for model in models for gap in GAPS}
        goal = goals[target, wanted]
        measure, way = measure_way(layout, layout.nav_map(), goal, goals.values(), least=0.7)
        sentence = say(
            self.name,
            rng,
            words,
            object=object_words(site.objects[target], rng, words),
            distance=metres(wanted, rng, words),
        )
        return ScriptedEpisode(
            site,
            layout.placements,
            [Instruction(sentence, Reach(goal, list(goals.values()), measure))],
            list(goals.values()),
            time_limit=time_for(site, way),
            chance=1 / len(goals),
        )


def _goal(site: Site, model: str, gap: float, target: str) -> Goal:
    return Goal(
        name=f"{model} at {gap:g} m",
        condition=Standing(Near(site, model, gap - TOLERANCE, gap + TOLERANCE), facing=model),
        plan=(GoTo(Near(site, model, gap - 0.06, gap + 0.06, beam=BEAM), facing=model),),
        wrong="wrong_distance" if model == target else "wrong_object",
    )
