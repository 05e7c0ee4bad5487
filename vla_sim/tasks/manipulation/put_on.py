"""Put the green bottle on the red mat."""

from __future__ import annotations

from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Goal
from vla_sim.tasks.language import say
from vla_sim.tasks.manipulation.bench import Bench
from vla_sim.tasks.manipulation.conditions import OnMark
from vla_sim.tasks.manipulation.deeds import Carry, Spot
from vla_sim.tasks.manipulation.handling_task import HandlingTask, choose_things, put_mats
from vla_sim.tasks.manipulation.language import thing_words
from vla_sim.tasks.plan import Pick, Place
from vla_sim.tasks.task import Words


class PutOn(HandlingTask):
    """Let the thing that the words name rest for a second on the mat that they name; another thing or mat fails.

    Chance: one of the things on one of the mats.
    """

    name = "put_on"
    description = "Put the thing that the words name on the mat that they name."
    needs = ("mat",)

    def draw(self, bench: Bench, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty bench."""
        site, rng = bench.site, bench.rng
        mats = put_mats(bench)
        models = choose_things(site, rng, int(rng.integers(2, 5)))
        for model in models:
            bench.put(model)
        target, wanted = models[0], mats[0]
        goals = [
            Goal(
                f"{model} on {mat}",
                OnMark(site, model, mat),
                (Pick(model), Place(model, mat, (0.0, 0.0), 0.0)),
                "wrong_object" if model != target else "wrong_place",
            )
            for model in models
            for mat in mats
        ]
        sentence = say(
            self.name,
            rng,
            words,
            object=thing_words(site.objects[target], rng, words),
            place=thing_words(site.fixtures[wanted], rng, words),
        )
        deed = Carry(site, target, goals[0].condition, Spot(wanted, (0.0, 0.0)))
        return self.episode(bench, sentence, goals[0], goals, deed, meant=[target])
