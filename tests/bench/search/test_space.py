"""Which combination is the milder, and which are the harshest under a limit."""

import math

from hypothesis import given
from hypothesis import strategies as st
from search_doubles import search_plan

from vla_sim.bench.search.space import Piece, is_part, mildness, total_severity

SPACE = search_plan(kinds=4, together=3).space
PIECES = st.builds(
    Piece,
    st.integers(0, 3),
    st.sampled_from(SPACE.severities),
    st.integers(0, 2),
    st.sampled_from([1.0, 5.0, math.inf]),
)
COMBINATIONS = st.lists(PIECES, max_size=4, unique_by=lambda piece: piece.fault).map(lambda found: tuple(sorted(found)))


@given(COMBINATIONS, COMBINATIONS, COMBINATIONS)
def test_being_a_part_is_an_order_and_a_part_is_the_milder(one, other, third):
    assert is_part(one, one)
    assert is_part((), one)
    if is_part(one, other) and is_part(other, one):
        assert one == other
    if is_part(one, other) and is_part(other, third):
        assert is_part(one, third)
    if is_part(one, other) and one != other:
        assert mildness(one) < mildness(other)


@given(st.integers(1, 3), st.one_of(st.just(math.inf), st.sampled_from([0.2, 0.4, 0.6, 1.0, 1.2, 2.2])))
def test_everything_under_a_limit_is_a_part_of_a_harshest_combination(size, limit):
    harshest = list(SPACE.combinations(size, limit))
    everything = [
        tuple(Piece(fault, severity, 1) for fault, severity in zip(range(size), severities, strict=True))
        for severities in _products(size)
    ]
    assert all(total_severity(one) < limit for one in harshest)
    assert len(set(harshest)) == len(harshest)
    for one in everything:
        assert any(is_part(one, other) for other in harshest) == (total_severity(one) < limit)


def _products(size):
    if size == 0:
        return [()]
    return [(severity, *rest) for severity in SPACE.severities for rest in _products(size - 1)]


def test_a_combination_is_written_as_a_suite_writes_it():
    on_a_level, between = SPACE.specs((Piece(0, 0.6, 2), Piece(3, 0.55, 0, 5.0)))
    assert (on_a_level.kind, on_a_level.level, on_a_level.severity) == ("blackout", 3, None)
    assert (on_a_level.onset, on_a_level.duration) == (4.0, None)
    assert (between.kind, between.level, between.severity, between.duration) == ("latency", None, 0.55, 5.0)


def test_the_grid_is_what_its_factors_say():
    space = search_plan(kinds=4, levels=(1, 3, 5), onsets=(0.0, 1.0), trials=30).space
    assert space.severities == [0.2, 0.6, 1.0]
    assert space.grid_trials == 4 * 3 * 2 * 30
    assert space.budget == 4 * 3 * 2 * 30 // 5
    assert search_plan(kinds=4, budget=123).space.budget == 123
