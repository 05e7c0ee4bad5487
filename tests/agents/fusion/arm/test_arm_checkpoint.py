from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from vla_agents.fusion.arm.agent import ArmFusionAgent
from vla_agents.fusion.arm.checkpoint import ArmCard, load_checkpoint, new_networks, save_checkpoint
from vla_agents.fusion.checkpoint import SHIPPED as ROVER

from tests.agents.fusion.arm.test_arm_policy import random_inputs
from vla_sim.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    card = ArmCard(format=1, robot="arm", strategies=("late",))
    networks = new_networks(card, "late")
    save_checkpoint(tmp_path / "it", card, networks, {"late": networks.policy})
    return tmp_path / "it"


def test_what_was_saved_is_loaded(folder: Path) -> None:
    one, encoder, card = load_checkpoint(folder)
    other, _, _ = load_checkpoint(folder, "late")
    inputs = random_inputs(4)
    torch.testing.assert_close(one.policy(inputs).motions, other.policy(inputs).motions, rtol=0, atol=0)
    assert card.strategies == ("late",)
    assert encoder.width == card.token_width


def test_a_rovers_checkpoint_is_refused_in_one_line() -> None:
    with pytest.raises(InputError, match=r"card\.json.*vla-sim train arm") as caught:
        ArmFusionAgent(ROVER)
    assert "\n" not in str(caught.value)


def test_no_checkpoint_and_no_such_strategy(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(InputError, match=r"no card\.json.*vla-sim train arm"):
        load_checkpoint(tmp_path)
    with pytest.raises(InputError, match="no policy of the strategy 'attention'; there are late"):
        load_checkpoint(folder, "attention")


@pytest.mark.parametrize(("field", "value"), [("robot", "rover"), ("epochs", 3), ("policy_width", 0)])
def test_a_card_with_something_wrong_in_it(folder: Path, field: str, value: object) -> None:
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, field: value}))
    with pytest.raises(InputError, match=field):
        load_checkpoint(folder)


def test_another_text_encoder(folder: Path) -> None:
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, "token_width": 24}))
    with pytest.raises(InputError, match="text encoder of width 24"):
        load_checkpoint(folder)
