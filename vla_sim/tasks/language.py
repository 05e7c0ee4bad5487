"""Goals in words: what things are called, and many ways to ask for the same thing.

Each task has templates that are ``seen`` (an agent may be trained on them) and ``held_out`` (it may not): the two share
no template and no synonym. The words always tell the goal whole; which template is taken is drawn from a generator.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vla_sim.tasks.phrasebook import PHRASEBOOK
from vla_sim.tasks.semantics import ObjectTag, Room
from vla_sim.tasks.task import Words

HELD_OUT_PAIRS = frozenset(
    {
        ("blue", "cone"),
        ("yellow", "ball"),
        ("purple", "cube"),
        ("green", "cylinder"),
        ("orange", "cone"),
        ("blue", "cup"),
        ("yellow", "bottle"),
        ("orange", "cup"),
    }
)
"""Colour and noun that never occur together in training: an agent that knows both words must join them.

Data that an agent learns from leaves goals with these pairs out; tasks sample them like any other, and nothing else
where their words are ``held_out_pairs``."""


@dataclass(frozen=True, slots=True)
class Names:
    """What one thing is called; a word is in one of the splits only."""

    seen: tuple[str, ...]
    held_out: tuple[str, ...]

    def pick(self, rng: np.random.Generator, words: Words) -> str:
        """Draw a name."""
        return pick(self.held_out if words == "held_out" else self.seen, rng)


COLOURS: Mapping[str, Names] = {
    "red": Names(("red",), ("crimson", "scarlet")),
    "green": Names(("green",), ("emerald",)),
    "blue": Names(("blue",), ("azure",)),
    "yellow": Names(("yellow",), ("lemon yellow",)),
    "purple": Names(("purple",), ("violet",)),
    "orange": Names(("orange",), ("tangerine",)),
}
NOUNS: Mapping[str, Names] = {
    "cube": Names(("cube", "block"), ("box",)),
    "ball": Names(("ball",), ("sphere",)),
    "cylinder": Names(("cylinder",), ("tube",)),
    "cone": Names(("cone",), ("pylon",)),
}
BEARINGS: Mapping[str, Names] = {
    "front": Names(("in front of you", "straight ahead of you"), ("before you", "dead ahead")),
    "left": Names(("on your left", "to the left of you"), ("off to your left side",)),
    "right": Names(("on your right", "to the right of you"), ("off to your right side",)),
    "back": Names(("behind you", "at your back"), ("to your rear",)),
}
"""Where things are, as the robot stands at the start."""
OBJECT_FORMS = Names(("the {colour} {noun}",), ("the {noun} that is {colour}", "the {colour} coloured {noun}"))

_COUNTS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}


def pick(options: Sequence[str], rng: np.random.Generator) -> str:
    """Draw one of some strings."""
    return options[int(rng.integers(len(options)))]


def say(task: str, rng: np.random.Generator, words: Words, **slots: str) -> str:
    """Return a goal in words: a template of the task with its slots filled.

    Raises:
        KeyError: the phrasebook has no such entry, or a template names a slot that is not given.
    """
    seen, held_out = PHRASEBOOK[task]
    return pick(held_out if words == "held_out" else seen, rng).format(**slots)


def object_words(tag: ObjectTag, rng: np.random.Generator, words: Words) -> str:
    """Return a noun phrase, e.g. ``the red cube``; colours and nouns unknown here are called as the semantics do."""
    colour = COLOURS[tag.colour].pick(rng, words) if tag.colour in COLOURS else tag.colour
    noun = NOUNS[tag.noun].pick(rng, words) if tag.noun in NOUNS else tag.noun
    return OBJECT_FORMS.pick(rng, words).format(colour=colour, noun=noun)


def room_words(room: Room, rng: np.random.Generator, words: Words) -> str:
    """Return a room's name, e.g. ``the kitchen``, see ``name_words``."""
    return name_words(room.words, rng, words)


def name_words(names: Sequence[str], rng: np.random.Generator, words: Words) -> str:
    """Return a place's name, e.g. ``the counter``: its usual one where seen, another (if any) where held out."""
    others = names[1:]
    name = pick(others, rng) if words == "held_out" and others else names[0]
    return name if name.startswith("the ") else f"the {name}"


def metres(distance: float, rng: np.random.Generator, words: Words) -> str:
    """Return a distance, e.g. ``2 metres``, ``1.5 metres``; ``two metres``, ``1.5 m`` where held out."""
    number, unit = f"{distance:g}", "metre" if distance == 1 else "metres"
    if words == "held_out":
        counted = f"{_COUNTS[int(distance)]} {unit}" if distance in _COUNTS else f"{number} meters"
        return pick((f"{number} m", counted), rng)
    return f"{number} {unit}"


def degrees(angle: float) -> str:
    """Return the size of an angle given in degrees, e.g. ``45 degrees``."""
    return f"{abs(angle):g} degrees"
