import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vla_sim import seeding
from vla_sim.faults import KINDS, lexicon
from vla_sim.faults.golden import example_stream
from vla_sim.sensing.goal_text import GoalText
from vla_sim.sensing.reading import Reading
from vla_sim.tasks.language import say
from vla_sim.tasks.phrasebook import PHRASEBOOK
from vla_sim.tasks.rewording import reworded

LANGUAGE = [kind for kind in KINDS.values() if kind.family == "language"]


def heard(name, words, severity=1.0, seed=1):
    kind = KINDS[f"language.{name}"](example_stream("language"), seeding.generator(seed))
    return str(kind.apply(Reading("goal", 0.1, np.array(words), 0.1), type(kind).at(severity))[0].data)


@pytest.mark.parametrize("kind", LANGUAGE, ids=lambda kind: kind.name)
@given(words=st.text(string.ascii_letters + string.digits + " ,.'-", max_size=256), severity=st.floats(0, 1))
def test_any_words_stay_words_that_an_observation_can_hold(kind, words, severity):
    assert heard(kind.name, words, severity) in GoalText()


def test_a_sentence_is_garbled_once_and_for_all():
    kind = KINDS["language.typo"](example_stream("language"), seeding.generator(1))
    values = type(kind).at(1.0)
    first, other, again = (
        str(kind.apply(Reading("goal", 0.1, np.array(words), 0.1), values)[0].data)
        for words in ("go to the red cube", "stop", "go to the red cube")
    )
    assert first == again != other


def test_each_says_what_it_is_called():
    words = "go to the red cube on your left"
    assert heard("missing", words) == ""
    assert heard("truncated", words, 0.6) == "go to the red"
    assert "red" not in heard("wrong_object", words).split()
    assert "right" in heard("wrong_object", words).split()
    assert heard("ambiguous", words) == "go to the coloured thing on your other"
    assert heard("contradictory", words).startswith(words + ", ")
    assert heard("other_goal", words) != words
    assert len(heard("filler", words).split()) > len(words.split())
    assert not set(heard("other_language", words).split()) & set(words.split()) - {"cube", "orange"}


def test_a_paraphrase_keeps_the_names_in_held_out_words():
    for seed in range(20):
        said = heard("paraphrase", "go to the red cube", seed=seed)
        assert said != "go to the red cube"
        assert any(colour in said for colour in ("crimson", "scarlet"))
        assert "box" in said


@pytest.mark.parametrize("entry", sorted(PHRASEBOOK))
def test_every_seen_sentence_is_reworded_for_the_same_goal(entry):
    slots = {
        "object": "the red cube", "first": "the blue ball", "second": "the green cone", "hazard": "the yellow ball",
        "room": "the kitchen", "side": "left", "distance": "2 metres", "angle": "90 degrees", "bearing": "behind you",
        "place": "the tray", "relation": "left of", "count": "two", "colour": "red", "drawer": "upper",
        "other": "the red cup",
    }  # fmt: skip
    for seed in range(30):
        rng = seeding.generator(seed)
        words = say(entry, rng, "seen", **slots)
        again = reworded(words, rng.random())
        assert again is not None
        told = {slot for slot in slots.values() if slot in words}
        assert all(slot in again for slot in told), (words, again)


def test_the_lexicon_covers_what_training_sentences_say_of_things_and_places():
    names = {*lexicon.COLOURS, *lexicon.NOUNS, *lexicon.ROOMS, "left", "right", "metres", "degrees"}
    assert all(names <= set(language) for language in lexicon.LANGUAGES)
