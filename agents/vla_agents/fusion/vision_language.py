"""Fusion of images and sentences by cross-attention over CLIP, and a choice among the words of the vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from vla_agents.fusion.cross_attention import CrossAttention, masked_mean
from vla_agents.fusion.hub import Held, load_pretrained, load_tokenizer
from vla_agents.fusion.perception.pretrained import Preprocess
from vla_sim.envs.vocabulary import WORDS
from vla_sim.errors import InputError

FIELD = "model"
"""What a user sets to a pretrained model."""


@dataclass(frozen=True, slots=True)
class Fused:
    """Images and sentences as one.

    ``features`` (B, width); ``attention`` (B, T, h, w): where each of the T word pieces looked, of sum 1 over the
    positions; ``mask`` (B, T) is true for word pieces and false for padding.
    """

    features: Tensor
    attention: Tensor
    mask: Tensor

    @property
    def over_image(self) -> Tensor:
        """Where a sentence as a whole looked (B, h, w), of sum 1: the mean over its word pieces."""
        return masked_mean(self.attention.flatten(2), self.mask).unflatten(1, self.attention.shape[2:])  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Choice:
    """What was fused, and which of ``WORDS`` to do: ``action_logits`` and ``action_probs`` (B, 10)."""

    fused: Fused
    action_logits: Tensor
    action_probs: Tensor

    @property
    def words(self) -> list[str]:
        """The most probable word of each row."""
        return [WORDS[index] for index in self.action_logits.argmax(-1).tolist()]


class VisionLanguageFusion(nn.Module):
    """Words of CLIP's text tower attend to patches of its vision tower.

    Images (B, 3, 224, 224) in 0..1, or bytes as cameras give them, and B texts -> features (B, width). With ViT-B/32,
    49 patches of 768 and words of 512 are projected to ``width``; every word attends to all patches; what the words
    brought, less the padding's, is averaged and goes through an MLP with the sentence: the last word's features, for
    CLIP's text tower reads from left to right. Positions are told to the attention anew: CLIP learned its own for
    captions, in which they matter little.

    Args:
        source: folder of a CLIP with its tokenizer, or the name of one on a model hub.
        width: features that are given.
        heads: heads of the attention.
        trainable: whether CLIP learns too.

    Raises:
        InputError: the model or its tokenizer cannot be loaded, or the width cannot be split among the heads.
    """

    def __init__(self, source: str, width: int = 1024, heads: int = 8, trainable: bool = False):
        super().__init__()
        check_width(width, heads)
        model = load_pretrained("CLIPModel", source, ("clip",), FIELD)
        self._tokenizer = load_tokenizer(source, FIELD)
        self.vision, self.text = Held(model.vision_model, trainable), Held(model.text_model, trainable)
        config: Any = model.config
        side = config.vision_config.image_size
        self.preprocess = Preprocess.clip((side, side))
        self.grid = (side // config.vision_config.patch_size,) * 2
        self.longest = int(config.text_config.max_position_embeddings)
        self.see = normed_linear(config.vision_config.hidden_size, width)
        self.hear = normed_linear(config.text_config.hidden_size, width)
        self.attention = CrossAttention(width, heads)
        self.fuse = nn.Sequential(nn.Linear(2 * width, width), nn.GELU(), nn.Linear(width, width))
        self.width = width

    def forward(self, images: Tensor, texts: list[str]) -> Fused:
        """Fuse B images with B texts.

        Raises:
            InputError: there are not as many texts as images.
        """
        ids, mask = tokenized(self._tokenizer, texts, len(images), self.longest)
        patches = self.see(self.vision(pixel_values=self.preprocess(images)).last_hidden_state[:, 1:])
        words = self.hear(self.text(input_ids=ids, attention_mask=mask.long()).last_hidden_state)
        seen, attention = self.attention(words, patches.transpose(1, 2).unflatten(2, self.grid))
        sentence = words[torch.arange(len(words)), mask.sum(1) - 1]
        return Fused(self.fuse(torch.cat([sentence, masked_mean(seen, mask)], -1)), attention, mask)


class ActionHead(nn.Module):
    """Features (B, width) -> logits over ``WORDS`` (B, 10)."""

    def __init__(self, width: int):
        super().__init__()
        self.net = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, width // 2), nn.GELU(), nn.Linear(width // 2, len(WORDS))
        )

    def forward(self, fused: Fused) -> Choice:
        """Choose a word for each row."""
        logits = self.net(fused.features)
        return Choice(fused, logits, logits.softmax(-1))


class VisionLanguageActionFusion(nn.Module):
    """``VisionLanguageFusion`` and a head that chooses among the words of the vocabulary.

    Takes the same arguments, and images and texts of the same kind.
    """

    def __init__(self, source: str, width: int = 1024, heads: int = 8, trainable: bool = False):
        super().__init__()
        self.fusion = VisionLanguageFusion(source, width, heads, trainable)
        self.actions = ActionHead(width)

    def forward(self, images: Tensor, texts: list[str]) -> Choice:
        """Fuse, and choose a word for each row."""
        return self.actions(self.fusion(images, texts))  # type: ignore[no-any-return]


def tokenized(tokenizer: Any, texts: list[str], count: int, longest: int) -> tuple[Tensor, Tensor]:
    """Return ids (B, T) of word pieces, and which of them are no padding (B, T).

    Raises:
        InputError: there are not ``count`` texts.
    """
    if len(texts) != count:
        raise InputError(f"{count} images need as many texts, not {len(texts)}", field="texts")
    batch = tokenizer(texts, padding=True, truncation=True, max_length=longest, return_tensors="pt")
    return batch["input_ids"], batch["attention_mask"].bool()


def check_width(width: int, heads: int) -> None:
    """Check that a width can be split among heads and positions.

    Raises:
        InputError: it cannot.
    """
    if heads < 1 or width < 4 or width % heads or width % 4:
        raise InputError(f"{width} is no multiple of 4 and of the {heads} heads", field="width")


def normed_linear(inside: int, outside: int) -> nn.Module:
    """Return a projection of features whose scale does not matter: those of CLIP's last layer differ much in theirs."""
    return nn.Sequential(nn.LayerNorm(inside), nn.Linear(inside, outside))
