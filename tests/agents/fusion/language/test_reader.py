"""Words that name no colour or no shape leave it open; words that name neither are not acted upon."""

from dataclasses import replace

import pytest
import torch
from vla_agents.fusion.checkpoint import load_checkpoint
from vla_agents.fusion.language.reader import Intent
from vla_agents.fusion.perception.detector import QUERY, match


@pytest.fixture(scope="module")
def read():
    networks, encoder, _ = load_checkpoint()

    def reading(words):
        with torch.inference_mode():
            return networks.reader(encoder.encode([words]))

    return reading


@pytest.mark.parametrize(
    ("words", "colour", "shape"),
    [
        ("go to the red cube", True, True),
        ("drive to the ball", False, True),
        ("go to the blue thing", True, False),
        ("find the green chair and go to it", True, False),
        ("go to the big cone", False, True),
    ],
)
def test_what_is_named(read, words, colour, shape):
    meaning = read(words)
    assert meaning.queries[0, 0].any(-1).tolist() == [colour, shape]
    intent = Intent.of(meaning)
    assert intent.skill == "reach"
    assert intent.sure > 0.5


@pytest.mark.parametrize(
    ("unknown", "sure"), [([], True), ([(0, 0)], True), ([(0, 0), (0, 1)], False), ([(1, 0), (1, 1)], False)]
)
def test_a_thing_of_which_nothing_is_known_leaves_no_confidence(read, unknown, sure):
    meaning = read("go between the red cube and the blue ball")
    meaning = replace(meaning, queries=meaning.queries.clone())
    for mention, half in unknown:
        meaning.queries[0, mention, half] = 0.0
    assert (Intent.of(meaning).sure > 0.9) == sure
    assert Intent.of(meaning).skill == "between"


def test_an_open_half_agrees_with_everything():
    looks = torch.nn.functional.normalize(torch.randn(50, 2, QUERY, generator=torch.Generator().manual_seed(1)), dim=-1)
    mention = looks[0].clone()
    mention[1] = 0.0
    other = looks[0].clone()
    other[1] = -looks[0, 1]
    assert float(match(other, mention)) == pytest.approx(float(match(looks[0], mention)))
    assert float(match(looks[0], torch.zeros_like(mention))) == 1.0
    assert (match(looks, mention) >= match(looks, looks[0])).all()
