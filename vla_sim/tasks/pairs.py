"""Goals of held-out pairs: things whose colour and noun are each well known, but never came together in training."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from vla_sim.tasks.language import HELD_OUT_PAIRS
from vla_sim.tasks.layout import NoRoomError
from vla_sim.tasks.plan import GoTo, Manoeuvre, Pick, Place, Plan, Push
from vla_sim.tasks.region import Between, Near
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Episode, Task, Words

_DRAWS = 300
"""A goal of a shipped world is of a held-out pair at one draw in four to one in thirty."""

E = TypeVar("E", bound=Episode)


def named(manoeuvre: Manoeuvre) -> Iterator[str]:
    """Yield the models that a manoeuvre leads to, or away from, or takes hold of."""
    match manoeuvre:
        case GoTo(region=region, avoid=avoid):
            match region:
                case Near(model=model):
                    yield model
                case Between(first=first, second=second):
                    yield first
                    yield second
            yield from (model for model, _ in avoid)
        case Pick(model=model) | Place(model=model) | Push(model=model):
            yield model


def names_held_out_pair(plan: Plan, site: Site) -> bool:
    """Return whether a plan is about a thing of ``HELD_OUT_PAIRS``, which is not to be learned from."""
    return not _held_out(site).isdisjoint(name for manoeuvre in plan for name in named(manoeuvre))


def without_pairs(task: Task, site: Site, words: Words) -> str | None:
    """Return why no goal of a task can be in such words here, or None."""
    if words != "held_out_pairs" or (task.names_things and _held_out(site)):
        return None
    reason = "the world has no thing of one" if task.names_things else "its words name no thing by colour and noun"
    return f"the task '{task.name}' has no held-out pairs here: {reason}"


def drawn(draw: Callable[[], E], site: Site, words: Words) -> E:
    """Return the first episode that is about a held-out pair, or just the first one where words do not ask for that.

    Raises:
        NoRoomError: of many none is.
    """
    for _ in range(_DRAWS if words == "held_out_pairs" else 1):
        episode = draw()
        if words != "held_out_pairs" or names_held_out_pair(episode.plan, site):
            return episode
    raise NoRoomError("no draw is about a thing of a held-out pair")


def _held_out(site: Site) -> set[str]:
    return {name for name, tag in site.objects.items() if not tag.decoy and (tag.colour, tag.noun) in HELD_OUT_PAIRS}
