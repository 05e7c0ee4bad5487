"""A verdict is wrong no more often than promised, however often one looks."""

import pytest

from vla_sim.bench.search.threshold import ThresholdTest
from vla_sim.seeding import generator

ARMS, MOST = 4000, 50


def answers(test, rate, *name):
    """Return the verdict of each of many arms, as a probe comes to it."""
    found = []
    for outcomes in generator(3, "threshold", *name).random((ARMS, MOST)) < rate:
        counts, answer = [0, 0], None
        for succeeded in outcomes:
            counts[not succeeded] += 1
            if answer := test.decide(*counts):
                break
        found.append(answer or test.decide_at_end(*counts))
    return found


@pytest.mark.parametrize("threshold", [0.5, 0.8])
def test_at_the_threshold_neither_answer_is_given_more_often_than_promised(threshold):
    # Three standard deviations of the count are let pass: at the threshold itself both answers are hardest to avoid.
    found = answers(ThresholdTest(threshold, alpha=0.05, beta=0.1), threshold, "null", str(threshold))
    for answer, promised in (("fails", 0.05), ("passes", 0.1)):
        assert found.count(answer) / ARMS <= promised + 3 * (promised * (1 - promised) / ARMS) ** 0.5


@pytest.mark.parametrize(("rate", "right"), [(0.2, "fails"), (0.9, "passes")])
def test_clear_cases_are_told(rate, right):
    found = answers(ThresholdTest(0.5, alpha=0.05, beta=0.1), rate, "clear", right)
    assert found.count(right) / ARMS >= 0.95


def test_the_last_look_sees_more_than_those_on_the_way():
    test = ThresholdTest(0.5, alpha=0.05, beta=0.1)
    assert test.decide(17, 33) is None
    assert test.decide_at_end(17, 33) == "fails"
    assert test.decide_at_end(33, 17) == "passes"
    assert test.decide_at_end(25, 25) is None
    assert test.decide_at_end(0, 0) is None
