"""What an arm is asked, in words with what they mean: what its reader is trained and scored on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vla_agents.fusion.arm.kinds import COLOUR_NAMES, NOUN_NAMES, THINGS
from vla_agents.fusion.arm.reading import MENTIONS, SIDES, SKILLS
from vla_agents.fusion.language.tokens import TokenEncoder
from vla_agents.training import lexicon as colours_and_forms
from vla_agents.training.arm import lexicon
from vla_agents.training.sentences import UNKNOWN, mean_features
from vla_sim.tasks.language import COLOURS, HELD_OUT_PAIRS, NOUNS, pick, say
from vla_sim.tasks.manipulation.language import SIDES as SIDE_NAMES
from vla_sim.tasks.manipulation.language import TABLE_NOUNS, colour_word, counted_words, thing_words
from vla_sim.tasks.semantics import FixtureTag, ObjectTag
from vla_sim.tasks.task import Words

PLAIN = -1
"""The colour of what has none, or whose colour is not said."""
_ENTRY = {
    "pick": "pick_up",
    "pick_at": "pick_up",
    "in": "put_in",
    "on": "put_on",
    "beside": "put_beside",
    "between": "put_between",
    "push": "push_to",
    "stack": "stack",
}
_OTHERS = ("open_drawer", "press_button", "clear_colour", "put_count")
Kind = tuple[int, int]
"""Colour and noun, as indices."""


@dataclass(frozen=True, slots=True)
class ArmSentence:
    """A goal in words; ``mentions`` are what is handled, then what says where. What it does not say is ``UNKNOWN``."""

    words: str
    skill: int
    side: int = UNKNOWN
    mentions: tuple[Kind, ...] = ()
    other: Mapping[str, Any] = field(default_factory=dict)
    """Of a goal that is none of the skills: its ``entry`` in the phrasebook, and what it says."""


class ArmSpeaker:
    """Draws goals of any kind, in words of one of the tasks' splits, or (``free``) in words of our own lexicon.

    Args:
        rng: the generator.
        words: which templates and names of the tasks.
        held_out_pairs: whether all things to be handled are pairs of ``HELD_OUT_PAIRS``, or none is.
        free: share of the goals, and of the names in any goal, that are taken from the lexicon.
    """

    def __init__(
        self, rng: np.random.Generator, words: Words = "seen", held_out_pairs: bool = False, free: float = 0.0
    ):
        self._rng, self._words, self._held_out, self._free = rng, words, held_out_pairs, free

    def draw(self) -> ArmSentence:
        """Draw a goal and say it."""
        return self.say(self._mean())

    def say(self, goal: ArmSentence) -> ArmSentence:
        """Say a goal, which may have been said by another speaker, in words of one's own."""
        skill, names = SKILLS[goal.skill], [self._name(kind) for kind in goal.mentions]
        match skill:
            case "pick":
                said = self._say(skill, object=names[0])
            case "pick_at":
                said = self._say("pick", object=f"{names[0]} {self._side(goal.side)} {names[1]}")
            case "in" | "on" | "push":
                said = self._say(skill, object=names[0], place=names[1])
            case "beside":
                said = self._say(skill, object=names[0], relation=self._side(goal.side), other=names[1])
            case "between":
                said = self._say(skill, object=names[0], first=names[1], second=names[2])
            case "stack":
                said = self._say(skill, object=names[0], other=names[1])
            case _:
                said = self._say_other(**goal.other)
        return replace(goal, words=said)

    def _mean(self) -> ArmSentence:
        """Draw a goal that is not said yet."""
        rng = self._rng
        skill = pick(SKILLS, rng)
        goal = ArmSentence("", SKILLS.index(skill))
        thing, side = self._thing(), int(rng.integers(len(SIDES)))
        match skill:
            case "pick":
                return replace(goal, mentions=(thing,))
            case "pick_at":
                plain, other = (PLAIN, thing[1]), self._place(("bowl", "tray", *THINGS))
                return replace(goal, side=side, mentions=(plain, other))
            case "in":
                return replace(goal, mentions=(thing, self._place(("tray", "bowl"))))
            case "on" | "push":
                return replace(goal, mentions=(thing, self._place(("mat",))))
            case "beside":
                return replace(goal, side=side, mentions=(thing, self._place(("bowl", *THINGS))))
            case "between":
                first, second = self._place(("bowl", *THINGS)), self._place(("bowl", *THINGS))
                return replace(goal, mentions=(thing, first, second))
            case "stack":
                return replace(goal, mentions=(thing, self._thing()))
        return replace(goal, other=self._other())

    def _other(self) -> dict[str, Any]:
        rng = self._rng
        return {
            "entry": pick(_OTHERS, rng),
            "colour": pick(COLOUR_NAMES, rng),
            "side": pick(("left", "right"), rng),
            "button": int(rng.integers(3)),
            "count": int(rng.integers(1, 4)),
            "counted": pick((*THINGS, *COLOUR_NAMES), rng),
        }

    def _say_other(self, entry: str, colour: str, side: str, button: int, count: int, counted: str) -> str:
        rng, words = self._rng, self._words
        return say(
            entry,
            rng,
            words,
            side=side,
            drawer=TABLE_NOUNS["drawer"].pick(rng, words),
            object=self._name((button, NOUN_NAMES.index("button"))),
            colour=colour_word(colour, rng, words),
            place=self._name(self._place(("tray",))),
            count=counted_words(count, counted, rng, words),
        )

    def _freely(self) -> bool:
        return bool(self._rng.random() < self._free)

    def _say(self, skill: str, **slots: str) -> str:
        if not self._freely():
            return say(_ENTRY[skill], self._rng, self._words, **slots)
        said = pick(lexicon.TEMPLATES[skill], self._rng).format(**slots)
        return pick(colours_and_forms.POLITE, self._rng).format(said)

    def _thing(self) -> Kind:
        while True:
            colour, noun = int(self._rng.integers(len(COLOUR_NAMES))), int(self._rng.integers(len(THINGS)))
            if ((COLOUR_NAMES[colour], THINGS[noun]) in HELD_OUT_PAIRS) == self._held_out:
                return colour, noun

    def _place(self, nouns: tuple[str, ...]) -> Kind:
        noun = NOUN_NAMES.index(pick(nouns, self._rng))
        plain = NOUN_NAMES[noun] in ("tray", "bowl")
        return PLAIN if plain else int(self._rng.integers(len(COLOUR_NAMES))), noun

    def _side(self, side: int) -> str:
        if self._freely():
            return pick(lexicon.SIDES[SIDES[side]], self._rng)
        return SIDE_NAMES[SIDES[side]].pick(self._rng, self._words)

    def _name(self, kind: Kind) -> str:
        rng = self._rng
        noun = NOUN_NAMES[kind[1]]
        if not self._free:
            if kind[0] == PLAIN:
                return thing_words(FixtureTag(noun=noun, radius=0.1), rng, self._words)
            return thing_words(ObjectTag(colour=COLOUR_NAMES[kind[0]], noun=noun, radius=0.1), rng, self._words)
        name = pick(lexicon.NOUNS[noun] if self._freely() else seen_nouns(noun), rng)
        if kind[0] == PLAIN:
            return f"{pick(('the', 'the', 'that', 'this'), rng)} {name}"
        colour = COLOUR_NAMES[kind[0]]
        shade = pick(colours_and_forms.COLOURS[colour] if self._freely() else COLOURS[colour].seen, rng)
        form = pick(colours_and_forms.FORMS, rng) if self._freely() else "the {colour} {noun}"
        return form.format(colour=shade, noun=name)


def seen_nouns(noun: str) -> tuple[str, ...]:
    """Return the names of a kind that training may use."""
    return (TABLE_NOUNS.get(noun) or NOUNS[noun]).seen


@dataclass(frozen=True, slots=True)
class ArmLabels:
    """Sentences' meanings as tensors: indices (B,); mentions (B, 3, 2) of colour and noun.

    Nouns are -1 where nothing is mentioned, colours where none is said.
    """

    skill: Tensor
    side: Tensor
    mentions: Tensor

    @classmethod
    def of(cls, sentences: list[ArmSentence]) -> ArmLabels:
        """Take the labels of some sentences."""
        mentions = torch.full((len(sentences), MENTIONS, 2), UNKNOWN)
        for row, sentence in enumerate(sentences):
            for slot, kind in enumerate(sentence.mentions):
                mentions[row, slot] = torch.tensor(kind)
        skill = torch.tensor([each.skill for each in sentences])
        return cls(skill, torch.tensor([each.side for each in sentences]), mentions)


def kind_means(encoder: TokenEncoder) -> tuple[Tensor, Tensor]:
    """Return the mean features of the names of each colour and each noun, as they stand in sentences (kinds, width)."""
    colours = [
        mean_features(
            encoder,
            (*COLOURS[colour].seen, *colours_and_forms.COLOURS[colour]),
            ("pick up the {} thing", "the object is {}"),
        )
        for colour in COLOUR_NAMES
    ]
    nouns = [
        mean_features(
            encoder, (*seen_nouns(noun), *lexicon.NOUNS[noun]), ("pick up the red {}", "the {} on the table is blue")
        )
        for noun in NOUN_NAMES
    ]
    return torch.stack(colours), torch.stack(nouns)
