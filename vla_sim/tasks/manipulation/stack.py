"""Stack the red cube on the blue cube."""

from __future__ import annotations

import itertools

from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Goal
from vla_sim.tasks.language import say
from vla_sim.tasks.manipulation.bench import Bench
from vla_sim.tasks.manipulation.conditions import OnTop
from vla_sim.tasks.manipulation.deeds import Carry, Spot
from vla_sim.tasks.manipulation.handling_task import HandlingTask, graspable, shuffled
from vla_sim.tasks.manipulation.language import thing_words
from vla_sim.tasks.manipulation.things import height_of
from vla_sim.tasks.plan import Pick, Place
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Words


class Stack(HandlingTask):
    """Let one cube rest for a second on another one; any other pair, or the same one the other way up, fails.

    Chance: one of the ordered pairs of cubes.
    """

    name = "stack"
    description = "Stack the cube that the words name on another one that they name."

    def unsupported(self, site: Site) -> str | None:
        """Return why this site cannot host the task, or None."""
        few = len(graspable(site, ["cube"])) < 3
        return super().unsupported(site) or ("fewer than three cubes to take" if few else None)

    def draw(self, bench: Bench, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty bench."""
        site, rng = bench.site, bench.rng
        cubes = shuffled(graspable(site, ["cube"]), rng)[:3]
        for cube in cubes:
            bench.put(cube)
        bench.clutter(shuffled(graspable(site, ["cup", "cylinder", "bottle"]), rng), 0, 3)
        goals = [
            Goal(
                f"{upper} on {lower}",
                OnTop(site, upper, lower),
                (Pick(upper), Place(upper, lower, (0.0, 0.0), height_of(site, lower))),
            )
            for upper, lower in itertools.permutations(cubes, 2)
        ]
        upper, lower = cubes[:2]
        sentence = say(
            self.name,
            rng,
            words,
            object=thing_words(site.objects[upper], rng, words),
            other=thing_words(site.objects[lower], rng, words),
        )
        deed = Carry(site, upper, goals[0].condition, Spot(lower, (0.0, 0.0)))
        return self.episode(bench, sentence, goals[0], goals, deed, meant=[upper, lower])
