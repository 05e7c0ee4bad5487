"""Checkpoints of the rover's agent: reader, eye, health, and a policy for each strategy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from torch import nn

from vla_agents.fusion.control.policy import Policy
from vla_agents.fusion.control.sequence import SequenceDecoder
from vla_agents.fusion.control.strategies import STRATEGIES
from vla_agents.fusion.health import Health
from vla_agents.fusion.language.reader import Reader
from vla_agents.fusion.language.tokens import TokenEncoder
from vla_agents.fusion.mind import Networks
from vla_agents.fusion.perception.detector import Eye
from vla_agents.fusion.perception.pretrained import pretrained_trunk
from vla_agents.fusion.weights import CARD, AnyCard, chosen, fill, read, token_encoder, write
from vla_sim.errors import InputError, NotReadyError

SHIPPED = Path(__file__).resolve().parents[1] / "checkpoints" / "rover"
"""The checkpoint that comes with the package."""
_COMMON = ("reader", "eye", "health")
"""Networks that all strategies share."""
FORMAT = 1


class Card(AnyCard):
    """What a checkpoint of the rover's agent is."""

    format: Literal[1]
    vision: str = "stem"
    """What the eye begins with: ``stem``, trained with it, or a CLIP or ResNet: a folder, or a name on a model hub."""
    vision_trainable: bool = False
    """Whether a pretrained trunk learned too, so that its weights are in the checkpoint."""
    eye_width: Annotated[int, Field(gt=0)] = 32
    policy_width: Annotated[int, Field(gt=0)] = 64
    sequence: bool = False
    """Whether there is a decoder of discrete sequences, which goes with the default strategy."""


def save_checkpoint(
    folder: Path, card: Card, networks: Networks, policies: dict[str, Policy], sequence: SequenceDecoder | None = None
) -> None:
    """Write a checkpoint; a folder that is there is written over."""
    parts: dict[str, nn.Module] = {name: getattr(networks, name) for name in _COMMON}
    parts |= {f"policy-{name}": policy for name, policy in policies.items()}
    parts |= {} if sequence is None else {"sequence": sequence}
    write(folder, card, parts)


def read_card(folder: Path) -> Card:
    """Read the card of a checkpoint.

    Raises:
        InputError: there is none, or it is not one of ours.
    """
    what = "a checkpoint is a folder that `vla-sim train bc` wrote"
    return read(folder, Card, what, f"this version reads format {FORMAT}")


def load_checkpoint(folder: Path = SHIPPED, strategy: str | None = None) -> tuple[Networks, TokenEncoder, Card]:
    """Load the networks of a checkpoint with the policy of one strategy (None: its default), ready to be used.

    Raises:
        InputError: the checkpoint is missing, is of another kind, or does not fit the networks.
    """
    card = read_card(folder)
    strategy = chosen(card, folder, strategy)
    encoder = token_encoder(card, folder)
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
