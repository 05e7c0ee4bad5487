import gymnasium
import numpy as np
import pytest

import vla_sim.envs  # noqa: F401  (registers)
from vla_sim.envs.registration import GENERIC_ID, WORLD_IDS, register_environments


def test_every_world_is_registered_once():
    register_environments()
    assert {*WORLD_IDS, GENERIC_ID} <= set(gymnasium.registry)


def test_make_passes_keywords_on():
    env = gymnasium.make(GENERIC_ID, world="arena", sensors=["lidar"], action_type="discrete")
    assert env.unwrapped.sensor_names == ("lidar",)
    assert env.action_space == gymnasium.spaces.Discrete(10)
    env.close()


@pytest.mark.parametrize("name", sorted(WORLD_IDS))
def test_registered_environments_can_be_made(name):
    env = gymnasium.make(name, sensors=["joints" if name == "VlaSim/Tabletop-v0" else "lidar"])
    observation, _ = env.reset(seed=1)
    assert env.observation_space.contains(observation)
    env.close()


@pytest.mark.slow
def test_spawned_vector_env_gives_what_single_ones_give():
    seeds = [3, 4]
    action = np.array([[0.3, 0.2], [0.1, -0.4]], np.float32)
    vector = gymnasium.make_vec(
        "VlaSim/Arena-v0",
        num_envs=2,
        vectorization_mode="async",
        vector_kwargs={"context": "spawn", "shared_memory": True},
    )
    try:
        batch, _ = vector.reset(seed=seeds)
        for _ in range(3):
            batch, *_ = vector.step(action)
    finally:
        vector.close()
    for index, seed in enumerate(seeds):
        env = gymnasium.make("VlaSim/Arena-v0")
        single, _ = env.reset(seed=seed)
        for _ in range(3):
            single, *_ = env.step(action[index])
        env.close()
        assert all(np.array_equal(batch[name][index], single[name]) for name in single if name != "goal")
        assert batch["goal"][index] == single["goal"]
