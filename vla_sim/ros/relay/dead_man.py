"""The dead-man switch: faults act only while somebody keeps saying that they are to."""

from __future__ import annotations


class DeadMan:
    """Ends what nobody keeps alive. All times are of a steady clock [s].

    Args:
        limit: how long it holds without a sign of life [s]; 0: for ever.
    """

    def __init__(self, limit: float):
        self.limit = limit
        self._alive = 0.0

    def touch(self, now: float) -> None:
        """Take note of a sign of life."""
        self._alive = now

    def expired(self, now: float) -> bool:
        """Return whether there has been none for too long."""
        return self.limit > 0.0 and now - self._alive > self.limit
