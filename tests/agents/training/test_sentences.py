from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from vla_agents.fusion.language.reader import SIDES, SKILLS
from vla_agents.training import lexicon
from vla_agents.training.sentences import COLOUR_NAMES, NOUN_NAMES, Labels, Speaker

from vla_sim import seeding
from vla_sim.tasks import language
from vla_sim.tasks.phrasebook import PHRASEBOOK
from vla_sim.tasks.semantics import Room

ROOMS = (Room(words=("kitchen", "cooking area"), areas=((0.0, 0.0, 1.0, 1.0),)),)


def speaker(**options: object) -> Speaker:
    return Speaker(seeding.generator(4, "speaker"), **options)  # type: ignore[arg-type]


def _held_out(group: Mapping[str, language.Names]) -> list[str]:
    return [name for each in group.values() for name in each.held_out]


def test_no_held_out_name_or_template_is_in_the_lexicon() -> None:
    names = [name for group in (lexicon.COLOURS, lexicon.NOUNS) for each in group.values() for name in each]
    for held_out in [*_held_out(language.COLOURS), *_held_out(language.NOUNS)]:
        assert not any(re.search(rf"\b{held_out}\b", name) for name in names), held_out
    templates = {template for each in lexicon.TEMPLATES.values() for template in each}
    assert not templates & {template for _, held_out in PHRASEBOOK.values() for template in held_out}
    assert not set(lexicon.FORMS) & set(language.OBJECT_FORMS.held_out)
    for side, names_of in language.BEARINGS.items():
        assert not set(lexicon.BEARINGS[side]) & set(names_of.held_out)


def test_a_name_is_of_one_kind_only() -> None:
    for group in (lexicon.COLOURS, lexicon.NOUNS):
        names = [name for each in group.values() for name in each]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("free", [0.0, 1.0])
def test_the_label_is_what_the_words_say(free: float) -> None:
    voice = speaker(rooms=ROOMS, free=free)
    met = set()
    for _ in range(400):
        sentence = voice.draw()
        skill = SKILLS[sentence.skill]
        met.add(skill)
        assert "{" not in sentence.words
        if sentence.metres >= 0:
            assert f"{sentence.metres:g} m" in sentence.words
        if sentence.degrees >= 0:
            assert re.search(rf"\b{sentence.degrees:g} deg", sentence.words)
        if skill in ("turn", "wall"):
            assert SIDES[sentence.side] in sentence.words
        for colour, noun in sentence.mentions:
            colours = {COLOUR_NAMES[colour], *lexicon.COLOURS[COLOUR_NAMES[colour]]}
            nouns = {*language.NOUNS[NOUN_NAMES[noun]].seen, *lexicon.NOUNS[NOUN_NAMES[noun]]}
            assert any(name in sentence.words for name in colours)
            assert any(name in sentence.words for name in nouns)
    assert met == set(SKILLS)


def test_pairs_are_kept_apart() -> None:
    def pairs(held_out: bool) -> set[tuple[str, str]]:
        voice = speaker(held_out_pairs=held_out)
        drawn = [voice.draw() for _ in range(300)]
        return {(COLOUR_NAMES[colour], NOUN_NAMES[noun]) for each in drawn for colour, noun in each.mentions}

    # Of things that the rover's reader has words for: an arm's have none yet.
    assert pairs(True) == {pair for pair in language.HELD_OUT_PAIRS if pair[1] in NOUN_NAMES}
    assert not pairs(False) & language.HELD_OUT_PAIRS


def test_labels_as_tensors() -> None:
    voice = speaker()
    drawn = [voice.draw() for _ in range(60)]
    labels = Labels.of(drawn)
    for row, sentence in enumerate(drawn):
        assert int(labels.skill[row]) == sentence.skill
        assert (labels.mentions[row, :, 0] >= 0).sum() == len(sentence.mentions)
        assert (int(labels.metres[row]) < 0) == (sentence.metres < 0)
        if sentence.metres >= 0:
            assert 0.1 * int(labels.metres[row]) == pytest.approx(sentence.metres)
        if sentence.degrees >= 0:
            assert 5 * int(labels.degrees[row]) == sentence.degrees
