import doctest
import importlib
import pkgutil

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from vla_sim.envs import wrappers
from vla_sim.envs.wrappers import EncodeGoal, FlattenSensors, RandomFault, RescaleRanges, StackSensor
from vla_sim.errors import InputError

MODULES = ["vla_sim.envs.env", "vla_sim.envs.variation"] + [
    f"{wrappers.__name__}.{module.name}" for module in pkgutil.iter_modules(wrappers.__path__)
]
STILL = np.zeros(2, np.float32)


@pytest.mark.parametrize("module", MODULES)
def test_examples_run(module):
    result = doctest.testmod(importlib.import_module(module))
    assert result.attempted
    assert result.failed == 0


@pytest.mark.filterwarnings("ignore:.*symmetric and normalized space", "ignore:.*different from the unwrapped version")
def test_all_of_them_together_pass_the_checker(make):
    env = make(sensors=["depth", "lidar", "imu"])
    env = RandomFault(env, ["lidar:dropout"], probability=1.0)
    env = FlattenSensors(EncodeGoal(RescaleRanges(StackSensor(env, "depth", 2))))
    check_env(env, skip_render_check=True)
    observation, _ = env.reset(seed=1)
    assert sorted(observation) == ["depth", "goal", "state"]
    assert observation["depth"].shape[0] == 2
    assert env.observation_space.contains(env.step(STILL)[0])


@pytest.mark.parametrize("text", ["go to the red cube", "zum grünen Würfel", ""])
def test_encoded_goals_decode(text):
    class Fixed(gymnasium.Env):
        observation_space = gymnasium.spaces.Dict({"goal": gymnasium.spaces.Text(64)})
        action_space = gymnasium.spaces.Discrete(2)

    env = EncodeGoal(Fixed(), length=32)
    assert EncodeGoal.decode(env.observation({"goal": text})["goal"]) == text


def test_long_goals_are_cut_between_characters(make):
    env = EncodeGoal(make(sensors=["imu"]), length=5)
    assert EncodeGoal.decode(env.observation({"goal": "abcdü"})["goal"]) == "abcd"


def test_rescaled_ranges_are_shares_of_the_greatest(make):
    env = make(sensors=["depth", "lidar"])
    plain, _ = env.reset(seed=1)
    scaled, _ = RescaleRanges(env).reset(seed=1)
    for name in ("depth", "lidar"):
        assert np.allclose(scaled[name] * env.observation_space[name].high.max(), plain[name], atol=1e-4)


def test_a_stack_moves_on(make):
    env = StackSensor(make(sensors=["odom"]), "odom", 3)
    observation, _ = env.reset(seed=1)
    assert np.array_equal(observation["odom"][0], observation["odom"][2])
    seen = [env.step(np.array([0.4, 0.0], np.float32))[0]["odom"] for _ in range(4)]
    assert np.array_equal(seen[3][0], seen[1][2])
    assert seen[3][2][0] > seen[3][1][0] > seen[3][0][0]


def test_stacking_nothing_is_refused(make):
    env = make(sensors=["odom"])
    with pytest.raises(InputError, match="no sensor 'camera' to stack; use one of"):
        StackSensor(env, "camera", 2)


def test_random_faults_come_from_the_seed_and_keep_the_own_ones(make):
    env = RandomFault(make(sensors=["lidar", "imu"], faults=["imu:bias@L1"]), ["lidar:dropout@L2", "lidar:freeze"], 0.5)

    def kinds(seed):
        return [fault["kind"] for fault in env.reset(seed=seed)[1]["faults"]]

    drawn = [kinds(seed) for seed in range(20)]
    assert drawn == [kinds(seed) for seed in range(20)]
    assert {tuple(faults) for faults in drawn} == {("bias",), ("bias", "dropout"), ("bias", "freeze")}
    chosen = env.reset(seed=1, options={"faults": []})[1]["faults"]
    assert chosen == []


def test_random_fault_needs_a_fault(make):
    with pytest.raises(InputError, match="at least one fault"):
        RandomFault(make(sensors=["imu"]), [])
