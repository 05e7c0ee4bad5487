from __future__ import annotations

import itertools
import string

import pytest

from vla_sim.seeding import generator
from vla_sim.tasks.language import (
    BEARINGS,
    COLOURS,
    HELD_OUT_PAIRS,
    NOUNS,
    degrees,
    metres,
    object_words,
    room_words,
    say,
)
from vla_sim.tasks.manipulation.language import SIDES, TABLE_NOUNS
from vla_sim.tasks.phrasebook import PHRASEBOOK
from vla_sim.tasks.semantics import ObjectTag, Room

SLOTS = {
    "go_to_object": {"object"},
    "stop_in_front": {"object", "distance"},
    "go_between": {"first", "second"},
    "go_to_room": {"room"},
    "follow_wall": {"side", "distance"},
    "visit_in_order": {"first", "second"},
    "avoid_object": {"object", "hazard", "distance"},
    "stop": set(),
    "change_of_mind": {"object"},
    "turn_by_angle": {"side", "angle"},
    "hold_heading": {"distance"},
    "go_to_thing_at": {"bearing"},
    "find_the_real_one": {"object"},
    "pick_up": {"object"},
    "put_in": {"object", "place"},
    "put_on": {"object", "place"},
    "fetch_from_room": {"object", "room", "place"},
    "put_beside": {"object", "relation", "other"},
    "put_between": {"object", "first", "second"},
    "push_to": {"object", "place"},
    "stack": {"object", "other"},
    "open_drawer": {"side", "drawer"},
    "press_button": {"object"},
    "clear_colour": {"colour", "place"},
    "put_count": {"count", "place"},
}


def slots(template: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]


def test_every_entry_is_known() -> None:
    assert set(PHRASEBOOK) == set(SLOTS)


@pytest.mark.parametrize("entry", sorted(SLOTS))
def test_templates_tell_the_goal_whole(entry: str) -> None:
    for template in itertools.chain(*PHRASEBOOK[entry]):
        assert sorted(slots(template)) == sorted(SLOTS[entry]), template


@pytest.mark.parametrize("entry", sorted(SLOTS))
def test_splits_are_disjoint_without_duplicates(entry: str) -> None:
    seen, held_out = PHRASEBOOK[entry]
    everything = [template.lower() for template in (*seen, *held_out)]
    assert len(set(everything)) == len(everything)
    assert len(seen) >= 6
    assert len(held_out) >= 4


def test_no_template_is_shared_between_entries() -> None:
    everything = [template for splits in PHRASEBOOK.values() for template in itertools.chain(*splits)]
    assert len(set(everything)) == len(everything)


@pytest.mark.parametrize("names", [COLOURS, {**NOUNS, **TABLE_NOUNS}, BEARINGS, SIDES])
def test_no_name_means_two_things(names: dict) -> None:  # type: ignore[type-arg]
    everything = [name for entry in names.values() for name in (*entry.seen, *entry.held_out)]
    assert len(set(everything)) == len(everything)


def test_held_out_pairs_leave_each_word_to_be_learnt() -> None:
    for colour, noun in HELD_OUT_PAIRS:
        assert any((colour, other) not in HELD_OUT_PAIRS for other in {**NOUNS, **TABLE_NOUNS})
        assert any((other, noun) not in HELD_OUT_PAIRS for other in COLOURS)


def test_words_of_objects_tell_colour_and_noun() -> None:
    seen = {}
    for colour, noun in itertools.product(COLOURS, NOUNS):
        tag = ObjectTag(colour=colour, noun=noun, radius=0.2)
        for words, seed in itertools.product(("seen", "held_out"), range(12)):
            phrase = object_words(tag, generator(seed), words)  # type: ignore[arg-type]
            assert seen.setdefault(phrase, (colour, noun)) == (colour, noun)


def test_unknown_colours_and_nouns_are_called_as_the_world_calls_them() -> None:
    tag = ObjectTag(colour="grey", noun="crate", radius=0.2)
    assert object_words(tag, generator(1), "seen") == "the grey crate"


def test_rooms_have_other_names_held_out() -> None:
    room = Room(words=("kitchen", "cooking area"), areas=((0, 0, 1, 1),))
    assert room_words(room, generator(1), "seen") == "the kitchen"
    assert room_words(room, generator(1), "held_out") == "the cooking area"
    assert room_words(Room(words=("hall",), areas=((0, 0, 1, 1),)), generator(1), "held_out") == "the hall"


def test_measures() -> None:
    assert metres(1.0, generator(1), "seen") == "1 metre"
    assert metres(1.5, generator(1), "seen") == "1.5 metres"
    assert {metres(2.0, generator(seed), "held_out") for seed in range(20)} == {"2 m", "two metres"}
    assert {metres(0.5, generator(seed), "held_out") for seed in range(20)} == {"0.5 m", "0.5 meters"}
    assert degrees(-45) == "45 degrees"


def test_choice_follows_from_the_generator() -> None:
    first = [say("go_to_object", generator(seed), "seen", object="the red cube") for seed in range(30)]
    again = [say("go_to_object", generator(seed), "seen", object="the red cube") for seed in range(30)]
    assert first == again
    assert len(set(first)) > 5


def test_words_are_plain_text() -> None:
    allowed = set(string.ascii_letters + string.digits + " ,.;:-{}_")
    for template in itertools.chain(*itertools.chain(*PHRASEBOOK.values())):
        assert set(template) <= allowed, template
