"""Checkpoints: a folder with a card (JSON) and the weights of each network (safetensors)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch import nn

from vla_agents.fusion.control.policy import Policy
from vla_agents.fusion.control.sequence import SequenceDecoder
from vla_agents.fusion.control.strategies import STRATEGIES
from vla_agents.fusion.health import Health
from vla_agents.fusion.language.reader import Reader
from vla_agents.fusion.language.tokens import PretrainedTokens, TokenEncoder
from vla_agents.fusion.mind import Networks
from vla_agents.fusion.perception.detector import Eye
from vla_agents.fusion.perception.pretrained import pretrained_trunk
from vla_sim.errors import InputError, NotReadyError

SHIPPED = Path(__file__).resolve().parents[1] / "checkpoints" / "rover"
"""The checkpoint that comes with the package."""
CARD = "card.json"
_COMMON = ("reader", "eye", "health")
"""Networks that all strategies share."""
FORMAT = 1


class Card(BaseModel):
    """What a checkpoint is, how it came about, and how well it did."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1]
    language: str = "minilm"
    """The frozen text encoder: ``minilm``, a folder, or a name on a model hub."""
    token_width: Annotated[int, Field(gt=0)] = 384
    pieces: Annotated[int, Field(gt=0)] = 30522
    vision: str = "stem"
    """What the eye begins with: ``stem``, trained with it, or a CLIP or ResNet: a folder, or a name on a model hub."""
    vision_trainable: bool = False
    """Whether a pretrained trunk learned too, so that its weights are in the checkpoint."""
    reader_width: Annotated[int, Field(gt=0)] = 96
    eye_width: Annotated[int, Field(gt=0)] = 32
    policy_width: Annotated[int, Field(gt=0)] = 64
    strategies: tuple[str, ...] = ("attention",)
    """Strategies whose policies are there; the first one is the default."""
    sequence: bool = False
    """Whether there is a decoder of discrete sequences, which goes with the default strategy."""
    data: dict[str, Any] = {}
    """What it was trained on: worlds, frames, seeds, versions."""
    scores: dict[str, Any] = {}


def save_checkpoint(
    folder: Path, card: Card, networks: Networks, policies: dict[str, Policy], sequence: SequenceDecoder | None = None
) -> None:
    """Write a checkpoint; a folder that is there is written over."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    parts: dict[str, nn.Module] = {name: getattr(networks, name) for name in _COMMON}
    parts |= {f"policy-{name}": policy for name, policy in policies.items()}
    parts |= {} if sequence is None else {"sequence": sequence}
    for name, network in parts.items():
        state = {key: value.detach().contiguous() for key, value in network.state_dict().items()}
        save_file(state, folder / f"{name}.safetensors")
    (folder / CARD).write_text(json.dumps(card.model_dump(mode="json"), indent=2) + "\n", encoding="utf-8")


def read_card(folder: Path) -> Card:
    """Read the card of a checkpoint.

    Raises:
        InputError: there is none, or it is not one of ours.
    """
    path = folder / CARD
    if not path.is_file():
        raise InputError(f"no {CARD}: a checkpoint is a folder that `vla-sim train bc` wrote", file=folder)
    try:
        return Card.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise InputError(f"{first['msg']}; this version reads format {FORMAT}", file=path, field=field) from None


def load_checkpoint(folder: Path = SHIPPED, strategy: str | None = None) -> tuple[Networks, TokenEncoder, Card]:
    """Load the networks of a checkpoint with the policy of one strategy (None: its default), ready to be used.

    Raises:
        InputError: the checkpoint is missing, is of another kind, or does not fit the networks.
    """
    card = read_card(folder)
    strategy = card.strategies[0] if strategy is None else strategy
    if strategy not in card.strategies:
        raise InputError(
            f"no policy of the strategy '{strategy}'; there are {', '.join(card.strategies)}", file=folder / CARD
        )
    encoder = PretrainedTokens(card.language)
    if (encoder.width, encoder.pieces) != (card.token_width, card.pieces):
        raise InputError(
            f"trained with a text encoder of width {card.token_width} and {card.pieces} word pieces, but "
            f"'{card.language}' has {encoder.width} and {encoder.pieces}",
            file=folder / CARD,
            field="language",
        )
    networks = new_networks(card, strategy)
    for name in _COMMON:
        fill(getattr(networks, name), folder / f"{name}.safetensors")
    fill(networks.policy, folder / f"policy-{strategy}.safetensors")
    return networks.eval().requires_grad_(False), encoder, card


def load_sequence(folder: Path = SHIPPED) -> SequenceDecoder:
    """Load the decoder of discrete sequences of a checkpoint, ready to be used.

    Raises:
        InputError: the checkpoint has none, or it does not fit the network.
    """
    card = read_card(folder)
    if not card.sequence:
        raise NotReadyError(
            "no sequence decoder, which discrete actions need: train it with `vla-sim train bc`, or drive in the "
            "continuous action space",
            file=folder / CARD,
            field="sequence",
        )
    decoder = SequenceDecoder(card.policy_width)
    fill(decoder, folder / "sequence.safetensors")
    return decoder.eval().requires_grad_(False)


def new_networks(card: Card, strategy: str) -> Networks:
    """Return networks that were not trained yet."""
    reader = Reader(card.token_width, card.pieces, card.reader_width)
    return Networks(reader, new_eye(card), Health(), new_policy(card, strategy))


def new_eye(card: Card) -> Eye:
    """Return an eye that was not trained yet, but for a pretrained trunk.

    Raises:
        InputError: the trunk cannot be loaded.
    """
    if card.vision == "stem":
        return Eye(card.eye_width)
    return Eye(card.eye_width, pretrained_trunk(card.vision, card.eye_width, card.vision_trainable))


def new_policy(card: Card, strategy: str) -> Policy:
    """Return a policy of a strategy that was not trained yet.

    Raises:
        InputError: there is no such strategy.
    """
    if strategy not in STRATEGIES:
        raise InputError(f"no strategy '{strategy}'; use one of {', '.join(STRATEGIES)}", field="strategy")
    return Policy(strategy, card.reader_width, card.eye_width, card.policy_width)


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
