from __future__ import annotations

import math

import pytest
from vla_agents.classical.reckoning import Reckoning
from vla_agents.classical.senses import Odometry, Senses


def senses(time: float, odometry: Odometry) -> Senses:
    return Senses(time, "", None, 0.0, None, 0.0, None, 0.0, None, None, odometry, False)


@pytest.mark.parametrize("start", [0.0, 1.0, math.pi - 0.01, -math.pi + 0.01])
def test_a_robot_that_bends_past_the_angle_where_yaw_leaps_goes_on(start: float) -> None:
    """Of two headings on both sides of half a turn the middle is no quarter turn away."""
    reckoning = Reckoning()
    x = y = 0.0
    for step in range(20):
        heading = start + 0.02 * (step - 10)
        if step:
            x, y = x + 0.05 * math.cos(heading - 0.01), y + 0.05 * math.sin(heading - 0.01)
        yaw = math.remainder(heading, math.tau)
        reckoning.update(senses(0.1 * (step + 1), Odometry(x, y, yaw, 0.5, 0.2)))
    assert math.hypot(reckoning.here.x, reckoning.here.y) == pytest.approx(19 * 0.05, rel=0.01)
    assert reckoning.here.yaw == pytest.approx(19 * 0.02)
