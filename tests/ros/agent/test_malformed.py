"""Messages that hold what they must not, of every type, over real DDS: counted, reported, and never an end."""

from __future__ import annotations

import math

import pytest

from tests.ros.stage import PERIOD, Stage, make_node, recorded, speeds
from vla_sim.ros.messages import message_of


def stamp(nanoseconds=PERIOD, frame=""):
    sec, nanosec = divmod(nanoseconds, 1_000_000_000)
    return {"stamp": {"sec": sec, "nanosec": nanosec}, "frame_id": frame}


def image(topic="camera/image_raw", **fields):
    whole = {"header": stamp(), "height": 96, "width": 96, "encoding": "rgb8", "step": 288, "data": bytes(96 * 288)}
    return topic, "sensor_msgs/msg/Image", whole | fields


DEPTH = "camera/depth/image_rect_raw"
NAN = math.nan
BAD = {
    "a picture that is too short": image(data=bytes(100)),
    "a picture without a size": image(height=0, width=0, step=0, data=b""),
    "a picture whose rows are too short": image(step=10),
    "a picture of an unknown encoding": image(encoding="rgb9"),
    "a picture of depths": image(encoding="32FC1", step=384, data=bytes(96 * 384)),
    "a picture of odd width whose colours come in pairs": image(
        encoding="yuv422", width=95, step=190, data=bytes(96 * 190)
    ),
    "depths in colours": image(DEPTH),
    "depths that are too short": image(DEPTH, encoding="32FC1", step=384, data=bytes(3)),
    "a scan without rays": ("scan", "sensor_msgs/msg/LaserScan", {"header": stamp(), "angle_increment": 0.1}),
    "a scan of nan degrees": (
        "scan",
        "sensor_msgs/msg/LaserScan",
        {"header": stamp(), "angle_increment": NAN, "ranges": [1.0] * 360},
    ),
    "a scan that goes nowhere": (
        "scan",
        "sensor_msgs/msg/LaserScan",
        {"header": stamp(), "angle_increment": 0.0, "range_max": 10.0, "ranges": [1.0] * 360},
    ),
    "odometry without an orientation": (
        "odom",
        "nav_msgs/msg/Odometry",
        {"header": stamp(), "pose": {"pose": {"orientation": {"w": 0.0}}}},
    ),
    "joints of another robot": (
        "joint_states",
        "sensor_msgs/msg/JointState",
        {"header": stamp(), "name": ["arm"], "position": [0.0]},
    ),
    "joints without positions": (
        "joint_states",
        "sensor_msgs/msg/JointState",
        {"header": stamp(), "name": ["left_wheel_joint", "right_wheel_joint"]},
    ),
    "joints with fewer velocities": (
        "joint_states",
        "sensor_msgs/msg/JointState",
        {
            "header": stamp(),
            "name": ["left_wheel_joint", "right_wheel_joint"],
            "position": [0.0, 0.0],
            "velocity": [0.0],
        },
    ),
    "a stamp from far ahead": ("imu/data", "sensor_msgs/msg/Imu", {"header": stamp(100 * PERIOD)}),
    "a lens of another kind": (
        "camera/camera_info",
        "sensor_msgs/msg/CameraInfo",
        {"header": stamp(), "distortion_model": "equidistant", "k": [52.0, 0, 48.0, 0, 52.0, 48.0, 0, 0, 1.0]}
        | {"width": 96, "height": 96},
    ),
    "a camera of no size": (
        "camera/camera_info",
        "sensor_msgs/msg/CameraInfo",
        {"header": stamp(), "k": [52.0, 0, 48.0, 0, 52.0, 48.0, 0, 0, 1.0]},
    ),
    "a camera of nan": (
        "camera/depth/camera_info",
        "sensor_msgs/msg/CameraInfo",
        {"header": stamp(), "k": [NAN] * 9, "width": 96, "height": 96},
    ),
}


@pytest.fixture
def playing(ros):
    from diagnostic_msgs.msg import DiagnosticArray

    stage = Stage(ros)
    node = make_node(ros)
    stage.diagnostics = ros.collect(stage.node, DiagnosticArray, "diagnostics")
    stage.meet(node)
    stage.say()
    assert ros.wait(lambda: node._words)
    stage.begin()
    return stage, node


def reported(stage, key):
    values = {
        value.key: value.value
        for message in stage.diagnostics[-1:]
        for status in message.status
        for value in status.values
    }
    return values.get(key)


def test_every_kind_is_counted_and_reported_and_the_robot_goes_on(ros, playing):
    stage, node = playing
    for number, (name, (topic, kind, fields)) in enumerate(BAD.items()):
        before = sum(node._inbox.malformed.values())
        stage.send(topic, message_of(kind, fields))
        assert ros.wait(lambda before=before: sum(node._inbox.malformed.values()) == before + 1, 10.0), name
        assert node._inbox.problem, name
        assert "\n" not in node._inbox.problem, name
        assert number < len(BAD)
    assert ros.wait(lambda: reported(stage, "malformed") == str(len(BAD)))
    assert reported(stage, "last malformed") == node._inbox.problem
    for number, readings in enumerate(recorded()[:3]):
        assert speeds(stage.round(number, readings)) == (pytest.approx(0.3), pytest.approx(0.2))
    levels = {status.name: status.level for status in stage.diagnostics[-1].status}
    assert levels["vla_agent: sensors"] == b"\1"


def test_numbers_that_are_none_are_lost_data_and_no_more(ros, playing):
    stage, node = playing
    names = ["left_wheel_joint", "right_wheel_joint"]
    lost = {
        "scan": (
            "sensor_msgs/msg/LaserScan",
            {"angle_increment": 0.0174533, "angle_min": -3.1415927, "range_max": 10.0},
        ),
        "imu/data": ("sensor_msgs/msg/Imu", {"angular_velocity": {"x": NAN, "y": NAN, "z": NAN}}),
        "odom": ("nav_msgs/msg/Odometry", {"pose": {"pose": {"position": {"x": NAN}}}}),
        "joint_states": ("sensor_msgs/msg/JointState", {"name": names, "position": [NAN, math.inf]}),
    }
    lost["scan"][1]["ranges"] = [NAN] * 360
    for topic, (kind, fields) in lost.items():
        stage.publish(topic, kind, {"header": stamp()} | fields)
    before = len(stage.commands)
    stage.tick(PERIOD)
    assert speeds(stage.answer(PERIOD, before)) == (pytest.approx(0.3), pytest.approx(0.2))
    assert not node._inbox.malformed
    observation = node._pilot.loop.agent.observations[-1]
    assert all(math.isfinite(float(observation[name].sum())) for name in ("lidar", "imu", "odom", "joints"))


def test_pictures_of_another_camera_are_cut_to_what_the_agents_sees(ros, playing):
    stage, node = playing
    info = {"header": stamp(), "width": 640, "height": 480, "distortion_model": "plumb_bob", "d": [0.0] * 5}
    stage.publish(
        "camera/camera_info", "sensor_msgs/msg/CameraInfo", info | {"k": [349.0, 0, 320.0, 0, 349.0, 240.0, 0, 0, 1.0]}
    )
    stage.publish(*image(height=480, width=640, step=1920, data=bytes([9, 99, 200] * 640 * 480)))
    stage.sense(recorded()[0], without=("camera",))
    before = len(stage.commands)
    stage.tick(PERIOD)
    stage.answer(PERIOD, before)
    picture = node._pilot.loop.agent.observations[-1]["camera"]
    assert picture.shape == (96, 96, 3)
    assert picture[48, 48].tolist() == [9, 99, 200]
    assert not node._inbox.malformed
