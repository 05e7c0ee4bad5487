"""From a decision of the control network to speeds that a drive can do something with."""

from __future__ import annotations

from vla_agents.fusion.control.policy import SCALE, Decision
from vla_agents.steering import Speeds

DEAD_SPEED, DEAD_RATE = 0.025, 0.05
"""Less than this [m/s, rad/s] is a network that means to stand still: drives have a dead zone too."""


def speeds_of(decision: Decision, row: int = 0, ahead: int = 0) -> Speeds:
    """Return speeds [m/s, rad/s] of a decision, ``ahead`` control steps after it was made."""
    speed, rate = (decision.speeds[row, ahead] * SCALE).tolist()
    if abs(speed) < DEAD_SPEED and abs(rate) < DEAD_RATE:
        return 0.0, 0.0
    return speed, rate
