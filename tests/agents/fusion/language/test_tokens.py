from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from vla_agents.fusion.language.tokens import PretrainedTokens

from tests.agents.fusion import tiny
from vla_sim.errors import InputError

TEXTS = ["go to the red cube", "stop"]


@pytest.mark.parametrize("make", [tiny.clip, tiny.bert])
def test_a_text_tower_by_its_folder(tmp_path: Path, make: Callable[[Path], str]) -> None:
    encoder = PretrainedTokens(make(tmp_path / "it"))
    tokens = encoder.encode(TEXTS)
    assert tokens.features.shape == (2, 7, encoder.width)
    assert tokens.ids.max() < encoder.pieces
    assert tokens.mask.sum(1).tolist() == [7, 3]
    alone = encoder.encode(["stop"])
    torch.testing.assert_close(alone.features[0], tokens.features[1, :3])


def test_a_pickle_is_not_read(tmp_path: Path) -> None:
    source = tiny.bert(tmp_path / "it")
    weights = tmp_path / "it" / "model.safetensors"
    torch.save(load_file(weights), tmp_path / "it" / "pytorch_model.bin")
    weights.unlink()
    with pytest.raises(InputError, match="language: no text encoder at"):
        PretrainedTokens(source)
