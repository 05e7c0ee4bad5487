from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from vla_agents.fusion.vision_language import VisionLanguageActionFusion, VisionLanguageFusion

from tests.agents.fusion import tiny
from vla_sim.envs.vocabulary import WORDS
from vla_sim.errors import InputError

TEXTS = ["go to the red cube", "stop"]


@pytest.fixture
def source(tmp_path: Path) -> str:
    return tiny.clip(tmp_path / "clip")


def pictures(count: int = 2) -> torch.Tensor:
    return torch.rand((count, 3, 224, 224), generator=torch.Generator().manual_seed(1))


def test_shapes_of_the_default_width(source: str) -> None:
    fused = VisionLanguageFusion(source)(pictures(), TEXTS)
    assert fused.features.shape == (2, 1024)
    assert fused.attention.shape == (2, 7, 4, 4)
    assert fused.mask.tolist() == [[True] * 7, [True] * 3 + [False] * 4]
    torch.testing.assert_close(fused.attention.sum((2, 3)), torch.ones(2, 7))
    torch.testing.assert_close(fused.over_image.sum((1, 2)), torch.ones(2))


def test_a_row_does_not_depend_on_what_it_is_padded_beside(source: str) -> None:
    torch.manual_seed(0)
    fusion = VisionLanguageFusion(source, 64).eval()
    images = pictures()
    together = fusion(images, TEXTS)
    for index, text in enumerate(TEXTS):
        alone = fusion(images[index : index + 1], [text])
        torch.testing.assert_close(alone.features[0], together.features[index], atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(alone.over_image[0], together.over_image[index], atol=1e-5, rtol=1e-4)


def test_picture_and_every_word_matter(source: str) -> None:
    torch.manual_seed(0)
    fusion = VisionLanguageFusion(source, 64)
    images = pictures(1)
    whole = fusion(images, ["go to the red cube"]).features
    assert not torch.allclose(whole, fusion(1.0 - images, ["go to the red cube"]).features, atol=1e-5)
    for text in ("go to the blue cube", "stop to the red cube", "go to the red ball"):
        assert not torch.allclose(whole, fusion(images, [text]).features, atol=1e-5), text


def test_actions_over_the_vocabulary(source: str) -> None:
    choice = VisionLanguageActionFusion(source, 64)(pictures(), TEXTS)
    assert choice.action_logits.shape == choice.action_probs.shape == (2, 10)
    torch.testing.assert_close(choice.action_probs.sum(-1), torch.ones(2))
    assert choice.words == [WORDS[int(index)] for index in choice.action_probs.argmax(-1)]


def test_frozen_towers_are_in_no_file_and_a_reloaded_fusion_is_the_same(source: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    one = VisionLanguageActionFusion(source, 64)
    assert not any(".model." in name for name in one.state_dict())
    save_file(one.state_dict(), tmp_path / "fusion.safetensors")
    other = VisionLanguageActionFusion(source, 64)
    assert not torch.allclose(one(pictures(), TEXTS).action_logits, other(pictures(), TEXTS).action_logits)
    other.load_state_dict(load_file(tmp_path / "fusion.safetensors"))
    torch.testing.assert_close(one(pictures(), TEXTS).action_logits, other(pictures(), TEXTS).action_logits)


def test_bytes_of_a_camera(source: str) -> None:
    fusion = VisionLanguageFusion(source, 64)
    frames = (pictures() * 255).round().to(torch.uint8).permute(0, 2, 3, 1)
    torch.testing.assert_close(
        fusion(frames, TEXTS).features, fusion(frames.permute(0, 3, 1, 2) / 255.0, TEXTS).features
    )


def test_a_long_text_is_cut(source: str) -> None:
    fused = VisionLanguageFusion(source, 64)(pictures(1), ["go to the red cube " * 40])
    assert fused.mask.shape == (1, 77)


def test_inputs_that_do_not_fit(source: str, tmp_path: Path) -> None:
    fusion = VisionLanguageFusion(source, 64)
    with pytest.raises(InputError, match="texts: 2 images need as many texts, not 1"):
        fusion(pictures(), ["stop"])
    with pytest.raises(InputError, match="frames: frames are uint8"):
        fusion(torch.zeros(1, 4, 8, 8), ["stop"])
    with pytest.raises(InputError, match="width: 36 is no multiple of 4 and of the 8 heads"):
        VisionLanguageFusion(source, 36)
    with pytest.raises(InputError, match="model: no model can be loaded from"):
        VisionLanguageFusion(str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match="of the kind 'resnet', not clip"):
        VisionLanguageFusion(tiny.resnet(tmp_path / "resnet"))


def test_a_model_without_its_tokenizer(source: str) -> None:
    for file in Path(source).glob("*token*"):
        file.unlink()
    with pytest.raises(InputError, match="model: no model can be loaded from"):
        VisionLanguageFusion(source, 64)
