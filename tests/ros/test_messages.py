"""Fields become messages of rclpy, nested and in lists, and go through its own serialisation."""

import numpy as np

from vla_sim.envs.env import VlaSimEnv
from vla_sim.geometry import Pose
from vla_sim.report.ros2_messages import messages_of, transform
from vla_sim.ros.messages import message_of
from vla_sim.ros.robot import load_robot
from vla_sim.ros.topics import info_topic, topics_of


def test_what_a_robot_says_survives_serialisation(ros):
    from rclpy.serialization import deserialize_message, serialize_message

    env = VlaSimEnv()
    env.reset(seed=2)
    kinds = set()
    for reading in env.readings:
        for made in messages_of(env.engine.streams[reading.sensor], reading):
            message = message_of(made.type, made.fields)
            back = deserialize_message(serialize_message(message), type(message))
            # Equal but for 32-bit floats, which are rounded on the way once and never again.
            assert deserialize_message(serialize_message(back), type(back)) == back
            assert getattr(back, "header", None) == getattr(message, "header", None)
            kinds.add(made.type)
    env.close()
    assert len(kinds) == 7


def test_lists_of_messages(ros):
    tf = transform(1.5, "world", "base", Pose((1.0, 2.0, 3.0)))
    array = message_of(
        "diagnostic_msgs/msg/DiagnosticArray",
        {"header": tf["header"], "status": [{"name": "a", "values": [{"key": "k", "value": "v"}]}, {"name": "b"}]},
    )
    assert [each.name for each in array.status] == ["a", "b"]
    assert array.status[0].values[0].value == "v"
    assert array.header.stamp.nanosec == 500_000_000


def test_pictures_are_not_copied_element_by_element(ros):
    pixels = np.arange(12, dtype=np.uint8)
    message = message_of("sensor_msgs/msg/Image", {"data": pixels.tobytes(), "height": 2})
    assert bytes(message.data) == pixels.tobytes()


def test_the_first_of_a_kind_has_the_usual_topic():
    streams = load_robot().streams
    topics = topics_of(streams | {"rear/camera 2": streams["camera"], "top": streams["lidar"]})
    assert topics["camera"] == "camera/image_raw"
    assert topics["depth"] == "camera/depth/image_rect_raw"
    assert topics["rear/camera 2"] == "rear/camera_2/image_raw"
    assert (topics["lidar"], topics["top"]) == ("scan", "top")
    assert info_topic(topics["camera"]) == "camera/camera_info"
