from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from vla_agents.fusion.agent import FusionAgent
from vla_agents.fusion.control.inputs import SENSORS

from tests.agents.fusion.repeats import actions
from vla_sim.agent import load_agent
from vla_sim.envs.env import VlaSimEnv
from vla_sim.errors import InputError
from vla_sim.geometry import wrap_angle


@pytest.fixture(scope="module")
def agent() -> FusionAgent:
    loaded = load_agent("fusion")
    assert isinstance(loaded, FusionAgent)
    return loaded


@pytest.fixture(scope="module")
def env() -> VlaSimEnv:
    return VlaSimEnv("arena", "go_to_object")


def drive(agent: FusionAgent, env: VlaSimEnv, seed: int, **options: object) -> dict[str, object]:
    observation, _ = env.reset(seed=seed, options=options)
    agent.reset(seed)
    while True:
        observation, _, terminated, truncated, info = env.step(agent.act(observation))
        if terminated or truncated:
            return info


def test_the_same_observations_give_the_same_actions(agent: FusionAgent, env: VlaSimEnv) -> None:
    assert actions(agent, env, "go_between") == actions(agent, env, "go_between")


def test_it_stops_where_no_sensor_is_left(agent: FusionAgent, env: VlaSimEnv) -> None:
    dead = [f"{name}:frame_drop" for name in ("camera", "depth", "lidar", "imu", "odom")]
    observation, _ = env.reset(seed=1, options={"task": "go_to_object", "faults": dead})
    agent.reset(1)
    for _ in range(20):
        action = agent.act(observation)
        observation, *_ = env.step(action)
    np.testing.assert_array_equal(action, [0.0, 0.0])


def test_it_stands_still_while_it_cannot_see_what_to_look_for(agent: FusionAgent, env: VlaSimEnv) -> None:
    observation, _ = env.reset(seed=1, options={"task": "go_to_object", "faults": ["camera:blackout"]})
    agent.reset(1)
    for _ in range(20):
        action = agent.act(observation)
        observation, *_ = env.step(action)
    np.testing.assert_array_equal(action, [0.0, 0.0])


def test_words_are_read(agent: FusionAgent, env: VlaSimEnv) -> None:
    observation, _ = env.reset(seed=1, options={"task": "go_to_object"})
    for words, skill, side, metres, degrees in (
        ("turn left by 90 degrees", "turn", "left", None, 90.0),
        ("rotate right by 45 degrees and stop", "turn", "right", None, 45.0),
        ("drive straight ahead for 2.5 metres", "straight", None, 2.5, None),
        ("follow the wall on your right for 1.5 metres, then stop", "wall", "right", 1.5, None),
        ("stop 1 metre in front of the red cube, facing it", "front", None, 1.0, None),
        ("visit the red cube, then the blue ball", "visit", None, None, None),
    ):
        agent.reset(1)
        agent.act({**observation, "goal": words})
        intent = agent.mind.intent
        assert intent.skill == skill
        assert side is None or intent.side == side
        assert metres is None or intent.metres == pytest.approx(metres)
        assert degrees is None or intent.degrees == pytest.approx(degrees)


@pytest.mark.parametrize(
    ("fault", "sensor"),
    [
        ("camera:freeze", "camera"),
        ("depth:blackout", "depth"),
        ("lidar:blackout", "lidar"),
        ("imu:stuck", "imu"),
        ("odom:freeze", "odometry"),
    ],
)
def test_a_sensor_that_fails_is_found_out(agent: FusionAgent, env: VlaSimEnv, fault: str, sensor: str) -> None:
    """A black camera is left out: it cannot be told from a dark room, where nothing has failed."""

    def failing(faults: list[str]) -> float:
        observation, _ = env.reset(seed=5, options={"task": "go_to_object", "faults": faults})
        agent.reset(5)
        for _ in range(60):
            observation, *_ = env.step(agent.act(observation))
        return float(agent.mind.failing[SENSORS.index(sensor)])

    assert failing([fault]) > 0.5 > failing([])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_gyro_that_sticks_while_it_turns_does_not_mislead_it(agent: FusionAgent, env: VlaSimEnv, seed: int) -> None:
    onset, found_out = 4.0, 0.5
    stuck = {"target": "imu", "kind": "stuck", "onset": onset}
    observation, _ = env.reset(seed=seed, options={"task": "go_to_object", "faults": [stuck]})
    agent.reset(seed)
    start = env.truth.models[env.site.semantics.robot].pose.yaw
    for _ in range(90):
        observation, *_ = env.step(agent.act(observation))
        assert ("imu" in agent.mind.broken) or env.time < onset + found_out
    turned = env.truth.models[env.site.semantics.robot].pose.yaw - start
    assert abs(wrap_angle(agent.mind.belief.here.yaw - turned)) < 0.25


def test_it_is_less_sure_with_a_dead_sensor_but_no_slower(agent: FusionAgent, env: VlaSimEnv) -> None:
    sure, pace = [], []
    for faults in ([], ["lidar:blackout"]):
        observation, _ = env.reset(seed=5, options={"task": "go_to_object", "faults": faults})
        agent.reset(5)
        for _ in range(30):
            observation, *_ = env.step(agent.act(observation))
        assert agent.confidence is not None
        sure.append(agent.confidence.total)
        pace.append(agent.confidence.pace)
    assert sure[1] < sure[0] - 0.1
    assert pace[1] == pytest.approx(pace[0], abs=0.1)


@pytest.mark.parametrize(
    ("task", "seed"),
    [
        ("stop_in_front", 8437889313718062),  # another thing, somewhat like it, is seen and come to first
        ("go_between", 4652269503869543),  # so is one of two
        ("hold_heading", 7046218809717588),  # it slides on beyond the end, and has to come back
        ("follow_wall", 624237183264609),  # it must not turn aside at the end
    ],
)
def test_it_does_not_stand_where_it_is_wrong(agent: FusionAgent, env: VlaSimEnv, task: str, seed: int) -> None:
    info = drive(agent, env, seed, task=task)
    assert info["success"], info["reason"]


def test_it_gets_out_of_a_door_where_it_doubts_its_camera(agent: FusionAgent) -> None:
    env = VlaSimEnv("apartment", "go_between")
    info = drive(agent, env, 4512304296014183)
    env.close()
    assert info["success"], info["reason"]


def test_a_checkpoint_that_is_none(tmp_path: object) -> None:
    with pytest.raises(InputError, match=r"card\.json"):
        load_agent(f"fusion@{tmp_path}")


@pytest.mark.slow
@pytest.mark.parametrize("task", ["go_to_object", "stop_in_front", "turn_by_angle", "follow_wall"])
def test_it_does_what_it_is_told_far_more_often_than_chance(agent: FusionAgent, env: VlaSimEnv, task: str) -> None:
    successes, chances = 0, []
    for seed in range(12):
        successes += bool(drive(agent, env, 910_000 + seed, task=task)["success"])
        chances.append(env.episode.chance)
    assert binomtest(successes, 12, max(np.mean(chances), 0.05), alternative="greater").pvalue < 0.01
