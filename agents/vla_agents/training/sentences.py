"""Goals in words with what they mean: what the reader is trained and scored on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vla_agents.fusion.language.reader import DEGREES, METRES, SIDES, SKILLS
from vla_sim.tasks.language import (
    BEARINGS,
    COLOURS,
    HELD_OUT_PAIRS,
    NOUNS,
    degrees,
    metres,
    object_words,
    room_words,
    say,
)
from vla_sim.tasks.semantics import ObjectTag, Room
from vla_sim.tasks.task import Words

COLOUR_NAMES, NOUN_NAMES = tuple(COLOURS), tuple(NOUNS)
UNKNOWN = -1
"""Where a sentence says nothing: no loss."""

_SKILL_OF = {
    "go_to_object": "reach",
    "change_of_mind": "reach",
    "find_the_real_one": "reach",
    "stop_in_front": "front",
    "go_between": "between",
    "visit_in_order": "visit",
    "avoid_object": "avoid",
    "go_to_thing_at": "bearing",
    "go_to_room": "room",
    "follow_wall": "wall",
    "turn_by_angle": "turn",
    "hold_heading": "straight",
    "stop": "stop",
}
_ENTRIES = tuple(_SKILL_OF)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A goal in words; ``mentions`` are (colour, noun) as indices. What it does not say is ``UNKNOWN``."""

    words: str
    skill: int
    side: int = UNKNOWN
    metres: float = UNKNOWN
    degrees: float = UNKNOWN
    mentions: tuple[tuple[int, int], ...] = ()


def draw_sentence(
    rng: np.random.Generator, words: Words = "seen", rooms: tuple[Room, ...] = (), held_out_pairs: bool = False
) -> Sentence:
    """Draw a goal of any kind.

    Args:
        rng: the generator.
        words: which templates and names.
        rooms: rooms that may be named; none, and no goal names a room.
        held_out_pairs: whether all things named are pairs of ``HELD_OUT_PAIRS``, or none is.
    """
    entry = _ENTRIES[int(rng.integers(len(_ENTRIES)))]
    while entry == "go_to_room" and not rooms:
        entry = _ENTRIES[int(rng.integers(len(_ENTRIES)))]
    skill = SKILLS.index(_SKILL_OF[entry])
    match SKILLS[skill]:
        case "stop":
            return Sentence(say(entry, rng, words), skill)
        case "turn":
            angle, side = 5.0 * int(rng.integers(1, 37)), int(rng.integers(2))
            return Sentence(
                say(entry, rng, words, side=SIDES[side], angle=degrees(angle)), skill, side=side, degrees=angle
            )
        case "straight":
            way = _way(rng)
            return Sentence(say(entry, rng, words, distance=metres(way, rng, words)), skill, metres=way)
        case "wall":
            way, side = _way(rng), int(rng.integers(2))
            sentence = say(entry, rng, words, side=SIDES[side], distance=metres(way, rng, words))
            return Sentence(sentence, skill, side=side, metres=way)
        case "bearing":
            side = int(rng.integers(4))
            bearing = BEARINGS[SIDES[side]].pick(rng, words)
            return Sentence(say(entry, rng, words, bearing=bearing), skill, side=side)
        case "room":
            room = rooms[int(rng.integers(len(rooms)))]
            return Sentence(say(entry, rng, words, room=room_words(room, rng, words)), skill)
        case "reach":
            thing = _thing(rng, held_out_pairs)
            return Sentence(say(entry, rng, words, object=_name(thing, rng, words)), skill, mentions=(thing,))
        case "front":
            thing, way = _thing(rng, held_out_pairs), _way(rng, 2.5)
            sentence = say(entry, rng, words, object=_name(thing, rng, words), distance=metres(way, rng, words))
            return Sentence(sentence, skill, metres=way, mentions=(thing,))
        case "avoid":
            thing, hazard, way = _thing(rng, held_out_pairs), _thing(rng, held_out_pairs), _way(rng, 2.0)
            sentence = say(
                entry,
                rng,
                words,
                object=_name(thing, rng, words),
                hazard=_name(hazard, rng, words),
                distance=metres(way, rng, words),
            )
            return Sentence(sentence, skill, metres=way, mentions=(thing, hazard))
        case _:
            first, second = _thing(rng, held_out_pairs), _thing(rng, held_out_pairs)
            sentence = say(entry, rng, words, first=_name(first, rng, words), second=_name(second, rng, words))
            return Sentence(sentence, skill, mentions=(first, second))


def _way(rng: np.random.Generator, most: float = 6.0) -> float:
    """Draw a distance [m] in tenths; halves and wholes, which people say more often, are half of them."""
    if rng.random() < 0.5:
        return 0.5 * int(rng.integers(1, round(2 * most) + 1))
    return round(0.1 * int(rng.integers(2, round(10 * most) + 1)), 1)


def _thing(rng: np.random.Generator, held_out: bool) -> tuple[int, int]:
    while True:
        colour, noun = int(rng.integers(len(COLOUR_NAMES))), int(rng.integers(len(NOUN_NAMES)))
        if ((COLOUR_NAMES[colour], NOUN_NAMES[noun]) in HELD_OUT_PAIRS) == held_out:
            return colour, noun


def _name(thing: tuple[int, int], rng: np.random.Generator, words: Words) -> str:
    return object_words(ObjectTag(colour=COLOUR_NAMES[thing[0]], noun=NOUN_NAMES[thing[1]], radius=0.2), rng, words)


@dataclass(frozen=True, slots=True)
class Labels:
    """Sentences' meanings as tensors: indices (B,), and mentions (B, 2, 2) of colour and noun; -1 where unsaid."""

    skill: Tensor
    side: Tensor
    metres: Tensor
    degrees: Tensor
    mentions: Tensor

    @classmethod
    def of(cls, sentences: list[Sentence]) -> Labels:
        """Take the labels of some sentences."""
        mentions = torch.full((len(sentences), 2, 2), UNKNOWN)
        for row, sentence in enumerate(sentences):
            for slot, thing in enumerate(sentence.mentions):
                mentions[row, slot] = torch.tensor(thing)
        return cls(
            torch.tensor([each.skill for each in sentences]),
            torch.tensor([each.side for each in sentences]),
            torch.tensor([_nearest(METRES, each.metres) for each in sentences]),
            torch.tensor([_nearest(DEGREES, each.degrees) for each in sentences]),
            mentions,
        )


def _nearest(bins: Tensor, value: float) -> int:
    return UNKNOWN if value == UNKNOWN else int((bins - value).abs().argmin())
