"""Push the blue cube onto the red mat."""

from __future__ import annotations

import math

from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Goal
from vla_sim.tasks.language import say
from vla_sim.tasks.layout import NoRoomError
from vla_sim.tasks.manipulation.bench import Bench
from vla_sim.tasks.manipulation.conditions import OnMark
from vla_sim.tasks.manipulation.deeds import Slide, Spot
from vla_sim.tasks.manipulation.handle import KeepDown
from vla_sim.tasks.manipulation.handling_task import HandlingTask, choose_things, put_mats
from vla_sim.tasks.manipulation.language import thing_words
from vla_sim.tasks.manipulation.things import along_and_across, radius_of
from vla_sim.tasks.plan import Push
from vla_sim.tasks.task import Words

NOUNS = ("cube", "cup")
"""What does not fall over when it is pushed."""
WAY = (0.14, 0.40)
"""Distances [m] over which things are pushed."""
BEHIND = 0.09
"""Room [m] behind a thing for the fingers that push it."""
BESIDE = 0.06
"""Room [m] to either side of the way of the fingers."""


class PushTo(HandlingTask):
    """Let the thing that the words name rest for a second on the mat that they name, without lifting it by 3 cm.

    The straight way is free. Lifting it fails, as does another thing, or another mat.
    Chance: one of the things that can be pushed to one of the mats.
    """

    name = "push_to"
    description = "Push the thing that the words name over the table onto the mat that they name."
    needs = ("mat",)

    def draw(self, bench: Bench, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty bench."""
        site, rng = bench.site, bench.rng
        mats = put_mats(bench)
        models = choose_things(site, rng, int(rng.integers(2, 4)), NOUNS)
        for model in models:
            bench.put(model)
        target, wanted = models[0], mats[0]
        pairs = [(model, mat) for model in models for mat in mats if self._is_free(bench, model, mat)]
        if (target, wanted) not in pairs or len(pairs) < 2:
            raise NoRoomError("the way is not free")
        goals = {
            (model, mat): Goal(
                f"{model} on {mat}",
                OnMark(site, model, mat),
                (Push(model, bench.points[mat], site.fixtures[mat].radius / 2),),
                "wrong_object" if model != target else "wrong_place",
            )
            for model, mat in pairs
        }
        goal = goals[target, wanted]
        sentence = say(
            self.name,
            rng,
            words,
            object=thing_words(site.objects[target], rng, words),
            place=thing_words(site.fixtures[wanted], rng, words),
        )
        deed = Slide(site, target, goal.condition, Spot(wanted, (0.0, 0.0)))
        rules = (KeepDown(site, target),)
        return self.episode(bench, sentence, goal, list(goals.values()), deed, meant=[target], rules=rules)

    def _is_free(self, bench: Bench, model: str, mat: str) -> bool:
        """Return whether a thing can be pushed straight to a mat, from behind it, with nothing in the way."""
        start, end = bench.points[model], bench.points[mat]
        way = math.dist(start, end)
        if not WAY[0] <= way <= WAY[1]:
            return False
        direction = math.atan2(end[1] - start[1], end[0] - start[0])
        back = (start[0] - BEHIND * math.cos(direction), start[1] - BEHIND * math.sin(direction))
        if not bench.site.within_reach(bench.surface, back):
            return False
        for other, point in bench.points.items():
            if other == model or other not in bench.site.objects:
                continue
            along, across = along_and_across(start, point, direction)
            radius = radius_of(bench.site, other)
            beside = abs(across) - radius - radius_of(bench.site, model) < BESIDE
            if beside and -BEHIND - radius <= along <= way + radius + radius_of(bench.site, model):
                return False
        return True
