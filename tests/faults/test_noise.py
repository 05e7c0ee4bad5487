import numpy as np
import pytest

from vla_sim.faults.draws import AHEAD, Draws
from vla_sim.faults.noise import POOL_SIZE, ImageNoise
from vla_sim.seeding import generator


@pytest.mark.parametrize("sigma", [0.4, 20.4, 97.0, 2550.0])
def test_noise_from_tables_is_the_noise_worked_out_for_the_image(sigma):
    rng = generator(0, "image")
    images = [rng.integers(0, 256, (12, 20, 3), dtype=np.uint8) for _ in range(6)]
    steady, restless = ImageNoise(generator(1)), ImageNoise(generator(1))
    for image in images:
        looked_up = steady.add(image, sigma)
        restless._sigma = None
        assert np.array_equal(looked_up, restless.add(image, sigma))
        assert looked_up.dtype == np.uint8
        assert looked_up.shape == image.shape


def test_noise_has_the_spread_that_is_asked_for_and_does_not_wrap_around():
    noise = ImageNoise(generator(2))
    grey = np.full((200, 200, 3), 128, np.uint8)
    for _ in range(3):
        assert noise.add(grey, 10.0).astype(float).std() == pytest.approx(10.0, rel=0.02)
    black, white = np.zeros_like(grey), np.full_like(grey, 255)
    assert noise.add(black, 10.0).max() < 60
    assert noise.add(white, 10.0).min() > 195


def test_an_image_larger_than_the_pool_gets_noise_as_well():
    noise = ImageNoise(generator(3))
    small, large = np.full((8, 8, 3), 128, np.uint8), np.full((300, 300, 3), 128, np.uint8)
    assert large.size > POOL_SIZE
    for image in (small, small, large, small):
        assert noise.add(image, 10.0).std() > 7.0


def test_numbers_drawn_ahead_are_those_of_single_draws():
    draws, single = Draws(generator(4)), generator(4)
    assert [draws.next() for _ in range(2 * AHEAD + 3)] == [single.random() for _ in range(2 * AHEAD + 3)]
