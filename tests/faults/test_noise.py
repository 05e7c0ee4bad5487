import numpy as np
import pytest

from vla_sim.faults.draws import AHEAD, POOL_LENGTH, Stretches
from vla_sim.faults.noise import MOST_TABLES, ImageNoise, _tables
from vla_sim.seeding import generator


@pytest.mark.parametrize("sigma", [0.4, 20.4, 97.0, 2550.0])
def test_noise_from_tables_is_the_noise_worked_out_for_the_image(sigma):
    rng = generator(0, "image")
    images = [rng.integers(0, 256, (12, 20, 3), dtype=np.uint8) for _ in range(6)]
    steady, restless = (ImageNoise(generator(1), images[0].shape) for _ in range(2))
    add = steady.adding(sigma)
    for image in images:
        noisy, worked_out = add(image), restless.add(image, sigma)
        assert np.array_equal(noisy, worked_out)
        assert (noisy.dtype, noisy.shape) == (np.uint8, image.shape)


def test_a_spread_that_begins_to_change_goes_on_with_the_next_noise():
    grey = np.full((12, 20, 3), 128, np.uint8)
    mixed, alone = (ImageNoise(generator(1), grey.shape) for _ in range(2))
    add = mixed.adding(9.0)
    for _ in range(AHEAD):
        assert np.array_equal(add(grey), alone.add(grey, 9.0))
        assert np.array_equal(mixed.add(grey, 4.0), alone.add(grey, 4.0))


def test_tables_are_kept_of_few_spreads():
    noise = ImageNoise(generator(5), (8, 8, 3))
    for sigma in range(1, 2 * MOST_TABLES):
        noise.adding(float(sigma))
    assert _tables.cache_info().currsize == MOST_TABLES


def test_noise_has_the_spread_that_is_asked_for_and_does_not_wrap_around():
    grey = np.full((200, 200, 3), 128, np.uint8)
    noise = ImageNoise(generator(2), grey.shape)
    for _ in range(3):
        assert noise.add(grey, 10.0).astype(float).std() == pytest.approx(10.0, rel=0.02)
    black, white = np.zeros_like(grey), np.full_like(grey, 255)
    assert noise.add(black, 10.0).max() < 60
    assert noise.add(white, 10.0).min() > 195


@pytest.mark.parametrize("shape", [(8, 8, 3), (300, 300, 3), (360,), (1,)])
def test_stretches_of_small_and_large_readings_are_those_of_the_pool(shape):
    stretches = Stretches(generator(3), shape)
    size = int(np.prod(shape))
    assert stretches.length == max(POOL_LENGTH, 2 * size)
    pool = np.arange(stretches.length, dtype=np.float32)
    along = stretches.along(pool)
    for start in (*(stretches.next() for _ in range(5)), 0, stretches.length - size - 1):
        assert np.array_equal(along[start], pool[start : start + size].reshape(shape))


def test_stretches_begin_anywhere_and_where_single_draws_would_have_them():
    stretches, single = Stretches(generator(4), (96, 96, 3)), generator(4)
    count = POOL_LENGTH - 96 * 96 * 3
    starts = [stretches.next() for _ in range(3 * AHEAD + 3)]
    assert starts == [int(single.random() * count) for _ in starts]
    assert min(starts) < 0.05 * count < 0.95 * count < max(starts) < count


def test_pixels_of_two_images_have_independent_noise():
    """Though a pool is hardly longer than two images: where they share values, they do so at other places."""
    grey = np.full((96, 96, 3), 128, np.uint8)
    add = ImageNoise(generator(6), grey.shape).adding(20.0)
    images = np.stack([add(grey).astype(float).ravel() - 128.0 for _ in range(20)])
    correlations = np.corrcoef(images)[np.triu_indices(len(images), 1)]
    assert np.abs(correlations).max() < 5.0 / np.sqrt(grey.size)
    assert images.mean(axis=0).std() == pytest.approx(20.0 / np.sqrt(len(images)), rel=0.03)
