from __future__ import annotations

from pathlib import Path

import pytest
import torch
from vla_agents.fusion.cross_attention import CrossAttention, masked_mean, positions
from vla_agents.fusion.spatial_language import SpatialVisionLanguageFusion

from tests.agents.fusion import tiny
from vla_sim.errors import InputError

TEXTS = ["go to the red cube", "stop"]


@pytest.fixture
def fusion(tmp_path: Path) -> SpatialVisionLanguageFusion:
    torch.manual_seed(0)
    vision, language = tiny.resnet(tmp_path / "resnet"), tiny.bert(tmp_path / "bert")
    return SpatialVisionLanguageFusion(vision, language, 64).eval()


def pictures(count: int = 2) -> torch.Tensor:
    return torch.rand((count, 3, 96, 96), generator=torch.Generator().manual_seed(1))


def test_shapes(tmp_path: Path) -> None:
    vision, language = tiny.resnet(tmp_path / "resnet"), tiny.bert(tmp_path / "bert")
    choice = SpatialVisionLanguageFusion(vision, language)(pictures(), TEXTS)
    assert choice.fused.features.shape == (2, 512)
    assert choice.fused.attention.shape == (2, 7, 7, 7)
    assert choice.action_probs.shape == (2, 10)


def test_attention_maps_sum_to_one(fusion: SpatialVisionLanguageFusion) -> None:
    fused = fusion(pictures(), TEXTS).fused
    torch.testing.assert_close(fused.attention.sum((2, 3)), torch.ones(2, 7))
    torch.testing.assert_close(fused.over_image.sum((1, 2)), torch.ones(2))
    assert (fused.attention >= 0).all()


def test_a_row_does_not_depend_on_what_it_is_padded_beside(fusion: SpatialVisionLanguageFusion) -> None:
    together = fusion(pictures(), TEXTS)
    alone = fusion(pictures()[1:], ["stop"])
    torch.testing.assert_close(alone.action_logits[0], together.action_logits[1], atol=1e-5, rtol=1e-4)


def test_at_most_64_tokens_are_read(fusion: SpatialVisionLanguageFusion) -> None:
    long = "go to the red cube " * 30
    assert fusion(pictures(1), [long]).fused.mask.shape == (1, 64)


def test_the_same_features_at_other_positions_are_not_the_same() -> None:
    torch.manual_seed(0)
    attention = CrossAttention(32, 4)
    words, maps = torch.randn(1, 3, 32), torch.randn(1, 32, 5, 6)
    there, looked = attention(words, maps)
    mirrored, _ = attention(words, maps.flip(3))
    assert not torch.allclose(there, mirrored, atol=1e-4)
    torch.nn.init.zeros_(attention.place.weight)
    without, _ = attention(words, maps)
    without_mirrored, _ = attention(words, maps.flip(3))
    torch.testing.assert_close(without, without_mirrored, atol=1e-5, rtol=1e-4)
    assert looked.shape == (1, 3, 5, 6)


def test_positions_are_of_their_own_and_the_same_on_a_finer_grid() -> None:
    places = positions(torch.zeros(1, 64, 5, 7))
    distances = torch.cdist(places, places) + torch.eye(35) * 9
    assert float(distances.min()) > 0.1
    row_by_row = places.unflatten(0, (5, 7))
    assert float((row_by_row[0, 0] - row_by_row[0, 1]).norm()) < float((row_by_row[0, 0] - row_by_row[0, 3]).norm())
    torch.testing.assert_close(positions(torch.zeros(1, 64, 15, 21)).unflatten(0, (15, 21))[1::3, 1::3], row_by_row)


def test_a_mean_leaves_padding_out() -> None:
    values = torch.tensor([[[1.0], [3.0], [100.0]], [[5.0], [7.0], [9.0]]])
    mask = torch.tensor([[True, True, False], [True, True, True]])
    assert masked_mean(values, mask).tolist() == [[2.0], [7.0]]


def test_models_of_another_kind(tmp_path: Path) -> None:
    vision, language = tiny.resnet(tmp_path / "resnet"), tiny.bert(tmp_path / "bert")
    with pytest.raises(InputError, match="of the kind 'bert', not resnet"):
        SpatialVisionLanguageFusion(language, language)
    with pytest.raises(InputError, match="of the kind 'resnet', not bert"):
        SpatialVisionLanguageFusion(vision, vision)
