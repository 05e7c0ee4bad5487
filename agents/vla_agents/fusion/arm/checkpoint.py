"""Checkpoints of the agent with an arm: reader, eye, and a policy for each strategy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from vla_agents.fusion.arm.inputs import WIDTH
from vla_agents.fusion.arm.mind import ArmNetworks
from vla_agents.fusion.arm.policy import ArmPolicy
from vla_agents.fusion.arm.reading import ArmReader
from vla_agents.fusion.language.tokens import TokenEncoder
from vla_agents.fusion.perception.detector import Eye
from vla_agents.fusion.weights import AnyCard, chosen, fill, read, token_encoder, write

SHIPPED = Path(__file__).resolve().parents[2] / "checkpoints" / "arm"
"""The checkpoint that comes with the package."""


class ArmCard(AnyCard):
    """What a checkpoint of an arm's agent is."""

    format: Literal[1]
    robot: Literal["arm"]
    policy_width: Annotated[int, Field(gt=0)] = 96


def save_checkpoint(folder: Path, card: ArmCard, networks: ArmNetworks, policies: dict[str, ArmPolicy]) -> None:
    """Write a checkpoint; a folder that is there is written over."""
    named = {f"policy-{name}": policy for name, policy in policies.items()}
    write(folder, card, {"reader": networks.reader, "eye": networks.eye, **named})


def read_card(folder: Path) -> ArmCard:
    """Read the card of a checkpoint.

    Raises:
        InputError: there is none, or it is not one of an arm.
    """
    what = "a checkpoint of an arm is a folder that `vla-sim train arm` wrote"
    return read(folder, ArmCard, what, "this agent takes what `vla-sim train arm` wrote")


def load_checkpoint(folder: Path = SHIPPED, strategy: str | None = None) -> tuple[ArmNetworks, TokenEncoder, ArmCard]:
    """Load the networks of a checkpoint with the policy of one strategy (None: its default), ready to be used.

    Raises:
        InputError: the checkpoint is missing, is of another kind, or does not fit the networks.
    """
    card = read_card(folder)
    strategy = chosen(card, folder, strategy)
    encoder = token_encoder(card, folder)
    networks = new_networks(card, strategy)
    fill(networks.reader, folder / "reader.safetensors")
    fill(networks.eye, folder / "eye.safetensors")
    fill(networks.policy, folder / f"policy-{strategy}.safetensors")
    return networks.eval().requires_grad_(False), encoder, card


def new_networks(card: ArmCard, strategy: str) -> ArmNetworks:
    """Return networks that were not trained yet."""
    reader = ArmReader(card.token_width, card.pieces, card.reader_width)
    return ArmNetworks(reader, Eye(WIDTH), ArmPolicy(strategy, card.reader_width, card.policy_width))
