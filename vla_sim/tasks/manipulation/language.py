"""What the things on a table are called: by their looks, by where they stand, by how many they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from vla_sim.tasks.language import COLOURS, NOUNS, OBJECT_FORMS, Names
from vla_sim.tasks.semantics import FixtureTag, ObjectTag
from vla_sim.tasks.task import Words

TABLE_NOUNS: Mapping[str, Names] = {
    "cup": Names(("cup",), ("mug", "beaker")),
    "bottle": Names(("bottle",), ("flask",)),
    "tray": Names(("tray",), ("platter",)),
    "bowl": Names(("bowl",), ("dish",)),
    "mat": Names(("mat",), ("coaster",)),
    "drawer": Names(("drawer",), ("compartment",)),
    "button": Names(("button",), ("knob",)),
}
"""Nouns beside those of the objects that a robot drives to."""

Side = Literal["left", "right", "front", "behind"]
SIDES: Mapping[Side, Names] = {
    "left": Names(("to the left of", "left of"), ("on the left-hand side of",)),
    "right": Names(("to the right of", "right of"), ("on the right-hand side of",)),
    "front": Names(("in front of",), ("on the near side of",)),
    "behind": Names(("behind",), ("on the far side of",)),
}
"""Where one thing is from another, as the robot sees them: in front of a thing is nearer to the robot."""

_NUMBERS = {1: "one", 2: "two", 3: "three", 4: "four"}


def noun_word(noun: str, rng: np.random.Generator, words: Words) -> str:
    """Return a name for a kind of thing; a noun unknown here is called as the semantics call it."""
    names = TABLE_NOUNS.get(noun) or NOUNS.get(noun)
    return names.pick(rng, words) if names is not None else noun


def colour_word(colour: str, rng: np.random.Generator, words: Words) -> str:
    """Return a name for a colour."""
    return COLOURS[colour].pick(rng, words) if colour in COLOURS else colour


def thing_words(tag: ObjectTag | FixtureTag, rng: np.random.Generator, words: Words) -> str:
    """Return a noun phrase, e.g. ``the red cup``, ``the tray``."""
    noun = noun_word(tag.noun, rng, words)
    if tag.colour is None:
        return f"the {noun}"
    return OBJECT_FORMS.pick(rng, words).format(colour=colour_word(tag.colour, rng, words), noun=noun)


def counted_words(count: int, kind: str, rng: np.random.Generator, words: Words) -> str:
    """Return e.g. ``two cups`` for a noun, ``two red things`` for a colour."""
    things = f"{colour_word(kind, rng, words)} thing" if kind in COLOURS else noun_word(kind, rng, words)
    plural = things if count == 1 else f"{things}es" if things.endswith(("x", "sh")) else f"{things}s"
    return f"{_NUMBERS[count]} {plural}"
