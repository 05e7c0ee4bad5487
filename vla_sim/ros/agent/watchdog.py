"""The watchdog: says when the robot must stand because nothing that it sensed was decided on for too long."""

from __future__ import annotations

import math

from vla_sim.ros.readings import SECOND
from vla_sim.sensing.reading import Modality

TELLING: frozenset[Modality] = frozenset({"rgb", "depth", "lidar", "imu", "odometry", "joints"})
"""Modalities that tell of the world or of motion: without any of them a robot must not move."""
_PATIENCE, _LEAST_PATIENCE = 4.0, 2.0
"""While a clock stands still, how long an agent may think: so many limits, and so many seconds at least."""


class Watchdog:
    """Watches two clocks: the node's [ns], and a steady one [s] for a clock that stands still or a hanging agent.

    A simulation may wait for its agent and stand still meanwhile: what it will take for an answer must come from the
    agent and not from the watchdog. So with a simulation's clock the decisions on its batches are looked at as they
    come, and only one that does not come at all is missed.

    ``note`` is called in the thread of inference, ``check`` in the executor's.

    Args:
        limit: how long the robot may go on without a decision on anything that was sensed [s].
        simulated: whether the node's clock is a simulation's.
    """

    def __init__(self, limit: float, *, simulated: bool = False):
        self.limit, self.simulated = limit, simulated
        self._patience = max(_PATIENCE * limit, _LEAST_PATIENCE)
        self.trips = 0
        """How often it has stopped the robot."""
        self.restart(0, -math.inf)

    def restart(self, now: int, wall: float) -> None:
        """Begin anew, as after a jump of time."""
        self._sensed = self._decided = now
        self._wall = wall
        self._blind = self._missed = ""

    @property
    def reason(self) -> str:
        """Why the robot must stand; "" if it may go."""
        return self._missed or self._blind

    def note(self, stamp: int, wall: float, *, sensed: bool) -> str:
        """Take note of a decision on the batch of a time, and return why it must not be done, or ""."""
        before = self.reason
        self._decided, self._wall = stamp, wall
        if sensed:
            self._sensed = stamp
        overdue = stamp - self._sensed > self.limit * SECOND
        self._blind = f"nothing was sensed for {self.limit:g} s" if overdue else ""
        self._missed = ""
        self.trips += bool(self._blind and not before)
        return self._blind

    def check(self, now: int, wall: float, progress: float, busy_since: float | None) -> str:
        """Return why the robot must be told to stand though nothing was decided, or "".

        ``progress`` is when the clock or a sensor last moved on, ``busy_since`` when the agent began to think, both
        of the steady clock.
        """
        missed = self._overdue(now, wall, progress, busy_since)
        self.trips += bool(missed and not self.reason)
        self._missed = missed
        return missed

    def _overdue(self, now: int, wall: float, progress: float, busy_since: float | None) -> str:
        if busy_since is not None and wall - busy_since > self._patience:
            return f"the agent has not answered for {self._patience:g} s"
        last = self._decided if self.simulated else self._sensed
        if now - last > self.limit * SECOND:
            return f"no decision on anything that was sensed for {self.limit:g} s"
        if busy_since is None and wall - max(progress, self._wall) > self.limit:
            return f"nothing has come in for {self.limit:g} s, and the clock stands still"
        return ""
