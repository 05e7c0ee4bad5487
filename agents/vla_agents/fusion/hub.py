"""Pretrained models by ``from_pretrained``: loaded whole or not at all, and held frozen or trainable."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from vla_sim.errors import InputError

_LEAST_PIECES = 16


def load_pretrained(name: str, source: str, kinds: tuple[str, ...], field: str) -> Any:
    """Return a model of a class of transformers, in eval mode and single precision.

    Only safetensors are read, never a pickle. A model that its folder fills in part is an error, where transformers
    would draw the rest at random.

    Args:
        name: the class, such as ``CLIPVisionModel``.
        source: a folder with config and weights, or a name on a model hub, ``NAME@REVISION`` for one revision of it.
        kinds: the ``model_type`` of the configurations that it takes.
        field: what the user set to ``source``.

    Raises:
        InputError: there is no such model, it cannot be read, or it is of another kind.
    """
    import transformers
    from safetensors import SafetensorError

    kind = kind_of(source, field)
    if kind not in kinds:
        raise InputError(f"'{source}' is a model of the kind '{kind}', not {' or '.join(kinds)}", field=field)
    try:
        model, info = getattr(transformers, name).from_pretrained(
            **_place(source), use_safetensors=True, dtype=torch.float32, output_loading_info=True
        )
    except (OSError, ValueError, RuntimeError, ImportError, SafetensorError) as error:
        raise _unloaded(source, field, error) from None
    missing = sorted(info["missing_keys"])
    if missing:
        raise InputError(
            f"'{source}' lacks {len(missing)} of the weights of {name}, such as '{missing[0]}': not a whole model",
            field=field,
        )
    return model.eval()


def load_tokenizer(source: str, field: str) -> Any:
    """Return the tokenizer of a pretrained model.

    Raises:
        InputError: there is none.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(**_place(source))
    except (OSError, ValueError, KeyError) as error:
        raise _unloaded(source, field, error) from None
    if len(tokenizer) < _LEAST_PIECES:
        # Without its files, transformers makes one that knows its special tokens alone.
        raise _unloaded(source, field, ValueError("there is no vocabulary of a tokenizer"))
    return tokenizer


def kind_of(source: str, field: str) -> str:
    """Return the ``model_type`` that the configuration of a pretrained model names.

    Raises:
        InputError: there is no configuration.
    """
    from huggingface_hub.utils import logging as hub_logging
    from transformers import AutoConfig, logging

    hub_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        return str(AutoConfig.from_pretrained(**_place(source)).model_type)
    except (OSError, ValueError) as error:
        raise _unloaded(source, field, error) from None


def _place(source: str) -> dict[str, str]:
    """Return where ``from_pretrained`` finds a model."""
    name, _, revision = source.partition("@")
    if Path(source).exists() or not revision:
        return {"pretrained_model_name_or_path": source}
    return {"pretrained_model_name_or_path": name, "revision": revision}


def _unloaded(source: str, field: str, error: Exception) -> InputError:
    reason = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return InputError(
        f"no model can be loaded from '{source}': give a folder with config.json, model.safetensors and, where it "
        f"reads text, its tokenizer, or a name on a model hub; without a network, fetch the folder elsewhere and give "
        f"its path ({reason})",
        field=field,
    )


class Held(nn.Module):
    """A pretrained model as part of a network: frozen, or trained with the rest.

    A frozen one is hidden from the network's parameters and weights, so that no optimiser meets it and no checkpoint
    holds a copy of it: it comes from its source each time. Either way it stays in eval mode: the statistics of its
    batch norms are kept, as detectors do.
    """

    model: Any

    def __init__(self, model: nn.Module, trainable: bool = False):
        super().__init__()
        self.trainable = trainable
        if trainable:
            self.model = model
        else:
            object.__setattr__(self, "model", model.requires_grad_(False))

    def forward(self, *args: Any, **inputs: Any) -> Any:
        """Run the model, with gradients where it is trainable."""
        with torch.set_grad_enabled(self.trainable and torch.is_grad_enabled()):
            return self.model(*args, **inputs)

    def train(self, mode: bool = True) -> Held:
        """Leave the model in eval mode."""
        super().train(mode)
        self.model.eval()
        return self

    def _apply(self, fn: Callable[..., Any], recurse: bool = True) -> Held:
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        if not self.trainable:
            self.model._apply(fn, recurse)
        return self
