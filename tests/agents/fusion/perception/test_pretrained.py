from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from vla_agents.fusion.perception.pretrained import ClipVision, Preprocess, ResNetVision, Trunk, pretrained_trunk

from tests.agents.fusion import tiny
from vla_sim.errors import InputError

FAMILIES = {"clip": tiny.clip, "resnet": tiny.resnet}


@pytest.fixture(params=FAMILIES)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return FAMILIES[request.param](tmp_path / request.param)


def noise(count: int = 2, height: int = 96, width: int = 96) -> torch.Tensor:
    rng = torch.Generator().manual_seed(5)
    return torch.randint(0, 256, (count, height, width, 3), dtype=torch.uint8, generator=rng)


@pytest.mark.parametrize("grid", [(4, 4), (24, 24), (3, 7)])
def test_maps_of_any_grid(source: str, grid: tuple[int, int]) -> None:
    trunk = pretrained_trunk(source, 20)
    maps = trunk(noise(), grid)
    assert maps.shape == (2, 20, *grid)
    assert maps.std() > 1e-3
    assert not torch.allclose(maps[0], maps[1])


def test_features_of_each_family(tmp_path: Path) -> None:
    assert ClipVision(tiny.clip(tmp_path / "clip"), 8).patches(noise()).shape == (2, 32, 4, 4)
    trunk = ResNetVision(tiny.resnet(tmp_path / "resnet"), 8, strides=(8, 32))
    assert [tuple(each.shape) for each in trunk.maps(noise())] == [(2, 24, 28, 28), (2, 40, 7, 7)]


def test_the_vision_tower_alone_is_the_same(tmp_path: Path) -> None:
    whole = tiny.clip(tmp_path / "whole")
    trunk = ClipVision(whole, 8)
    trunk.trunk.model.save_pretrained(tmp_path / "tower")
    tower = ClipVision(str(tmp_path / "tower"), 8)
    torch.testing.assert_close(tower.patches(noise()), trunk.patches(noise()))


def test_maps_lie_over_the_frame(source: str) -> None:
    trunk = pretrained_trunk(source, 16)
    frames = noise(1)
    changed = frames.clone()
    changed[:, 8:16, 72:88] = 255 - changed[:, 8:16, 72:88]
    difference = (trunk(frames, (4, 4)) - trunk(changed, (4, 4))).abs().sum(1)[0]
    assert int(difference.argmax()) == 3


def test_bytes_and_floats_are_the_same_frames(source: str) -> None:
    trunk = pretrained_trunk(source, 8)
    frames = noise(1, 60, 96)
    torch.testing.assert_close(trunk(frames, (4, 4)), trunk(frames.permute(0, 3, 1, 2) / 255.0, (4, 4)))


@pytest.mark.parametrize("side", [64, 96, 300])
def test_preprocessing_is_that_of_clip(side: int) -> None:
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    smooth = torch.nn.functional.interpolate(noise(1, 9, 9).permute(0, 3, 1, 2).float(), (side, side), mode="bilinear")
    frames = smooth.round().to(torch.uint8).permute(0, 2, 3, 1)
    theirs = CLIPImageProcessorPil()(frames[0].numpy(), return_tensors="np")["pixel_values"]
    ours = Preprocess.clip((224, 224))(frames)
    np.testing.assert_allclose(ours.numpy(), np.asarray(theirs), atol=1.5 / 255 / 0.26)


@pytest.mark.parametrize(
    "frames",
    [
        torch.zeros(2, 3, 8, 8, dtype=torch.uint8),
        torch.zeros(2, 8, 8, 3),
        torch.zeros(8, 8, 3, dtype=torch.uint8),
        torch.zeros(2, 3, 8, 8, dtype=torch.int64),
    ],
)
def test_frames_of_another_shape_or_type(frames: torch.Tensor) -> None:
    with pytest.raises(InputError, match=r"frames: frames are uint8 \(B, H, W, 3\)"):
        Preprocess.imagenet((8, 8))(frames)


def learn(trunk: Trunk) -> dict[str, torch.Tensor]:
    """Take one step and return how the model inside was before."""
    before = {name: tensor.clone() for name, tensor in trunk.trunk.model.state_dict().items()}  # type: ignore[union-attr,operator]
    optimiser = torch.optim.SGD(trunk.train().parameters(), 0.1)
    trunk(noise(), (4, 4)).square().mean().backward()
    optimiser.step()
    return before


def test_a_frozen_trunk_stays_as_it_is_and_is_in_no_checkpoint(source: str) -> None:
    trunk = pretrained_trunk(source, 8)
    projection = [parameter.clone() for parameter in trunk.parameters()]
    before = learn(trunk)
    assert all(torch.equal(before[name], tensor) for name, tensor in trunk.trunk.model.state_dict().items())
    assert all(name.startswith("project.") for name in trunk.state_dict())
    assert not any(torch.equal(*pair) for pair in zip(projection, trunk.parameters(), strict=True))


def test_a_trainable_trunk_learns_but_for_its_statistics(source: str) -> None:
    trunk = pretrained_trunk(source, 8, trainable=True)
    before = learn(trunk)
    moved = [name for name, tensor in trunk.trunk.model.state_dict().items() if not torch.equal(before[name], tensor)]
    assert len(moved) > len(before) / 3
    assert not any("running" in name for name in moved)
    assert not trunk.trunk.model.training
    assert {f"trunk.model.{name}" for name in before} < set(trunk.state_dict())


def test_half_precision_becomes_single(tmp_path: Path) -> None:
    source = tiny.resnet(tmp_path / "it")
    weights = tmp_path / "it" / "model.safetensors"
    save_file({name: tensor.half() for name, tensor in load_file(weights).items()}, weights, {"format": "pt"})
    config = json.loads((tmp_path / "it" / "config.json").read_text())
    (tmp_path / "it" / "config.json").write_text(json.dumps({**config, "dtype": "float16"}))
    assert pretrained_trunk(source, 8)(noise(), (4, 4)).dtype == torch.float32


def test_no_model_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"vision: no model can be loaded from '.*nowhere': give a folder"):
        pretrained_trunk(str(tmp_path / "nowhere"), 8)


def test_a_hub_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    for source in ("somebody/clip", "somebody/clip@main"):
        with pytest.raises(InputError, match="without a network, fetch the folder elsewhere and give its path") as told:
            pretrained_trunk(source, 8)
        assert "\n" not in str(told.value)


def test_another_kind_of_model(tmp_path: Path) -> None:
    source = tiny.bert(tmp_path / "bert")
    with pytest.raises(InputError, match="a model of the kind 'bert': give a CLIP or a ResNet"):
        pretrained_trunk(source, 8)
    with pytest.raises(InputError, match="of the kind 'bert', not clip or clip_vision_model"):
        ClipVision(source, 8)


def test_a_pickle_is_not_read(source: str) -> None:
    weights = Path(source) / "model.safetensors"
    torch.save(load_file(weights), Path(source) / "pytorch_model.bin")
    weights.unlink()
    with pytest.raises(InputError, match="no model can be loaded"):
        pretrained_trunk(source, 8)


def test_half_a_model(source: str) -> None:
    weights = Path(source) / "model.safetensors"
    state = load_file(weights)
    lost = next(name for name in state if "layer" in name and name.endswith("weight") and "text" not in name)
    save_file({name: tensor for name, tensor in state.items() if name != lost}, weights, {"format": "pt"})
    with pytest.raises(InputError, match="lacks 1 of the weights of"):
        pretrained_trunk(source, 8)


def test_broken_files(source: str) -> None:
    weights = Path(source) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(InputError, match="no model can be loaded"):
        pretrained_trunk(source, 8)
    (Path(source) / "config.json").write_text("{")
    with pytest.raises(InputError, match="no model can be loaded"):
        pretrained_trunk(source, 8)


def test_weights_of_another_size(source: str) -> None:
    weights = Path(source) / "model.safetensors"
    state = load_file(weights)
    save_file({name: torch.zeros(3) for name in state}, weights, {"format": "pt"})
    with pytest.raises(InputError, match="no model can be loaded"):
        pretrained_trunk(source, 8)


def test_no_such_stride(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="strides are some of 4, 8, 16, 32"):
        ResNetVision(tiny.resnet(tmp_path / "it"), 8, strides=(5,))
