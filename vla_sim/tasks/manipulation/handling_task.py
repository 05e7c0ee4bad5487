"""What the tasks of an arm have in common: a bench that is laid until a draw works out, and how they are judged."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence

import numpy as np

from vla_sim.engines.engine import ModelState, Truth
from vla_sim.geometry import Pose
from vla_sim.tasks.candidates import choose_objects
from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Goal
from vla_sim.tasks.layout import NoRoomError, attempt
from vla_sim.tasks.manipulation.bench import Bench
from vla_sim.tasks.manipulation.deeds import Deed
from vla_sim.tasks.manipulation.handle import Handle
from vla_sim.tasks.manipulation.watch import HandlingWatch
from vla_sim.tasks.motion import first_motion
from vla_sim.tasks.objective import HOLD
from vla_sim.tasks.pairs import drawn
from vla_sim.tasks.rules import Rule
from vla_sim.tasks.script import Instruction
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Words

TIME = 30.0
"""Time limit [s] to begin with ..."""
TIME_EACH = 30.0
"""... and for each thing to be moved [s]: several times what an expert takes."""


class HandlingTask(ABC):
    """A task for an arm at a table, whose ``draw`` may give up with a NoRoomError."""

    name: str
    description: str
    names_things = True
    needs: tuple[str, ...] = ()
    """Nouns of fixtures, one of which at least must be there."""
    things = 3
    """Least number of things of different looks that a gripper may take."""

    def unsupported(self, site: Site) -> str | None:
        """Return why this site cannot host the task, or None."""
        if site.arm is None:
            return "the robot has no arm"
        if not any(site.stands_at(surface) for surface in site.surfaces):
            return "no table in reach ('surfaces')"
        looks = {(site.objects[name].colour, site.objects[name].noun) for name in graspable(site)}
        if len(looks) < self.things:
            return f"fewer than {self.things} objects of different looks to take"
        nouns = {tag.noun for tag in site.fixtures.values()}
        if self.needs and not nouns & set(self.needs):
            return f"no {' or '.join(self.needs)}"
        return None

    @abstractmethod
    def draw(self, bench: Bench, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty bench.

        Raises:
            NoRoomError: this draw did not work out; another may.
        """

    def sample(self, site: Site, rng: np.random.Generator, words: Words = "seen") -> ScriptedEpisode:
        """Draw an episode.

        Raises:
            InputError: the site has too little room.
        """
        return attempt(self.name, site, lambda: drawn(lambda: self.draw(Bench(site, rng), words), site, words))

    def episode(
        self,
        bench: Bench,
        sentence: str,
        goal: Goal,
        goals: Sequence[Goal],
        deed: Deed,
        *,
        meant: Iterable[str] = (),
        items: int = 1,
        wrong: Sequence[Goal] | None = None,
        hold: float = HOLD,
        rules: tuple[Rule, ...] = (),
        chance: float | None = None,
    ) -> ScriptedEpisode:
        """Return the episode of a goal.

        Args:
            bench: where everything stands.
            sentence: the goal in words.
            goal: what is to be met.
            goals: what looks equally plausible to an agent which ignores the words, ``goal`` among them.
            deed: what is left of the goal.
            meant: what may be moved.
            items: how many things are to be moved.
            wrong: goals that fail the trial when they are met; None for all of ``goals`` but ``goal``.
            hold: how long the goal must be met [s].
            rules: what must not happen meanwhile.
            chance: probability that an agent which ignores the words succeeds; None for one in ``goals``.

        Raises:
            NoRoomError: one of the goals is met as things stand.
        """
        wrong = goals if wrong is None else wrong
        require_undone(bench, [*goals, *wrong])
        return ScriptedEpisode(
            bench.site,
            bench.placements,
            [Instruction(sentence, Handle(goal, wrong, deed, hold), rules=rules)],
            goals,
            time_limit=TIME + TIME_EACH * items,
            chance=1 / len(goals) if chance is None else chance,
            watch=HandlingWatch(bench.site, [bench.surface], bench.placements, meant),
        )


def require_undone(bench: Bench, goals: Iterable[Goal]) -> None:
    """Raise NoRoomError if a goal is met as things stand."""
    world = bench.site.world
    poses: dict[str, Pose | None] = {bench.site.robot.name: bench.site.robot.pose, **bench.placements}
    models = {
        name: ModelState(pose, joints={joint.name: 0.0 for joint in world.model(name).joints})
        for name, pose in poses.items()
        if pose is not None
    }
    start = first_motion(Truth(0.0, models), bench.site.robot.name)
    for goal in goals:
        if goal.condition.met(start, start):
            raise NoRoomError(f"the goal '{goal.name}' is met at the start")


def graspable(site: Site, nouns: Collection[str] | None = None) -> list[str]:
    """Return the things that a gripper may take, of these nouns if any are given."""
    return [
        name
        for name, tag in site.objects.items()
        if tag.height is not None and not tag.decoy and (nouns is None or tag.noun in nouns)
    ]


def choose_things(site: Site, rng: np.random.Generator, count: int, nouns: Collection[str] | None = None) -> list[str]:
    """Draw things of different looks, the target first, so that both its colour and its noun matter if that can be."""
    return choose_objects(site, rng, count, graspable(site, nouns))


def fixtures_of(site: Site, *nouns: str) -> list[str]:
    """Return the fixtures of some nouns."""
    return [name for name, tag in site.fixtures.items() if tag.noun in nouns]


def shuffled(names: Sequence[str], rng: np.random.Generator) -> list[str]:
    """Return names in a random order."""
    return [names[index] for index in rng.permutation(len(names))]


def put_mats(bench: Bench) -> list[str]:
    """Lay two or three of the mats, drawn by lot, and return them."""
    mats = shuffled(fixtures_of(bench.site, "mat"), bench.rng)[: int(bench.rng.integers(2, 4))]
    for mat in mats:
        bench.put(mat)
    return mats
