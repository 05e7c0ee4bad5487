"""The watchdog: says when the robot must stand because nothing that it sensed was decided on for too long."""

from __future__ import annotations

import math

from vla_sim.ros.readings import SECOND
from vla_sim.sensing.reading import Modality

TELLING: frozenset[Modality] = frozenset({"rgb", "depth", "lidar", "imu", "odometry", "joints"})
"""Modalities that tell of the world or of motion: without any of them a robot must not move."""
_PATIENCE, _LEAST_PATIENCE = 4.0, 2.0
"""With a simulation's clock that stands still, how long an agent may think: so many limits, and so many seconds."""


class Watchdog:
    """Watches two clocks: the node's [ns], and a steady one [s] for a clock that stands still or a hanging agent.

    A simulation may wait for its agent, with its clock standing still; nothing moves then, and an agent that thinks
    has more time.

    Args:
        limit: how long the robot may go on without a decision on anything that was sensed [s].
    """

    def __init__(self, limit: float):
        self.limit = limit
        self._patience = max(_PATIENCE * limit, _LEAST_PATIENCE)
        self.trips = 0
        """How often it has stopped the robot."""
        self.reason = ""
        """Why the robot must stand; "" if it may go."""
        self.restart(0, -math.inf)

    def restart(self, now: int, wall: float) -> None:
        """Begin anew, as after a jump of time."""
        self._fed, self._fed_wall = now, wall

    def feed(self, now: int, wall: float) -> None:
        """Take note of a decision on something that was sensed."""
        self._fed, self._fed_wall = now, wall
        self.reason = ""

    def overdue(self, now: int) -> bool:
        """Return whether the last decision on something that was sensed is too long ago in the node's time [ns]."""
        return now - self._fed > self.limit * SECOND

    def check(self, now: int, wall: float, progress: float, busy_since: float | None) -> str:
        """Return why the robot must stand, or "".

        ``progress`` is when the clock or a sensor last moved on, ``busy_since`` when the agent began to think, both
        of the steady clock.
        """
        reason = self._reason(now, wall, progress, busy_since)
        if reason and not self.reason:
            self.trips += 1
        self.reason = reason
        return reason

    def _reason(self, now: int, wall: float, progress: float, busy_since: float | None) -> str:
        if busy_since is not None and wall - busy_since > self._patience:
            return f"the agent has not answered for {self._patience:g} s"
        if self.overdue(now):
            return f"nothing that was sensed has been decided on for {self.limit:g} s"
        if busy_since is None and wall - max(progress, self._fed_wall) > self.limit:
            return f"nothing has come in for {self.limit:g} s, and the clock stands still"
        return ""
