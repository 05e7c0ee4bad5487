"""What streams that fail together share: one source of chance over time, as one supply voltage or one rain has it."""

from __future__ import annotations

import numpy as np

SLOT = 0.1
"""Length [s] of simulated time over which the common chance stays the same."""


class Rail:
    """Uniform numbers in 0..1 by time: every stream on the rail finds the same one in the same slot."""

    def __init__(self, rng: np.random.Generator):
        self._rng = rng
        self._drawn: list[float] = []

    def at(self, stamp: float) -> float:
        """Return the number of the slot that a stamp [s] lies in."""
        slot = max(0, round(stamp / SLOT))
        while len(self._drawn) <= slot:
            self._drawn += self._rng.random(64).tolist()
        return self._drawn[slot]
