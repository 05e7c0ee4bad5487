"""What a robot with an arm can be told, in the environment: nothing there knows that it is an arm."""

from __future__ import annotations

import numpy as np
import pytest

from vla_sim.dataset.schema import schema_of
from vla_sim.envs.vocabulary import WORDS
from vla_sim.errors import InputError
from vla_sim.kinematics import Chain

SENSORS = ["joints", "left_touch", "right_touch"]
ARM = {"world": "arena", "task": "go_to_object", "robot": "mobile_arm", "sensors": SENSORS}
JOINTS = ("shoulder_pan", "shoulder_lift", "elbow", "wrist_1", "wrist_2", "wrist_3")
HOME = np.zeros(6)
STILL = np.zeros(2)


def positions(env):
    joints = env.truth.models["robot"].joints
    return np.array([joints[name] for name in JOINTS])


def width(env):
    joints = env.truth.models["robot"].joints
    return joints["left_finger"] + joints["right_finger"]


def test_joint_goals_are_reached_and_clipped(make):
    env = make(**ARM, action_type="joints")
    assert env.action_space.shape == (9,)
    assert env.body.names == ("linear", "angular", *JOINTS, "gripper_width")
    env.reset(seed=1)
    goals = np.array([0.3, -0.2, 0.2, 0.1, 0.2, -0.3])
    for step in range(1, 6):
        env.step(np.concatenate([STILL, goals * step / 5, [0.04]]))
    env.step(np.concatenate([STILL, goals, [0.04]]))
    assert positions(env) == pytest.approx(goals, abs=0.01)
    assert width(env) == pytest.approx(0.04, abs=0.002)
    assert env.told == pytest.approx([0, 0, *goals, 0.04])
    env.step(np.concatenate([STILL, HOME, [5.0]]))
    assert env.told[-1] == pytest.approx(0.1)


def test_the_tool_moves_as_asked(make):
    env = make(**ARM, action_type="end_effector")
    assert env.action_space.shape == (9,)
    env.reset(seed=1)
    chain = Chain.to(env.site.robot, "tool")
    before = chain.forward(positions(env))
    motion = np.array([0.02, -0.01, -0.03, 0.0, 0.0, 0.05])
    for _ in range(5):
        env.step(np.concatenate([STILL, motion, [0.1]]))
    for _ in range(2):
        env.step(np.concatenate([STILL, np.zeros(6), [0.1]]))
    after = chain.forward(positions(env))
    assert after[:3, 3] - before[:3, 3] == pytest.approx(5 * motion[:3], abs=0.003)
    turned = after[:3, :3] @ before[:3, :3].T
    assert np.arctan2(turned[1, 0], turned[0, 0]) == pytest.approx(0.25, abs=0.01)


def test_words_close_and_open_the_gripper(make):
    env = make(**ARM, action_type="discrete")
    env.reset(seed=1)
    for _ in range(8):
        *_, info = env.step(WORDS.index("grasp_object"))
    assert info["primitive"] == {"word": "grasp_object", "supported": True, "done": "closed the gripper"}
    assert width(env) == pytest.approx(0.0, abs=0.002)
    for _ in range(8):
        env.step(WORDS.index("release_object"))
    assert width(env) == pytest.approx(0.1, abs=0.002)


def test_the_gripper_holds_while_the_rover_drives(make):
    env = make(**ARM, action_type="joints")
    env.reset(seed=1)
    start = env.truth.models["robot"].pose.position
    for _ in range(10):
        env.step(np.concatenate([[0.3, 0.0], HOME, [0.02]]))
    end = env.truth.models["robot"].pose.position
    assert np.hypot(end[0] - start[0], end[1] - start[1]) > 0.2
    assert width(env) == pytest.approx(0.02, abs=0.002)


def test_late_goals_take_effect_when_they_arrive(make):
    env = make(**ARM, action_type="joints")
    late = {"target": "joint_command", "kind": "latency", "parameters": {"delay": 0.25}}
    env.reset(seed=1, options={"faults": [late]})
    pans = []
    for step in range(1, 7):
        *_, info = env.step(np.concatenate([STILL, [0.1 * step], HOME[1:], [0.1]]))
        pans.append(positions(env)[0])
    assert max(pans[:2]) < 0.005
    assert pans[2] > 0.005
    assert pans[5] == pytest.approx(0.35, abs=0.06)
    assert info["faults"][0]["status"] == "applied"


def test_a_jammed_gripper_stays_and_the_arm_goes_on(make):
    env = make(**ARM, action_type="joints")
    env.reset(seed=1, options={"faults": ["joint_command:jammed"]})
    for _ in range(5):
        env.step(np.concatenate([STILL, [0.2], HOME[1:], [0.0]]))
    assert width(env) == pytest.approx(0.1, abs=0.002)
    assert positions(env)[0] == pytest.approx(0.2, abs=0.01)


def test_a_robot_without_joints_or_drive_says_what_it_takes(make):
    with pytest.raises(InputError, match="has no joints with a position controller; use continuous"):
        make(action_type="joints")
    with pytest.raises(InputError, match="no action_type 'legs'; use continuous, discrete, joints, end_effector"):
        make(action_type="legs")


def test_a_fault_on_goals_of_a_robot_that_has_none_is_unsupported(make):
    env = make(sensors=["imu"])
    with pytest.warns(UserWarning, match="no stream 'joint_command'"):
        env.reset(seed=1, options={"faults": ["joint_command:weak_grip"]})
    assert env.injector.report()[0]["status"] == "unsupported"


@pytest.mark.parametrize("action", [[0.0] * 8, [float("nan")] * 9, "up"])
def test_a_wrong_action_says_what_its_numbers_mean(make, action):
    env = make(**ARM, action_type="joints")
    env.reset(seed=1)
    with pytest.raises(ValueError, match="an action is 9 finite numbers, linear, angular, shoulder_pan"):
        env.step(action)


def test_a_dataset_holds_what_the_robot_is_told(make):
    schema = schema_of(make(**ARM, action_type="end_effector"), 10.0)
    assert schema.features["action"].names == ("linear", "angular", *JOINTS, "gripper_width")


@pytest.mark.parametrize("action_type", ["joints", "end_effector", "discrete"])
def test_standing_still_leaves_everything_as_it_is_told(make, action_type):
    env = make(**ARM, action_type=action_type)
    env.reset(seed=1)
    told = env.told
    for _ in range(3):
        assert env.action_space.contains(env.still)
        env.step(env.still)
    assert env.told == pytest.approx(told, abs=1e-6)
