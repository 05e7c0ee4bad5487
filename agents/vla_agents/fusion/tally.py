"""How far the robot has turned and driven since the words were said, by each of several estimates."""

from __future__ import annotations

from dataclasses import dataclass

from vla_agents.classical.senses import Senses
from vla_agents.steering import Speeds


@dataclass(slots=True)
class Tally:
    """Angles turned and ways driven since the words were said, by gyro, by wheels, and as asked for [rad, m]."""

    gyro: float = 0.0
    wheels: float = 0.0
    asked: float = 0.0
    way_wheels: float = 0.0
    way_asked: float = 0.0

    def count(self, senses: Senses, asked: Speeds, dt: float, turned: float | None) -> None:
        """Add a step of ``dt`` [s]; ``turned`` is how the wheels' yaw changed [rad], None where they do not tell."""
        self.asked += asked[1] * dt
        self.way_asked += asked[0] * dt
        self.way_wheels += (asked[0] if senses.odometry is None else senses.odometry.speed) * dt
        turn = asked[1] * dt if turned is None else turned
        self.wheels += turn
        self.gyro += turn if senses.yaw_rate is None else senses.yaw_rate * dt
