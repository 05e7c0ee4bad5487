"""Standing still for a while."""

from __future__ import annotations

from vla_agents.steering import Here


class Standing:
    """Measures how long the robot has been standing."""

    def __init__(self, hold: float):
        self._hold = hold
        self._since: float | None = None

    def enough(self, here: Here) -> bool:
        """Return whether it has stood still for long enough."""
        if not here.still:
            self._since = None
            return False
        if self._since is None:
            self._since = here.time
        return here.time - self._since >= self._hold
