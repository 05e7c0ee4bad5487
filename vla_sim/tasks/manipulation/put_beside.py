"""Put the yellow cube to the left of the bowl."""

from __future__ import annotations

from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Goal
from vla_sim.tasks.language import say
from vla_sim.tasks.layout import NoRoomError
from vla_sim.tasks.manipulation.bench import Bench
from vla_sim.tasks.manipulation.conditions import Beside
from vla_sim.tasks.manipulation.deeds import Carry, Spot
from vla_sim.tasks.manipulation.handling_task import HandlingTask, choose_things, fixtures_of
from vla_sim.tasks.manipulation.language import SIDES, Side, thing_words
from vla_sim.tasks.manipulation.sides import beside, strip
from vla_sim.tasks.plan import Pick, Place
from vla_sim.tasks.semantics import Point
from vla_sim.tasks.task import Words


class PutBeside(HandlingTask):
    """Let a thing rest for a second on the table, at the named side of another thing or the bowl, within 12 cm of it.

    Sides are as the robot sees them. Another thing there, or this one at another side, fails.
    Chance: one of the things at one of the sides where there is room.
    """

    name = "put_beside"
    description = "Put the thing that the words name left or right of, in front of or behind another one."

    def draw(self, bench: Bench, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty bench."""
        site, rng = bench.site, bench.rng
        target, second, *rest = choose_things(site, rng, int(rng.integers(3, 5)))
        bowls = fixtures_of(site, "bowl")
        reference = bowls[0] if bowls and rng.random() < 0.5 else rest.pop()
        bench.put(reference)
        sides: list[Side] = list(SIDES)
        wanted = sides[int(rng.integers(len(sides)))]
        place = bench.reserve(
            target, beside(bench, target, reference, wanted), within=strip(bench, target, reference, wanted)
        )
        for model in (target, second, *rest):
            bench.put(model)
        goals = [self._goal(bench, target, reference, wanted, place, target)]
        for side in sides:
            for model in (target, second):
                if (model, side) != (target, wanted):
                    try:
                        at = bench.find(
                            model, beside(bench, model, reference, side), strip(bench, model, reference, side)
                        )
                    except NoRoomError:
                        continue
                    goals.append(self._goal(bench, model, reference, side, at, target))
        if len(goals) < 2:
            raise NoRoomError("only one side has room")
        other = site.fixtures.get(reference) or site.objects[reference]
        sentence = say(
            self.name,
            rng,
            words,
            object=thing_words(site.objects[target], rng, words),
            relation=SIDES[wanted].pick(rng, words),
            other=thing_words(other, rng, words),
        )
        deed = Carry(site, target, goals[0].condition, Spot(bench.surface, bench.on_surface(place)))
        return self.episode(bench, sentence, goals[0], goals, deed, meant=[target])

    def _goal(self, bench: Bench, model: str, reference: str, side: Side, place: Point, target: str) -> Goal:
        height = bench.height
        return Goal(
            f"{model} {side} of {reference}" if side in ("left", "right") else f"{model} {side} {reference}",
            Beside(bench.site, bench.surface, model, reference, side),
            (Pick(model), Place(model, bench.surface, bench.on_surface(place), height)),
            "wrong_object" if model != target else "wrong_place",
        )
