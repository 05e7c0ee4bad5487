from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F
from vla_agents.fusion.arm.checkpoint import load_checkpoint
from vla_agents.fusion.arm.kinds import NOUN_NAMES
from vla_agents.fusion.arm.reading import SKILLS
from vla_agents.fusion.language.slots import Kinds


@pytest.fixture(scope="module")
def read():
    networks, encoder, _ = load_checkpoint()
    looks = F.normalize(networks.reader.nouns.looks, dim=-1)

    def read(words):
        """Return the skill and the nouns that are mentioned."""
        with torch.inference_mode():
            meaning = networks.reader(encoder.encode([words]))
        nouns = (meaning.queries[0, :, 1] @ looks.T).argmax(-1).tolist()
        return SKILLS[int(meaning.skill.argmax())], [NOUN_NAMES[noun] for noun in nouns]

    return read


@pytest.mark.parametrize("place", ["tray", "bowl", "mat"])
@pytest.mark.parametrize(
    "words", ["put the red cup in the {}", "put the red cup on the {}", "push the red cup to the {}"]
)
def test_what_is_plainly_named_is_meant(read, words, place):
    _, (thing, at, _) = read(words.format(place))
    assert (thing, at) == ("cup", place)


def test_the_prior_decides_between_kinds_that_words_are_near_to():
    kinds = Kinds(3, 4).eval()
    kinds.means.copy_(torch.eye(3, 4))
    looks = F.normalize(kinds.looks, dim=-1)
    not_the_first = torch.tensor([-3.0, 0.0, 0.0])

    def meant(*features):
        features = torch.tensor([*features, 0.0])
        return [int((kinds(features, prior) @ looks.T).argmax()) for prior in (None, not_the_first)]

    assert meant(0.6, 0.58, 0.3) == [0, 1]
    assert meant(0.9, 0.1, 0.1) == [0, 0]
    assert not kinds(kinds.means.mean(0), not_the_first).any(), "what is near to no kind names none"
