"""Go to the red cube ... stop!"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vla_sim.tasks.candidates import approach, choose_objects, measure_way, time_for, too_few_objects
from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Goal
from vla_sim.tasks.language import object_words, say
from vla_sim.tasks.layout import Layout
from vla_sim.tasks.objective import Halt, Reach
from vla_sim.tasks.plan import GoTo
from vla_sim.tasks.rules import KeepMoving
from vla_sim.tasks.sampled import SampledTask
from vla_sim.tasks.script import Halfway, Instruction
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Words

EARLIEST, LATEST = 0.2, 0.8
"""Share of the way after which the robot is told to stop."""
WITHIN = 1.0
"""Time to stand still after the word [s] ..."""
STAY = 2.0
"""... and to stay so [s]."""
PAUSE = 0.3
"""How long the robot may stand on its way before it is told to stop [s]."""
GUESSES = 8
"""Moments to stop at that an agent which does not listen may guess, for each object."""


class StopOnCommand(SampledTask):
    """Drive towards an object; on the word, stand still within a second and stay so for two.

    The word comes after a random share of the way, so that an agent which never starts never hears it; one that stops
    for longer than 0.3 s before it has failed (``stopped_early``).
    Chance: the object, times the share of the moments so near to the right one that a stop by luck counts.
    """

    name = "stop_on_command"
    description = "Drive towards an object until told to stop, then stop at once and stay."

    def missing(self, site: Site) -> str | None:
        """Return what this site has not that the task needs, or None."""
        return too_few_objects(site, 3)

    def draw(self, layout: Layout, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty layout."""
        site, rng = layout.site, layout.rng
        models = choose_objects(site, rng, int(rng.integers(3, 5)))
        for model in models:
            layout.put(model)
        target = models[0]
        layout.start(targets=[target], least=2.0)
        goals = [approach(site, model, models) for model in models]
        measure, way = measure_way(layout, layout.nav_map(), goals[0], goals, least=2.5)
        moment = float(rng.uniform(EARLIEST, LATEST))
        sentence = say("go_to_object", rng, words, object=object_words(site.objects[target], rng, words))
        lucky = (WITHIN + PAUSE) * site.top_speed / ((LATEST - EARLIEST) * way)
        return ScriptedEpisode(
            site,
            layout.placements,
            [
                Instruction(sentence, Reach(goals[0], goals, measure), rules=(KeepMoving(PAUSE),)),
                Instruction(say("stop", rng, words), Halt(WITHIN, STAY), Halfway(moment)),
            ],
            [_guess(goal, float(share)) for goal in goals for share in np.linspace(EARLIEST, LATEST, GUESSES)],
            time_limit=time_for(site, way, pause=STAY),
            chance=min(1.0, lucky) / len(goals),
        )


def _guess(goal: Goal, share: float) -> Goal:
    plan = tuple(replace(step, halt_after=share) for step in goal.plan if isinstance(step, GoTo))
    return replace(goal, name=f"{goal.name}, stopping after {share:.0%} of the way", plan=plan)
