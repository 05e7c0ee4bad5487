"""Put all red things in the tray."""

from __future__ import annotations

from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Goal
from vla_sim.tasks.language import say
from vla_sim.tasks.layout import NoRoomError
from vla_sim.tasks.manipulation.bench import Bench
from vla_sim.tasks.manipulation.conditions import Every, Inside, MoreThan
from vla_sim.tasks.manipulation.containers import put_container, put_deed, put_plan
from vla_sim.tasks.manipulation.deeds import Several
from vla_sim.tasks.manipulation.handling_task import HandlingTask, fixtures_of, graspable, shuffled
from vla_sim.tasks.manipulation.language import colour_word, thing_words
from vla_sim.tasks.task import Words


class ClearColour(HandlingTask):
    """Have all things of one colour, and none of another, in the tray for a second.

    There are two or three of that colour and two of another one. Chance: one of the colours that are there.
    """

    name = "clear_colour"
    names_things = False
    description = "Put all things of the colour that the words name in the tray, and no others."
    needs = ("tray",)

    def draw(self, bench: Bench, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty bench."""
        site, rng = bench.site, bench.rng
        tray = fixtures_of(site, "tray")[0]
        put_container(bench, tray)
        colours = shuffled(sorted({site.objects[name].colour for name in graspable(site)}), rng)[:2]
        groups: dict[str, list[str]] = {}
        for colour, count in zip(colours, (int(rng.integers(2, 4)), 2), strict=True):
            alike = [name for name in graspable(site) if site.objects[name].colour == colour]
            groups[colour] = shuffled(alike, rng)[:count]
            for model in groups[colour]:
                bench.put(model)
        if min(map(len, groups.values())) < 2:
            raise NoRoomError("too few things of one colour")
        wanted, other = colours
        goals = {
            colour: Goal(
                f"{colour} things in {tray}",
                Every(tuple(Inside(site, model, tray) for model in models)),
                put_plan(site, models, tray),
            )
            for colour, models in groups.items()
        }
        intruder = Goal(f"another thing in {tray}", MoreThan(site, tray, tuple(groups[other]), 0), ())
        deed = Several([put_deed(site, model, tray) for model in groups[wanted]], len(groups[wanted]))
        sentence = say(
            self.name,
            rng,
            words,
            colour=colour_word(wanted, rng, words),
            place=thing_words(site.fixtures[tray], rng, words),
        )
        return self.episode(
            bench,
            sentence,
            goals[wanted],
            list(goals.values()),
            deed,
            meant=groups[wanted],
            items=len(groups[wanted]),
            wrong=[intruder],
        )
