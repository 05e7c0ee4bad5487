"""What a simulated robot says as ROS 2 messages is read back as it was; what is wrong is said."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import ros_messages as messages
from hypothesis import given
from hypothesis import strategies as st

from vla_sim.engines.engine import Command
from vla_sim.envs.env import VlaSimEnv
from vla_sim.report.ros2_messages import messages_of
from vla_sim.ros.agent.outputs import joint_goals
from vla_sim.ros.malformed import MalformedError
from vla_sim.ros.messages import message_of
from vla_sim.ros.readings import Receiver, command_of, joint_goals_of, stamp_of
from vla_sim.ros.robot import load_robot

ROBOT = load_robot()


@pytest.fixture(scope="module")
def said():
    """Return the streams of a drive, and its readings."""
    env = VlaSimEnv(faults=["lidar:dropout@0.5"])
    env.reset(seed=3)
    readings = list(env.readings)
    for _ in range(5):
        env.step([0.4, 0.5])
        readings += env.readings
    yield env.engine.streams, readings
    env.close()


def namespace(value):
    if isinstance(value, dict):
        return SimpleNamespace(**{name: namespace(each) for name, each in value.items()})
    return value


def test_the_streams_of_a_model_are_those_of_the_world_it_stands_in(said):
    streams, _ = said
    assert {name: (each.shape, each.rate, each.camera, each.lidar) for name, each in ROBOT.streams.items()} == {
        name: (each.shape, each.rate, each.camera, each.lidar) for name, each in streams.items()
    }


def come_back(streams, readings, robot):
    """See that readings come back as they were, and return their modalities."""
    receivers = {name: Receiver(stream) for name, stream in robot.streams.items()}
    modalities = set()
    for reading in readings:
        stream = streams[reading.sensor]
        for made in messages_of(stream, reading):
            message = namespace(made.fields)
            if made.subtopic == "/camera_info":
                receivers[reading.sensor].calibrate(message)
                continue
            back = receivers[reading.sensor].read(message, round(reading.arrival * 1e9))
            # A Bool has no stamp: its arrival stands for it.
            assert (back.sensor, back.stamp, back.arrival) == (reading.sensor, reading.stamp, reading.arrival)
            exact = stream.modality != "odometry"
            assert np.allclose(
                np.asarray(back.data, float),
                np.asarray(reading.data, float),
                rtol=0,
                atol=0 if exact else 1e-12,
                equal_nan=True,
            )
            modalities.add(stream.modality)
    assert not any(receiver.guesses for receiver in receivers.values())
    return modalities


def test_every_reading_comes_back(said):
    modalities = {"rgb", "depth", "lidar", "imu", "odometry", "joints", "contact"}
    assert come_back(*said, ROBOT) == modalities


def test_every_reading_of_an_arm_comes_back():
    robot = load_robot("arm")
    with VlaSimEnv("tabletop", "pick_up") as env:
        env.reset(seed=3)
        env.step(env.still)
        assert come_back(env.engine.streams, env.readings, robot) == {
            "rgb",
            "depth",
            "joints",
            "wrench",
            "contact",
            "force",
        }


def test_goals_of_joints_come_back():
    goals = {"elbow": 0.25, "left_finger": 0.03}
    fields = joint_goals(1_500_000_000, Command(joints=goals))
    message = message_of("sensor_msgs/msg/JointState", fields)
    assert joint_goals_of(message, ["left_finger", "elbow", "wrist_1"]) == goals
    assert stamp_of(message) == 1_500_000_000
    assert joint_goals_of(message_of("sensor_msgs/msg/JointState", joint_goals(1, Command())), ["elbow"]) == {}


@pytest.mark.parametrize(
    ("name", "position", "told"),
    [
        (["elbow", "knee"], [0.1, 0.2], "no joint 'knee' can be given a goal; there are elbow"),
        (["elbow"], [], "0 positions for 1 joints"),
        (["elbow"], [math.nan], "a goal of nan for 'elbow'"),
    ],
)
def test_goals_that_no_joint_can_have_are_malformed(name, position, told):
    message = SimpleNamespace(name=name, position=position)
    with pytest.raises(MalformedError, match=told):
        joint_goals_of(message, ["elbow"])


def test_times_are_counted_from_the_epoch_and_exact_today():
    message = messages.image(np.zeros((96, 96, 3), np.uint8), stamp=1_800_000_000.0)
    message.header.stamp.nanosec = 123_456_789
    epoch = 1_800_000_000 * 10**9
    reading = Receiver(ROBOT.streams["camera"]).read(message, epoch + 200_000_000, epoch)
    assert (reading.stamp, reading.arrival) == (0.123456789, 0.2)
    assert stamp_of(message) == epoch + 123_456_789


def test_joints_are_found_by_name():
    names = ROBOT.streams["joints"].joints
    message = SimpleNamespace(
        header=messages.header(), name=["arm", *reversed(names)], position=[9.0, 2.0, 1.0], velocity=[]
    )
    assert Receiver(ROBOT.streams["joints"]).read(message, 0).data.tolist() == [[1.0, 0.0], [2.0, 0.0]]


@pytest.mark.parametrize(
    ("sensor", "message", "told"),
    [
        ("camera", messages.image(np.zeros((4, 4), np.float32), "32FC1"), "no encoding of colours"),
        ("camera", SimpleNamespace(header=messages.header()), "AttributeError"),
        ("depth", messages.image(np.zeros((4, 4, 3), np.uint8)), "no encoding of depths"),
        ("lidar", messages.scan(np.zeros(0), increment=0.1), "a scan of 0 rays"),
        ("lidar", SimpleNamespace(header=messages.header(), ranges=["far"]), "ValueError"),
        (
            "joints",
            SimpleNamespace(header=messages.header(), name=["arm"], position=[1.0], velocity=[1.0]),
            "no joint 'left_wheel_joint'; the message has arm",
        ),
        ("imu", SimpleNamespace(header=messages.header(), angular_velocity=None), "AttributeError"),
    ],
)
def test_what_is_malformed_is_said(sensor, message, told):
    with pytest.raises(MalformedError, match=told):
        Receiver(ROBOT.streams[sensor]).read(message, 0)


def odometry(x, y, z, w):
    vector = SimpleNamespace(x=1.0, y=2.0, z=0.0)
    return SimpleNamespace(
        header=messages.header(),
        pose=SimpleNamespace(pose=SimpleNamespace(position=vector, orientation=SimpleNamespace(x=x, y=y, z=z, w=w))),
        twist=SimpleNamespace(twist=SimpleNamespace(linear=vector, angular=vector)),
    )


@given(st.floats(-math.pi, math.pi), st.floats(-0.3, 0.3))
def test_yaw_of_an_odometry_also_where_the_floor_is_not_level(yaw, roll):
    cr, sr, cy, sy = math.cos(roll / 2), math.sin(roll / 2), math.cos(yaw / 2), math.sin(yaw / 2)
    data = Receiver(ROBOT.streams["odom"]).read(odometry(sr * cy, sr * sy, cr * sy, cr * cy), 0).data
    assert math.cos(data[2] - yaw) > 0.999999


def test_an_orientation_that_is_none():
    with pytest.raises(MalformedError, match="an orientation of length 0"):
        Receiver(ROBOT.streams["odom"]).read(odometry(0.0, 0.0, 0.0, 0.0), 0)


def test_commands_stamped_or_not():
    twist = SimpleNamespace(linear=SimpleNamespace(x=0.5), angular=SimpleNamespace(z=-0.25))
    assert command_of(twist) == command_of(SimpleNamespace(header=None, twist=twist)) == (0.5, -0.25)
    twist.linear.x = math.nan
    with pytest.raises(MalformedError, match="speeds of nan m/s"):
        command_of(twist)


def test_a_camera_may_be_described_late_and_anew():
    receiver = Receiver(ROBOT.streams["camera"])
    picture = messages.image(np.full((480, 640, 3), 7, np.uint8))
    assert receiver.read(picture, 0).data.shape == (96, 96, 3)
    assert receiver.guesses
    receiver.calibrate(messages.camera_info(640, 480, 2000.0))
    narrow = receiver.read(picture, 0).data
    assert not receiver.guesses
    assert narrow[0, 0].tolist() == [0, 0, 0]
    receiver.calibrate(messages.camera_info(320, 240, 1000.0))
    with pytest.raises(MalformedError, match="of a camera that has 320x240"):
        receiver.read(picture, 0)
