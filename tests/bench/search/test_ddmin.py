"""Delta debugging finds minimal sets that are known beforehand."""

from hypothesis import given
from hypothesis import strategies as st

from vla_sim.bench.search.ddmin import ddmin, least

SETS = st.sets(st.integers(0, 15), min_size=1)


@given(st.integers(1, 40).flatmap(lambda size: st.tuples(st.just(size), st.sets(st.integers(0, size - 1), min_size=1))))
def test_the_only_culprits_are_found_whatever_stands_around_them(case):
    size, culprits = case
    assert set(ddmin(range(size), lambda part: culprits <= set(part))) == culprits


@given(st.lists(SETS, min_size=1, max_size=6))
def test_of_several_causes_one_is_found_and_nothing_beside_it(causes):
    found = set(ddmin(range(16), lambda part: any(cause <= set(part) for cause in causes)))
    minimal = [cause for cause in causes if not any(other < cause for other in causes)]
    assert found in minimal


@given(st.integers(0, 2**32), st.integers(2, 9))
def test_the_result_fails_and_is_one_minimal_even_where_failing_follows_no_rule(seed, size):
    answers = {}

    def fails(part):
        key = tuple(part)
        assert 0 < len(key) < size
        return answers.setdefault(key, hash((seed, *key)) % 3 == 0)

    found = ddmin(range(size), fails)
    assert len(found) == size or answers[tuple(found)]
    assert found == sorted(found)
    if len(found) > 1:
        assert not any(answers[tuple(found[:place] + found[place + 1 :])] for place in range(len(found)))


@given(st.integers(1, 60), st.sets(st.integers(0, 59), min_size=1, max_size=4))
def test_it_asks_no_more_than_its_authors_promise(size, culprits):
    culprits = {culprit % size for culprit in culprits}
    asked = []

    def fails(part):
        asked.append(part)
        return culprits <= set(part)

    ddmin(range(size), fails)
    assert len(asked) <= size**2 + 3 * size


@given(st.integers(1, 100).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))))
def test_bisection_finds_the_first_failure_and_does_not_ask_what_is_known(case):
    size, first = case
    asked = []

    def fails(value):
        asked.append(value)
        return value >= first

    assert least(range(size), fails) == first
    assert size - 1 not in asked
    assert len(asked) <= size.bit_length()
