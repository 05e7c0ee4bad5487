from __future__ import annotations

import numpy as np
import pytest
from vla_agents.fusion.arm.goal import FLOOR, GAP, ArmGoal
from vla_agents.fusion.arm.reading import ArmIntent
from vla_agents.fusion.arm.table import Track
from vla_agents.fusion.language.slots import QUERY

RED, BLUE = 0, 1
CUP, CUBE, TRAY, MAT = 10, 11, 12, 13


def kind(colour: int | None, shape: int) -> np.ndarray:
    looks = np.zeros((2, QUERY), np.float32)
    if colour is not None:
        looks[0, colour] = 1.0
    looks[1, shape] = 1.0
    return looks


def track(colour: int, shape: int, x: float, y: float, top: float = 0.06, radius: float = 0.03) -> Track:
    return Track(x, y, top, radius, kind(colour, shape), count=5)


def goal(skill: str, *named: tuple[int | None, int], side: str = "left") -> ArmGoal:
    queries = [kind(*each) for each in named] + [np.zeros((2, QUERY), np.float32)] * (3 - len(named))
    return ArmGoal(ArmIntent(skill, side, 1.0), np.array(queries))


RED_CUP, BLUE_CUP = track(RED, CUP, 0.4, 0.1), track(BLUE, CUP, 0.5, -0.1)
RED_CUBE = track(RED, CUBE, 0.6, 0.0, top=0.045, radius=0.022)
RED_TRAY = track(RED, TRAY, 0.5, 0.3, top=0.03, radius=0.1)
THINGS = [RED_CUP, BLUE_CUP, RED_CUBE, RED_TRAY]


@pytest.mark.parametrize(("named", "meant"), [((RED, CUP), RED_CUP), ((BLUE, CUP), BLUE_CUP), ((RED, CUBE), RED_CUBE)])
def test_the_words_decide_which_thing(named, meant) -> None:
    asked = goal("pick", named)
    asked.find(THINGS, None)
    assert asked.target is meant
    assert asked.place() is None


def test_what_is_not_there_is_not_taken_for_another_thing() -> None:
    asked = goal("pick", (BLUE, CUBE))
    asked.find([RED_CUP], None)
    assert asked.target is None
    assert asked.chance == 0.0


def test_a_colour_that_is_not_said_does_not_count() -> None:
    asked = goal("in", (BLUE, CUP), (None, TRAY))
    asked.find(THINGS, None)
    place = asked.place()
    assert (place.x, place.y, place.top) == (0.5, 0.3, FLOOR)


def test_places_follow_from_things() -> None:
    between = goal("between", (BLUE, CUP), (RED, CUP), (RED, CUBE))
    between.find(THINGS, None)
    assert (between.place().x, between.place().y) == pytest.approx((0.5, 0.05))
    beside = goal("beside", (BLUE, CUP), (RED, CUP), side="right")
    beside.find(THINGS, None)
    assert beside.place().y == pytest.approx(0.1 - 0.06 - GAP)
    stack = goal("stack", (BLUE, CUP), (RED, CUBE))
    stack.find(THINGS, None)
    assert stack.place().top == 0.045


def test_of_two_alike_the_one_at_the_side_that_is_said() -> None:
    left, right = track(BLUE, CUP, 0.4, 0.3), track(BLUE, CUP, 0.4, -0.1)
    for side, meant in (("left", left), ("right", right)):
        asked = goal("pick_at", (BLUE, CUP), (RED, CUP), side=side)
        asked.find([RED_CUP, left, right], None)
        assert asked.target is meant


def test_what_is_held_stays_the_target() -> None:
    asked = goal("in", (BLUE, CUP), (RED, TRAY))
    asked.find(THINGS, RED_CUP)
    assert asked.target is RED_CUP


def test_what_it_cannot_do_has_no_skill() -> None:
    assert goal("other").skill is None
