"""An arm on the stand-in: goals that move in a time, efforts, and what wrist and fingers feel."""

import arm_scenes as arm
import numpy as np
import pytest

from vla_sim.engines.engine import Command
from vla_sim.engines.gazebo import GazeboEngine
from vla_sim.engines.gazebo.world_file import world_file
from vla_sim.engines.streams import sources
from vla_sim.sdf import load_world

SENSORS = ["joints", "left_touch", "left_touch_force", "right_touch", "wrist_force"]
CLOSED = dict.fromkeys(arm.FINGERS, 0.01)
PRESSURE = 12.0
"""What the stand-in's cup presses with on a finger that is nearer to the middle than 3 cm [N]."""


@pytest.fixture
def engine(stand_in):
    with GazeboEngine(patience=60.0) as engine:
        engine.load(arm.world(arm.cup()), SENSORS)
        yield engine


def test_the_arm_comes_back_as_it_was(tmp_path):
    world = arm.world(arm.cup())
    file = tmp_path / "world.sdf"
    file.write_text(world_file(world, sources(world), 0.001, "ogre2"), encoding="utf-8")
    text = file.read_text(encoding="utf-8")
    assert "gz-sim-forcetorque-system" in text
    back, robot = load_world(file).model("robot"), world.model("robot")
    assert [joint.axis for joint in back.joints] == [joint.axis for joint in robot.joints]
    (written,) = (joint for joint in back.joints if joint.sensors)
    (stated,) = (joint for joint in robot.joints if joint.sensors)
    assert written.name == stated.name
    assert written.sensors[0].pose == stated.sensors[0].pose
    assert written.sensors[0].spec == stated.sensors[0].spec


def test_goals_wrist_and_touch(engine):
    engine.reset()
    readings = engine.step(0.1)
    assert arm.newest(readings, "wrist_force")[3:] == pytest.approx([0.5, 0, 0])
    assert not arm.newest(readings, "left_touch")
    assert arm.newest(readings, "left_touch_force") == 0.0
    assert engine.truth().held == frozenset()
    assert engine.truth().forces["left_touch_force"] == 0.0

    # A goal that is reached in a time is said in small steps, each a little ahead.
    engine.apply(Command(joints={"elbow": 0.5}, duration=0.5))
    path = [arm.newest(engine.step(0.1), "joints")[2, 0] for _ in range(6)]
    assert path == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.5], abs=0.021)
    assert np.all(np.diff(path) >= 0.0)

    engine.apply(Command(joints=CLOSED))
    readings = engine.step(0.1)
    assert engine.truth().felt == {"left_touch": {"cup"}, "right_touch": {"cup"}}
    assert engine.truth().held == {"cup"}
    assert arm.newest(readings, "left_touch")
    assert arm.newest(readings, "left_touch_force") == pytest.approx(PRESSURE)


def test_the_truth_of_forces_does_not_depend_on_the_sensors(stand_in):
    with GazeboEngine(patience=60.0) as engine:
        engine.load(arm.world(arm.cup()), ["joints"])
        engine.reset()
        engine.apply(Command(joints=CLOSED))
        engine.step(0.1)
        engine.step(0.1)
        forces = engine.truth().forces
    assert forces["left_touch_force"] == pytest.approx(PRESSURE)
    assert forces["right_touch_force"] == pytest.approx(PRESSURE)
    # The stand-in's wrist feels more with each step.
    assert forces["wrist_force"] > 0.15


def test_a_limit_on_the_effort_keeps_the_goal_near_the_finger(engine):
    engine.reset()
    # The stand-in's fingers follow at once: 4000 N/m and 20 N are 5 mm a step of the goal.
    engine.apply(Command(joints=CLOSED, efforts=dict.fromkeys(arm.FINGERS, 20.0)))
    engine.step(0.02)
    assert engine.truth().models["robot"].joints["left_finger"] == pytest.approx(0.045)
    engine.step(0.02)
    assert engine.truth().models["robot"].joints["left_finger"] == pytest.approx(0.04)
    engine.apply(Command())
    engine.step(0.02)
    assert engine.truth().models["robot"].joints["left_finger"] == pytest.approx(CLOSED["left_finger"])
