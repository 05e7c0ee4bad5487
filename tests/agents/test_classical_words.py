"""The classical agent understands goals by keywords; the language tables tell what was meant."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vla_agents.classical.words import Request, Thing, understand

from vla_sim.tasks.language import BEARINGS, COLOURS, NOUNS, degrees, metres, object_words
from vla_sim.tasks.manipulation.phrasebook import HANDLING
from vla_sim.tasks.phrasebook import PHRASEBOOK
from vla_sim.tasks.semantics import ObjectTag
from vla_sim.tasks.task import Words

SPOKEN = sorted(PHRASEBOOK.keys() - HANDLING.keys() - {"go_to_room"})
"""Every entry but rooms, which the agent knows nothing of, and what is said to an arm."""


def draw(entry: str, template: str, words: Words, rng: np.random.Generator) -> tuple[str, Request]:
    """Return a sentence and what it asks."""
    first, second = (Thing(str(rng.choice(list(COLOURS))), str(rng.choice(list(NOUNS)))) for _ in range(2))
    distance = float(rng.choice([0.4, 0.5, 1.0, 1.5, 2.0, 4.0]))
    side, bearing = str(rng.choice(["left", "right"])), str(rng.choice(list(BEARINGS)))
    angle = int(rng.choice([30, 90, 180]))

    def call(thing: Thing) -> str:
        return object_words(ObjectTag(colour=thing.colour or "", noun=thing.noun or "", radius=0.2), rng, words)

    sentence = template.format(
        object=call(first),
        first=call(first),
        second=call(second),
        hazard=call(second),
        distance=metres(distance, rng, words),
        side=side,
        angle=degrees(angle),
        bearing=BEARINGS[bearing].pick(rng, words),
    )
    signed = math.radians(angle) * (1 if side == "left" else -1)
    meant = {
        "go_to_object": Request("reach", (first,)),
        "change_of_mind": Request("reach", (first,)),
        "find_the_real_one": Request("reach", (first,), solid=True),
        "stop_in_front": Request("reach", (first,), distance=distance),
        "go_to_thing_at": Request("reach", (Thing(bearing=bearing),)),  # type: ignore[arg-type]
        "go_between": Request("between", (first, second)),
        "visit_in_order": Request("visit", (first, second)),
        "avoid_object": Request("avoid", (first, second), distance=distance),
        "follow_wall": Request("wall", side=side, distance=distance),  # type: ignore[arg-type]
        "turn_by_angle": Request("turn", angle=signed),
        "hold_heading": Request("straight", distance=distance),
        "stop": Request("stop"),
    }[entry]
    return sentence, meant


@pytest.mark.parametrize("words", ["seen", "held_out"])
@pytest.mark.parametrize("entry", SPOKEN)
def test_understands_the_phrasebook(entry: str, words: Words) -> None:
    """All of it, seen and held out: its words were known when the vocabulary was written, so this is no measure of how
    well other people's words would be understood."""
    rng = np.random.default_rng(3)
    for template in PHRASEBOOK[entry][0 if words == "seen" else 1]:
        for _ in range(8):
            sentence, meant = draw(entry, template, words, rng)
            assert understand(sentence) == meant, sentence


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("Bring yourself to that ruby-coloured globe!", Request("reach", (Thing("red", "ball"),))),
        ("anything yellow will do", Request("reach", (Thing("yellow"),))),
        ("Go 80 cm forward.", Request("straight", distance=0.8)),
        (
            "go to the azure orb after the green drum",
            Request("visit", (Thing("green", "cylinder"), Thing("blue", "ball"))),
        ),
        ("please stand still", Request("stop")),
        ("rotate right 45°", Request("turn", angle=-math.pi / 4)),
        ("go to the kitchen", Request("unknown")),
        ("", Request("unknown")),
    ],
)
def test_understands_what_no_template_says(words: str, meant: Request) -> None:
    assert understand(words) == meant


@given(st.text(max_size=80))
def test_any_words_are_some_request(words: str) -> None:
    assert understand(words).action is not None
