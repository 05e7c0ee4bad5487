from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from vla_agents.fusion.checkpoint import Card, load_checkpoint, new_networks, new_policy, read_card, save_checkpoint
from vla_agents.fusion.control.policy import Policy

from tests.agents.fusion import tiny
from tests.agents.fusion.networks import CAMERA, TEXT, random_inputs
from vla_sim.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    policies = {name: Policy(name, TEXT, CAMERA) for name in ("late", "early")}
    card = Card(format=1, strategies=("late", "early"), scores={"clean": 0.5})
    save_checkpoint(tmp_path / "it", card, new_networks(card, "late"), policies)
    return tmp_path / "it"


def test_what_was_saved_is_loaded(folder: Path) -> None:
    one, encoder, card = load_checkpoint(folder)
    other, _, _ = load_checkpoint(folder, "late")
    inputs = random_inputs(4)
    torch.testing.assert_close(one.policy(inputs).speeds, other.policy(inputs).speeds, rtol=0, atol=0)
    assert card.scores == {"clean": 0.5}
    assert encoder.width == 384
    early, _, _ = load_checkpoint(folder, "early")
    assert not torch.allclose(one.policy(inputs).speeds, early.policy(inputs).speeds)


def test_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"card\.json"):
        load_checkpoint(tmp_path)


def test_no_such_strategy(folder: Path) -> None:
    with pytest.raises(InputError, match="no policy of the strategy 'attention'; there are late, early"):
        load_checkpoint(folder, "attention")
    with pytest.raises(InputError, match="no strategy 'magic'"):
        new_policy(read_card(folder), "magic")


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [("format", 7, "format"), ("epochs", 3, "epochs"), ("reader_width", -1, "reader_width"), ("pieces", "x", "pieces")],
)
def test_a_foreign_card(folder: Path, field: str, value: object, told: str) -> None:
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, field: value}))
    with pytest.raises(InputError) as caught:
        read_card(folder)
    assert told in str(caught.value)
    assert "card.json" in str(caught.value)


def test_weights_that_do_not_fit(folder: Path) -> None:
    path = folder / "eye.safetensors"
    state = load_file(path)
    save_file({**state, "maps.weight": torch.zeros(3, 3)}, path)
    with pytest.raises(InputError, match=r"maps\.weight.*\(3, 3\)"):
        load_checkpoint(folder)
    save_file({key: value for key, value in state.items() if key != "maps.bias"}, path)
    with pytest.raises(InputError, match=r"'maps\.bias' is missing"):
        load_checkpoint(folder)
    save_file({**state, "wheel": torch.zeros(1)}, path)
    with pytest.raises(InputError, match="'wheel' is unknown"):
        load_checkpoint(folder)
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(InputError, match="cannot be read as safetensors"):
        load_checkpoint(folder)
    path.unlink()
    with pytest.raises(InputError, match=r"eye\.safetensors"):
        load_checkpoint(folder)


def test_another_text_encoder(folder: Path) -> None:
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, "language": "/nowhere/at/all"}))
    with pytest.raises(InputError, match="no text encoder at '/nowhere/at/all'"):
        load_checkpoint(folder)
    (folder / "card.json").write_text(json.dumps({**card, "token_width": 512}))
    with pytest.raises(InputError, match="width 512"):
        load_checkpoint(folder)


def with_trunk(folder: Path, vision: str, trainable: bool) -> Path:
    torch.manual_seed(0)
    card = Card(format=1, strategies=("late",), vision=vision, vision_trainable=trainable)
    networks = new_networks(card, "late")
    for parameter in networks.eye.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    save_checkpoint(folder, card, networks, {"late": networks.policy})
    return folder


@pytest.mark.parametrize("trainable", [False, True])
@pytest.mark.parametrize("make", [tiny.clip, tiny.resnet])
def test_an_eye_with_a_pretrained_trunk(tmp_path: Path, make: Callable[[Path], str], trainable: bool) -> None:
    vision = make(tmp_path / "vision")
    networks, _, card = load_checkpoint(with_trunk(tmp_path / "it", vision, trainable))
    assert (card.vision, card.vision_trainable) == (vision, trainable)
    frames, depth = torch.rand(2, 3, 96, 96), torch.zeros(2, 2, 96, 96)
    sight = networks.eye(frames, depth)
    assert sight.thing.shape == (2, 24, 24)
    assert sight.features.shape == (2, CAMERA, 24, 24)
    again = load_checkpoint(tmp_path / "it")[0].eye(frames, depth)
    torch.testing.assert_close(again.thing, sight.thing, rtol=0, atol=0)
    assert not torch.allclose(sight.thing[0], sight.thing[1])
    names = load_file(tmp_path / "it" / "eye.safetensors").keys()
    assert any(name.startswith("start.trunk.") for name in names) == trainable
    shutil.rmtree(vision)
    with pytest.raises(InputError, match="vision: no model can be loaded from"):
        load_checkpoint(tmp_path / "it")


def test_the_names_of_the_weights_of_an_eye_with_its_own_stem(folder: Path) -> None:
    parts = {name.rpartition(".")[0] for name in load_file(folder / "eye.safetensors")}
    assert {"start.0", "start.2", "relief.0", "fine.one", "maps", "looks"} <= parts
    assert {part.partition(".")[0] for part in parts} == {
        *("start", "relief", "fine", "down", "middle", "lower"),
        *("coarse", "up", "back", "last", "maps", "looks"),
    }


def test_weights_of_another_trunk(tmp_path: Path) -> None:
    folder = with_trunk(tmp_path / "it", tiny.resnet(tmp_path / "resnet"), False)
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, "vision": tiny.clip(tmp_path / "clip")}))
    with pytest.raises(InputError, match=r"eye\.safetensors: the weight 'start\.project"):
        load_checkpoint(folder)
