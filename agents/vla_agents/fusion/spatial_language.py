"""Fusion of a feature map of a ResNet with a sentence of BERT, position by position."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vla_agents.fusion.cross_attention import CrossAttention, masked_mean
from vla_agents.fusion.hub import Held, load_pretrained, load_tokenizer
from vla_agents.fusion.perception.pretrained import ResNetVision
from vla_agents.fusion.vision_language import FIELD, ActionHead, Choice, Fused, check_width, normed_linear, tokenized

LONGEST = 64
"""Word pieces of a sentence that are read."""


class SpatialVisionLanguageFusion(nn.Module):
    """Words of BERT attend to the positions of a ResNet's map, and a head chooses among the words of the vocabulary.

    Images (B, 3, H, W) in 0..1, or bytes as cameras give them, and B texts -> features (B, width) and actions (B, 10).
    With ResNet-50 at 224 pixels the map is (B, 2048, 7, 7), projected to ``width``; BERT's tokens (B, at most 64, 768)
    are projected to the same.

    Args:
        vision: folder of a ResNet, or the name of one on a model hub.
        language: folder of a BERT with its tokenizer, or the name of one on a model hub.
        width: features that are given.
        heads: heads of the attention.
        trainable: whether both pretrained models learn too.
        size: side [pixels] that images are resized to.

    Raises:
        InputError: a model or the tokenizer cannot be loaded, or the width cannot be split among the heads.
    """

    def __init__(
        self,
        vision: str,
        language: str,
        width: int = 512,
        heads: int = 8,
        trainable: bool = False,
        size: int = 224,
    ):
        super().__init__()
        check_width(width, heads)
        self.vision = ResNetVision(vision, width, trainable, strides=(32,), size=size)
        model = load_pretrained("BertModel", language, ("bert",), FIELD)
        self._tokenizer = load_tokenizer(language, FIELD)
        self.text = Held(model, trainable)
        self.hear = normed_linear(model.config.hidden_size, width)
        self.attention = CrossAttention(width, heads)
        self.fuse = nn.Sequential(nn.Linear(2 * width, width), nn.GELU(), nn.Linear(width, width))
        self.actions = ActionHead(width)
        self.longest = min(LONGEST, int(model.config.max_position_embeddings))

    def forward(self, images: Tensor, texts: list[str]) -> Choice:
        """Fuse B images with B texts, and choose a word for each.

        Raises:
            InputError: there are not as many texts as images.
        """
        ids, mask = tokenized(self._tokenizer, texts, len(images), self.longest)
        maps = self.vision.project[0](self.vision.maps(images)[0])
        words = self.hear(self.text(input_ids=ids, attention_mask=mask.long()).last_hidden_state)
        seen, attention = self.attention(words, maps)
        features = self.fuse(torch.cat([masked_mean(words, mask), masked_mean(seen, mask)], -1))
        return self.actions(Fused(features, attention, mask))  # type: ignore[no-any-return]
