"""Go to the red cube, but stay at least 0.5 metres away from the blue ball."""

from __future__ import annotations

import math
from dataclasses import replace

from vla_sim.tasks.candidates import approach, choose_objects, measure_way, require_reachable, time_for, too_few_objects
from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.language import metres, object_words, say
from vla_sim.tasks.layout import Layout, NoRoomError, around
from vla_sim.tasks.objective import Reach
from vla_sim.tasks.plan import GoTo
from vla_sim.tasks.rules import KeepAway
from vla_sim.tasks.sampled import SampledTask
from vla_sim.tasks.script import Instruction
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Words

GAPS = (0.4, 0.6, 0.8)
"""Gaps that are asked for, hull to surface [m]."""
DETOUR = 0.6
"""How far beside the straight way the object to avoid may stand [m]."""
SPARE = 0.15
"""Room [m] that is left beyond the gap, so that the trial can be done."""


class AvoidObject(SampledTask):
    """Come to one object without ever coming nearer than a stated gap to another, which stands on the straight way.

    Chance: at most one of the objects, for an agent that keeps away from everything else.
    """

    name = "avoid_object"
    description = "Go to one object and keep a stated distance from another that stands on the way."

    def missing(self, site: Site) -> str | None:
        """Return what this site has not that the task needs, or None."""
        return too_few_objects(site, 3)

    def draw(self, layout: Layout, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty layout."""
        site, rng = layout.site, layout.rng
        models = choose_objects(site, rng, 4)
        target, hazard, *others = models
        gap = float(rng.choice(GAPS))
        goal_at = layout.put(target)
        x, y, _ = layout.start(targets=[target], least=2.0).position
        if not site.line_of_sight((x, y), goal_at):
            raise NoRoomError("no straight way to an object")
        share = float(rng.uniform(0.4, 0.6))
        on_the_way = x + share * (goal_at[0] - x), y + share * (goal_at[1] - y)
        hazard_at = layout.put(hazard, where=around(on_the_way, DETOUR))
        for model in others:
            layout.put(model)
        keep_out = [(*hazard_at, site.objects[hazard].radius + gap + SPARE)]
        goals = [approach(site, model, models) for model in models]
        require_reachable(layout, layout.nav_map(), goals)
        measure, way = measure_way(layout, layout.nav_map(keep_out), goals[0], ())
        plan = tuple(replace(step, avoid=((hazard, gap),)) for step in goals[0].plan if isinstance(step, GoTo))
        goals[0] = replace(goals[0], plan=plan)
        sentence = say(
            self.name,
            rng,
            words,
            object=object_words(site.objects[target], rng, words),
            hazard=object_words(site.objects[hazard], rng, words),
            distance=metres(gap, rng, words),
        )
        objective = Reach(goals[0], goals, measure)
        return ScriptedEpisode(
            site,
            layout.placements,
            [Instruction(sentence, objective, rules=(KeepAway(site, hazard, gap),))],
            goals,
            time_limit=time_for(site, max(way, math.dist((x, y), goal_at))),
            chance=1 / len(goals),
        )
