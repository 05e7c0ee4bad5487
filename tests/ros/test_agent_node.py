"""The agent node over real DDS, with a robot that is played by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ros.stage import PERIOD, Stage, agent_of, make_node, recorded, speeds
from vla_sim.agent import load_agent
from vla_sim.envs.env import VlaSimEnv
from vla_sim.report.ros2_messages import nanoseconds_of
from vla_sim.ros.readings import stamp_of

DRIVING = (pytest.approx(0.3), pytest.approx(0.2))


@pytest.fixture
def stage(ros):
    return Stage(ros)


def test_commands_are_those_of_the_agent_stamped_with_their_batch(ros, stage):
    node = make_node(ros)
    stage.meet(node)
    stage.begin()
    stage.say()
    assert ros.wait(lambda: node._words)
    for number, readings in enumerate(recorded()[:5]):
        command = stage.round(number, readings)
        assert stamp_of(command) == (number + 1) * PERIOD
        assert speeds(command) == DRIVING
        assert command.header.frame_id == "base_link"
    seen = agent_of(node).observations
    assert [observation["goal"] for observation in seen] == ["go to the red cube"] * 5
    assert all(observation["valid"].all() for observation in seen)
    assert stage.status == {
        "state": "driving",
        "words": "go to the red cube",
        "held": "",
        "missing": [],
        "confidence": None,
    }


def test_in_lock_step_the_robot_goes_where_it_goes_in_process(ros, stage):
    def episode(act):
        env = VlaSimEnv("arena", "go_to_object")
        observation, info = env.reset(seed=11)
        actions = []
        for _ in range(25):
            actions.append(np.asarray(act(env, observation, info["words"]), float).tolist())
            observation, *_ = env.step(actions[-1])
        place = env.truth.models["rover"].pose
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
