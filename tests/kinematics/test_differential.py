"""Small motions of the tip: they go where they should, and stay safe where they cannot."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kinematics.chains import six_axes
from vla_sim.kinematics import Chain
from vla_sim.kinematics.differential import damped_least_squares, deviation, follow, moved, refine

SEEDS = st.integers(0, 2**31)
CHAIN = Chain.to(six_axes(), "tool")
READY = np.array([0.2, 0.3, 0.2, 0.1, 0.2, 0.1])


@settings(max_examples=50, deadline=None)
@given(seed=SEEDS)
def test_a_motion_is_done_exactly_where_the_arm_is_free(seed: int) -> None:
    rng = np.random.default_rng(seed)
    target = moved(CHAIN.forward(READY), rng.uniform(-0.03, 0.03, 3), rng.uniform(-0.1, 0.1, 3))
    reached = follow(CHAIN, READY, target, duration=1.0)
    assert np.abs(deviation(target, CHAIN.forward(reached))).max() < 1e-5


@settings(max_examples=50, deadline=None)
@given(seed=SEEDS)
def test_limits_of_position_and_speed_hold_whatever_is_asked(seed: int) -> None:
    rng = np.random.default_rng(seed)
    positions = rng.uniform(CHAIN.lower, CHAIN.upper)
    target = moved(CHAIN.forward(positions), rng.uniform(-1, 1, 3), rng.uniform(-3, 3, 3))
    reached = follow(CHAIN, positions, target, duration=0.1)
    assert CHAIN.within_limits(reached, margin=-1e-9)
    assert np.abs(reached - positions).max() <= 0.1 * 2.0 + 1e-9


def test_no_motion_asked_is_no_motion() -> None:
    np.testing.assert_allclose(follow(CHAIN, READY, CHAIN.forward(READY), 0.1), READY, atol=1e-9)


def test_at_a_singularity_the_step_stays_short() -> None:
    stretched = np.zeros(6)  # wrist_1 and shoulder_pan apart, but axes 0 and 5 are parallel
    jacobian = CHAIN.jacobian(stretched)
    worst = np.linalg.svd(jacobian)[0][:, -1]
    assert np.abs(damped_least_squares(jacobian, 0.01 * worst)).max() < 0.01 / (2 * 0.03) + 1e-9


def test_a_move_turns_about_the_tips_own_origin() -> None:
    tip = CHAIN.forward(READY)
    turned = moved(tip, np.zeros(3), np.array([0.0, 0.0, np.pi / 2]))
    np.testing.assert_allclose(turned[:3, 3], tip[:3, 3])
    np.testing.assert_allclose(turned[:3, 0], [-tip[1, 0], tip[0, 0], tip[2, 0]], atol=1e-12)


def test_many_configurations_are_refined_at_once() -> None:
    rng = np.random.default_rng(0)
    ways = np.cumsum(np.full((10, 3), 0.004), axis=0)
    targets = np.repeat(CHAIN.forward(READY)[None], 10, axis=0)
    targets[:, :3, 3] += ways
    reached = refine(CHAIN, READY + rng.uniform(-0.02, 0.02, (10, 6)), targets)
    np.testing.assert_allclose(CHAIN.forward(reached), targets, atol=1e-4)
