"""What checkpoints have in common: a folder with a card (JSON) and the weights of each network (safetensors)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch import nn

from vla_agents.fusion.language.tokens import PretrainedTokens, TokenEncoder
from vla_sim.errors import InputError

CARD = "card.json"


class AnyCard(BaseModel):
    """What a checkpoint is, how it came about, and how well it did."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str = "minilm"
    """The frozen text encoder: ``minilm``, a folder, or a name on a model hub."""
    token_width: Annotated[int, Field(gt=0)] = 384
    pieces: Annotated[int, Field(gt=0)] = 30522
    reader_width: Annotated[int, Field(gt=0)] = 96
    strategies: tuple[str, ...] = ("attention",)
    """Strategies whose policies are there; the first one is the default."""
    data: dict[str, Any] = {}
    """What it was trained on: worlds, frames, seeds, versions."""
    scores: dict[str, Any] = {}


C = TypeVar("C", bound=AnyCard)


def write(folder: Path, card: AnyCard, parts: Mapping[str, nn.Module]) -> None:
    """Write a card and the weights of networks by name; a folder that is there is written over."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    for name, network in parts.items():
        state = {key: value.detach().contiguous() for key, value in network.state_dict().items()}
        save_file(state, folder / f"{name}.safetensors")
    (folder / CARD).write_text(json.dumps(card.model_dump(mode="json"), indent=2) + "\n", encoding="utf-8")


def read(folder: Path, kind: type[C], what: str, takes: str) -> C:
    """Read the card of a checkpoint; ``what`` is one of that kind, and ``takes`` what this version reads, in words.

    Raises:
        InputError: there is none, or it is of another kind.
    """
    path = folder / CARD
    if not path.is_file():
        raise InputError(f"no {CARD}: {what}", file=folder)
    try:
        return kind.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"{first['msg']}; {takes}", file=path, field=".".join(map(str, first["loc"]))) from None


def chosen(card: AnyCard, folder: Path, strategy: str | None) -> str:
    """Return the name of a strategy whose policy a checkpoint has; None: its default.

    Raises:
        InputError: it has none of that name.
    """
    strategy = card.strategies[0] if strategy is None else strategy
    if strategy not in card.strategies:
        raise InputError(
            f"no policy of the strategy '{strategy}'; there are {', '.join(card.strategies)}", file=folder / CARD
        )
    return strategy


def token_encoder(card: AnyCard, folder: Path) -> TokenEncoder:
    """Return the text encoder that a checkpoint was trained with.

    Raises:
        InputError: there is another one under its name.
    """
    encoder = PretrainedTokens(card.language)
    if (encoder.width, encoder.pieces) != (card.token_width, card.pieces):
        raise InputError(
            f"trained with a text encoder of width {card.token_width} and {card.pieces} word pieces, but "
            f"'{card.language}' has {encoder.width} and {encoder.pieces}",
            file=folder / CARD,
            field="language",
        )
    return encoder


def fill(network: nn.Module, path: Path) -> None:
    """Load weights into a network.

    Raises:
        InputError: the file cannot be read, or does not fit; it says which weight.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state = load_file(path)
    except (OSError, SafetensorError) as error:
        raise InputError(f"cannot be read as safetensors: {str(error).splitlines()[0]}", file=path) from None
    wanted = network.state_dict()
    for name, tensor in wanted.items():
        if name not in state:
            raise InputError(f"the weight '{name}' is missing: written by another version?", file=path)
        if state[name].shape != tensor.shape:
            raise InputError(
                f"the weight '{name}' is {tuple(state[name].shape)}, the network takes {tuple(tensor.shape)}", file=path
            )
    for name in state.keys() - wanted.keys():
        raise InputError(f"the weight '{name}' is unknown to the network: written by another version?", file=path)
    network.load_state_dict(state)
