import numpy as np
import pytest
from gymnasium import spaces
from stable_baselines3 import PPO
from stable_baselines3.common.env_checker import check_env
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecMonitor
from vector_parts import Counter, arena

from vla_sim.envs.vector.sb3 import VlaSimVecEnv
from vla_sim.envs.wrappers import EncodeGoal, FlattenSensors
from vla_sim.errors import InputError

OK = Counter.OK


@pytest.fixture
def sb3():
    """Make vectors for stable-baselines3 that are closed at the end of the test."""
    made = []

    def make(makers, **options):
        made.append(VlaSimVecEnv(makers, **options))
        return made[-1]

    yield make
    for envs in made:
        envs.close()


def numbers(length=3):
    return EncodeGoal(Counter(length), 16)


def test_results_are_those_of_its_own(sb3):
    makers = [lambda length=length: Monitor(numbers(length)) for length in (2, 3)]
    ours, theirs = sb3(makers, workers=2), DummyVecEnv(makers)
    assert ours.observation_space == theirs.observation_space
    for envs in (ours, theirs):
        envs.seed(5)
        envs.set_options([{"words": "one"}, {"words": "two"}])
    first = ours.reset(), theirs.reset()
    for name in first[1]:
        assert np.array_equal(first[0][name], first[1][name])
    assert ours.reset_infos == theirs.reset_infos
    for _ in range(7):
        (own, reward, done, infos), (other, their_reward, their_done, their_infos) = (
            envs.step(np.array([OK, OK])) for envs in (ours, theirs)
        )
        assert all(np.array_equal(own[name], other[name]) and own[name].dtype == other[name].dtype for name in other)
        assert reward.tolist() == their_reward.tolist()
        assert done.tolist() == their_done.tolist()
        assert ours.reset_infos == theirs.reset_infos
        for index in np.flatnonzero(done):
            end, their_end = infos[index], their_infos[index]
            last, their_last = end.pop("terminal_observation"), their_end.pop("terminal_observation")
            assert all(np.array_equal(last[name], their_last[name]) for name in their_last)
            assert {key: end["episode"][key] for key in "rl"} == {key: their_end["episode"][key] for key in "rl"}
            assert end | {"episode": None} == their_end | {"episode": None}
        for index in np.flatnonzero(~done):
            assert infos[index] == {"progress": their_infos[index]["progress"], "TimeLimit.truncated": False}


def test_methods_attributes_and_wrappers(sb3):
    envs = sb3([numbers] * 3, workers=2)
    envs.reset()
    envs.step(np.array([OK] * 3))
    assert envs.env_method("add", 5, indices=[2, 0]) == [6, 6]
    envs.set_attr("length", 9, indices=1)
    assert envs.get_attr("length") == [3, 9, 3]
    assert envs.env_is_wrapped(EncodeGoal) == [True] * 3
    assert envs.env_is_wrapped(Monitor, indices=0) == [False]
    assert not envs.has_attr("missing")


def test_words_are_refused_and_nothing_is_left(sb3):
    with pytest.raises(InputError, match=r"goal: stable-baselines3 takes no GoalText; wrap .* \(EncodeGoal"):
        sb3([Counter])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*symmetric and normalized")
def test_its_checker_likes_the_environments():
    env = FlattenSensors(EncodeGoal(arena()))
    check_env(env)
    env.close()


@pytest.mark.slow
def test_ppo_learns_over_them(sb3):
    envs = VecMonitor(sb3([lambda: FlattenSensors(EncodeGoal(arena()))] * 4, workers=2))
    assert isinstance(envs.observation_space, spaces.Dict)
    model = PPO("MultiInputPolicy", envs, n_steps=64, batch_size=64, n_epochs=1, seed=3)
    before = [parameter.clone() for parameter in model.policy.parameters()]
    model.learn(256)
    assert any((one != other).any() for one, other in zip(before, model.policy.parameters(), strict=True))
    assert model.num_timesteps == 256
    assert len(model.ep_info_buffer) > 4
    assert len(model.ep_success_buffer) > 4
    # What is in the buffer is what the policy saw: rows of consecutive steps differ.
    camera = model.rollout_buffer.observations["camera"]
    assert camera.shape[0] == 64 * 4 or camera.shape[:2] == (64, 4)
    reward, _ = evaluate_policy(model, envs, n_eval_episodes=2)
    assert np.isfinite(reward)
