"""Reading what an arm is asked: what to do, with which thing, and where to, by other things and sides."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vla_agents.fusion.arm.kinds import COLOUR_NAMES, NOUN_NAMES, THINGS
from vla_agents.fusion.language.slots import Kinds, SlotReader
from vla_agents.fusion.language.tokens import Tokens
from vla_sim.tasks.manipulation.language import Side

SKILLS = ("pick", "pick_at", "in", "on", "beside", "between", "push", "stack", "other")
"""What a goal may ask: to pick up a thing, or the one at a side of another; to put it in, on, beside, between others;
to push it onto a mark; to put a cube on another; anything else."""
SIDES: tuple[Side, ...] = ("left", "right", "front", "behind")
NAMED = {"pick": 1, "between": 3, "other": 0}
"""How many things a goal of a skill names, if not two."""
PLACES = {"in": ("tray", "bowl"), "on": ("mat",), "push": ("mat",)}
"""What can be a place of a skill."""
_ODD = -3.0
"""Log of how much less probably something else is meant: what is plainly named stays what it is."""
MENTIONS = 3
"""The thing that is handled, then those that say where."""


@dataclass(frozen=True, slots=True)
class ArmMeaning:
    """What sentences mean, B of them.

    ``pooled`` (B, width) is the sentence as a whole; ``skill`` (B, skills), ``side`` (B, sides) and ``coloured``
    (B, mentions) are logits, the last one that a colour is said; ``queries`` (B, mentions, 2, QUERY) are unit vectors
    to be compared with what is seen; ``attention`` (B, slots, T) tells which words each answer was read from.
    """

    pooled: Tensor
    skill: Tensor
    side: Tensor
    coloured: Tensor
    queries: Tensor
    attention: Tensor

    def asked(self) -> Tensor:
        """Return the queries with zeros for colours that are not said: any will do."""
        said = torch.stack([self.coloured > 0.0, torch.ones_like(self.coloured, dtype=torch.bool)], -1)
        return self.queries * said[..., None]


class ArmReader(SlotReader):
    """Reads what an arm is asked."""

    slots = 2 + 2 * MENTIONS
    affords: Tensor

    def __init__(self, token_width: int, pieces: int, width: int = 96):
        super().__init__(token_width, pieces, width, self.slots)
        self.skill, self.side = nn.Linear(width, len(SKILLS)), nn.Linear(width, len(SIDES))
        self.coloured = nn.Linear(width, 1)
        self.colours = Kinds(len(COLOUR_NAMES), token_width)
        self.nouns = Kinds(len(NOUN_NAMES), token_width)
        self.register_buffer("affords", _affords(), persistent=False)

    def forward(self, tokens: Tokens) -> ArmMeaning:
        """Read some sentences."""
        answers, attention, features = self.answers(tokens)
        named = (attention[:, 2:] @ features).unflatten(1, (MENTIONS, 2))
        skill = self.skill(answers[:, 0])
        prior = None if self.training else self.affords[skill.argmax(-1)]
        return ArmMeaning(
            pooled=answers[:, 0],
            skill=skill,
            side=self.side(answers[:, 1]),
            coloured=self.coloured(answers[:, 2::2])[..., 0],
            queries=torch.stack([self.colours(named[:, :, 0]), self.nouns(named[:, :, 1], prior)], 2),
            attention=attention,
        )


def _affords() -> Tensor:
    """Return how probably each mention of a goal has each noun, by skill: logs (skills, mentions, nouns).

    What words can mean depends on what is to be done (affordances, as in SayCan, Ahn et al. 2022): what a cup is put on
    is no drawer.
    """
    prior = torch.zeros(len(SKILLS), MENTIONS, len(NOUN_NAMES))
    for index, skill in enumerate(SKILLS):
        if skill != "other":
            prior[index, 0] = torch.tensor([0.0 if noun in THINGS else _ODD for noun in NOUN_NAMES])
        if skill in PLACES:
            prior[index, 1] = torch.tensor([0.0 if noun in PLACES[skill] else _ODD for noun in NOUN_NAMES])
    return prior


@dataclass(frozen=True, slots=True)
class ArmIntent:
    """What one sentence most probably asks; ``sure`` is the probability of the skill, 0 where a noun is not known."""

    skill: str
    side: str
    sure: float

    @classmethod
    def of(cls, meaning: ArmMeaning, row: int = 0) -> ArmIntent:
        """Take the most probable answers."""
        chances = meaning.skill[row].softmax(-1)
        best = int(chances.argmax())
        skill = SKILLS[best]
        known = bool(meaning.queries[row, : NAMED.get(skill, 2), 1].any(-1).all())
        return cls(skill, SIDES[int(meaning.side[row].argmax())], float(chances[best]) if known else 0.0)
