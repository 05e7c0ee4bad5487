"""Gaussian noise for whole images at a price that a simulation step can pay.

Drawing 96 x 96 x 3 fresh normals costs a fifth of an environment step. So noise is a stretch of a fixed pool of
standard normals, at an offset drawn from the fault's own generator. Within an image the values are independent; two
images may share values, at shifted places.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vla_sim import seeding

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


def add_noise(rng: np.random.Generator, image: NDArray[np.uint8], sigma: float) -> NDArray[Any]:
    """Return an 8-bit image with noise of ``sigma`` grey levels, rounded and clipped to 0..255."""
    start = _start(rng, image.size)
    up, down = _parts(_pool_size(image.size), sigma)
    stretch = slice(start, start + image.size)
    brighter = cv2.add(image, up[stretch].reshape(image.shape))
    return np.asarray(cv2.subtract(brighter, down[stretch].reshape(image.shape), dst=brighter))


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
def _parts(size: int, sigma: float) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return what noise adds and what it takes away, in grey levels: saturating 8-bit sums are the fastest."""
    noise = np.rint(_pool(size) * np.float32(sigma))
    return np.clip(noise, 0, 255).astype(np.uint8), np.clip(-noise, 0, 255).astype(np.uint8)
