from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vla_agents.fusion.memory import Things
from vla_agents.fusion.perception.things import Detection
from vla_agents.steering import Here


def looks(colour: int, shape: int) -> np.ndarray:
    vectors = np.zeros((2, 16), np.float32)
    vectors[0, colour] = vectors[1, shape] = 1.0
    return vectors


def seen(x: float, y: float, what: np.ndarray, flat: float = 0.02) -> Detection:
    return Detection((30.0, 30.0, 50.0, 60.0), 0.9, x, y, what, flat, whole=True)


HERE = Here(0.0, 0.0, 0.0, True, 1.0)


@given(
    x=st.floats(0.5, 4.0),
    y=st.floats(-2.0, 2.0),
    at=st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(-3, 3)), min_size=2, max_size=6),
)
def test_one_thing_seen_from_many_places_is_one_thing(x: float, y: float, at: list[tuple[float, float, float]]) -> None:
    things = Things()
    for ax, ay, yaw in at:
        c, s = math.cos(yaw), math.sin(yaw)
        dx, dy = x - ax, y - ay
        things.note(seen(c * dx + s * dy, c * dy - s * dx, looks(1, 2)), Here(ax, ay, yaw, True, 1.0))
    assert len(things.all) == 1
    assert things.all[0].point == pytest.approx((x, y), abs=1e-4)


def test_words_find_what_was_seen_before_they_came() -> None:
    things = Things()
    for _ in range(3):
        things.note(seen(2.0, 0.0, looks(1, 2)), HERE)
        things.note(seen(2.0, 1.5, looks(1, 3)), HERE)
        things.note(seen(3.0, -1.5, looks(4, 2)), HERE)
    for colour, shape, place in ((1, 2, (2.0, 0.0)), (1, 3, (2.0, 1.5)), (4, 2, (3.0, -1.5))):
        thing, chance = things.best(looks(colour, shape))
        assert thing is not None
        assert thing.point == pytest.approx(place)
        assert chance > 0.7
    assert things.best(looks(4, 3))[0] is None


def test_a_picture_is_not_taken_for_the_thing() -> None:
    things = Things()
    for _ in range(6):
        things.note(seen(1.5, 0.0, looks(1, 2), flat=0.97), HERE)
        things.note(seen(3.0, 2.0, looks(1, 2), flat=0.03), HERE)
    thing, _ = things.best(looks(1, 2))
    assert thing is not None
    assert thing.point == pytest.approx((3.0, 2.0))


def test_a_picture_is_not_gone_to_even_where_there_is_nothing_else() -> None:
    things = Things()
    for _ in range(12):
        things.note(seen(1.5, 0.0, 0.8 * looks(1, 2) + 0.6 * looks(5, 6), flat=0.97), HERE)
    assert things.best(looks(1, 2))[0] is None
    assert things.best(looks(1, 2))[1] > 0.1


@pytest.mark.parametrize(("away", "whole"), [(0.7, True), (1.5, False), (6.0, True)])
def test_a_look_from_too_near_too_far_or_at_a_part_does_not_tell_a_picture(away: float, whole: bool) -> None:
    things = Things()
    for _ in range(12):
        things.note(replace(seen(away, 0.0, looks(1, 2), flat=0.97), whole=whole), HERE)
    assert things.all[0].flatness == 0.0


def test_what_is_doubted_leaves_room_for_others() -> None:
    things = Things()
    for _ in range(3):
        first = things.note(seen(2.0, 0.0, looks(1, 2)), HERE)
        second = things.note(seen(2.0, 2.0, 0.9 * looks(1, 2) + 0.1 * looks(2, 2)), HERE)
    query = looks(1, 2)
    assert things.best(query)[0] is first
    assert things.best(query, [first])[0] is second
    assert things.best(query, [first, second])[0] is None


def test_two_things_of_other_colours_at_one_place_are_two() -> None:
    things = Things()
    things.note(seen(2.0, 0.0, looks(1, 2)), HERE)
    things.note(seen(2.0, 0.1, looks(5, 2)), HERE)
    assert len(things.all) == 2


def test_what_is_not_there_any_more_is_forgotten_and_what_is_seen_again_is_not() -> None:
    things = Things()
    gone = things.note(seen(2.0, 0.0, looks(1, 2)), HERE)
    for _ in range(5):
        things.doubt([gone])
    things.note(seen(2.0, 0.0, looks(1, 2)), HERE)
    for _ in range(5):
        things.doubt([gone])
    assert gone in things.all
    things.doubt([gone])
    assert things.all == []
