"""``make_env`` keeps the contract of LeRobot's EnvHub, and of the evaluation that takes what it returns."""

import numpy as np
import pytest
from gymnasium.error import ClosedEnvironmentError

from vla_sim.agent import load_agent
from vla_sim.dataset.schema import schema_of
from vla_sim.envs.env import VlaSimEnv
from vla_sim.envs.envhub import MOST_STEPS, make_env
from vla_sim.errors import InputError

FORWARD = np.array([[0.4, 0.0]] * 2, np.float32)


@pytest.fixture(params=[False, True], ids=["here", "in processes"])
def vector(request):
    arms = {"clean": (), "dark": ["camera:blackout"]}
    cheap = {"control_rate": 2.0, "sensors": ["camera", "odom"], "render_size": (64, 48), "workers": 1}
    suites = make_env(2, request.param, tasks=["turn_by_angle", "go_to_object"], arms=arms, **cheap)
    yield suites
    for group in suites.values():
        for envs in group.values():
            envs.close()


def leaves(observation, prefix=""):
    for name, value in observation.items():
        yield from leaves(value, f"{prefix}{name}/") if isinstance(value, dict) else [(f"{prefix}{name}", value)]


def features(observation):
    """Return an observation under the names that LeRobot's ``preprocess_observation`` gives its members."""
    known = {"agent_pos": "observation.state"}
    return {
        known.get(name, f"observation.{name.replace('pixels/', 'images.')}"): value
        for name, value in leaves(observation)
    }


def test_suites_and_tasks(vector):
    assert {suite: list(tasks) for suite, tasks in vector.items()} == {"arena/clean": [0, 1], "arena/dark": [0, 1]}


def test_what_evaluation_asks_of_a_vector(vector):
    envs = vector["arena/clean"][1]
    observation, info = envs.reset(seed=[3, 4], options={"lerobot_new_rollout": True})
    assert envs.num_envs == len(observation["agent_pos"]) == 2
    assert envs.unwrapped.metadata["render_fps"] == 2
    assert list(envs.call("_max_episode_steps")) == [MOST_STEPS] * 2
    assert list(envs.call("task")) == ["go_to_object"] * 2
    assert list(envs.call("task_description")) == list(info["words"])
    pictures = envs.call("render")
    assert [picture.shape for picture in pictures] == [(48, 64, 3)] * 2
    assert envs.action_space.shape == (2, 2)
    with pytest.raises(AttributeError):
        envs.call("no_such_thing")
    assert not hasattr(envs, "_ensure")


def test_observations_are_what_a_dataset_holds():
    """A policy that learned from a dataset of ours is given the same names, shapes and units."""
    envs = make_env(2)["arena/clean"][0]
    told, _ = envs.reset(seed=[3, 4])
    observation = features(told)
    env = VlaSimEnv()
    mine, _ = env.reset(seed=4)
    schema = schema_of(env, 10.0)
    asked = {name: feature for name, feature in schema.features.items() if name.startswith("observation.")}
    assert observation.keys() == asked.keys()
    for name, feature in asked.items():
        assert observation[name].shape[1:] == feature.shape
        assert observation[name].dtype == (np.uint8 if feature.dtype == "video" else feature.dtype)
    np.testing.assert_array_equal(observation["observation.images.camera"][1], mine["camera"])
    np.testing.assert_array_equal(observation["observation.state"][1], mine["odom"])
    np.testing.assert_allclose(observation["observation.depth"][1] * 1e-3, mine["depth"], atol=5.1e-4)
    one = {name: value[0] for name, value in told.items() if name != "pixels"}
    assert envs.single_observation_space.contains(one | {"pixels": {"camera": told["pixels"]["camera"][0]}})
    env.close()
    envs.close()


def test_faults_of_an_arm_act(vector):
    assert not vector["arena/dark"][1].reset(seed=[3, 4])[0]["pixels"]["camera"].any()


def test_an_episode_that_ends_says_whether_it_succeeded(vector):
    """As ``rollout`` reads it: of ``final_info``, or of the step's own info."""
    envs = vector["arena/clean"][0]
    envs.reset(seed=[1, 2])
    over = np.zeros(2, bool)
    while not over.all():
        _, _, terminated, truncated, info = envs.step(FORWARD)
        over |= terminated | truncated
        told = info["final_info"]["is_success"] if "final_info" in info else info.get("is_success", np.zeros(2, bool))
        assert not np.asarray(told, bool).any()


def test_success_is_told():
    envs = make_env(1, tasks=["turn_by_angle"], sensors=["odom"])["arena/clean"][0]
    envs.reset(seed=[1])
    expert = load_agent("expert")
    env = envs.envs[0].unwrapped
    expert.attach(env)
    expert.reset(1)
    observation = env._observation
    for _ in range(200):
        _, _, terminated, _, info = envs.step(np.asarray(expert.act(observation))[None])
        if terminated[0]:
            break
    assert info["final_info"]["is_success"].tolist() == [True]
    envs.close()


def test_words_that_a_fault_changes_are_those_that_are_told():
    envs = make_env(1, arms={"garbled": ["goal:ambiguous@1.0"]}, sensors=["odom"])
    envs = envs["arena/garbled"][0]
    _, info = envs.reset(seed=[3])
    assert envs.call("task_description")[0] != info["words"][0]
    envs.close()


def test_a_config_of_lerobot_comes_first():
    class Config:
        task, fps, hub_path = "go_to_room, visit_in_order", 20, "somebody/something"
        world = "apartment"

    suites = make_env(1, cfg=Config(), tasks=["go_to_object"], world="arena", sensors=["odom"])
    (tasks,) = suites.values()
    assert list(suites) == ["apartment/clean"]
    assert tasks[0].metadata["render_fps"] == 20
    tasks[1].reset(seed=[1])
    assert list(tasks[1].call("task")) == ["visit_in_order"]
    for envs in tasks.values():
        envs.close()


def test_what_is_closed_is_not_made_again():
    envs = make_env()["arena/clean"][0]
    envs.close()
    envs.close()
    with pytest.raises(ClosedEnvironmentError):
        envs.reset(seed=[1])


@pytest.mark.parametrize(
    ("keywords", "told"),
    [
        ({"n_envs": 0}, "at least one environment"),
        ({"tasks": ["fly"]}, "no task 'fly'; use one of "),
        ({"arms": {"bad": ["camera"]}}, "camera"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_made(keywords, told):
    with pytest.raises(InputError, match=told):
        make_env(**keywords)
