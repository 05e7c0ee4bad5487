"""Goals in words with what they mean: what the reader is trained and scored on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from vla_agents.fusion.language.reader import DEGREES, METRES, SIDES, SKILLS
from vla_agents.fusion.language.tokens import TokenEncoder
from vla_agents.training import lexicon
from vla_sim.tasks.language import (
    BEARINGS,
    COLOURS,
    HELD_OUT_PAIRS,
    NOUNS,
    degrees,
    metres,
    object_words,
    pick,
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


@dataclass(frozen=True, slots=True)
class Sentence:
    """A goal in words; ``mentions`` are (colour, noun) as indices. What it does not say is ``UNKNOWN``.

    ``entry`` is where the phrasebook has ways to say it, ``room`` which of the speaker's rooms it names.
    """

    words: str
    entry: str
    skill: int
    side: int = UNKNOWN
    metres: float = UNKNOWN
    degrees: float = UNKNOWN
    mentions: tuple[tuple[int, int], ...] = ()
    room: int = UNKNOWN


class Speaker:
    """Draws goals of any kind, in words of one of the tasks' splits, or (``free``) in words of our own lexicon.

    Args:
        rng: the generator.
        words: which templates and names of the tasks.
        rooms: rooms that may be named; none, and no goal names a room.
        held_out_pairs: whether all things named are pairs of ``HELD_OUT_PAIRS``, or none is.
        free: share of the goals, and of the names in any goal, that are taken from the lexicon.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        words: Words = "seen",
        rooms: tuple[Room, ...] = (),
        held_out_pairs: bool = False,
        free: float = 0.0,
    ):
        self._rng, self._words, self._rooms, self._held_out, self._free = rng, words, rooms, held_out_pairs, free
        self._entries = tuple(entry for entry in _SKILL_OF if rooms or entry != "go_to_room")

    def draw(self) -> Sentence:
        """Draw a goal and say it."""
        return self.say(self._mean())

    def say(self, goal: Sentence) -> Sentence:
        """Say a goal, which may have been said by another speaker with the same rooms, in words of one's own."""
        slots: dict[str, str] = {}
        match SKILLS[goal.skill]:
            case "turn":
                slots = {"side": SIDES[goal.side], "angle": self._degrees(goal.degrees)}
            case "wall":
                slots = {"side": SIDES[goal.side]}
            case "bearing":
                slots = {"bearing": self._bearing(SIDES[goal.side])}
            case "room":
                slots = {"room": room_words(self._rooms[goal.room], self._rng, self._words)}
            case "avoid":
                slots = dict(zip(("object", "hazard"), map(self._name, goal.mentions), strict=True))
            case "between" | "visit":
                slots = dict(zip(("first", "second"), map(self._name, goal.mentions), strict=True))
            case "reach" | "front":
                slots = {"object": self._name(goal.mentions[0])}
        if goal.metres != UNKNOWN:
            slots["distance"] = self._metres(goal.metres)
        return replace(goal, words=self._say(goal.entry, **slots))

    def _mean(self) -> Sentence:
        """Draw a goal that is not said yet."""
        rng = self._rng
        entry = self._entries[int(rng.integers(len(self._entries)))]
        skill = _SKILL_OF[entry]
        goal = Sentence("", entry, SKILLS.index(skill))
        match skill:
            case "turn":
                return replace(goal, degrees=5.0 * int(rng.integers(1, 37)), side=int(rng.integers(2)))
            case "straight":
                return replace(goal, metres=_way(rng))
            case "wall":
                return replace(goal, metres=_way(rng), side=int(rng.integers(2)))
            case "bearing":
                return replace(goal, side=int(rng.integers(4)))
            case "room":
                return replace(goal, room=int(rng.integers(len(self._rooms))))
            case "reach":
                return replace(goal, mentions=(self._thing(),))
            case "front":
                return replace(goal, mentions=(self._thing(),), metres=_way(rng, 2.5))
            case "avoid":
                return replace(goal, mentions=(self._thing(), self._thing()), metres=_way(rng, 2.0))
            case "between" | "visit":
                return replace(goal, mentions=(self._thing(), self._thing()))
        return goal

    def _freely(self) -> bool:
        return bool(self._rng.random() < self._free)

    def _say(self, entry: str, **slots: str) -> str:
        if not self._freely():
            return say(entry, self._rng, self._words, **slots)
        said = pick(lexicon.TEMPLATES[_SKILL_OF[entry]], self._rng).format(**slots)
        return pick(lexicon.POLITE, self._rng).format(said)

    def _thing(self) -> tuple[int, int]:
        while True:
            colour, noun = int(self._rng.integers(len(COLOUR_NAMES))), int(self._rng.integers(len(NOUN_NAMES)))
            if ((COLOUR_NAMES[colour], NOUN_NAMES[noun]) in HELD_OUT_PAIRS) == self._held_out:
                return colour, noun

    def _name(self, thing: tuple[int, int]) -> str:
        colour, noun = COLOUR_NAMES[thing[0]], NOUN_NAMES[thing[1]]
        if not self._free:
            return object_words(ObjectTag(colour=colour, noun=noun, radius=0.2), self._rng, self._words)
        colours = lexicon.COLOURS[colour] if self._freely() else COLOURS[colour].seen
        nouns = lexicon.NOUNS[noun] if self._freely() else NOUNS[noun].seen
        form = pick(lexicon.FORMS, self._rng) if self._freely() else "the {colour} {noun}"
        return form.format(colour=pick(colours, self._rng), noun=pick(nouns, self._rng))

    def _metres(self, distance: float) -> str:
        if self._freely():
            return pick(lexicon.METRES, self._rng).format(number=f"{distance:g}")
        return metres(distance, self._rng, self._words)

    def _degrees(self, angle: float) -> str:
        return pick(lexicon.DEGREES, self._rng).format(number=f"{angle:g}") if self._freely() else degrees(angle)

    def _bearing(self, side: str) -> str:
        if self._freely():
            return pick(lexicon.BEARINGS[side], self._rng)
        return BEARINGS[side].pick(self._rng, self._words)


def _way(rng: np.random.Generator, most: float = 6.0) -> float:
    """Draw a distance [m] in tenths; halves and wholes, which people say more often, are half of them."""
    if rng.random() < 0.5:
        return 0.5 * int(rng.integers(1, round(2 * most) + 1))
    return round(0.1 * int(rng.integers(2, round(10 * most) + 1)), 1)


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


def kind_means(encoder: TokenEncoder) -> tuple[Tensor, Tensor]:
    """Return the mean features of the names of each colour and each noun, as they stand in sentences (kinds, width)."""
    colours = [
        mean_features(
            encoder, (*COLOURS[colour].seen, *lexicon.COLOURS[colour]), ("go to the {} thing", "the object is {}")
        )
        for colour in COLOUR_NAMES
    ]
    nouns = [
        mean_features(encoder, (*NOUNS[noun].seen, *lexicon.NOUNS[noun]), ("go to the red {}", "the {} that is blue"))
        for noun in NOUN_NAMES
    ]
    return torch.stack(colours), torch.stack(nouns)


def mean_features(encoder: TokenEncoder, names: tuple[str, ...], contexts: tuple[str, ...]) -> Tensor:
    """Return the mean features (width,) of some names in some contexts."""
    each = []
    for name in names:
        pieces = encoder.encode([name]).ids[0, 1:-1]
        for context in contexts:
            tokens = encoder.encode([context.format(name)])
            width = len(pieces)
            ids = tokens.ids[0]
            start = next(at for at in range(len(ids) - width + 1) if torch.equal(ids[at : at + width], pieces))
            each.append(F.normalize(tokens.features[0, start : start + width].mean(0), dim=0))
    return torch.stack(each).mean(0)
