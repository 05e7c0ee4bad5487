from __future__ import annotations

import math

import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete, MultiDiscrete
from hypothesis import given
from hypothesis import strategies as st
from vla_agents.actions import Encoder
from vla_agents.steering import Here, Limits, PathFollower, spin, stopping_speed, toward

from vla_sim.envs.vocabulary import CRUISE, TURN, WORDS
from vla_sim.errors import InputError
from vla_sim.sdf.scene import DiffDrive

LIMITS = Limits(speed=0.7, rate=1.5, braking=0.5, spin_braking=2.0, aim=0.03, crawl=0.06)


def here(x: float = 0.0, y: float = 0.0, yaw: float = 0.0) -> Here:
    return Here(x, y, yaw, False, 0.0)


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(-4, 4), st.floats(0.0, 1.0))
def test_heading_for_a_point_keeps_the_limits_and_turns_to_it(x: float, y: float, yaw: float, speed: float) -> None:
    forward, rate = toward(here(yaw=yaw), (x, y), LIMITS, speed)
    assert 0.0 <= forward <= min(speed, LIMITS.speed)
    assert abs(rate) <= LIMITS.rate
    aside = math.remainder(math.atan2(y, x) - yaw, math.tau)
    assert rate * aside >= 0.0
    if abs(aside) > 0.8:
        assert forward == 0.0


@given(st.floats(-6.3, 6.3))
def test_spin_goes_the_stated_way_within_the_limits(left: float) -> None:
    forward, rate = spin(left, LIMITS)
    assert forward == 0.0
    assert abs(rate) <= LIMITS.rate
    assert rate * left >= 0.0


def test_stopping_speed_stops_in_time() -> None:
    assert stopping_speed(1.0, LIMITS) ** 2 / (2 * LIMITS.braking) == pytest.approx(1.0)
    assert stopping_speed(-0.1, LIMITS) == 0.0


def test_limits_of_a_drive_without_limits_are_finite() -> None:
    limits = Limits.of(DiffDrive((), (), 0.3, 0.1))
    assert all(math.isfinite(value) and value > 0 for value in (limits.speed, limits.rate, limits.braking))


def test_follower_measures_along_its_path() -> None:
    follower = PathFollower(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]))
    assert follower.length == 2.0
    follower.advance(here(0.5, 0.1))
    assert follower.done == pytest.approx(0.5, abs=0.03)
    assert follower.off == pytest.approx(0.1, abs=0.01)
    assert follower.ahead(1.0) == pytest.approx((1.0, 0.5), abs=0.03)
    assert follower.ahead(9.0) == (1.0, 1.0)


def test_follower_of_one_point() -> None:
    follower = PathFollower(np.array([[1.0, 2.0]]))
    follower.advance(here())
    assert follower.left == 0.0


def test_continuous_actions_are_clipped() -> None:
    space = Box(np.array([-0.5, -1.0], np.float32), np.array([0.5, 1.0], np.float32))
    action = Encoder(space).encode((2.0, -3.0))
    assert space.contains(action)
    assert action.tolist() == [0.5, -1.0]  # type: ignore[union-attr]


@given(st.floats(0.0, 0.2), st.floats(-0.4, 0.4))
def test_discrete_actions_follow_the_speeds_in_the_mean(speed: float, rate: float) -> None:
    encoder = Encoder(Discrete(len(WORDS)))
    done = [WORDS[encoder.encode((speed, rate))] for _ in range(200)]  # type: ignore[index]
    forward = CRUISE * (done.count("move_forward") - done.count("move_backward")) / 200
    turned = TURN * (done.count("turn_left") - done.count("turn_right")) / 200
    assert forward == pytest.approx(speed, abs=0.01)
    assert turned == pytest.approx(rate, abs=0.02)


def test_discrete_stop_is_at_once() -> None:
    encoder = Encoder(Discrete(len(WORDS)))
    encoder.encode((0.5, 0.9))
    assert WORDS[encoder.encode((0.0, 0.0))] == "stop"  # type: ignore[index]


def test_other_spaces_are_refused() -> None:
    with pytest.raises(InputError, match="MultiDiscrete"):
        Encoder(MultiDiscrete([2, 2]))
