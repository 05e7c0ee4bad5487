from __future__ import annotations

import re

import pytest
from vla_agents.fusion.arm.kinds import COLOUR_NAMES, NOUN_NAMES, THINGS
from vla_agents.fusion.arm.reading import SKILLS
from vla_agents.training.arm import lexicon
from vla_agents.training.arm.sentences import PLAIN, ArmLabels, ArmSpeaker

from vla_sim import seeding
from vla_sim.tasks.language import HELD_OUT_PAIRS
from vla_sim.tasks.manipulation.language import SIDES, TABLE_NOUNS
from vla_sim.tasks.manipulation.phrasebook import HANDLING


def test_the_lexicon_says_nothing_that_is_held_out() -> None:
    names = {name for names in (*TABLE_NOUNS.values(), *SIDES.values()) for name in names.held_out}
    said = {name for group in (*lexicon.NOUNS.values(), *lexicon.SIDES.values()) for name in group}
    assert not names & said
    held_out = {template for _, templates in HANDLING.values() for template in templates}
    assert not held_out & {template for group in lexicon.TEMPLATES.values() for template in group}


@pytest.mark.parametrize("held_out", [False, True])
def test_goals_name_pairs_of_their_split(held_out) -> None:
    speaker = ArmSpeaker(seeding.generator(1, "sentences"), held_out_pairs=held_out, free=0.5)
    sentences = [speaker.draw() for _ in range(300)]
    assert {SKILLS[each.skill] for each in sentences} == set(SKILLS)
    for each in sentences:
        assert not re.search(r"[{}]", each.words)
        if each.mentions and each.mentions[0][0] != PLAIN:
            colour, noun = each.mentions[0]
            assert ((COLOUR_NAMES[colour], NOUN_NAMES[noun]) in HELD_OUT_PAIRS) == held_out
            assert NOUN_NAMES[noun] in THINGS
    assert ArmLabels.of(sentences).mentions.shape == (300, 3, 2)
