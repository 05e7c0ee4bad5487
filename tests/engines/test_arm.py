"""The shipped arm in the embedded engine: where its joints go, what it feels, and what it holds."""

from __future__ import annotations

import arm_scenes as arm
import numpy as np
import pytest

from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.engines.engine import Command

SENSORS = ["joints", "left_touch", "right_touch", "left_touch_force", "right_touch_force", "wrist_force"]
HAND = 0.9
"""Mass of the hand with its fingers [kg]."""


@pytest.fixture(scope="module")
def engine():
    with EmbeddedEngine() as engine:
        engine.load(arm.world(arm.cup()), SENSORS)
        assert not engine.issues
        yield engine


def test_at_home_the_tool_is_where_the_file_says(engine):
    engine.reset()
    engine.step(0.5)
    truth = engine.truth()
    tool = arm.TOOL.forward(arm.TOOL.configuration(truth.models["robot"].joints))
    assert tool[:3, 3] == pytest.approx(arm.AT_TOOL.position, abs=0.002)
    assert tool[:3, 2] == pytest.approx([0, 0, -1], abs=0.005)
    assert [truth.models["robot"].joints[name] for name in arm.FINGERS] == pytest.approx([0.05, 0.05], abs=0.001)


def test_joints_arrive_within_a_percent_of_their_way(engine):
    engine.reset({"cup": None})
    goals = dict(zip(arm.JOINTS, (0.8, 0.5, -0.6, 0.4, 0.5, 1.0), strict=True))
    for step in range(1, 11):
        arm.tell(engine, arm.CONTROL, **{name: goal * step / 10 for name, goal in goals.items()})
    readings = engine.step(0.2)
    told = dict(zip(engine.streams["joints"].joints, arm.newest(readings, "joints"), strict=True))
    for name, goal in goals.items():
        assert told[name][0] == pytest.approx(goal, abs=0.01 * abs(goal))
        assert told[name][1] == pytest.approx(0.0, abs=0.02)


def test_on_their_way_joints_keep_their_speed_and_follow_by_a_fixed_time(engine):
    engine.reset({"cup": None})
    engine.apply(Command(joints={"shoulder_pan": 1.0}, duration=1.0))
    path = [arm.newest(engine.step(0.1), "joints")[0] for _ in range(10)]
    for step, (position, velocity) in enumerate(path[2:], start=3):
        assert velocity == pytest.approx(1.0, abs=0.01)
        # 40 ms is what a critically damped servo of 20 ms lags behind a set point that moves evenly.
        assert position == pytest.approx(0.1 * step - 0.04, abs=0.01)


def test_a_joint_goes_no_faster_than_it_can(engine):
    engine.reset({"cup": None})
    engine.apply(Command(joints={"wrist_3": 3.0}))
    fastest = max(abs(reading.data[5, 1]) for reading in engine.step(0.8) if reading.sensor == "joints")
    # Its motor cannot follow at once, and is looked at each 10 ms.
    assert 2.7 < fastest < 3.3


def test_the_wrist_feels_the_weight_of_the_hand_and_of_what_it_holds(engine):
    engine.reset({"cup": None})
    empty = arm.newest(engine.step(1.0), "wrist_force")
    assert empty[:3] == pytest.approx([0, 0, 9.8 * HAND], abs=0.1)
    full = arm.newest(arm.grasp(engine), "wrist_force")
    assert full[2] - empty[2] == pytest.approx(9.8 * arm.CUP, rel=0.05)


@pytest.mark.parametrize("effort", [None, 15.0, 8.0])
def test_the_pads_press_with_the_force_that_is_commanded(engine, effort):
    readings = arm.grasp(engine, None if effort is None else dict.fromkeys(arm.FINGERS, effort))
    for pad in ("left_touch_force", "right_touch_force"):
        assert arm.newest(readings, pad) == pytest.approx(effort or 40.0, rel=0.1)
    assert engine.truth().held == {"cup"}


def test_a_limit_on_the_effort_lasts_as_long_as_it_is_said(engine):
    arm.grasp(engine, dict.fromkeys(arm.FINGERS, 10.0))
    engine.apply(Command())
    assert arm.newest(engine.step(0.6), "left_touch_force") == pytest.approx(40.0, rel=0.1)


def test_what_both_fingers_feel_is_held(engine):
    engine.reset({"cup": None})
    engine.step(0.2)
    assert engine.truth().held == frozenset()
    readings = arm.grasp(engine)
    assert engine.truth().felt == {"left_touch": {"cup"}, "right_touch": {"cup"}}
    assert engine.truth().held == {"cup"}
    assert arm.newest(readings, "left_touch")
    engine.apply(Command(joints=dict.fromkeys(arm.FINGERS, 0.05)))
    engine.step(0.5)
    assert engine.truth().held == frozenset()


def test_the_truth_of_touch_does_not_depend_on_the_sensors():
    with EmbeddedEngine() as engine:
        engine.load(arm.world(arm.cup()), ["joints"])
        arm.grasp(engine)
        assert engine.truth().held == {"cup"}


def test_the_truth_of_forces_is_their_peak_since_the_step_before_whatever_the_sensors():
    with EmbeddedEngine() as engine:
        engine.load(arm.world(arm.cup()), ["joints"])
        engine.reset({"cup": None})
        engine.step(1.0)
        assert engine.truth().forces["left_touch_force"] == 0.0
        assert engine.truth().forces["wrist_force"] == pytest.approx(9.8 * HAND, rel=0.3)
        arm.grasp(engine)
        forces = engine.truth().forces
        assert forces["left_touch_force"] == pytest.approx(40.0, rel=0.1)
        assert forces["right_touch_force"] == pytest.approx(40.0, rel=0.1)
        assert forces["wrist_force"] == pytest.approx(9.8 * (HAND + arm.CUP), rel=0.05)
        engine.apply(Command(joints={"shoulder_lift": -0.2}, duration=0.1))
        engine.step(0.6)
        # It stands again, and has felt more on its way.
        assert engine.truth().forces["wrist_force"] > 1.1 * forces["wrist_force"]
        engine.step(0.1)
        assert engine.truth().forces["wrist_force"] == pytest.approx(forces["wrist_force"], rel=0.05)


def test_a_friction_grasp_keeps_the_cup_through_a_move_of_half_a_metre_a_second(engine):
    arm.grasp(engine)
    before = arm.in_tool(engine.truth())
    fastest = 0.0
    for step in range(1, 16):
        # The tool is a little less than half a metre from the axis.
        arm.tell(engine, arm.CONTROL, shoulder_pan=-0.105 * min(step, 10))
        fastest = max(fastest, float(np.linalg.norm(engine.truth().models["cup"].linear)))
    assert fastest > 0.5
    truth = engine.truth()
    assert truth.held == {"cup"}
    slip = np.abs(arm.in_tool(truth) - before)
    assert slip[1:].max() < 0.002
    # Along the pads each step of the integrator carries it straight on.
    assert slip[0] < 0.005
    engine.step(2.0)
    assert np.abs(arm.in_tool(engine.truth()) - arm.in_tool(truth)).max() < 0.0005


def test_a_grip_that_is_too_weak_lets_it_fall(engine):
    weak = dict.fromkeys(arm.FINGERS, 0.5)
    arm.grasp(engine)
    assert engine.truth().models["cup"].pose.position[2] > 0.39
    engine.apply(Command(efforts=weak))
    engine.step(1.0)
    # It stands where it was.
    assert engine.truth().models["cup"].pose.position[2] == pytest.approx(arm.AT_TOOL.position[2], abs=0.003)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (Command(joints={"knee": 0.0}), "joint 'knee' has no position controller"),
        (Command(efforts={"elbow": 1.0}), "the controller of joint 'elbow' works by velocity"),
        (Command(efforts={"left_finger": -1.0}), "the greatest effort -1.0 of joint 'left_finger' must be a number"),
    ],
)
def test_a_wrong_command_is_one_line(engine, command, message):
    with pytest.raises(ValueError, match=message):
        engine.apply(command)
