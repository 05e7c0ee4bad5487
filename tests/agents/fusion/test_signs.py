from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from vla_agents.classical.senses import Senses
from vla_agents.fusion.control.inputs import SENSORS
from vla_agents.fusion.signs import SIGNS, Signs

from vla_sim.envs.env import VlaSimEnv
from vla_sim.seeding import generator

IMU = SENSORS.index("imu")


@pytest.fixture(scope="module")
def observation() -> dict[str, object]:
    env = VlaSimEnv("arena", "go_to_object")
    first = env.reset(seed=1)[0]
    env.close()
    return first


def repeats(observation: dict[str, object], windows: list[NDArray[np.float32]]) -> list[float]:
    """Return the share of repeating axes, and whether yaw repeats, after the last of some windows."""
    signs = Signs()
    for window in windows:
        given = {**observation, "imu": window}
        row = signs.update(given, Senses.of(given))[IMU]
    return [float(value) for value in row[SIGNS - 2 : SIGNS]]


def test_a_stuck_axis_repeats_and_the_others_do_not(observation: dict[str, object]) -> None:
    shape = np.shape(observation["imu"])
    rng = generator(1, "signs")
    first, second = (rng.normal(size=shape).astype(np.float32) for _ in range(2))
    assert repeats(observation, [first, second]) == [0.0, 0.0]
    second[:, 2] = first[-1, 2]
    assert repeats(observation, [first, second]) == pytest.approx([1 / 6, 1.0])
    second[:, :2] = first[-1, :2]
    assert repeats(observation, [first, second]) == pytest.approx([1 / 2, 1.0])


def test_one_value_that_comes_again_is_none(observation: dict[str, object]) -> None:
    first, second = (generator(seed, "signs").normal(size=np.shape(observation["imu"])) for seed in (1, 2))
    second[0] = first[-1]
    assert repeats(observation, [first.astype(np.float32), second.astype(np.float32)]) == [0.0, 0.0]
