from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor
from vla_agents.fusion.checkpoint import load_checkpoint
from vla_agents.fusion.language.reader import Reader
from vla_agents.fusion.language.tokens import TokenEncoder
from vla_agents.training.grounding import train_reading
from vla_agents.training.paraphrasing import ParaphrasingRecipe
from vla_agents.training.sentences import Labels, Speaker

from vla_sim import seeding

FEW = ParaphrasingRecipe(batches=8, batch=32, steps=60)


@pytest.fixture(scope="module")
def shipped() -> tuple[Reader, TokenEncoder]:
    networks, encoder, _ = load_checkpoint()
    return networks.reader, encoder


def right(reader: Reader, encoder: TokenEncoder) -> float:
    """Return the share of goals in the lexicon's words whose skill is read right."""
    voice = Speaker(seeding.generator(9, "other words"), "seen", free=1.0)
    goals = [voice.draw() for _ in range(150)]
    with torch.inference_mode():
        read = reader.eval()(encoder.encode([goal.words for goal in goals])).skill.argmax(-1)
    return float((read == Labels.of(goals).skill).float().mean())


def vectors(reader: Reader, encoder: TokenEncoder) -> Tensor:
    """Return the vectors of goals in the tasks' own words."""
    voice = Speaker(seeding.generator(9, "plain words"), "seen")
    with torch.inference_mode():
        return reader.eval()(encoder.encode([voice.draw().words for _ in range(100)])).pooled


def test_a_reader_that_has_forgotten_learns_again_and_its_answers_mean_the_same(
    shipped: tuple[Reader, TokenEncoder],
) -> None:
    teacher, encoder = shipped
    forgetful = copy.deepcopy(teacher).requires_grad_(True)
    with torch.no_grad():
        torch.manual_seed(1)
        for part in forgetful.finding():
            part.add_(part.std() * torch.randn_like(part) if part.numel() > 1 else 0.0)
    pupil = copy.deepcopy(forgetful)
    train_reading(pupil, encoder, FEW, say=lambda line: None)
    assert right(pupil, encoder) > right(forgetful, encoder) + 0.1

    found = {id(part) for part in pupil.finding()}
    before = dict(forgetful.named_parameters())
    for name, part in pupil.named_parameters():
        same = torch.equal(part, before[name])
        assert same == (id(part) not in found), name


def test_plain_words_keep_their_vectors(shipped: tuple[Reader, TokenEncoder]) -> None:
    teacher, encoder = shipped
    pupil = copy.deepcopy(teacher).requires_grad_(True)
    train_reading(pupil, encoder, FEW, say=lambda line: None)
    plain = vectors(teacher, encoder)
    others = plain[torch.randperm(len(plain), generator=torch.Generator().manual_seed(1))]
    apart = (plain - others).norm(dim=1).median()
    assert (vectors(pupil, encoder) - plain).norm(dim=1).median() < 0.3 * apart


def test_the_same_seed_gives_the_same_reader(shipped: tuple[Reader, TokenEncoder]) -> None:
    teacher, encoder = shipped
    pupils = [copy.deepcopy(teacher).requires_grad_(True) for _ in range(2)]
    for pupil in pupils:
        train_reading(pupil, encoder, ParaphrasingRecipe(batches=2, batch=8, steps=3), say=lambda line: None)
    one, other = (pupil.state_dict() for pupil in pupils)
    assert all(torch.equal(one[name], other[name]) for name in one)
