from __future__ import annotations

import numpy as np
import pytest
from vla_agents.fusion.arm.body import arm_body
from vla_agents.fusion.arm.sighting import Sighting
from vla_agents.fusion.arm.table import GONE, GONE_STILL, Table
from vla_agents.fusion.language.slots import QUERY

LENS = arm_body().lenses["overhead"]
HOME = np.zeros(6)
ABOVE = float(LENS.at(HOME)[2, 3])


def looks(kind: int) -> np.ndarray:
    unit = np.zeros((2, QUERY), np.float32)
    unit[:, kind] = 1.0
    return unit


def sighting(x=0.5, y=0.0, top=0.06, radius=0.03, kind=0, whole=True) -> Sighting:
    return Sighting(x, y, top, radius, looks(kind), 0.9, whole)


def depth(hidden: bool = False) -> np.ndarray:
    """A bare table, or something close before the camera."""
    return np.full((LENS.spec.height, LENS.spec.width), 0.4 if hidden else ABOVE, np.float32)


def see(table: Table, *found: Sighting, hidden: bool = False, held=None) -> None:
    table.see(found, LENS, depth(hidden), HOME, held)


def test_a_thing_is_believed_in_once_it_was_seen_twice() -> None:
    table = Table()
    see(table, sighting())
    assert not table.things
    see(table, sighting(x=0.51))
    (thing,) = table.things
    assert 0.5 < thing.x < 0.51


def test_things_that_look_different_are_different_things() -> None:
    table = Table()
    for _ in range(2):
        see(table, sighting(), sighting(x=0.53, kind=1))
    assert len(table.things) == 2


def test_what_is_hidden_is_remembered_and_what_is_gone_is_forgotten() -> None:
    table = Table()
    for _ in range(2):
        see(table, sighting())
    for _ in range(10 * GONE_STILL):
        see(table, hidden=True)
    assert len(table.things) == 1
    for _ in range(GONE):
        see(table)
    assert not table.things


def test_a_large_thing_stays_where_it_stands_while_a_part_of_it_is_hidden() -> None:
    table = Table()
    for _ in range(2):
        see(table, sighting(top=0.0, radius=0.075))
    for _ in range(20):
        see(table, sighting(x=0.54, top=0.0, radius=0.04))
    (mat,) = table.things
    assert (mat.x, mat.y) == (0.5, 0.0)
    assert mat.radius == pytest.approx(0.075)
    for _ in range(GONE):
        see(table)
    assert table.things == [mat]
    for _ in range(GONE_STILL):
        see(table)
    assert not table.things


def test_a_thing_that_was_moved_is_where_it_is_seen() -> None:
    table = Table()
    for _ in range(2):
        see(table, sighting())
    see(table, sighting(x=0.54, radius=0.02))
    (thing,) = table.things
    assert thing.x == 0.54
    assert thing.radius > 0.029  # It did not shrink: it is hidden in part.


def test_what_an_edge_of_the_frame_cuts_begins_no_thing() -> None:
    table = Table()
    for _ in range(5):
        see(table, sighting(whole=False))
    assert not table.tracks


def test_what_is_held_is_left_alone() -> None:
    table = Table()
    for _ in range(2):
        see(table, sighting())
    (held,) = table.things
    held.x, held.y, held.top = 0.3, 0.2, 0.2
    for _ in range(5):
        see(table, sighting(x=0.31, y=0.2, kind=1), held=held)
    assert table.things == [held]
    assert held.x == 0.3
