"""Put two cups in the tray, and no more."""

from __future__ import annotations

from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Goal
from vla_sim.tasks.language import say
from vla_sim.tasks.layout import NoRoomError
from vla_sim.tasks.manipulation.bench import Bench
from vla_sim.tasks.manipulation.conditions import Holding, MoreThan
from vla_sim.tasks.manipulation.containers import put_container, put_deed, put_plan
from vla_sim.tasks.manipulation.deeds import Several
from vla_sim.tasks.manipulation.handling_task import HandlingTask, fixtures_of, graspable, shuffled
from vla_sim.tasks.manipulation.language import counted_words, thing_words
from vla_sim.tasks.plan import Rest
from vla_sim.tasks.task import Words

OF_A_KIND = 3
HOLD = 2.0
"""How long [s] the arm must be at rest with so many in the tray: who goes on has not counted."""


class PutCount(HandlingTask):
    """Have so many things of one kind, and nothing else, in the tray, and the arm at rest for two seconds.

    A kind is a noun or a colour; three of it are there, of which it does not matter which are taken. One too many, or a
    thing of another kind, fails. Chance: one of the counts, for an agent that goes by the likeliest kind.
    """

    name = "put_count"
    names_things = False
    description = "Put as many things of a kind as the words say in the tray, and no more."
    needs = ("tray",)

    def draw(self, bench: Bench, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty bench."""
        site, rng = bench.site, bench.rng
        tray = fixtures_of(site, "tray")[0]
        put_container(bench, tray)
        by_colour = bool(rng.random() < 0.5)
        tags = site.objects
        kinds = sorted({tags[name].colour if by_colour else tags[name].noun for name in graspable(site)})
        kind = kinds[int(rng.integers(len(kinds)))]
        alike = [name for name in graspable(site) if kind in (tags[name].colour, tags[name].noun)]
        wanted = shuffled(alike, rng)[:OF_A_KIND]
        if len(wanted) < OF_A_KIND:
            raise NoRoomError(f"too few things of the kind {kind}")
        for model in wanted:
            bench.put(model)
        others = bench.clutter(shuffled([name for name in graspable(site) if name not in alike], rng), 1, 2)
        count = int(rng.integers(1, OF_A_KIND))
        goals = [
            Goal(
                f"{number} of {kind} in {tray}",
                Holding(site, tray, tuple(wanted), tuple(others), number),
                (*put_plan(site, wanted[:number], tray), Rest()),
                "wrong_count",
            )
            for number in range(1, OF_A_KIND + 1)
        ]
        wrong = [
            Goal("too many", MoreThan(site, tray, tuple(wanted), count), (), "wrong_count"),
            Goal("another kind", MoreThan(site, tray, tuple(others), 0), ()),
        ]
        sentence = say(
            self.name,
            rng,
            words,
            count=counted_words(count, kind, rng, words),
            place=thing_words(site.fixtures[tray], rng, words),
        )
        return self.episode(
            bench,
            sentence,
            goals[count - 1],
            goals,
            Several([put_deed(site, model, tray) for model in wanted], count),
            meant=wanted,
            items=count,
            wrong=wrong,
            hold=HOLD,
        )
