"""Reading sentences: slots attend to the words that answer them, and kinds say what the words that name things mean."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from vla_agents.fusion.language.tokens import Tokens

QUERY = 16
"""Width of each half of a mention: what colour it has, what shape."""
LEAST_ALIKE = 0.15
"""Cosine between words and the nearest kind below which they name none: "thing" or "big" reach 0.14, and so does "the
cube" where a colour is looked for; the names that training meets 0.2 and more, but for a few of the lexicon's."""


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

    def alike(self, features: Tensor) -> Tensor:
        """Return the cosines (..., kinds) of features of words (..., token width) with the kinds' means."""
        middle = self.means.mean(0)
        near = nn.functional.normalize(nn.functional.normalize(features, dim=-1) - middle, dim=-1)
        kinds = nn.functional.normalize(self.means - middle, dim=-1)
        return near @ kinds.T

    def logits(self, features: Tensor) -> Tensor:
        """Return of which kind words are (..., kinds)."""
        return self._sharpened(self.alike(features))

    def _sharpened(self, alike: Tensor) -> Tensor:
        return self.sharpness.exp() * alike

    def forward(self, features: Tensor, prior: Tensor | None = None) -> Tensor:
        """Return unit vectors (..., QUERY) for features of words (..., token width); zeros where they name no kind.

        ``prior`` (..., kinds) is the log of how probably each kind is meant, before the words are looked at.
        """
        alike = self.alike(features)
        logits = self._sharpened(alike)
        shares = (logits if prior is None else logits + prior).softmax(-1)
        query = nn.functional.normalize(shares @ nn.functional.normalize(self.looks, dim=-1), dim=-1)
        return query if self.training else query * (alike.amax(-1, keepdim=True) >= LEAST_ALIKE)


class SlotReader(nn.Module):
    """A small transformer over frozen token features; slots attend to the words that answer them.

    Numbers are sharper as word pieces than as features, so that each word piece has a few features of its own, zero
    until training meets it. What is asked is up to the classes that are made of it: their last ``2 * mentions`` slots
    look for the words that say which colour and which shape a thing has.
    """

    colours: Kinds
    nouns: Kinds
    forget = 0.06
    """Share of the words that training leaves out."""

    def __init__(self, token_width: int, pieces: int, width: int, slots: int):
        super().__init__()
        self.pieces = nn.Embedding(pieces, 12)
        nn.init.zeros_(self.pieces.weight)
        self.inward = nn.Linear(token_width + 12, width)
        self.position = nn.Parameter(0.02 * torch.randn(64, width))
        layer = nn.TransformerEncoderLayer(width, 4, 2 * width, dropout=0.1, batch_first=True, norm_first=True)
        self.mix = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.slot = nn.Parameter(0.3 * torch.randn(slots, width))
        self.ask = nn.MultiheadAttention(width, 4, batch_first=True)
        self.norm = nn.LayerNorm(width)
        self.width = width

    def answers(self, tokens: Tokens) -> tuple[Tensor, Tensor, Tensor]:
        """Return what each slot found (B, slots, width), where (B, slots, T), and the tokens' features."""
        features, pieces, mask = tokens.features, self.pieces(tokens.ids), tokens.mask
        if self.training:
            features, pieces, mask = self._forgetting(features, pieces, mask)
        words = self.inward(torch.cat([features, pieces], dim=-1)) + self.position[: pieces.shape[1]]
        words = self.mix(words, src_key_padding_mask=~mask)
        slots = self.slot.expand(len(words), -1, -1)
        answers, attention = self.ask(slots, words, words, key_padding_mask=~mask)
        return self.norm(answers + slots), attention, features

    @property
    def kinds(self) -> tuple[Kinds, Kinds]:
        """Colours and shapes."""
        return self.colours, self.nouns

    def finding(self) -> Iterator[nn.Parameter]:
        """Return the parameters that find answers, without those that say what an answer means."""
        for part in (self.pieces, self.inward, self.mix, self.ask, self.norm):
            yield from part.parameters()
        yield from (self.position, self.slot)

    def _forgetting(self, features: Tensor, pieces: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return features dimmed and noisy, pieces and some words left out: what training must not lean on alone."""
        features = nn.functional.dropout(features, 0.15) + 0.15 * features.std() * torch.randn_like(features)
        pieces = pieces * (torch.rand(*pieces.shape[:2], 1) > 0.4)
        heard = mask & (torch.rand(mask.shape) > self.forget)
        return features, pieces, heard | (mask & ~heard.any(1, keepdim=True))
