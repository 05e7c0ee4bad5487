"""Choosing the objects of a trial, and the goal of coming to one of them."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Sequence

import numpy as np

from vla_sim.tasks.goal import REACH, Geodesic, Goal, Standing
from vla_sim.tasks.layout import Layout, NoRoomError, Where
from vla_sim.tasks.navmap import Field, NavMap
from vla_sim.tasks.plan import GoTo
from vla_sim.tasks.region import Near, cells_of
from vla_sim.tasks.semantics import ObjectTag
from vla_sim.tasks.site import Site

BEAM = 0.12
"""A plan ends where the object is seen with this much room to the sides [m], lest a corner hides it after all."""
TOUCHING = -0.1
"""Least gap [m] at which a robot is still at an object: circles overlap a little where hulls touch."""
NEAREST_START = 1.5
"""Least way [m] to a goal, so that there is something to do."""


def real_objects(site: Site) -> list[str]:
    """Return the objects that are no decoys, in the order of the semantics."""
    return [name for name, tag in site.objects.items() if not tag.decoy]


def choose_objects(site: Site, rng: np.random.Generator, count: int, among: Sequence[str] | None = None) -> list[str]:
    """Draw up to ``count`` objects of different looks, the target first, from the real ones or from those in ``among``.

    Where the site allows, the second shares the target's noun and the third its colour, so that both words matter.
    """
    names = real_objects(site) if among is None else list(among)
    names = [names[index] for index in rng.permutation(len(names))]
    target, rest = names[0], names[1:]
    tag = site.objects[target]
    chosen = [target]
    for same in ("noun", "colour"):
        found = next((name for name in rest if _differ_but(site.objects[name], tag, same)), None)
        if found is not None and len(chosen) < count:
            chosen.append(found)
    looks = {(site.objects[name].colour, site.objects[name].noun) for name in chosen}
    for name in rest:
        look = site.objects[name].colour, site.objects[name].noun
        if len(chosen) < count and look not in looks:
            chosen.append(name)
            looks.add(look)
    return chosen


def _differ_but(one: ObjectTag, other: ObjectTag, same: str) -> bool:
    """Return whether colour and noun differ but for the one that is the ``same``."""
    return (one.colour == other.colour, one.noun == other.noun) == (same == "colour", same == "noun")


def too_few_objects(site: Site, least: int) -> str | None:
    """Return why a site has not enough objects of different looks, or None."""
    looks = {(site.objects[name].colour, site.objects[name].noun) for name in real_objects(site)}
    if not site.semantics.clear:
        return "no area where objects may be put ('clear')"
    return None if len(looks) >= least else f"fewer than {least} objects of different looks"


def approach(site: Site, model: str, candidates: Sequence[str], wrong: str = "wrong_object") -> Goal:
    """Return the goal of standing at an object."""
    names = tuple(candidates)
    return Goal(
        name=model,
        condition=Standing(Near(site, model, TOUCHING, REACH, names)),
        plan=(GoTo(Near(site, model, 0.08, REACH - 0.08, names, BEAM)),),
        wrong=wrong,
    )


def way_to(layout: Layout, nav: NavMap, goal: Goal) -> Field:
    """Return the distances into the region of a goal.

    Raises:
        NoRoomError: the plan of the goal cannot be carried out from where the robot starts.
    """
    require_reachable(layout, nav, [goal])
    return nav.field(cells_of(goal.region, nav.grid, layout.locate))


def require_reachable(layout: Layout, nav: NavMap, goals: Iterable[Goal]) -> None:
    """Raise NoRoomError unless every goal is still to do where the robot starts, and its plan can be carried out."""
    assert layout.robot is not None
    x, y, _ = layout.robot.position
    goals = list(goals)
    for condition in (goal.condition for goal in goals):
        if isinstance(condition, Standing) and condition.placed(x, y, layout.robot.yaw, layout.locate):
            raise NoRoomError("the robot starts where a goal is met")
    if not nav.is_free(x, y):
        raise NoRoomError("no way out from the start")
    connected = nav.connected(x, y)
    for step in (step for goal in goals for step in goal.plan):
        if isinstance(step, GoTo) and not (cells_of(step.region, nav.grid, layout.locate) & connected).any():
            raise NoRoomError("a goal cannot be come to")


def measure_way(
    layout: Layout, nav: NavMap, goal: Goal, goals: Iterable[Goal], least: float = NEAREST_START
) -> tuple[Geodesic, float]:
    """Return the measure of a goal that is a place, and how far it is from where the robot starts [m].

    Raises:
        NoRoomError: it or another one of ``goals`` cannot be reached, or it is nearer than ``least``.
    """
    assert layout.robot is not None
    require_reachable(layout, nav, goals)
    field = way_to(layout, nav, goal)
    x, y, _ = layout.robot.position
    way = field.distance(x, y)
    if not least <= way < math.inf:
        raise NoRoomError("the goal is too near to where the robot may start")
    return Geodesic(field), way


def scenery(layout: Layout, count: int = 3, where: Where | None = None) -> None:
    """Put some objects that no goal names, as many as find room."""
    if not layout.site.semantics.clear:
        return
    for model in choose_objects(layout.site, layout.rng, count):
        with contextlib.suppress(NoRoomError):
            layout.put(model, where=where)


def time_for(site: Site, metres: float, pause: float = 0.0) -> float:
    """Return a time limit [s]: 20 s to look around, and four times the way at the robot's top speed."""
    return 20.0 + pause + 4.0 * metres / site.top_speed
