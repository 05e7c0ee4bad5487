from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from vla_agents.fusion.checkpoint import Card, load_checkpoint, load_sequence, new_networks, read_card, save_checkpoint
from vla_agents.training import recipe

from tests.agents.training.test_sequences import ruled_trials


def test_sequences_are_learned_after_all_rounds_and_only_once(tmp_path: Path) -> None:
    torch.manual_seed(0)
    card = Card(format=1)
    networks = new_networks(card, "attention")
    save_checkpoint(tmp_path / "checkpoint", card, networks, {"attention": networks.policy})
    (tmp_path / "curve.jsonl").write_text('{"round": 0}\n')
    ruled_trials(5, seed=1).save(tmp_path / "rollouts-0-arena.npz")
    small = replace(recipe.named("small"), rounds=(0.0,), sequence_steps=5)
    said: list[str] = []
    folder = recipe.train(small, tmp_path, tmp_path, say=said.append)
    assert read_card(folder).sequence
    assert said[-1].startswith("sequence: loss ")
    first = load_sequence(folder).state_dict()
    policy = load_checkpoint(folder)[0].policy
    assert all((value == networks.policy.state_dict()[name]).all() for name, value in policy.state_dict().items())
    count = len(said)
    recipe.train(small, tmp_path, tmp_path, say=said.append)
    assert len(said) == count
    assert all((value == first[name]).all() for name, value in load_sequence(folder).state_dict().items())
