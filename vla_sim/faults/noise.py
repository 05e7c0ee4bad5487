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

    A spread that stays from image to image is looked up in tables over the whole pool, which are shared; one that
    changes is worked out for the image alone. Both give the same bytes.
    """

    def __init__(self, rng: np.random.Generator):
        self._draws = Draws(rng)
        self._sigma: float | None = None
        self._tables: tuple[NDArray[np.uint8], ...] | None = None

    def add(self, image: NDArray[np.uint8], sigma: float) -> NDArray[np.uint8]:
        """Return an image with noise of ``sigma`` grey levels, rounded and clipped to 0..255."""
        size = image.size
        pool = _pool_size(size)
        start = int(self._draws.next() * (pool - size))
        stretch = slice(start, start + size)
        if sigma != self._sigma:
            self._sigma, self._tables = sigma, None
            noise = np.rint(_pool(pool)[stretch] * np.float32(sigma)).reshape(image.shape)
            return np.asarray(np.clip(image + noise, 0.0, 255.0), dtype=np.uint8)
        if self._tables is None or len(self._tables[0]) != pool:
            self._tables = _tables(pool, sigma)
        most, least, change = self._tables
        noisy: NDArray[np.uint8] = np.minimum(image.ravel(), most[stretch])
        np.maximum(noisy, least[stretch], out=noisy)
        noisy += change[stretch]
        return noisy.reshape(image.shape)


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


@lru_cache(maxsize=4)
def _tables(size: int, sigma: float) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Return, for each place of the pool, the bounds of grey levels that its noise keeps in 0..255, and the noise.

    A level that is put within the bounds first can be added to modulo 256: three passes over bytes are the fastest.
    """
    noise = np.clip(np.rint(_pool(size) * np.float32(sigma)), -255.0, 255.0).astype(np.int16)
    most, least = np.minimum(255 - noise, 255), np.maximum(-noise, 0)
    return most.astype(np.uint8), least.astype(np.uint8), noise.astype(np.uint8)
