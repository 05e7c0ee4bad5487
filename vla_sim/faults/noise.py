"""Gaussian noise for whole images at a price that a simulation step can pay.

Drawing 96 x 96 x 3 fresh normals costs a fifth of an environment step. So noise is a stretch of a fixed pool of
standard normals, at an offset drawn from the fault's own generator. Within an image the values are independent; two
images may share values, at shifted places.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vla_sim import seeding
from vla_sim.faults.draws import Stretches

POOL_SIZE = 1 << 18
"""Least size of the pool; it is at least twice as large as an image."""

MOST_TABLES = 4
"""Spreads of which tables are kept, each of three bytes a place of the pool."""

Bytes = NDArray[np.uint8]


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


def uniform_pool(length: int) -> NDArray[np.float32]:
    """Return the first part of the pool of uniform numbers, read only, for stretches of it."""
    return _uniform_pool(max(POOL_SIZE, length))[:length]


class ImageNoise:
    """Noise on the 8-bit images of one stream, from the first part of the pool.

    A spread that changes from image to image is worked out for each; for one that stays there are tables over all of
    that part. Both give the same bytes.
    """

    def __init__(self, rng: np.random.Generator, shape: tuple[int, ...]):
        self._stretches = Stretches(rng, shape)

    def add(self, image: Bytes, sigma: float) -> Bytes:
        """Return an image with noise of ``sigma`` grey levels, rounded and clipped to 0..255."""
        normals = self._stretches.along(_normal_pool(self._stretches.length))[self._stretches.next()]
        return np.asarray(np.clip(image + np.rint(normals * np.float32(sigma)), 0.0, 255.0), dtype=np.uint8)

    def adding(self, sigma: float) -> Callable[[Bytes], Bytes]:
        """Return what does the same to one image after another."""
        tables = _tables(self._stretches.length, sigma)
        most, least, change = (self._stretches.along(table) for table in tables)
        place = self._stretches.next

        def add(image: Bytes) -> Bytes:
            start = place()
            noisy: Bytes = np.minimum(image, most[start])
            np.maximum(noisy, least[start], out=noisy)
            noisy += change[start]
            return noisy

        return add


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


def _normal_pool(length: int) -> NDArray[np.float32]:
    return _pool(max(POOL_SIZE, length))[:length]


@lru_cache(maxsize=MOST_TABLES)
def _tables(length: int, sigma: float) -> tuple[Bytes, Bytes, Bytes]:
    """Return, for each place of the pool, the bounds of grey levels that its noise keeps in 0..255, and the noise.

    A level that is put within the bounds first can be added to modulo 256: three passes over bytes are the fastest.
    """
    noise = np.clip(np.rint(_normal_pool(length) * np.float32(sigma)), -255.0, 255.0).astype(np.int16)
    most, least = np.minimum(255 - noise, 255), np.maximum(-noise, 0)
    return most.astype(np.uint8), least.astype(np.uint8), noise.astype(np.uint8)
