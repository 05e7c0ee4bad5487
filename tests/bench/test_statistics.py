import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vla_sim.bench.statistics import Paired, Proportion
from vla_sim.seeding import generator


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(5, 5, 0.57, 1.0), (8, 10, 0.49, 0.94), (40, 50, 0.67, 0.89), (160, 200, 0.74, 0.85), (0, 10, 0.0, 0.28)],
)
def test_wilson_intervals_are_the_published_ones(successes, trials, low, high):
    interval = Proportion(successes, trials).interval
    assert interval == pytest.approx((low, high), abs=0.005)


@given(trials=st.integers(1, 500), data=st.data())
def test_wilson_intervals_are_the_closed_formula(trials, data):
    successes = data.draw(st.integers(0, trials))
    z, rate = 1.959963984540054, successes / trials
    centre = (rate + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * math.sqrt(rate * (1 - rate) / trials + z * z / (4 * trials**2))
    proportion = Proportion(successes, trials)
    assert proportion.rate == rate
    assert proportion.interval == pytest.approx((max(0.0, centre - half), min(1.0, centre + half)), abs=1e-9)


def test_wilson_intervals_cover_the_truth_as_often_as_they_say():
    rng = generator(1, "coverage")
    intervals = {successes: Proportion(successes, 40).interval for successes in range(41)}
    for truth in (0.3, 0.5, 0.8, 0.95):
        drawn = rng.binomial(40, truth, 4000)
        covered = sum(intervals[int(successes)][0] <= truth <= intervals[int(successes)][1] for successes in drawn)
        assert 0.92 <= covered / 4000 <= 0.98


def test_nothing_is_said_where_nothing_was_counted():
    assert (Proportion(0, 0).rate, Proportion(0, 0).interval) == (None, None)
    nothing = Paired()
    assert (nothing.difference, nothing.p_value, nothing.resilience) == (None, None, None)
    assert Paired(neither=4).resilience is None
    assert Paired(both=4).p_value == 1.0


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_pairs_are_counted_and_the_sign_test_is_exact(pairs):
    paired = Paired.count(pairs)
    clean, faulted = sum(a for a, _ in pairs), sum(b for _, b in pairs)
    assert paired.pairs == len(pairs)
    assert paired.difference == pytest.approx((faulted - clean) / len(pairs))
    if clean:
        assert paired.resilience == pytest.approx(faulted / clean)
    n, k = paired.only_clean + paired.only_faulted, min(paired.only_clean, paired.only_faulted)
    tail = sum(math.comb(n, i) for i in range(k + 1)) / 2**n
    assert paired.p_value == pytest.approx(min(1.0, 2 * tail))
