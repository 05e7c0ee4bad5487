"""The arm in all engines: where its joints go, when a touch is felt, and how hard the gripper presses."""

import arm_scenes as arm
import numpy as np
import pytest

from vla_sim.engines.engine import Command
from vla_sim.geometry import Pose

GOALS = dict(zip(arm.JOINTS, (0.8, 0.5, -0.6, 0.4, 0.5, 1.0), strict=True))
LAG = 0.06
"""How long [s] a joint may follow its set point behind."""


@pytest.fixture
def engine(arm_engine):
    return arm_engine


def test_joints_arrive_within_a_percent(engine):
    engine.reset({"cup": None})
    for step in range(1, 11):
        arm.tell(engine, arm.CONTROL, **{name: goal * step / 10 for name, goal in GOALS.items()})
        told = dict(engine.truth().models["robot"].joints)
        for name, goal in GOALS.items():
            assert abs(told[name] - goal * step / 10) <= (0.01 + LAG) * abs(goal)
    engine.step(0.3)
    for name, goal in GOALS.items():
        assert engine.truth().models["robot"].joints[name] == pytest.approx(goal, abs=0.01 * abs(goal))


def test_the_wrist_feels_the_hand(engine):
    engine.reset({"cup": None})
    readings = [one.data for one in engine.step(1.0) if one.sensor == "wrist_force"][25:]
    assert np.mean(readings, axis=0)[:3] == pytest.approx([0, 0, 9.8 * 0.9], abs=0.3)


def test_touch_is_felt_in_the_control_step_of_the_contact(engine):
    engine.reset({"cup": Pose((0.4919, 0.1333, 0.3479))})
    engine.apply(Command(joints=dict.fromkeys(arm.FINGERS, 0.0)))
    touched = felt = None
    for step in range(10):
        readings = engine.step(arm.CONTROL)
        if touched is None and ("cup", "robot") in engine.truth().contacts:
            touched = step
        if felt is None and any(one.data for one in readings if one.sensor == "left_touch"):
            felt = step
    assert touched is not None
    assert felt is not None
    assert abs(felt - touched) <= 1
    assert engine.truth().held == {"cup"}


@pytest.mark.parametrize("effort", [40.0, 15.0])
def test_the_gripper_presses_within_a_tenth_of_what_is_commanded(engine, effort):
    arm.grasp(engine, dict.fromkeys(arm.FINGERS, effort))
    readings = engine.step(0.5)
    for pad in ("left_touch_force", "right_touch_force"):
        forces = [one.data for one in readings if one.sensor == pad]
        assert np.mean(forces) == pytest.approx(effort, rel=0.1)


def test_a_friction_grasp_holds_through_a_move(engine):
    arm.grasp(engine)
    before = arm.in_tool(engine.truth())
    for step in range(1, 13):
        arm.tell(engine, arm.CONTROL, shoulder_pan=-0.1 * min(step, 10))
    engine.step(0.3)
    assert engine.truth().held == {"cup"}
    assert np.abs(arm.in_tool(engine.truth()) - before).max() < 0.005
