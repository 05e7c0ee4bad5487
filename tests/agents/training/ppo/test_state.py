from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from vla_agents.training.ppo.state import State

from vla_sim.errors import InputError


def test_it_comes_back_to_the_bit(tmp_path: Path) -> None:
    tensors = {"a.x": torch.rand(3, 2), "a.y": torch.zeros(0, 3), "b.x": torch.tensor([1e-30])}
    State(tensors, {"pi": 0.1 + 0.2, "list": [1, None]}).write(tmp_path / "state")
    state = State.read(tmp_path / "state")
    assert state.facts == {"pi": 0.1 + 0.2, "list": [1, None]}
    assert all(torch.equal(state.tensors[name], value) for name, value in tensors.items())
    assert set(state.part("a.")) == {"x", "y"}


def test_something_else_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no tensors")
    save_file({"a": torch.zeros(1)}, tmp_path / "other")
    for name in ("text", "other", "missing"):
        with pytest.raises(InputError, match="no state of a fine-tuning") as caught:
            State.read(tmp_path / name)
        assert "\n" not in str(caught.value)
