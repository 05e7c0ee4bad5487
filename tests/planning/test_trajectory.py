"""Timing of paths: limits hold, ends are at rest, and it is not slower than it need be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vla_sim.planning.trajectory import time_path

SPEED, ACCELERATION = np.array([2.0, 2.0, 3.0]), np.array([5.0, 5.0, 5.0])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), corners=st.integers(2, 6))
def test_limits_hold_and_the_ends_are_kept(seed: int, corners: int) -> None:
    path = np.random.default_rng(seed).uniform(-1.5, 1.5, (corners, 3))
    timed = time_path(path, SPEED, ACCELERATION)
    np.testing.assert_allclose(timed.at(0.0), path[0], atol=1e-12)
    np.testing.assert_allclose(timed.end, path[-1], atol=1e-12)
    times = np.arange(0.0, timed.duration, 0.02)
    positions = np.array([timed.at(time) for time in times])
    speeds = np.diff(positions, axis=0) / 0.02
    assert (np.abs(speeds) <= SPEED * 1.01).all()
    # Linear interpolation between points 0.01 rad apart shows as some jitter of the second difference.
    assert (np.abs(np.diff(speeds, axis=0) / 0.02) <= 1.6 * ACCELERATION).all()
    assert np.abs(speeds[0]).max() < 0.2
    assert np.abs(speeds[-1]).max() < 0.3


def test_a_straight_line_takes_as_long_as_the_limits_say() -> None:
    path = np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0]])
    # Half of the acceleration is kept for corners: 2.5 rad/s^2 up to 2 rad/s and down again.
    assert time_path(path, SPEED, ACCELERATION).duration == pytest.approx(2.0 / 2.0 + 2.0 / 2.5, rel=0.05)


def test_corners_are_rounded_a_little() -> None:
    path = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0]])
    timed = time_path(path, SPEED, ACCELERATION)
    away = np.abs(timed.positions - path[1]).max(axis=1).min()
    assert 0.0 < away < 0.02


def test_no_way_takes_no_time() -> None:
    timed = time_path(np.ones((2, 3)), SPEED, ACCELERATION)
    assert timed.duration == 0.0
    np.testing.assert_array_equal(timed.at(1.0), np.ones(3))
