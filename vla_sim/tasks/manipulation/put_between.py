"""Put the red cube between the bowl and the green cup."""

from __future__ import annotations

import itertools
import math

from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Goal
from vla_sim.tasks.language import say
from vla_sim.tasks.layout import NoRoomError
from vla_sim.tasks.manipulation.bench import Bench, around
from vla_sim.tasks.manipulation.conditions import Between
from vla_sim.tasks.manipulation.deeds import Carry, Spot
from vla_sim.tasks.manipulation.handling_task import HandlingTask, choose_things
from vla_sim.tasks.manipulation.language import thing_words
from vla_sim.tasks.plan import Pick, Place
from vla_sim.tasks.semantics import Point
from vla_sim.tasks.task import Words

APART = (0.24, 0.42)
"""Distances [m] of two things between which another one has room."""
_SPOT = 0.02
"""How far [m] from the middle of two things a place is drawn."""


class PutBetween(HandlingTask):
    """Let a thing rest for a second on the table between two others; between another two, it fails.

    Chance: one of the pairs between which it has room.
    """

    name = "put_between"
    description = "Put the thing that the words name between two others that they name."
    things = 4

    def draw(self, bench: Bench, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty bench."""
        site, rng = bench.site, bench.rng
        target, first, second, third = choose_things(site, rng, 4)
        a = bench.put(first)
        bench.put(second, lambda point: APART[0] <= math.dist(a, point) <= APART[1])
        place = bench.reserve(target, within=self._middle(bench, first, second))
        b = bench.points[second]
        bench.put(third, lambda point: APART[0] <= min(math.dist(a, point), math.dist(b, point)) <= APART[1])
        bench.put(target)
        goals = [self._goal(bench, target, first, second, place)]
        for one, other in itertools.combinations((first, second, third), 2):
            if (one, other) != (first, second):
                try:
                    at = bench.find(target, within=self._middle(bench, one, other))
                except NoRoomError:
                    continue
                goals.append(self._goal(bench, target, one, other, at))
        if len(goals) < 2:
            raise NoRoomError("only one pair has room")
        sentence = say(
            self.name,
            rng,
            words,
            object=thing_words(site.objects[target], rng, words),
            first=thing_words(site.objects[first], rng, words),
            second=thing_words(site.objects[second], rng, words),
        )
        deed = Carry(site, target, goals[0].condition, Spot(bench.surface, bench.on_surface(place)))
        return self.episode(bench, sentence, goals[0], goals, deed, meant=[target])

    def _middle(self, bench: Bench, first: str, second: str) -> tuple[float, float, float, float]:
        (ax, ay), (bx, by) = bench.points[first], bench.points[second]
        return around(((ax + bx) / 2, (ay + by) / 2), _SPOT)

    def _goal(self, bench: Bench, target: str, first: str, second: str, place: Point) -> Goal:
        return Goal(
            f"{target} between {first} and {second}",
            Between(bench.site, bench.surface, target, first, second),
            (Pick(target), Place(target, bench.surface, bench.on_surface(place), bench.height)),
            "wrong_place",
        )
