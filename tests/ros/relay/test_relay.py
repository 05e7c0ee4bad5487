"""The relay over DDS: transparent until it is armed, on schedule, seeded, and dead when nobody holds it."""

import numpy as np
import pytest
from geometry_msgs.msg import Twist, TwistStamped
from rclpy.qos import qos_profile_sensor_data
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, Imu, LaserScan
from std_msgs.msg import String

from vla_sim.faults.injector import Injector
from vla_sim.report.ros2_messages import messages_of
from vla_sim.ros.messages import message_of
from vla_sim.ros.qos import LATCHED, RELIABLE
from vla_sim.seeding import derive_seed
from vla_sim.sensing.reading import Reading

from .conftest import SECOND, command, stamped

VGA = 480, 640


def picture(stamp, encoding="bgr8", seed=0):
    rng = np.random.default_rng(seed)
    data = rng.integers(0, 256, (*VGA, 3), dtype=np.uint8)
    fields = {"height": VGA[0], "width": VGA[1], "step": 3 * VGA[1], "encoding": encoding, "data": data.tobytes()}
    message = stamped(Image, stamp, **fields)
    message.header.frame_id = "front"
    return message


def scan_of(stream, stamp, seed=0):
    """Return a reading of the robot's LiDAR and its message."""
    ranges = np.random.default_rng(seed).uniform(0.5, 5.0, stream.shape).astype(np.float32)
    reading = Reading(stream.name, stamp, ranges, stamp)
    (message,) = messages_of(stream, reading)
    return reading, message_of(message.type, message.fields)


def test_what_is_not_armed_passes_byte_for_byte(relay):
    line = relay(["camera:blackout@1.0", "command:gain_loss@L3"])
    messages = {
        ("camera/image_raw", Image): picture(1),
        ("camera/camera_info", CameraInfo): stamped(CameraInfo, 1, width=640, height=480),
        ("imu/data", Imu): stamped(Imu, 5),
        ("voice_commands", String): String(data="go to the red cube"),
    }
    for (topic, kind), message in messages.items():
        publisher, got = line.line(kind, topic)
        publisher.publish(data := serialize_message(message))
        assert line.ros.wait(lambda got=got: got), topic
        assert got == [data], topic
    publisher, got = line.line(TwistStamped, "faulted/cmd_vel", "cmd_vel")
    publisher.publish(data := serialize_message(command(7, 0.3)))
    assert line.ros.wait(lambda: got)
    assert got == [data]


def test_blackout_at_640x480(relay):
    line = relay([{"target": "camera", "kind": "blackout", "onset": 2.0, "duration": 1.0}])
    publisher, got = line.line(Image, "camera/image_raw")
    line.tell(10 * SECOND)
    line.arm()
    sent = []
    for number, time in enumerate((11.9, 12.0, 12.9, 13.0), start=1):
        now = round(time * SECOND)
        line.tell(now)
        sent.append(serialize_message(picture(now, seed=number)))
        publisher.publish(sent[-1])
        assert line.ros.wait(lambda number=number: len(got) == number)
    first, second, third, fourth = (deserialize_message(data, Image) for data in got)
    assert (got[0], got[3]) == (sent[0], sent[3])
    for message in (second, third):
        assert not np.frombuffer(message.data, np.uint8).any()
        message.data = first.data
    second.header.stamp = first.header.stamp
    assert second == first, "all but the pixels is as it was"
    assert line.says(applied=["camera:blackout"])
    assert fourth.header.frame_id == "front"


def test_a_compressed_picture_is_compressed_again_when_it_is_touched(relay):
    import cv2

    line = relay([{"target": "camera", "kind": "blackout", "onset": 1.0}])
    publisher, got = line.line(CompressedImage, "camera/image_raw/compressed")
    line.tell(SECOND // 2)
    line.arm()
    done, packed = cv2.imencode(".png", np.full((*VGA, 3), 77, np.uint8))
    assert done
    for stamp in (SECOND, 2 * SECOND):
        line.tell(stamp)
        publisher.publish(stamped(CompressedImage, stamp, format="png", data=packed.tobytes()))
    assert line.ros.wait(lambda: len(got) == 2)
    clean, black = (deserialize_message(data, CompressedImage) for data in got)
    assert bytes(clean.data) == packed.tobytes()
    seen = cv2.imdecode(np.frombuffer(black.data, np.uint8), cv2.IMREAD_COLOR)
    assert seen.shape == (*VGA, 3)
    assert not seen.any()


def test_the_same_seed_gives_what_it_gives_in_process(relay):
    """Over several faults, of which one stands in a group: nothing depends on where the injector runs."""
    faults = ["camera:blackout@1.0", "lidar:dropout@0.6", "weather:rain@L3", "lidar:range_noise@L2"]
    line = relay(faults, seed=21, arm=True)
    stream = line.robot.streams["lidar"]
    publisher, got = line.line(LaserScan, "scan")
    line.tell(1)
    injector = Injector(line.faults, line.node.plan.streams, derive_seed(21, "faults"))
    expected = []
    for step in range(1, 11):
        reading, message = scan_of(stream, step / 10, seed=step)
        publisher.publish(message)
        (faulty,) = injector.process([reading])
        (fields,) = messages_of(stream, faulty)
        expected.append(message_of(fields.type, fields.fields))
        assert line.ros.wait(lambda step=step: len(got) == step)
    for data, wanted in zip(got, expected, strict=True):
        message = deserialize_message(data, LaserScan)
        assert message.ranges.tobytes() == wanted.ranges.tobytes()
        assert message.header == wanted.header


def test_late_messages_come_when_the_clock_says_so_and_lost_ones_never(relay):
    latency = {"target": "lidar", "kind": "latency", "parameters": {"delay": 0.5}}
    line = relay([latency, "imu:frame_drop@1.0"], arm=True)
    scans, got = line.line(LaserScan, "scan")
    samples, lost = line.line(Imu, "imu/data")
    line.tell(SECOND)
    assert line.says(armed=True)
    _, message = scan_of(line.robot.streams["lidar"], 1.0)
    scans.publish(data := serialize_message(message))
    samples.publish(stamped(Imu, SECOND))
    assert line.says(applied=["imu:frame_drop", "lidar:latency"])
    line.tell(SECOND + SECOND // 2 - 1)
    assert not got
    line.tell(SECOND + SECOND // 2)
    assert line.ros.wait(lambda: got)
    assert got == [data]
    assert not lost


def test_after_a_jump_back_the_schedule_begins_again_with_the_same_draws(relay):
    line = relay(["lidar:dropout@0.6"], arm=True, seed=5)
    publisher, got = line.line(LaserScan, "scan")
    line.tell(1)
    for start in (0, 3):
        for step in range(1, 4):
            sent = serialize_message(scan_of(line.robot.streams["lidar"], step / 10, seed=step)[1])
            publisher.publish(sent)
            assert line.ros.wait(lambda count=start + step: len(got) == count)
            assert got[-1] != sent
        line.tell(SECOND)
        line.tell(1)
        assert line.says(why="time jumped back", time_zero=0.0)
    ranges = [deserialize_message(data, LaserScan).ranges.tobytes() for data in got]
    assert ranges[:3] == ranges[3:]


def test_the_dead_man_switch(relay):
    line = relay(["camera:blackout@1.0"], dead_man=3.0, simulated=False)
    publisher, got = line.line(Image, "camera/image_raw")
    line.arm()

    def dark():
        line.keep_alive()
        publisher.publish(picture(0))
        return len(got) > 3

    assert line.ros.wait(dark)
    assert not np.frombuffer(deserialize_message(got[-1], Image).data, np.uint8).any()
    assert line.says(armed=False, why="nobody kept the faults alive for 3 s", active=[])
    got.clear()
    publisher.publish(data := serialize_message(picture(0)))
    assert line.ros.wait(lambda: data in got)


def test_commands_are_faulted_and_end_with_a_halt(relay):
    line = relay(["command:reversed@1.0"])
    publisher, got = line.line(TwistStamped, "faulted/cmd_vel", "cmd_vel")
    line.tell(SECOND)
    line.arm()
    publisher.publish(command(SECOND, 0.4, 0.2))
    assert line.ros.wait(lambda: got)
    reading = Reading("command", 0.0, np.array([0.4, 0.2]), 0.0)
    (faulty,) = Injector(line.faults, line.node.plan.streams, derive_seed(3, "faults")).process([reading])
    assert deserialize_message(got[0], TwistStamped) == command(SECOND, *faulty.data.tolist())
    assert faulty.data.tolist() != [0.4, 0.2]
    line.arm(False)
    assert line.ros.wait(lambda: len(got) == 2)
    assert deserialize_message(got[1], TwistStamped) == command(SECOND, 0.0)
    line.node.finish()
    assert line.ros.wait(lambda: len(got) == 3)
    publisher.publish(command(SECOND, 0.4))
    line.tell(2 * SECOND)
    assert len(got) == 3, "nothing drives the robot after the end"


def test_a_robot_that_never_moved_is_not_told_to_stand(relay):
    line = relay(["command:reversed@1.0"])
    _, got = line.line(Twist, "faulted/cmd_vel", "cmd_vel")
    line.arm()
    line.arm(False)
    line.node.finish()
    assert line.says(armed=False)
    assert not got


def test_words_are_heard_wrong_from_the_onset_on(relay):
    line = relay([{"target": "goal", "kind": "missing", "onset": 1.0, "duration": 1.0}], arm=True)
    publisher = line.peer.create_publisher(String, "voice_commands", LATCHED)
    publisher.publish(String(data="go to the red cube"))
    heard = line.ros.collect(line.peer, String, "faulted/voice_commands", LATCHED)
    line.tell(1)
    for step in range(1, 25):
        line.tell(step * SECOND // 10)
        assert line.ros.wait(lambda: heard)
        if step == 9:
            assert [message.data for message in heard] == ["go to the red cube"]
    assert line.ros.wait(lambda: len(heard) == 3)
    assert [message.data for message in heard] == ["go to the red cube", "", "go to the red cube"]


@pytest.mark.parametrize("broken", [Image(encoding="nix", height=1, width=1, step=1, data=b"1"), Image()])
def test_what_cannot_be_understood_passes_and_is_said(relay, broken):
    line = relay(["camera:blackout@1.0"], simulated=False)
    publisher, got = line.line(Image, "camera/image_raw")
    line.arm()
    publisher.publish(data := serialize_message(broken))
    assert line.ros.wait(lambda: got)
    assert got == [data]
    assert line.says(malformed={"camera/image_raw": 1})


def test_topics_of_other_names(relay):
    rules = ["scan:=/front/scan", "faulted/imu/data:=/agent/imu"]
    line = relay(["lidar:blackout@1.0"], topics={"camera": "/eye/image"}, rules=rules)
    for kind, source, target in [
        (LaserScan, "/front/scan", "faulted/scan"),
        (Imu, "imu/data", "/agent/imu"),
        (Image, "/eye/image", "/faulted/eye/image"),
    ]:
        publisher, got = line.line(kind, source, target)
        publisher.publish(data := serialize_message(kind()))
        assert line.ros.wait(lambda got=got: got), source
        assert got == [data]


@pytest.mark.parametrize("first", [LATCHED, RELIABLE, qos_profile_sensor_data], ids=["latched", "reliable", "lossy"])
@pytest.mark.parametrize("second", [LATCHED, RELIABLE, qos_profile_sensor_data], ids=["latched", "reliable", "lossy"])
def test_who_publishes_is_heard_after_one_of_another_quality(relay, first, second):
    line = relay([])
    publisher, _ = line.line(String, "voice_commands", qos=first)
    line.peer.destroy_publisher(publisher)
    publisher, got = line.line(String, "voice_commands", qos=second)
    publisher.publish(data := serialize_message(String(data="go to the red cube")))
    assert line.ros.wait(lambda: data in got)


def test_a_camera_that_comes_back_with_another_size(relay):
    line = relay(["camera:dead_lines@L5"], simulated=False)
    publisher, got = line.line(Image, "camera/image_raw")
    line.arm()
    for count, (height, width) in enumerate([(48, 64), (24, 32)], start=1):
        data = np.full((height, width, 3), 50, np.uint8).tobytes()
        publisher.publish(Image(height=height, width=width, step=3 * width, encoding="rgb8", data=data))
        assert line.ros.wait(lambda count=count: len(got) == count)
        message = deserialize_message(got[-1], Image)
        assert (message.height, message.width, len(message.data)) == (height, width, len(data))
        assert bytes(message.data) != data
    assert line.says(malformed={})


def test_words_that_wait_for_the_time_pass_when_it_is_disarmed(relay):
    line = relay(["goal:missing@1.0"], arm=True)
    publisher = line.peer.create_publisher(String, "voice_commands", LATCHED)
    publisher.publish(String(data="go to the red cube"))
    heard = line.ros.collect(line.peer, String, "faulted/voice_commands", LATCHED)
    assert line.ros.wait(lambda: line.node.words.words == "go to the red cube")
    assert not heard
    line.arm(False)
    assert line.ros.wait(lambda: heard)
    assert heard[0].data == "go to the red cube"
