"""Stretches of a pool of random numbers in place of fresh ones, at places that are drawn ahead.

Fresh numbers for a whole reading cost many times what the fault costs that they are for, and a single call to the
generator as much as a small fault.
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

AHEAD = 64
"""Places that are drawn at once."""

POOL_LENGTH = 1 << 16
"""Least length of a pool; it is at least twice as long as a reading. What is read of a longer one has mostly left the
processor's caches since it was last read: with one four times as long, noise on a small image costs a quarter more."""

Number = TypeVar("Number", bound=np.generic)


class Stretches:
    """Stretches of a pool, each as long as a reading of the given shape; where each begins is drawn."""

    def __init__(self, rng: np.random.Generator, shape: tuple[int, ...]):
        size = math.prod(shape)
        self.shape = shape
        self.length = max(POOL_LENGTH, 2 * size)
        """Of the pool."""
        self._count = self.length - size
        self._rng = rng
        self._left: list[int] = []

    def next(self) -> int:
        """Return where the next stretch begins: the same places as of as many single draws."""
        try:
            return self._left.pop()
        except IndexError:
            self._left = (self._rng.random(AHEAD) * self._count).astype(np.int64)[::-1].tolist()
            return self._left.pop()

    def along(self, pool: NDArray[Number]) -> NDArray[Number]:
        """Return every stretch of a pool without a copy: the first axis is where it begins, then come a reading's."""
        steps = np.empty(self.shape, np.bool_).strides
        strides = (pool.itemsize, *(step * pool.itemsize for step in steps))
        return np.ndarray((self._count, *self.shape), pool.dtype, pool, strides=strides)
