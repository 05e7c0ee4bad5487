"""The agent between readings and commands does on messages what it does in the environment."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loop_agents import Doubtful, Hasty, Steady, Wordy

from tests.ros.agents import Reaching
from vla_sim.agent import load_agent
from vla_sim.engines.engine import Command
from vla_sim.envs.env import VlaSimEnv
from vla_sim.ros.loop import AgentLoop, heard
from vla_sim.ros.robot import load_robot
from vla_sim.ros.synchroniser import Batch, Synchroniser
from vla_sim.sensing.goal_text import GoalText

ROBOT = load_robot()
EMPTY = Batch(0.1, (), tuple(ROBOT.streams))


def test_an_agent_sees_and_does_the_same_as_in_the_environment():
    env = VlaSimEnv()
    observation, info = env.reset(seed=4)
    alone, looped = load_agent("classical"), load_agent("classical")
    alone.reset(11)
    synchroniser, loop = Synchroniser(ROBOT.streams, 0.1), AgentLoop(looped, ROBOT)
    loop.reset(11)
    for _ in range(40):
        for reading in env.readings:
            synchroniser.push(reading)
        batch = synchroniser.due(env.time)
        decision = loop.decide(batch, info["words"])
        assert decision.time == pytest.approx(env.time)
        assert (decision.missing, decision.held) == ((), "")
        assert list(decision.ages.values()) == observation["age"].tolist()
        observation, _, _, _, info = env.step(alone.act(observation))
        assert decision.command == env.command
    env.close()


def test_an_arm_is_told_the_same_as_in_the_environment():
    robot = load_robot("arm", ["joints", "wrist_force", "left_touch_force"])
    with VlaSimEnv("tabletop", "pick_up", sensors=list(robot.streams)) as env:
        observation, info = env.reset(seed=4)
        alone = Reaching()
        synchroniser, loop = Synchroniser(robot.streams, 0.1), AgentLoop(Reaching(), robot)
        for _ in range(5):
            for reading in env.readings:
                synchroniser.push(reading)
            decision = loop.decide(synchroniser.due(env.time), info["words"])
            observation, _, _, _, info = env.step(alone.act(observation))
            assert decision.command == env.command
            assert len(decision.command.joints) == 8
    assert decision.command.joints["left_finger"] == pytest.approx(0.025)


def test_without_words_the_robot_stands_and_nobody_is_asked():
    agent = Steady()
    decision = AgentLoop(agent, ROBOT).decide(EMPTY, " ")
    assert (decision.command, decision.held, agent.seen) == (Command(), "no words yet", [])


def test_nothing_is_faster_than_the_robot():
    decision = AgentLoop(Hasty(), ROBOT).decide(EMPTY, "go")
    assert decision.command == Command(ROBOT.limits[1], ROBOT.limits[2])


@pytest.mark.parametrize(("threshold", "held"), [(0.4, ""), (0.5, ""), (0.6, "confidence 0.50 is below 0.6")])
def test_an_agent_in_doubt_is_held(threshold, held):
    decision = AgentLoop(Doubtful(), ROBOT, threshold=threshold).decide(EMPTY, "go")
    assert decision.held == held
    assert decision.command == (Command() if held else decision.wanted)
    assert decision.wanted.linear == pytest.approx(0.3)
    assert decision.certainty.total == 0.5


def test_words_of_the_vocabulary_drive_too():
    decision = AgentLoop(Wordy(), ROBOT, discrete=True).decide(EMPTY, "go")
    assert decision.command == Command(0.0, 1.0)


def test_a_reset_forgets_what_was_sensed():
    agent = Steady()
    loop = AgentLoop(agent, ROBOT)
    env = VlaSimEnv()
    env.reset(seed=1)
    loop.decide(Batch(0.1, tuple(env.readings), ()), "go")
    loop.reset(5)
    loop.decide(EMPTY, "go")
    first, second = agent.seen
    assert first["valid"].all()
    assert not second["valid"].any()
    assert agent.seeds == [0, 5]
    env.close()


@given(st.text(max_size=400))
def test_any_words_fit_into_an_observation(words):
    assert GoalText().contains(heard(words))


def test_an_action_that_is_none_is_an_error_and_no_command():
    class Broken(Steady):
        def act(self, observation):
            return np.array([np.nan, 0.0])

    with pytest.raises(ValueError, match="finite"):
        AgentLoop(Broken(), ROBOT).decide(EMPTY, "go")
