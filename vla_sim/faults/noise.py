"""Gaussian noise for whole images at a price that a simulation step can pay.

Drawing 96 x 96 x 3 fresh normals costs a fifth of an environment step. So noise is a stretch of a fixed pool of
standard normals, at an offset drawn from the fault's own generator. Within an image the values are independent; two
images may share values, at shifted places.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vla_sim import seeding
from vla_sim.faults.draws import Draws

POOL_SIZE = 1 << 18
"""Least size of the pool; it is at least twice as large as an image."""

MOST_TABLES = 4
"""Spreads of which tables are kept, each of three bytes a place of the pool."""

Bytes = NDArray[np.uint8]
Tables = tuple[Bytes, Bytes, Bytes]

_TABLES: dict[tuple[int, float], Tables] = {}
"""What ``_tables`` keeps, by size of the pool and spread, the oldest first."""


def standard_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return standard normals of a shape, read only."""
    size = math.prod(shape)
    start = _start(rng, size)
    return _pool(_pool_size(size))[start : start + size].reshape(shape)


def uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return uniform numbers in 0..1 of a shape, read only: a stretch of a pool of their own."""
    size = math.prod(shape)
    start = _start(rng, size)
    return _uniform_pool(_pool_size(size))[start : start + size].reshape(shape)


class ImageNoise:
    """Noise on the 8-bit images of one stream.

    A spread that stays from image to image, or stayed in an earlier trial, is looked up in tables over the whole pool;
    one that changes is worked out for the image alone. Both give the same bytes.
    """

    def __init__(self, rng: np.random.Generator):
        self._draws = Draws(rng)
        self._sigma: float | None = None
        self._shape: tuple[int, ...] = ()
        self._span = 0
        self._tables: tuple[Bytes, ...] | None = None
        """The tables at every offset: the first axis is the offset, the others are those of an image."""

    def add(self, image: Bytes, sigma: float) -> Bytes:
        """Return an image with noise of ``sigma`` grey levels, rounded and clipped to 0..255."""
        if sigma != self._sigma or image.shape != self._shape:
            self._turn_to(image.shape, sigma, _TABLES.get((_pool_size(image.size), sigma)))
            if self._tables is None:
                return self._worked_out(image, sigma)
        elif self._tables is None:
            self._turn_to(image.shape, sigma, _tables(_pool_size(image.size), sigma))
            assert self._tables is not None
        start = int(self._draws.next() * self._span)
        most, least, change = self._tables
        noisy: Bytes = np.minimum(image, most[start])
        np.maximum(noisy, least[start], out=noisy)
        noisy += change[start]
        return noisy

    def _turn_to(self, shape: tuple[int, ...], sigma: float, tables: Tables | None) -> None:
        self._shape, self._sigma = shape, sigma
        size = math.prod(shape)
        self._span = _pool_size(size) - size
        strides = tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))
        self._tables = tables and tuple(
            np.ndarray((self._span, *shape), np.uint8, table, strides=(1, *strides)) for table in tables
        )

    def _worked_out(self, image: Bytes, sigma: float) -> Bytes:
        start = int(self._draws.next() * self._span)
        stretch = _pool(_pool_size(image.size))[start : start + image.size]
        noise = np.rint(stretch * np.float32(sigma)).reshape(image.shape)
        return np.asarray(np.clip(image + noise, 0.0, 255.0), dtype=np.uint8)


def _pool_size(size: int) -> int:
    return max(POOL_SIZE, 2 * size)


def _start(rng: np.random.Generator, size: int) -> int:
    return int(rng.random() * (_pool_size(size) - size))


@lru_cache(maxsize=2)
def _pool(size: int) -> NDArray[np.float32]:
    """Return the pool, the same in every process."""
    pool = seeding.generator(0, "noise pool").standard_normal(size, dtype=np.float32)
    pool.flags.writeable = False
    return pool


@lru_cache(maxsize=2)
def _uniform_pool(size: int) -> NDArray[np.float32]:
    """Return the pool of uniform numbers, the same in every process."""
    pool = seeding.generator(0, "uniform pool").random(size, dtype=np.float32)
    pool.flags.writeable = False
    return pool


def _tables(size: int, sigma: float) -> Tables:
    """Return, for each place of the pool, the bounds of grey levels that its noise keeps in 0..255, and the noise.

    A level that is put within the bounds first can be added to modulo 256: three passes over bytes are the fastest.
    """
    known = _TABLES.get((size, sigma))
    if known is not None:
        return known
    noise = np.clip(np.rint(_pool(size) * np.float32(sigma)), -255.0, 255.0).astype(np.int16)
    most, least = np.minimum(255 - noise, 255), np.maximum(-noise, 0)
    tables = most.astype(np.uint8), least.astype(np.uint8), noise.astype(np.uint8)
    while len(_TABLES) >= MOST_TABLES:
        del _TABLES[next(iter(_TABLES))]
    _TABLES[size, sigma] = tables
    return tables
