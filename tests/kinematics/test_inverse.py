"""Inverse kinematics on an arm of six axes: what forward kinematics reached is found again."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kinematics.chains import six_axes
from vla_sim.kinematics import Chain
from vla_sim.kinematics.differential import deviation
from vla_sim.kinematics.inverse import TOLERANCE, solve

CHAIN = Chain.to(six_axes(), "tool")


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_what_can_be_reached_is_reached(seed: int) -> None:
    rng = np.random.default_rng(seed)
    target = CHAIN.forward(rng.uniform(-1.5, 1.5, 6))
    found = solve(CHAIN, target, np.zeros(6), rng)
    assert found
    for solution in found:
        assert CHAIN.within_limits(solution)
        assert np.abs(deviation(target, CHAIN.forward(solution))).max() < TOLERANCE


def test_solutions_differ_and_the_nearest_comes_first() -> None:
    here = np.array([0.2, 0.3, 0.2, 0.1, 0.4, 0.1])
    found = solve(CHAIN, CHAIN.forward(here), here, np.random.default_rng(0))
    np.testing.assert_allclose(found[0], here, atol=1e-6)
    assert len(found) >= 4  # elbow and wrist each either way
    apart = [np.abs(a - b).max() for k, a in enumerate(found) for b in found[:k]]
    assert min(apart) > 0.05


def test_out_of_reach_has_no_solution() -> None:
    target = np.eye(4)
    target[:3, 3] = 2.0, 0.0, 0.5
    assert solve(CHAIN, target, np.zeros(6), np.random.default_rng(0)) == []


def test_the_same_generator_gives_the_same_solutions() -> None:
    target = CHAIN.forward(np.full(6, 0.4))
    first, second = (solve(CHAIN, target, np.zeros(6), np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
