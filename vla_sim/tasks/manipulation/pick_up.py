"""Pick up the red cup."""

from __future__ import annotations

from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Goal
from vla_sim.tasks.language import say
from vla_sim.tasks.manipulation.bench import Bench
from vla_sim.tasks.manipulation.conditions import Lifted
from vla_sim.tasks.manipulation.deeds import Carry
from vla_sim.tasks.manipulation.handling_task import HandlingTask, choose_things
from vla_sim.tasks.manipulation.language import thing_words
from vla_sim.tasks.plan import Pick
from vla_sim.tasks.task import Words


class PickUp(HandlingTask):
    """Take the thing that the words name and hold it 5 cm up for a second; lifting another one as long fails.

    Chance: one of the things that are there.
    """

    name = "pick_up"
    description = "Pick up the thing that the words name by colour and shape, and hold it up."

    def draw(self, bench: Bench, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty bench."""
        site, rng = bench.site, bench.rng
        models = choose_things(site, rng, int(rng.integers(3, 7)))
        for model in models:
            bench.put(model)
        target = models[0]
        goals = [Goal(model, Lifted(site, model), (Pick(model),)) for model in models]
        sentence = say(self.name, rng, words, object=thing_words(site.objects[target], rng, words))
        return self.episode(bench, sentence, goals[0], goals, Carry(site, target), meant=[target])
