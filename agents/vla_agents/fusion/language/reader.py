"""Reading a goal: what to do, with which things, how far, by how much, on which side; learned, not by keywords."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

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
QUERY = 16
"""Width of each half of a mention: what colour it has, what shape."""
LEAST_ALIKE = 0.15
"""Cosine between words and the nearest kind below which they name none: "thing" or "big" reach 0.14, and so does "the
cube" where a colour is looked for; the names that training meets 0.2 and more, but for a few of the lexicon's."""


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


class Kinds(nn.Module):
    """Which of some kinds words are of, by how near their pretrained features are to the kinds' means.

    These are prototypical networks (Snell et al. 2017): the means are taken once over many names of each kind, and only
    what a kind looks like is learned, so that a name which was never met falls to the kind of its neighbours. Words
    that are near to no kind name none: any will do.
    """

    means: Tensor

    def __init__(self, count: int, token_width: int):
        super().__init__()
        self.register_buffer("means", torch.zeros(count, token_width))
        self.looks = nn.Parameter(torch.randn(count, QUERY))
        self.sharpness = nn.Parameter(torch.tensor(2.5))

    def forward(self, features: Tensor) -> Tensor:
        """Return unit vectors (..., QUERY) for features of words (..., token width); zeros where they name no kind."""
        middle = self.means.mean(0)
        near = nn.functional.normalize(nn.functional.normalize(features, dim=-1) - middle, dim=-1)
        kinds = nn.functional.normalize(self.means - middle, dim=-1)
        alike = near @ kinds.T
        shares = (self.sharpness.exp() * alike).softmax(-1)
        query = nn.functional.normalize(shares @ nn.functional.normalize(self.looks, dim=-1), dim=-1)
        return query if self.training else query * (alike.amax(-1, keepdim=True) >= LEAST_ALIKE)


class Reader(nn.Module):
    """A small transformer over frozen token features; slots attend to the words that answer them.

    Numbers are sharper as word pieces than as features, so that each word piece has a few features of its own, zero
    until training meets it.
    """

    slots = 4 + 2 * MENTIONS
    forget = 0.06
    """Share of the words that training leaves out."""

    def __init__(self, token_width: int, pieces: int, width: int = 96):
        super().__init__()
        self.pieces = nn.Embedding(pieces, 12)
        nn.init.zeros_(self.pieces.weight)
        self.inward = nn.Linear(token_width + 12, width)
        self.position = nn.Parameter(0.02 * torch.randn(64, width))
        layer = nn.TransformerEncoderLayer(width, 4, 2 * width, dropout=0.1, batch_first=True, norm_first=True)
        self.mix = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.slot = nn.Parameter(0.3 * torch.randn(self.slots, width))
        self.ask = nn.MultiheadAttention(width, 4, batch_first=True)
        self.norm = nn.LayerNorm(width)
        self.skill, self.side = nn.Linear(width, len(SKILLS)), nn.Linear(width, len(SIDES))
        self.metres, self.degrees = nn.Linear(width, len(METRES)), nn.Linear(width, len(DEGREES))
        self.colours, self.nouns = Kinds(COLOUR_KINDS, token_width), Kinds(NOUN_KINDS, token_width)
        self.width = width

    def forward(self, tokens: Tokens) -> Meaning:
        """Read some sentences."""
        features, pieces, mask = tokens.features, self.pieces(tokens.ids), tokens.mask
        if self.training:
            features, pieces, mask = self._forgetting(features, pieces, mask)
        words = self.inward(torch.cat([features, pieces], dim=-1)) + self.position[: pieces.shape[1]]
        words = self.mix(words, src_key_padding_mask=~mask)
        slots = self.slot.expand(len(words), -1, -1)
        answers, attention = self.ask(slots, words, words, key_padding_mask=~mask)
        answers = self.norm(answers + slots)
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

    def _forgetting(self, features: Tensor, pieces: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return features dimmed and noisy, pieces and some words left out: what training must not lean on alone."""
        features = nn.functional.dropout(features, 0.15) + 0.15 * features.std() * torch.randn_like(features)
        pieces = pieces * (torch.rand(*pieces.shape[:2], 1) > 0.4)
        heard = mask & (torch.rand(mask.shape) > self.forget)
        return features, pieces, heard | (mask & ~heard.any(1, keepdim=True))


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
