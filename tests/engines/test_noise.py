import numpy as np
import pytest

from vla_sim.sdf.scene import GaussianNoise
from vla_sim.seeding import generator
from vla_sim.sensing.noise import FieldNoise, NoiseModel


def test_mean_bias_and_spread() -> None:
    spec = GaussianNoise(mean=0.5, stddev=0.2, bias_mean=1.0)
    model = NoiseModel([spec, None], generator(1, "noise"))
    values = np.array([model.apply(np.array([10.0, 3.0]), 0.01) for _ in range(4000)])
    assert values[:, 0].mean() == pytest.approx(11.5, abs=0.02)
    assert values[:, 0].std() == pytest.approx(0.2, rel=0.05)
    assert np.all(values[:, 1] == 3.0)


def test_the_bias_is_drawn_once_per_model() -> None:
    spec = GaussianNoise(bias_stddev=0.3)
    biases = []
    for seed in range(500):
        model = NoiseModel([spec], generator(seed, "noise"))
        first, second = model.apply(np.zeros(1), 0.01), model.apply(np.zeros(1), 0.01)
        assert first == second
        biases.append(float(first[0]))
    assert np.std(biases) == pytest.approx(0.3, rel=0.1)


def test_the_drift_has_its_stationary_spread() -> None:
    # A first-order Gauss-Markov process driven so has the variance s^2 tau / 2.
    spec = GaussianNoise(dynamic_bias_stddev=0.4, dynamic_bias_correlation_time=0.5)
    model = NoiseModel([spec], generator(3, "noise"))
    values = np.array([float(model.apply(np.zeros(1), 0.05)[0]) for _ in range(20_000)])
    assert values.std() == pytest.approx(0.4 * np.sqrt(0.25), rel=0.1)
    neighbours = np.corrcoef(values[:-1], values[1:])[0, 1]
    assert neighbours == pytest.approx(np.exp(-0.1), abs=0.02)


def test_precision_rounds() -> None:
    model = NoiseModel([GaussianNoise(precision=0.25)], generator(0))
    assert model.apply(np.array([0.6]), 0.01) == 0.5


def test_field_noise_keeps_shape_dtype_and_infinities() -> None:
    noise = FieldNoise(GaussianNoise(stddev=0.1), generator(5))
    values = np.full((40, 30), 2.0, dtype=np.float32)
    values[0, 0] = np.inf
    noisy = noise.apply(values)
    assert noisy.dtype == np.float32
    assert noisy.shape == (40, 30)
    assert np.isinf(noisy[0, 0])
    assert noisy[1:].std() == pytest.approx(0.1, rel=0.1)


def test_same_seed_same_noise() -> None:
    def draws(seed: int) -> np.ndarray:
        return FieldNoise(GaussianNoise(stddev=1.0, bias_stddev=1.0), generator(seed, "a")).apply(np.zeros(9))

    assert np.array_equal(draws(4), draws(4))
    assert not np.array_equal(draws(4), draws(5))
