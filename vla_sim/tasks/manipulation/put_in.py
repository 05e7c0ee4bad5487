"""Put the blue cube in the tray."""

from __future__ import annotations

from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.language import say
from vla_sim.tasks.manipulation.bench import Bench
from vla_sim.tasks.manipulation.containers import put_container, put_deed, put_goal
from vla_sim.tasks.manipulation.handling_task import HandlingTask, choose_things, fixtures_of
from vla_sim.tasks.manipulation.language import thing_words
from vla_sim.tasks.task import Words


class PutIn(HandlingTask):
    """Let the thing that the words name rest for a second in the tray or the bowl, as they say.

    Another thing there, or this one at the other place, fails. Chance: one of the things in one of the places.
    """

    name = "put_in"
    description = "Put the thing that the words name in the tray or the bowl, as they say."
    needs = ("tray", "bowl")

    def draw(self, bench: Bench, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty bench."""
        site, rng = bench.site, bench.rng
        places = fixtures_of(site, "tray", "bowl")
        for place in places:
            put_container(bench, place)
        models = choose_things(site, rng, int(rng.integers(2, 5)))
        for model in models:
            bench.put(model)
        target, wanted = models[0], places[int(rng.integers(len(places)))]
        goals = [
            put_goal(site, model, place, "wrong_object" if model != target else "wrong_place")
            for model in models
            for place in places
        ]
        goal = goals[places.index(wanted)]
        sentence = say(
            self.name,
            rng,
            words,
            object=thing_words(site.objects[target], rng, words),
            place=thing_words(site.fixtures[wanted], rng, words),
        )
        return self.episode(bench, sentence, goal, goals, put_deed(site, target, wanted), meant=[target])
