"""Joint states of the embedded engine: what they say of wheels and sliders, when, and what is left out."""

import math
from dataclasses import replace

import engine_scenes as scenes
import numpy as np
import pytest

from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.engines.engine import Command
from vla_sim.geometry import Pose
from vla_sim.sdf import scene


def publishing(model, *joints, rate=50.0):
    return replace(model, plugins=(*model.plugins, scene.JointStatePublisher(joints, rate)))


@pytest.fixture
def engine():
    with EmbeddedEngine() as made:
        made.load(scenes.world(scenes.ground(), publishing(scenes.rover())), ["joints", "odom"])
        made.reset()
        yield made


def test_the_stream_names_its_joints(engine):
    stream = engine.streams["joints"]
    assert (stream.modality, stream.rate, stream.shape, stream.dtype) == ("joints", 50.0, (2, 2), np.float64)
    assert stream.joints == ("left_joint", "right_joint")


def test_stamps_are_those_of_the_clock(engine):
    stamps = [reading.stamp for reading in engine.step(0.2) if reading.sensor == "joints"]
    assert stamps == pytest.approx([0.02 * (index + 1) for index in range(10)], abs=1e-9)


def test_velocities_are_the_commanded_ones_and_positions_their_sum(engine):
    engine.apply(Command(0.4, 0.5))
    engine.step(2.0)
    readings = [reading for reading in engine.step(1.0) if reading.sensor == "joints"]
    # Wheels of 0.1 m radius, 0.4 m apart: (v -+ w d / 2) / r.
    for reading in readings:
        assert reading.data[:, 1] == pytest.approx([3.0, 5.0], rel=0.02)
    turned = readings[-1].data[:, 0] - readings[0].data[:, 0]
    assert turned == pytest.approx(np.array([3.0, 5.0]) * (readings[-1].stamp - readings[0].stamp), rel=0.02)


def test_they_agree_with_the_odometry_of_the_wheels(engine):
    engine.apply(Command(0.3, -0.4))
    readings = engine.step(1.5)
    last = {reading.sensor: reading.data for reading in readings}
    left, right = last["joints"][:, 0] * 0.1
    assert (right - left) / 0.4 == pytest.approx(last["odom"][2], abs=1e-9)


def test_a_reset_turns_them_back_and_readings_do_not_share_memory(engine):
    engine.apply(Command(0.5, 0.0))
    first, *_, last = [reading for reading in engine.step(1.0) if reading.sensor == "joints"]
    assert last.data[0, 0] > first.data[0, 0]
    engine.reset()
    again = next(reading for reading in engine.step(0.1) if reading.sensor == "joints")
    assert np.abs(again.data).max() < 1e-3


def test_a_slider_is_told_in_metres_and_two_axes_take_two_rows():
    links = (
        scene.Link("base", Pose((0, 0, 1.0)), collisions=(scene.Collision("c", Pose(), scene.Box((0.2, 0.2, 0.2))),)),
        scene.Link("slide", Pose((0, 0, 2.0))),
        scene.Link("cross", Pose((0, 0, 3.0))),
        scene.Link("pad", Pose((0, 0, 3.5))),
    )
    down = scene.Axis((0.0, 0.0, -1.0), lower=0.0, upper=0.3)
    joints = (
        scene.Joint("hold", "fixed", "world", "base", Pose()),
        scene.Joint("lift", "prismatic", "base", "slide", Pose(), down),
        scene.Joint("gimbal", "universal", "base", "cross", Pose(), scene.Axis((1.0, 0, 0)), scene.Axis((0, 1.0, 0))),
        scene.Joint("weld", "fixed", "base", "pad", Pose()),
    )
    model = publishing(scene.Model("rig", Pose(), links, joints, canonical_link="base"), rate=10.0)
    with EmbeddedEngine() as engine:
        engine.load(scenes.world(scenes.ground(), model))
        engine.reset()
        assert engine.streams["joints"].joints == ("lift", "gimbal", "gimbal/2")
        readings = engine.step(2.0)
    assert readings[-1].data[0, 0] == pytest.approx(0.3, abs=0.02), "it has slid to its stop"
    fallen = readings[0].data[0]
    assert fallen == pytest.approx([9.8 * 0.1**2 / 2, 9.8 * 0.1], rel=0.06)


def test_named_joints_alone_in_the_order_of_the_model():
    with EmbeddedEngine() as engine:
        engine.load(scenes.world(scenes.ground(), publishing(scenes.rover(), "right_joint", rate=0.0)), ["joints"])
        engine.reset()
        assert engine.streams["joints"].joints == ("right_joint",)
        assert len(engine.step(0.1)) == round(0.1 / engine.physics_step)


def test_a_ball_joint_is_left_out_and_said_so():
    rover = scenes.rover()
    ball = scene.Joint("neck", "ball", "base", "head", Pose())
    model = replace(rover, links=(*rover.links, scene.Link("head", Pose((0, 0, 0.5)))), joints=(*rover.joints, ball))
    with EmbeddedEngine() as engine:
        engine.load(scenes.world(scenes.ground(), publishing(model)), ["joints"])
        engine.reset()
        assert engine.streams["joints"].joints == ("left_joint", "right_joint")
        assert any("ball joint is left out" in issue.message for issue in engine.issues)
        assert all(math.isfinite(value) for reading in engine.step(0.2) for value in reading.data.ravel())
