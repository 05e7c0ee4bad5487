"""Names that were never met are looked up, and nothing else of a sentence changes."""

import numpy as np
import pytest
from vla_agents.fusion.language import glossary
from vla_agents.fusion.language.glossary import plainly
from vla_agents.training import lexicon
from vla_agents.training.sentences import Speaker

from vla_sim.tasks.language import COLOURS, NOUNS


def test_it_has_nothing_that_was_trained_on():
    trained = {name for names in (COLOURS | NOUNS).values() for name in names.seen}
    trained |= {name for group in (*lexicon.COLOURS.values(), *lexicon.NOUNS.values()) for name in group}
    looked_up = [name for group in (*glossary.COLOURS.values(), *glossary.SHAPES.values()) for name in group]
    assert trained.isdisjoint(looked_up)
    assert len(set(looked_up)) == len(looked_up)


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("Approach the Scarlet sphere and wait", "Approach the red ball and wait"),
        ("the cone that is navy-blue", "the cone that is blue"),
        ("a tangerine coloured tube", "a orange coloured cylinder"),
        ("go between the violet funnel and the sea green cube", "go between the purple cone and the green cube"),
        ("drop it and get yourself to the cube", "drop it and get yourself to the cube"),
        ("stem the flow, roller", "stem the flow, roller"),
        ("go to the kitchen", "go to the kitchen"),
        ("", ""),
    ],
)
def test_names_of_things_are_replaced_where_they_are_names(said, plain):
    assert plainly(said) == plain


@pytest.mark.parametrize("free", [0.0, 0.5])
def test_words_that_were_trained_on_stay(free):
    speaker = Speaker(np.random.default_rng(1), "seen", free=free)
    for _ in range(500):
        said = speaker.draw().words
        assert plainly(said) == said
