"""Random numbers drawn ahead: a call to the generator costs as much as a small fault."""

from __future__ import annotations

import numpy as np

AHEAD = 64


class Draws:
    """Uniform numbers in 0..1, the same ones as of as many single draws."""

    def __init__(self, rng: np.random.Generator):
        self._rng = rng
        self._left: list[float] = []

    def next(self) -> float:
        """Return the next number."""
        try:
            return self._left.pop()
        except IndexError:
            self._left = self._rng.random(AHEAD).tolist()[::-1]
            return self._left.pop()
