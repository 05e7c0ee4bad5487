"""Reading a goal: what to do, with which things, how far, by how much, on which side; learned, not by keywords."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vla_agents.fusion.language.slots import Kinds, SlotReader
from vla_agents.fusion.language.tokens import Tokens

SKILLS = ("reach", "front", "between", "visit", "avoid", "bearing", "room", "wall", "turn", "straight", "stop")
"""What a goal may ask: to come to a thing, to stop before it, to go between two, to visit two in order, to come to
one and avoid the other, to come to what stands at a side, to go to a room, to follow a wall, turn, go on, stop."""
SIDES = ("left", "right", "front", "back")
METRES = torch.linspace(0.0, 6.0, 61)
DEGREES = torch.linspace(0.0, 180.0, 37)
NAMED = {"reach": 1, "front": 1, "between": 2, "visit": 2, "avoid": 2}
"""How many things a goal of a skill names; none where it is not in here."""
MENTIONS = 2
"""Things that a goal names: the one to go to (or to visit first), and the other one."""
COLOUR_KINDS, NOUN_KINDS = 6, 4


@dataclass(frozen=True, slots=True)
class Meaning:
    """What sentences mean, B of them.

    ``pooled`` (B, width) is the sentence as a whole; ``skill`` (B, skills), ``side`` (B, sides), ``metres`` (B, bins)
    and ``degrees`` (B, bins) are logits; ``queries`` (B, mentions, 2, QUERY) are unit vectors to be compared with what
    is seen, zeros where any colour or shape will do; ``attention`` (B, slots, T) tells which words each answer was read
    from.
    """

    pooled: Tensor
    skill: Tensor
    side: Tensor
    metres: Tensor
    degrees: Tensor
    queries: Tensor
    attention: Tensor


class Reader(SlotReader):
    """Reads what a rover is asked."""

    slots = 4 + 2 * MENTIONS

    def __init__(self, token_width: int, pieces: int, width: int = 96):
        super().__init__(token_width, pieces, width, self.slots)
        self.skill, self.side = nn.Linear(width, len(SKILLS)), nn.Linear(width, len(SIDES))
        self.metres, self.degrees = nn.Linear(width, len(METRES)), nn.Linear(width, len(DEGREES))
        self.colours, self.nouns = Kinds(COLOUR_KINDS, token_width), Kinds(NOUN_KINDS, token_width)

    def forward(self, tokens: Tokens) -> Meaning:
        """Read some sentences."""
        answers, attention, features = self.answers(tokens)
        # Which words name a thing depends on the sentence; what they mean is left to the pretrained features alone.
        named = (attention[:, 4:] @ features).unflatten(1, (MENTIONS, 2))
        queries = torch.stack([self.colours(named[:, :, 0]), self.nouns(named[:, :, 1])], 2)
        return Meaning(
            pooled=answers[:, 0],
            skill=self.skill(answers[:, 0]),
            side=self.side(answers[:, 1]),
            metres=self.metres(answers[:, 2]),
            degrees=self.degrees(answers[:, 3]),
            queries=queries,
            attention=attention,
        )


@dataclass(frozen=True, slots=True)
class Intent:
    """What one sentence most probably asks.

    ``sure`` is the probability of the skill, or 0 if something is named of which neither colour nor shape is known.
    """

    skill: str
    side: str
    metres: float
    degrees: float
    sure: float

    @classmethod
    def of(cls, meaning: Meaning, row: int = 0) -> Intent:
        """Take the most probable answers."""
        chances = meaning.skill[row].softmax(-1)
        best = int(chances.argmax())
        skill = SKILLS[best]
        known = bool(meaning.queries[row, : NAMED.get(skill, 0)].flatten(1).any(-1).all())
        return cls(
            skill=skill,
            side=SIDES[int(meaning.side[row].argmax())],
            metres=float(METRES[int(meaning.metres[row].argmax())]),
            degrees=float(DEGREES[int(meaning.degrees[row].argmax())]),
            sure=float(chances[best]) if known else 0.0,
        )
