from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn
from vla_agents.fusion.spatial_language import SpatialVisionLanguageFusion
from vla_agents.fusion.vision_language import VisionLanguageActionFusion
from vla_agents.training.choosing import ChoosingRecipe, Examples, accuracy, parameter_groups, train_choosing

from tests.agents.fusion import tiny
from tests.agents.fusion.scenes import squares
from vla_sim.errors import InputError


def clip_fusion(folder: Path, trainable: bool) -> nn.Module:
    return VisionLanguageActionFusion(tiny.clip(folder / "clip"), 64, 8, trainable)


def spatial_fusion(folder: Path, trainable: bool) -> nn.Module:
    vision, language = tiny.resnet(folder / "resnet"), tiny.bert(folder / "bert")
    return SpatialVisionLanguageFusion(vision, language, 64, 8, trainable, size=128)


MAKES = (clip_fusion, spatial_fusion)


@pytest.mark.slow
@pytest.mark.parametrize("make", MAKES)
def test_a_fusion_learns_what_takes_picture_and_words(make: Callable[[Path, bool], nn.Module], tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = make(tmp_path, False)
    test = squares(300, 2)
    assert accuracy(network, test) < 0.6
    train_choosing(network, squares(1_500, 1), ChoosingRecipe(steps=600, rate=2e-3), say=lambda line: None)
    assert accuracy(network, test) > 0.95
    others = replace(test, texts=[*test.texts[1:], test.texts[0]])
    assert accuracy(network, others) < 0.65
    assert accuracy(network, replace(test, images=test.images.roll(1, 0))) < 0.8


@pytest.mark.parametrize("make", MAKES)
def test_what_was_pretrained_learns_where_it_may_and_slower(
    make: Callable[[Path, bool], nn.Module], tmp_path: Path
) -> None:
    network = make(tmp_path, True)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    recipe = ChoosingRecipe(steps=2, batch=8)
    assert [group["lr"] for group in parameter_groups(network, recipe)] == [recipe.rate, recipe.pretrained_rate]
    train_choosing(network, squares(16, 1), recipe, say=lambda line: None)
    after = network.state_dict()
    moved = {name: float((after[name] - before[name]).abs().max()) for name in before if "running" not in name}
    for part in ("vision", "text", "attention", "actions"):
        assert max(move for name, move in moved.items() if part in name) > 0, part
    pretrained = max(move for name, move in moved.items() if ".model." in name)
    assert 0 < pretrained < 0.5 * max(moved.values())


@pytest.mark.parametrize("make", MAKES)
def test_what_is_frozen_does_not_learn(make: Callable[[Path, bool], nn.Module], tmp_path: Path) -> None:
    network = make(tmp_path, False)
    recipe = ChoosingRecipe(steps=2, batch=8)
    assert len(parameter_groups(network, recipe)) == 1
    assert not any(".model." in name for name in network.state_dict())


def test_the_same_seed_learns_the_same(tmp_path: Path) -> None:
    losses = []
    for _ in range(2):
        torch.manual_seed(0)
        network = clip_fusion(tmp_path, False)
        losses.append(train_choosing(network, squares(32, 1), ChoosingRecipe(steps=3, batch=8), say=lambda line: None))
    assert losses[0] == losses[1]


def test_examples_that_do_not_fit() -> None:
    images = torch.zeros(2, 8, 8, 3, dtype=torch.uint8)
    with pytest.raises(InputError, match="examples: 2 images, 1 texts and 2 words"):
        Examples(images, ["go"], ["stop", "stop"])
    with pytest.raises(InputError, match="words: no word 'fly'; the vocabulary is move_forward"):
        Examples(images, ["go", "go"], ["stop", "fly"])  # type: ignore[list-item]
