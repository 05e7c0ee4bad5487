import hashlib
import json
import subprocess
import sys
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from vla_sim import assets
from vla_sim.envs.env import VlaSimEnv
from vla_sim.envs.vocabulary import WORDS
from vla_sim.errors import InputError

LIGHT = ["imu", "lidar", "odom"]
"""Sensors that need no rendering, for tests that do not look at pictures."""
FORWARD = np.array([0.3, 0.4], np.float32)


def digest(env, seed, steps, action=FORWARD, **options):
    """Hash every observation, reward and end of an episode."""
    total = hashlib.sha256()

    def add(observation):
        for name in sorted(observation):
            value = observation[name]
            total.update(value.encode() if isinstance(value, str) else value.tobytes())

    observation, _ = env.reset(seed=seed, **options)
    add(observation)
    for _ in range(steps):
        observation, reward, terminated, truncated, info = env.step(action)
        add(observation)
        total.update(repr((reward, terminated, truncated, info["progress"], info["words"], info["time"])).encode())
    return total.hexdigest()


@pytest.mark.parametrize("action_type", ["continuous", "discrete"])
def test_passes_gymnasiums_checker(action_type):
    env = gymnasium.make("VlaSim/Arena-v0", action_type=action_type, render_mode="rgb_array")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Speeds in m/s are the interface; gymnasium.wrappers.RescaleAction is there for learners.
        warnings.filterwarnings("ignore", message=".*symmetric and normalized space")
        check_env(env.unwrapped)
    env.close()


def test_observation_after_reset_is_complete_and_fresh(make):
    env = make()
    observation, info = env.reset(seed=1)
    assert env.observation_space.contains(observation)
    assert env.sensor_names == ("bumper", "camera", "depth", "imu", "joints", "lidar", "odom")
    assert observation["valid"].tolist() == [1] * 7
    assert observation["age"].tolist() == [0.0] * 7
    assert observation["joints"].shape == (2, 2), "position and velocity of two wheels"
    assert env.time == info["time"] == 0.1
    assert observation["camera"].std() > 5
    assert observation["goal"] == info["words"] == env.episode.words
    assert observation["imu"][-1, 5] == pytest.approx(9.8, abs=0.5)
    assert np.abs(observation["odom"][:2]).max() < 0.05


def test_nothing_of_the_ground_truth_is_observed(make):
    """Two worlds that differ only in what no sensor senses look the same."""
    env = make(sensors=LIGHT)
    observation, _ = env.reset(seed=1)
    assert set(observation) == {*LIGHT, "stamp", "age", "valid", "goal"}
    pose = env.truth.models["robot"].pose
    assert np.hypot(*pose.position[:2]) > 0.5
    assert np.abs(observation["odom"][:3]).max() < 0.05


def test_info_has_its_keys_and_is_json(make):
    env = make(sensors=LIGHT)
    _, first = env.reset(seed=1)
    *_, info = env.step(FORWARD)
    keys = {"success", "reason", "progress", "words", "time", "faults"}
    assert set(info) == keys
    assert set(first) == keys | {"seed", "task", "variation"}
    ended = False
    while not ended:
        *_, terminated, truncated, last = env.step(FORWARD)
        ended = terminated or truncated
    assert set(last) == keys | {"metrics"}
    json.dumps([first, info, last], allow_nan=False)


def test_time_is_counted_in_whole_steps(make):
    env = make(sensors=LIGHT)
    env.reset(seed=1)
    times = [env.step(FORWARD)[4]["time"] for _ in range(30)]
    assert times == [round(0.1 * k, 9) for k in range(2, 32)]


@pytest.mark.parametrize("rate", [5.0, 10.0, 20.0, 50.0])
def test_control_rates(make, rate):
    env = make(sensors=LIGHT, control_rate=rate)
    observation, _ = env.reset(seed=1)
    assert observation["imu"].shape == (100 / rate, 6)
    env.step(FORWARD)
    assert env.time == pytest.approx(2 / rate)
    assert env.metadata["render_fps"] == rate
    assert VlaSimEnv.metadata["render_fps"] == 10


def test_the_robot_does_as_it_is_told_and_no_faster(make):
    env = make(sensors=LIGHT)
    env.reset(seed=1)
    start = env.truth.models["robot"].pose
    for _ in range(10):
        observation, *_ = env.step(np.array([0.0, 50.0]))
    assert observation["odom"][4] == pytest.approx(2.0, rel=0.05)
    assert env.truth.models["robot"].pose.yaw != pytest.approx(start.yaw, abs=0.2)


@pytest.mark.parametrize("action", [np.array([np.nan, 0.0]), np.array([1.0]), np.zeros((2, 2)), [np.inf, 0.0]])
def test_actions_that_are_none_are_refused(make, action):
    env = make(sensors=LIGHT)
    env.reset(seed=1)
    with pytest.raises(ValueError, match="two finite numbers"):
        env.step(action)


def test_discrete_words_move_the_robot(make):
    env = make(sensors=LIGHT, action_type="discrete")
    env.reset(seed=1)
    for _ in range(8):
        observation, *_, info = env.step(WORDS.index("turn_left"))
    assert info["primitive"] == {"word": "turn_left", "supported": True, "done": "turned left"}
    assert observation["odom"][4] == pytest.approx(1.0, rel=0.05)
    for _ in range(8):
        observation, *_, info = env.step(WORDS.index("grasp_object"))
    assert info["primitive"]["supported"] is False
    assert abs(observation["odom"][4]) < 0.05


def test_navigate_to_does_not_run_into_things(make):
    env = make(sensors=["lidar"], action_type="discrete")
    env.reset(seed=3)
    travelled = 0.0
    for _ in range(200):
        before = env.truth.models["robot"].pose.position
        *_, terminated, truncated, _ = env.step(WORDS.index("navigate_to"))
        travelled += float(np.hypot(*np.subtract(env.truth.models["robot"].pose.position, before)[:2]))
        if terminated or truncated:
            break
    assert env.episode.metrics()["collisions"] == 0
    assert travelled > 2.0


def test_reward_sums_to_the_progress_gained(make):
    env = make(sensors=LIGHT)
    _, info = env.reset(seed=5)
    start, total = info["progress"], 0.0
    for _ in range(40):
        _, reward, terminated, truncated, info = env.step(FORWARD)
        total += reward - (1.0 if info["success"] else 0.0)
        if terminated or truncated:
            break
    assert total == pytest.approx(info["progress"] - start)


def test_standing_still_ends_by_truncation_at_the_time_limit(make):
    env = make(sensors=["imu"])
    env.reset(seed=2)
    steps, ended = 0, False
    while not ended:
        _, _, terminated, truncated, info = env.step(np.zeros(2))
        steps += 1
        ended = terminated or truncated
    assert truncated
    assert not terminated
    assert info["reason"] == "timeout"
    assert not info["success"]
    assert steps == round(env.episode.time_limit / 0.1)


def test_one_seed_one_episode(make):
    env, other = make(), make()
    first = digest(env, 7, 20)
    assert digest(env, 7, 20) == first
    assert digest(other, 7, 20) == first
    assert digest(env, 8, 20) != first
    assert digest(env, 7, 20) == first


def test_one_seed_one_episode_in_a_fresh_process(make):
    code = (
        "from tests.envs.test_env import digest\n"
        "from vla_sim.envs.env import VlaSimEnv\n"
        "print(digest(VlaSimEnv(), 7, 20))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=assets.ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split()[-1] == digest(make(), 7, 20)


def test_resets_without_a_seed_go_on_from_the_last_one(make):
    env = make(sensors=LIGHT)
    env.reset(seed=3)
    following = [env.reset()[1]["seed"] for _ in range(3)]
    env.reset(seed=3)
    assert [env.reset()[1]["seed"] for _ in range(3)] == following
    assert len(set(following)) == 3


def test_the_faulted_twin_starts_like_the_clean_one(make):
    env = make(sensors=LIGHT)
    _, clean = env.reset(seed=4)
    truth = env.truth
    observation, faulted = env.reset(seed=4, options={"faults": ["lidar:blackout"]})
    assert env.truth == truth
    assert faulted["words"] == clean["words"]
    assert not observation["lidar"].any()
    assert faulted["faults"][0]["status"] == "applied"
    _, again = env.reset(seed=4)
    assert again["faults"] == []


def test_faults_begin_at_their_onset(make):
    env = make(sensors=["lidar"], faults=[{"target": "lidar", "kind": "frame_drop", "onset": 0.45}])
    env.reset(seed=1)
    valid, age = [], []
    for _ in range(7):
        observation, *_ = env.step(FORWARD)
        valid.append(int(observation["valid"][0]))
        age.append(float(observation["age"][0]))
    assert age == pytest.approx([0, 0, 0, 0.1, 0.2, 0.3, 0.4])
    assert valid == [1, 1, 1, 1, 1, 1, 0]


def test_a_fault_that_cannot_be_applied_is_said(make):
    env = make(sensors=LIGHT, faults=["camera:blackout"])
    with pytest.warns(UserWarning, match="a fault cannot be applied: camera:blackout@1.0: no stream 'camera'"):
        _, info = env.reset(seed=1)
    assert info["faults"][0]["status"] == "unsupported"


def test_options_hold_for_one_episode(make):
    env = make(sensors=LIGHT)
    held_out = {env.reset(seed=seed, options={"words": "held_out"})[1]["words"] for seed in range(12)}
    seen = {env.reset(seed=seed)[1]["words"] for seed in range(12)}
    assert seen != held_out


def test_variation_is_recorded_and_repeats(make):
    env = make(sensors=["camera"], variation={"light": [0.3, 0.6], "camera_angle": 0.05})
    first, info = env.reset(seed=1)
    again, _ = env.reset(seed=1)
    plain, _ = make(sensors=["camera"]).reset(seed=1)
    assert 0.3 <= info["variation"]["light"] <= 0.6
    assert "camera" in info["variation"]["camera_jitter"]
    assert np.array_equal(first["camera"], again["camera"])
    assert first["camera"].mean() < plain["camera"].mean()


def test_render_shows_the_robot_from_behind(make):
    env = make(sensors=LIGHT, render_mode="rgb_array", render_size=(320, 240))
    env.reset(seed=1)
    picture = env.render()
    assert picture.shape == (240, 320, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 10


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"world": "moon"}, "no world 'moon'; use one of"),
        ({"task": "fly"}, "no task 'fly'; use one of .*go_to_object"),
        ({"robot": "spot"}, "no robot 'spot'"),
        ({"sensors": ["sonar"]}, "sonar"),
        ({"engine": "bullet"}, "bullet"),
        ({"renderer": "vulkan"}, "vulkan"),
        ({"control_rate": 33.0}, "control_rate: .*whole number of physics steps"),
        ({"control_rate": 0.0}, "control_rate"),
        ({"action_type": "joystick"}, "action_type: .*use continuous, discrete, joints, end_effector"),
        ({"render_mode": "human"}, "render_mode: .*rgb_array"),
        ({"words": "some"}, "words: .*seen, held_out, held_out_pairs"),
        ({"faults": ["camera:blackuot"]}, "blackuot"),
        ({"variation": {"lihgt": 1}}, "lihgt"),
    ],
)
def test_bad_input_is_one_clear_line(options, message):
    with pytest.raises(InputError, match=message) as caught:
        VlaSimEnv(**options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tsak": "go_to_object"}, "no reset option 'tsak'; use task, faults, words"),
        ({"task": "fly"}, "no task 'fly'"),
        ({"words": "some"}, "seen, held_out, held_out_pairs"),
    ],
)
def test_bad_reset_options(make, options, message):
    env = make(sensors=LIGHT)
    with pytest.raises(InputError, match=message):
        env.reset(seed=1, options=options)


def test_close_may_be_called_twice_and_stepping_needs_a_reset(make):
    env = make(sensors=LIGHT)
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(FORWARD)
    env.reset(seed=1)
    env.close()
    env.close()
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(FORWARD)


@pytest.mark.slow
def test_resets_leak_nothing():
    code = (
        "import resource\n"
        "from vla_sim.envs.env import VlaSimEnv\n"
        "env = VlaSimEnv(faults=['camera:gaussian_noise'])\n"
        "def run(first, last):\n"
        "    for seed in range(first, last):\n"
        "        env.reset(seed=seed)\n"
        "        env.step([0.3, 0.3])\n"
        "    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(run(0, 60), run(60, 260))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    before, after = map(int, done.stdout.split()[-2:])
    assert after <= before * 1.05
