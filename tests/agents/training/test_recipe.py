from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from scipy.stats import binomtest
from vla_agents.fusion.checkpoint import Card, load_checkpoint, load_sequence, new_networks, read_card, save_checkpoint
from vla_agents.training import recipe as recipes
from vla_agents.training.imitation import rows_of
from vla_agents.training.recipe import RECIPES, collect, train
from vla_agents.training.rollouts import Rollouts
from vla_agents.training.scores import pointing_accuracy
from vla_agents.training.views import Views, collect_views

from tests.agents.training.test_sequences import ruled_trials
from vla_sim import seeding
from vla_sim.errors import InputError


def test_views_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no views of 'arena': run `vla-sim collect"):
        train(RECIPES["small"], tmp_path, tmp_path / "out", say=lambda line: None)


@pytest.mark.slow
def test_a_small_training_learns(tmp_path: Path) -> None:
    recipe = replace(RECIPES["small"], views=700, frames=800, rounds=(0.0,), last_steps=200)
    collect(recipe, tmp_path / "views", jobs=1, say=lambda line: None)
    checkpoint = train(recipe, tmp_path / "views", tmp_path / "out", jobs=1, say=lambda line: None)
    networks, encoder, card = load_checkpoint(checkpoint)
    assert card.data["recipe"]["views"] == 700
    assert len((tmp_path / "out" / "curve.jsonl").read_text().splitlines()) == 1

    # Words find things in views that were not trained on; networks that have learned nothing do not.
    test = collect_views("arena", 150, 31_000)
    rng = seeding.generator(1, "test")
    hits, count = pointing_accuracy(networks.eye, networks.reader, encoder, test, rng)
    torch.manual_seed(0)
    blank = new_networks(read_card(checkpoint), "attention").eval()
    blind, _ = pointing_accuracy(blank.eye, blank.reader, encoder, test, rng)
    shares = (test.boxes[:, 3] - test.boxes[:, 1]) * (test.boxes[:, 4] - test.boxes[:, 2]) / 96**2
    chance = max(blind / count, float(shares.mean()))
    assert binomtest(hits, count, chance, alternative="greater").pvalue < 1e-6

    # The policy tells the teacher's speeds far better than their mean does.
    rollouts = Rollouts.load(next((tmp_path / "out").glob("rollouts-0-arena.npz")))
    with torch.inference_mode():
        told = networks.policy(rows_of(rollouts.inputs, torch.arange(len(rollouts)))).speeds[:, 0]
    labels = rollouts.labels[:, 0]
    assert (told - labels).abs().mean() < 0.5 * (labels - labels.mean(0)).abs().mean()

    # It goes on where it was: nothing is left to do.
    lines: list[str] = []
    train(recipe, tmp_path / "views", tmp_path / "out", jobs=1, say=lines.append)
    assert lines == []


def test_views_are_the_same_for_the_same_seed_and_come_back_from_their_file(tmp_path: Path) -> None:
    one, other = collect_views("arena", 20, 5), collect_views("arena", 20, 5)
    assert one.frames.tobytes() == other.frames.tobytes()
    assert one.boxes.tobytes() == other.boxes.tobytes()
    one.save(tmp_path / "views.npz")
    back = Views.load(tmp_path / "views.npz")
    assert back.cells.tobytes() == one.cells.tobytes()
    both = Views.joined([one, back])
    assert len(both.frames) == 40
    assert sorted({int(frame) for frame in both.boxes[:, 0]})[-1] >= 20


def test_boxes_hold_what_the_cells_show() -> None:
    views = collect_views("arena", 60, 6)
    assert len(views.boxes) > 20
    for _, left, top, right, bottom, away, colour, noun, flat in views.boxes:
        assert 0 <= left < right <= 96
        assert 0 <= top < bottom <= 96
        assert away > 0
        assert 0 <= colour < 6
        assert 0 <= noun < 4
        assert flat in (0, 1)
    for row in range(60):
        count = int((views.boxes[:, 0] == row).sum())
        assert int(views.cells[row].max()) < count or count == 0


def test_sequences_are_learned_after_all_rounds_and_only_once(tmp_path: Path) -> None:
    torch.manual_seed(0)
    card = Card(format=1)
    networks = new_networks(card, "attention")
    save_checkpoint(tmp_path / "checkpoint", card, networks, {"attention": networks.policy})
    (tmp_path / "curve.jsonl").write_text('{"round": 0}\n')
    ruled_trials(5, seed=1).save(tmp_path / "rollouts-0-arena.npz")
    small = replace(recipes.named("small"), rounds=(0.0,), sequence_steps=5)
    said: list[str] = []
    folder = recipes.train(small, tmp_path, tmp_path, say=said.append)
    assert read_card(folder).sequence
    assert said[-1].startswith("sequence: loss ")
    first = load_sequence(folder).state_dict()
    policy = load_checkpoint(folder)[0].policy
    assert all((value == networks.policy.state_dict()[name]).all() for name, value in policy.state_dict().items())
    count = len(said)
    recipes.train(small, tmp_path, tmp_path, say=said.append)
    assert len(said) == count
    assert all((value == first[name]).all() for name, value in load_sequence(folder).state_dict().items())
