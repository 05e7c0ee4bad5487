import numpy as np
import pytest

from vla_sim.faults import noise as noise_module
from vla_sim.faults.draws import AHEAD, Draws
from vla_sim.faults.noise import POOL_SIZE, ImageNoise
from vla_sim.seeding import generator


@pytest.mark.parametrize("sigma", [0.4, 20.4, 97.0, 2550.0])
def test_noise_from_tables_is_the_noise_worked_out_for_the_image(sigma, monkeypatch):
    monkeypatch.setattr(noise_module, "_TABLES", {})
    rng = generator(0, "image")
    images = [rng.integers(0, 256, (12, 20, 3), dtype=np.uint8) for _ in range(6)]
    steady, restless = ImageNoise(generator(1)), ImageNoise(generator(1))
    looked_up = [steady.add(image, sigma) for image in images]
    later = ImageNoise(generator(1))
    from_the_first = [later.add(image, sigma) for image in images]
    for image, noisy, again in zip(images, looked_up, from_the_first, strict=True):
        noise_module._TABLES.clear()
        restless._sigma = None
        worked_out = restless.add(image, sigma)
        assert noise_module._TABLES == {}
        assert np.array_equal(noisy, worked_out)
        assert np.array_equal(again, worked_out)
        assert (noisy.dtype, noisy.shape) == (np.uint8, image.shape)


def test_tables_are_kept_of_few_spreads_that_stay(monkeypatch):
    monkeypatch.setattr(noise_module, "_TABLES", {})
    noise, image = ImageNoise(generator(5)), np.zeros((8, 8, 3), np.uint8)
    for sigma in range(1, 9):
        noise.add(image, float(sigma))
    assert noise_module._TABLES == {}, "each spread but once"
    for sigma in range(1, 9):
        noise.add(image, float(sigma))
        noise.add(image, float(sigma))
    assert [sigma for _, sigma in noise_module._TABLES] == [5.0, 6.0, 7.0, 8.0]


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
