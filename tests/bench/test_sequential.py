"""The sequential test keeps its promise however often one looks, and saves trials where the case is clear."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from vla_sim.bench.statistics.sequential import SequentialTest, anytime_interval, log_evidence_above
from vla_sim.seeding import generator

LIMIT = 200


def stops(test, rate, suites, rng, limit=LIMIT):
    """Run suites that look after every trial; return what each decided (or None) and after how many trials."""
    table = {}
    outcomes = rng.random((suites, limit)) < rate
    ends = []
    for row in np.cumsum(outcomes, axis=1):
        decision, taken = None, limit
        for count, successes in enumerate(row, start=1):
            key = int(successes), count - int(successes)
            if key not in table:
                table[key] = test.decide(*key)
            if table[key] is not None:
                decision, taken = table[key], count
                break
        ends.append((decision, taken))
    return ends


@pytest.mark.parametrize("threshold", [0.5, 0.8, 0.9])
def test_ten_thousand_suites_at_the_threshold_are_decided_no_more_often_than_promised(threshold):
    # At the threshold itself either answer is wrong: the hardest null there is.
    ends = stops(SequentialTest(threshold, 0.05), threshold, 10_000, generator(1, "null", str(threshold)))
    assert sum(decision is not None for decision, _ in ends) / len(ends) <= 0.05


@pytest.mark.parametrize(("threshold", "rate"), [(0.8, 0.5), (0.8, 0.99), (0.5, 0.9), (0.5, 0.1), (0.9, 0.6)])
def test_clear_cases_save_at_least_forty_percent_of_the_trials(threshold, rate):
    ends = stops(SequentialTest(threshold, 0.05), rate, 2000, generator(2, "clear", str(threshold), str(rate)), 100)
    right = "above" if rate > threshold else "below"
    assert sum(decision == right for decision, _ in ends) / len(ends) >= 0.95
    assert np.mean([taken for _, taken in ends]) <= 60


@given(st.integers(0, 60), st.integers(0, 60), st.floats(0.05, 0.95))
def test_the_evidence_is_the_integral_that_it_stands_for(successes, failures, rate):
    scale = successes * math.log(rate) + failures * math.log1p(-rate)

    def ratio(p):
        return math.exp(successes * math.log(p) + failures * math.log1p(-p) - scale) / (1.0 - rate)

    integral, _ = quad(ratio, rate, 1.0 - 1e-15, limit=200)
    assert log_evidence_above(successes, failures, rate) == pytest.approx(math.log(integral), abs=1e-4)


@given(st.integers(0, 100), st.integers(0, 100), st.floats(0.05, 0.95), st.floats(0.001, 0.5))
def test_the_two_answers_are_mirror_images_and_never_both(successes, failures, threshold, alpha):
    mirror = {"above": "below", "below": "above", None: None}
    decision = SequentialTest(threshold, alpha).decide(successes, failures)
    assert SequentialTest(1.0 - threshold, alpha).decide(failures, successes) == mirror[decision]


def test_expected_evidence_of_one_more_trial_is_no_gain_under_the_null():
    # A supermartingale: at the threshold the mean factor is exactly one.
    for successes, failures in [(0, 0), (3, 1), (10, 4)]:
        now = math.exp(log_evidence_above(successes, failures, 0.7))
        better = math.exp(log_evidence_above(successes + 1, failures, 0.7))
        worse = math.exp(log_evidence_above(successes, failures + 1, 0.7))
        assert 0.7 * better + 0.3 * worse == pytest.approx(now)
        assert 0.5 * better + 0.5 * worse < now


@pytest.mark.parametrize("rate", [0.5, 0.7, 0.9])
def test_the_interval_of_an_arm_that_stopped_covers_the_truth_as_often_as_it_says(rate):
    test, rng = SequentialTest(0.8, 0.05), generator(6, "stopped", str(rate))
    covered = 0
    for _ in range(1000):
        successes = failures = 0
        while successes + failures < 100 and test.decide(successes, failures) is None:
            good = rng.random() < rate
            successes, failures = successes + good, failures + (not good)
        low, high = anytime_interval(successes, failures)
        covered += low <= rate <= high
    assert covered / 1000 >= 0.95


@given(st.integers(0, 200), st.integers(0, 200))
def test_the_anytime_interval_holds_the_rate_and_mirrors(successes, failures):
    low, high = anytime_interval(successes, failures)
    assert 0.0 <= low <= high <= 1.0
    if successes + failures:
        assert low <= successes / (successes + failures) <= high
    assert anytime_interval(failures, successes) == pytest.approx((1.0 - high, 1.0 - low), abs=1e-9)
