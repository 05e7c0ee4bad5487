import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vla_sim.bench.statistics import Paired, Proportion, holm
from vla_sim.bench.statistics.curve import area, area_interval, critical_severity
from vla_sim.bench.statistics.paired import score_difference
from vla_sim.bench.statistics.power import detectable_drop, power
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


def test_the_score_interval_of_a_difference_is_the_published_one():
    # Newcombe 1998, Statistics in Medicine 17:873, table II (a), method 10: 56/70 against 48/80.
    first, second = Proportion(56, 70), Proportion(48, 80)
    interval = score_difference((first.rate, *first.interval), (second.rate, *second.interval), 0.0)
    assert interval == pytest.approx((0.0524, 0.3339), abs=5e-5)


def twins(rng, pairs, clean, faulted, shared):
    """Draw twins whose luck is the same in a share of the pairs."""
    luck = rng.random(pairs)
    other = np.where(rng.random(pairs) < shared, luck, rng.random(pairs))
    return Paired.count(zip((luck < clean).tolist(), (other < faulted).tolist(), strict=True))


@pytest.mark.parametrize("pairs", [10, 30, 100])
@pytest.mark.parametrize(
    ("clean", "faulted", "shared"),
    [(0.9, 0.9, 0.5), (0.9, 0.7, 0.5), (0.95, 0.9, 0.9), (0.6, 0.3, 0.2), (0.8, 0.3, 0.0)],
)
def test_paired_intervals_cover_the_truth_as_often_as_they_say(pairs, clean, faulted, shared):
    rng = generator(1, "paired coverage", pairs, str(clean), str(faulted))
    drawn = [twins(rng, pairs, clean, faulted, shared) for _ in range(1000)]
    ends = [paired.difference_interval for paired in drawn]
    assert np.mean([low <= faulted - clean <= high for low, high in ends]) >= 0.925
    ratios = [paired.resilience_interval for paired in drawn if paired.resilience is not None]
    assert np.mean([low <= faulted / clean <= high for low, high in ratios]) >= 0.925


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_intervals_hold_their_estimate(both, only_clean, only_faulted, neither):
    paired = Paired(both, only_clean, only_faulted, neither)
    if not paired.pairs:
        assert paired.difference_interval is None
        assert paired.bootstrap_interval(generator(1)) is None
        return
    low, high = paired.difference_interval
    assert -1 - 1e-9 <= low <= paired.difference + 1e-9
    assert paired.difference - 1e-9 <= high <= 1 + 1e-9
    swapped = Paired(both, only_faulted, only_clean, neither).difference_interval
    assert swapped == pytest.approx((-high, -low))
    if paired.resilience is not None:
        low, high = paired.resilience_interval
        assert 0 <= low <= paired.resilience + 1e-9
        assert paired.resilience <= high + 1e-9


def test_the_bootstrap_agrees_with_the_score_interval_where_both_hold():
    paired = Paired(both=120, only_clean=50, only_faulted=10, neither=20)
    assert paired.bootstrap_interval(generator(3)) == pytest.approx(paired.difference_interval, abs=0.015)
    assert paired.bootstrap_interval(generator(3)) == paired.bootstrap_interval(generator(3))


def test_holm_is_the_published_procedure():
    # The example in the documentation of R's p.adjust.
    assert holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_never_lowers_a_p_value_and_keeps_their_order(p_values):
    adjusted = holm(p_values)
    assert all(raw <= new <= 1.0 for raw, new in zip(p_values, adjusted, strict=True))
    order = np.argsort(p_values, kind="stable")
    assert sorted(adjusted) == [adjusted[index] for index in order]
    assert [new <= 0.05 for new in adjusted].count(True) == stepped_down(p_values)


def stepped_down(p_values):
    """Count what Holm's own words reject: step down until one is too large."""
    count = 0
    for p_value in sorted(p_values):
        if p_value > 0.05 / (len(p_values) - count):
            break
        count += 1
    return count


@pytest.mark.parametrize(("pairs", "drop"), [(20, 0.3), (50, 0.2), (100, 0.1)])
def test_the_power_is_what_a_simulation_gives(pairs, drop):
    rng = generator(4, "power", pairs)
    found = 0
    for _ in range(4000):
        only_clean, only_faulted, _ = rng.multinomial(pairs, [drop + 0.02, 0.02, 0.96 - drop])
        paired = Paired(0, int(only_clean), int(only_faulted), pairs - int(only_clean) - int(only_faulted))
        found += paired.p_value <= 0.05 and only_clean > only_faulted
    assert power(pairs, drop) == pytest.approx(found / 4000, abs=0.025)


def test_more_pairs_see_smaller_drops():
    drops = [detectable_drop(pairs) for pairs in (10, 20, 50, 100, 200)]
    assert drops == sorted(drops, reverse=True)
    assert detectable_drop(4) is None


def test_the_area_under_a_curve_and_where_it_falls():
    severities = [0.0, 0.3, 0.6, 1.0]
    proportions = [Proportion(count, 20) for count in (20, 19, 12, 2)]
    rates = [proportion.rate for proportion in proportions]
    assert area(severities, [1.0] * 4) == 1.0
    assert area(severities, rates) == pytest.approx((0.3 * 0.975 + 0.3 * 0.775 + 0.4 * 0.35) / 1.0)
    assert critical_severity(severities, proportions, 0.5) == 0.6
    assert critical_severity(severities, proportions, 0.0) is None


def test_the_interval_of_an_area_covers_the_truth():
    rng = generator(5, "area")
    truth = np.array([0.95, 0.8, 0.4])
    severities = [0.0, 0.5, 1.0]
    covered = 0
    for _ in range(1000):
        outcomes = rng.random((40, 1)) < truth
        low, high = area_interval(severities, outcomes)
        covered += low <= area(severities, truth) <= high
    assert covered / 1000 >= 0.93
    assert area_interval(severities, np.zeros((0, 3), bool)) is None
    low, high = area_interval(severities, np.ones((6, 3), bool))
    assert low < 0.9 < high == 1.0
