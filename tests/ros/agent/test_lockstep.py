"""In lock-step over real DDS a robot does what it does in process, to the bit."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ros.stage import Stage, agent_of, make_node, speeds
from vla_sim.agent import load_agent
from vla_sim.envs.env import VlaSimEnv
from vla_sim.report.ros2_messages import nanoseconds_of

DRIVING = (pytest.approx(0.3), pytest.approx(0.2))


@pytest.fixture
def stage(ros):
    return Stage(ros)


def test_the_robot_goes_where_it_goes_in_process(ros, stage):
    def episode(act):
        env = VlaSimEnv("arena", "go_to_object")
        observation, info = env.reset(seed=11)
        actions = []
        for _ in range(25):
            actions.append(np.asarray(act(env, observation, info["words"]), float).tolist())
            observation, *_ = env.step(actions[-1])
        place = env.truth.models[env.site.robot.name].pose
        env.close()
        return actions, place

    agent = load_agent("fusion")
    agent.reset(0)
    here = episode(lambda env, observation, words: agent.act(observation))

    node = make_node(ros, "fusion", confidence_threshold=0.0)
    stage.meet(node)
    stage.begin()

    def over_dds(env, observation, words):
        if not node._words:
            stage.say(words)
            assert ros.wait(lambda: node._words == words)
        before = len(stage.commands)
        stage.sense(env.readings)
        stage.tick(nanoseconds_of(env.time))
        return speeds(stage.answer(stage.clock, before))

    there = episode(over_dds)
    assert there == here
    assert any(action != [0.0, 0.0] for action in here[0])


def test_a_camera_that_comes_and_goes_is_as_it_is_in_process(ros, stage):
    """Frames are dropped at random: which batches are without a picture does not hang on the transport."""

    def ages(act):
        env = VlaSimEnv("arena", "go_to_object", faults=["camera:frame_drop@0.5", "depth:frame_drop@0.6"])
        observation, info = env.reset(seed=5)
        for _ in range(25):
            act(env, info["words"])
            observation, *_ = env.step([0.3, 0.2])
            seen.append(observation)
        env.close()

    seen: list[dict[str, np.ndarray]] = []
    ages(lambda env, words: None)
    here = [each["age"].tolist() for each in seen[:-1]]
    assert len({age[1] for age in here}) > 1

    node = make_node(ros)
    stage.meet(node)
    stage.begin()

    def over_dds(env, words):
        if not node._words:
            stage.say(words)
            assert ros.wait(lambda: node._words == words)
        before = len(stage.commands)
        stage.sense(env.readings)
        stage.tick(nanoseconds_of(env.time))
        assert speeds(stage.answer(stage.clock, before)) == DRIVING

    ages(over_dds)
    assert [each["age"].tolist() for each in agent_of(node).observations[1:]] == here
