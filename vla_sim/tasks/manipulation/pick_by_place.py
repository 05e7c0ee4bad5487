"""Pick up the cup to the left of the bowl."""

from __future__ import annotations

from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Goal
from vla_sim.tasks.language import say
from vla_sim.tasks.manipulation.bench import Bench
from vla_sim.tasks.manipulation.conditions import Lifted
from vla_sim.tasks.manipulation.deeds import Carry
from vla_sim.tasks.manipulation.handling_task import HandlingTask, choose_things, fixtures_of, graspable, shuffled
from vla_sim.tasks.manipulation.language import SIDES, Side, noun_word, thing_words
from vla_sim.tasks.manipulation.sides import beside, strip
from vla_sim.tasks.plan import Pick
from vla_sim.tasks.task import Words


class PickByPlace(HandlingTask):
    """Take the one of some things of one kind that stands at the named side of a bowl, and hold it up for a second.

    They differ in colour, which is not said. Chance: one of the things that are there.
    """

    name = "pick_by_place"
    names_things = False
    description = "Pick up the thing that the words name by where it stands, and hold it up."
    needs = ("bowl",)

    def draw(self, bench: Bench, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty bench."""
        site, rng = bench.site, bench.rng
        bowl = fixtures_of(site, "bowl")[0]
        bench.put(bowl)
        noun = site.objects[choose_things(site, rng, 1)[0]].noun
        alike = shuffled(graspable(site, [noun]), rng)
        sides: list[Side] = ["left", "right", "front", "behind"]
        order = [sides[index] for index in rng.permutation(4)]
        placed = {}
        for side, model in zip(order[: int(rng.integers(2, 4))], alike, strict=False):
            bench.put(model, beside(bench, model, bowl, side), within=strip(bench, model, bowl, side))
            placed[model] = side
        target = next(iter(placed))
        others = [name for name in shuffled(graspable(site), rng) if site.objects[name].noun != noun]
        models = [*placed, *bench.clutter(others, 0, 2)]
        goals = [Goal(model, Lifted(site, model), (Pick(model),)) for model in models]
        name = f"the {noun_word(noun, rng, words)} {SIDES[placed[target]].pick(rng, words)} "
        sentence = say("pick_up", rng, words, object=name + thing_words(site.fixtures[bowl], rng, words))
        return self.episode(bench, sentence, goals[0], goals, Carry(site, target), meant=[target])
