"""The shipped reader before ways to say goals that neither it nor those who made its lexicon have met."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import torch
import yaml
from torch.nn import functional as F
from vla_agents.fusion.checkpoint import load_checkpoint
from vla_agents.fusion.language.reader import SKILLS
from vla_agents.training import lexicon
from vla_agents.training.sentences import UNKNOWN, Labels, Speaker

from vla_sim import seeding

PHRASES = yaml.safe_load(Path(__file__).with_name("phrases_of_others.yaml").read_text(encoding="utf-8"))
EACH = 4
"""Goals for each phrase."""


class OtherSpeaker(Speaker):
    """Says each goal of a skill in the next of the phrases for it."""

    def __init__(self):
        super().__init__(seeding.generator(6, "others"), "seen")
        self._next = {skill: itertools.cycle(phrases) for skill, phrases in PHRASES.items()}

    def _say(self, entry, **slots):
        return next(self._next[SKILLS[self.skill]]).format(**slots)

    def say(self, goal):
        self.skill = goal.skill
        return super().say(goal)


def test_the_lexicon_has_none_of_them():
    for skill, phrases in PHRASES.items():
        assert not set(phrases) & set(lexicon.TEMPLATES[skill])


@pytest.fixture(scope="module")
def goals():
    speaker, goals = OtherSpeaker(), {skill: [] for skill in PHRASES}
    while any(len(said) < EACH * len(PHRASES[skill]) for skill, said in goals.items()):
        goal = speaker.draw()
        if len(goals[SKILLS[goal.skill]]) < EACH * len(PHRASES[SKILLS[goal.skill]]):
            goals[SKILLS[goal.skill]].append(goal)
    return goals


def test_what_others_say_is_understood(goals):
    networks, encoder, _ = load_checkpoint()
    reader = networks.reader
    rates = {}
    for skill, said in goals.items():
        labels = Labels.of(said)
        with torch.inference_mode():
            meaning = reader(encoder.encode([goal.words for goal in said]))
        right = meaning.skill.argmax(-1) == labels.skill
        for wanted, found in (
            (labels.side, meaning.side),
            (labels.metres, meaning.metres),
            (labels.degrees, meaning.degrees),
        ):
            right &= (wanted == UNKNOWN) | (found.argmax(-1) == wanted)
        for half, kinds in enumerate(reader.kinds):
            wanted = labels.mentions[..., half]
            found = (meaning.queries[:, :, half] @ F.normalize(kinds.looks, dim=-1).T).argmax(-1)
            right &= ((wanted == UNKNOWN) | (found == wanted)).all(1)
        rates[skill] = float(right.float().mean())
    print(rates)
    assert sum(rates.values()) / len(rates) > 0.92, rates
    assert min(rates.values()) > 0.6, rates
