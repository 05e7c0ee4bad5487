"""Checkpoints of the agent with an arm: a folder with a card (JSON) and the weights of each network (safetensors)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch import nn

from vla_agents.fusion.arm.inputs import WIDTH
from vla_agents.fusion.arm.mind import ArmNetworks
from vla_agents.fusion.arm.policy import ArmPolicy
from vla_agents.fusion.arm.reading import ArmReader
from vla_agents.fusion.checkpoint import CARD, fill
from vla_agents.fusion.language.tokens import PretrainedTokens, TokenEncoder
from vla_agents.fusion.perception.detector import Eye
from vla_sim.errors import InputError

SHIPPED = Path(__file__).resolve().parents[2] / "checkpoints" / "arm"
"""The checkpoint that comes with the package."""


class ArmCard(BaseModel):
    """What a checkpoint is, how it came about, and how well it did."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1]
    robot: Literal["arm"]
    language: str = "minilm"
    """The frozen text encoder: ``minilm``, a folder, or a name on a model hub."""
    token_width: Annotated[int, Field(gt=0)] = 384
    pieces: Annotated[int, Field(gt=0)] = 30522
    reader_width: Annotated[int, Field(gt=0)] = 96
    policy_width: Annotated[int, Field(gt=0)] = 96
    strategies: tuple[str, ...] = ("attention",)
    """Strategies whose policies are there; the first one is the default."""
    data: dict[str, Any] = {}
    """What it was trained on: worlds, frames, seeds, versions."""
    scores: dict[str, Any] = {}


def save_checkpoint(folder: Path, card: ArmCard, networks: ArmNetworks, policies: dict[str, ArmPolicy]) -> None:
    """Write a checkpoint; a folder that is there is written over."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    parts: dict[str, nn.Module] = {"reader": networks.reader, "eye": networks.eye}
    parts |= {f"policy-{name}": policy for name, policy in policies.items()}
    for name, network in parts.items():
        state = {key: value.detach().contiguous() for key, value in network.state_dict().items()}
        save_file(state, folder / f"{name}.safetensors")
    (folder / CARD).write_text(json.dumps(card.model_dump(mode="json"), indent=2) + "\n", encoding="utf-8")


def read_card(folder: Path) -> ArmCard:
    """Read the card of a checkpoint.

    Raises:
        InputError: there is none, or it is not one of an arm.
    """
    path = folder / CARD
    if not path.is_file():
        raise InputError(f"no {CARD}: a checkpoint of an arm is a folder that `vla-sim train arm` wrote", file=folder)
    try:
        return ArmCard.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise InputError(
            f"{first['msg']}; this agent takes what `vla-sim train arm` wrote", file=path, field=field
        ) from None


def load_checkpoint(folder: Path = SHIPPED, strategy: str | None = None) -> tuple[ArmNetworks, TokenEncoder, ArmCard]:
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
    fill(networks.reader, folder / "reader.safetensors")
    fill(networks.eye, folder / "eye.safetensors")
    fill(networks.policy, folder / f"policy-{strategy}.safetensors")
    return networks.eval().requires_grad_(False), encoder, card


def new_networks(card: ArmCard, strategy: str) -> ArmNetworks:
    """Return networks that were not trained yet."""
    reader = ArmReader(card.token_width, card.pieces, card.reader_width)
    return ArmNetworks(reader, Eye(WIDTH), ArmPolicy(strategy, card.reader_width, card.policy_width))
