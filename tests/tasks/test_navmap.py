from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vla_sim.tasks.footprint import Footprint
from vla_sim.tasks.navmap import FAR, Grid, NavMap, lower_clearance, path_length
from vla_sim.tasks.region import Spot, cells_of

RADIUS = 0.25
GRID = Grid.covering(0.0, 0.0, 6.0, 4.0)


def box(xmin: float, ymin: float, xmax: float, ymax: float) -> Footprint:
    return Footprint("box", ((xmin, ymin), (xmax, ymin), (xmax, ymax), (xmin, ymax)), 0.0, 0.0, 1.0)


def nav(*shapes: Footprint) -> NavMap:
    clearance = np.full((GRID.rows, GRID.columns), FAR)
    for shape in shapes:
        lower_clearance(GRID, clearance, shape)
    return NavMap(GRID, clearance, RADIUS)


def nowhere(model: str) -> tuple[float, float]:
    raise KeyError(model)


def spot(x: float, y: float, radius: float = 0.1) -> np.ndarray:
    return cells_of(Spot((x, y), radius), GRID, nowhere)


WALL = box(2.9, 1.0, 3.1, 4.5)
"""Leaves a gap at the bottom of the room, a metre high."""


def test_clearance_is_the_distance_to_the_nearest_obstacle() -> None:
    open_map = nav(WALL)
    assert open_map.clearance[GRID.cell(2.5, 3.0)] == pytest.approx(0.4)
    assert open_map.clearance[GRID.cell(1.0, 3.0)] == FAR
    assert open_map.clearance[GRID.cell(3.0, 2.0)] < 0
    assert not open_map.is_free(2.7, 3.0)
    assert open_map.is_free(2.6, 3.0)


def test_free_floor_distance_is_near_the_straight_one() -> None:
    field = nav().field(spot(5.0, 2.0))
    assert field.distance(1.0, 2.0) == pytest.approx(3.9, abs=0.1)
    assert 1.0 <= field.distance(1.0, 0.5) / (math.dist((1, 0.5), (5, 2)) - 0.1) < 1.09


def test_distance_leads_around_a_wall() -> None:
    field = nav(WALL).field(spot(5.0, 3.0))
    around = 2 * math.hypot(1.85, 2.25) + 0.3
    assert field.distance(1.0, 3.0) == pytest.approx(around, rel=0.09)


def test_closed_off_is_infinitely_far() -> None:
    field = nav(box(2.9, -1.0, 3.1, 5.0)).field(spot(5.0, 2.0))
    assert field.distance(1.0, 2.0) == math.inf
    assert len(nav(box(2.9, -1.0, 3.1, 5.0)).path((1.0, 2.0), spot(5.0, 2.0))) == 0


def test_gap_narrower_than_the_robot_is_closed() -> None:
    narrow = nav(WALL, box(2.9, -1.0, 3.1, 0.55))
    wide = nav(WALL, box(2.9, -1.0, 3.1, 0.35))
    assert narrow.field(spot(5.0, 2.0)).distance(1.0, 2.0) == math.inf
    assert wide.field(spot(5.0, 2.0)).distance(1.0, 2.0) < 8.0


def test_no_region_no_way() -> None:
    assert nav(WALL).field(spot(3.0, 2.0, 0.05)).distance(1.0, 2.0) == math.inf


def test_blocked_start_is_led_from_the_nearest_free_cell() -> None:
    assert nav(WALL).field(spot(1.0, 2.0)).distance(2.75, 2.0) == pytest.approx(1.6, abs=0.25)


def test_connected_is_what_can_be_reached() -> None:
    cut = nav(box(2.9, -1.0, 3.1, 5.0))
    reached = cut.connected(1.0, 2.0)
    assert reached[GRID.cell(2.0, 3.0)]
    assert not reached[GRID.cell(5.0, 2.0)]


@settings(deadline=None)
@given(st.floats(0.4, 2.4), st.floats(0.4, 3.6), st.floats(3.6, 5.6), st.floats(0.4, 3.6))
def test_path_is_clear_and_not_much_longer_than_the_shortest(ax: float, ay: float, bx: float, by: float) -> None:
    walled = nav(WALL)
    way = walled.path((ax, ay), spot(bx, by))
    assert math.dist(way[0], (ax, ay)) < 0.06
    assert math.dist(way[-1], (bx, by)) < 0.16
    for start, end in itertools.pairwise(way):
        assert walled.line_clearance(tuple(start), tuple(end)) >= RADIUS - 1e-9
    assert path_length(way) < 1.3 * walled.field(spot(bx, by)).distance(ax, ay) + 0.3


@settings(deadline=None)
@given(st.floats(0.0, 6.0), st.floats(0.0, 4.0))
def test_interpolation_is_within_a_centimetre_or_so(x: float, y: float) -> None:
    shape = box(2.0, 1.0, 3.0, 2.0)
    exact = min(FAR, float(shape.distance(np.array(x), np.array(y))))
    assert GRID.interpolate(nav(shape).clearance, x, y) == pytest.approx(exact, abs=0.02)
