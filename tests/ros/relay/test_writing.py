"""Readings go back into messages of the same encoding, and nothing else in these changes."""

import numpy as np
import pytest
from nav_msgs.msg import Odometry
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import Image, Imu, JointState, LaserScan

from vla_sim.ros.malformed import MalformedError
from vla_sim.ros.pictures import colours_of, depths_of
from vla_sim.ros.relay.native import native_stream, read
from vla_sim.ros.relay.painting import paint_colours, paint_depths
from vla_sim.ros.relay.writing import write
from vla_sim.ros.robot import load_robot
from vla_sim.sensing.reading import Reading

HEIGHT, WIDTH, PADDING = 6, 8, 5
BYTES = dict.fromkeys(("mono8", "8UC1", "bayer_rggb8", "bayer_bggr8", "bayer_gbrg8", "bayer_grbg8"), 1)
BYTES |= dict.fromkeys(("yuv422", "yuv422_yuy2"), 2)
BYTES |= {"rgb8": 3, "bgr8": 3, "8UC3": 3, "rgba8": 4, "bgra8": 4, "8UC4": 4}
BAYER = [encoding for encoding in BYTES if encoding.startswith("bayer")]


def image(encoding, pixel, seed=0, **fields):
    step = WIDTH * pixel + PADDING
    data = np.random.default_rng(seed).integers(0, 256, HEIGHT * step, dtype=np.uint8)
    return Image(height=HEIGHT, width=WIDTH, step=step, encoding=encoding, data=data.tobytes(), **fields)


def copy(message):
    return deserialize_message(serialize_message(message), type(message))


def fields(message):
    """Return all that a message holds, where nan is like nan; serialized, what lies between fields is anything."""
    return repr(message)


@pytest.mark.parametrize(("encoding", "pixel"), BYTES.items())
def test_what_is_the_same_keeps_its_bytes(encoding, pixel):
    message = image(encoding, pixel)
    painted = copy(message)
    colours = colours_of(message)
    paint_colours(painted, colours, colours.copy())
    assert painted == message


@pytest.mark.parametrize(("encoding", "pixel"), BYTES.items())
@pytest.mark.parametrize("grey", [0, 200])
def test_a_uniform_picture_is_written_and_the_padding_stays(encoding, pixel, grey):
    message = image(encoding, pixel)
    painted = copy(message)
    paint_colours(painted, colours_of(message), np.full((HEIGHT, WIDTH, 3), grey, np.uint8))
    assert abs(colours_of(painted).astype(int) - grey).max() <= 2
    rows = [np.frombuffer(one.data, np.uint8).reshape(HEIGHT, -1)[:, -PADDING:] for one in (message, painted)]
    np.testing.assert_array_equal(*rows)


@pytest.mark.parametrize("encoding", ["rgb8", "bgr8", "rgba8", "bgra8"])
def test_colours_are_written_exactly_where_they_changed(encoding):
    message = image(encoding, BYTES[encoding])
    before = colours_of(message)
    after = before.copy()
    after[2:4, 3:6] = np.random.default_rng(1).integers(0, 256, (2, 3, 3), dtype=np.uint8)
    painted = copy(message)
    paint_colours(painted, before, after)
    np.testing.assert_array_equal(colours_of(painted), after)


@pytest.mark.parametrize("encoding", BAYER)
def test_a_mosaic_keeps_one_colour_of_each_pixel(encoding):
    red = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    red[..., 0] = 255
    painted = image(encoding, 1)
    paint_colours(painted, colours_of(painted), red)
    inner = colours_of(painted)[1:-1, 1:-1]
    np.testing.assert_array_equal(inner, red[1:-1, 1:-1])


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("encoding", ["32FC1", "16UC1"])
def test_depths(encoding, big):
    order = ">" if big else "<"
    metres = np.linspace(0.5, 3.0, HEIGHT * WIDTH, dtype=np.float32).reshape(HEIGHT, WIDTH)
    if encoding == "32FC1":
        data = metres.astype(f"{order}f4").tobytes()
    else:
        data = (metres * 1000).astype(f"{order}u2").tobytes()
    message = Image(
        height=HEIGHT, width=WIDTH, step=len(data) // HEIGHT, encoding=encoding, is_bigendian=big, data=data
    )
    before = depths_of(message)
    after = before.copy()
    after[0, :4] = np.nan, np.inf, 2.5, -np.inf
    painted = copy(message)
    paint_depths(painted, before, after)
    seen = depths_of(painted)
    np.testing.assert_array_equal(seen[1:], before[1:])
    assert seen[0, 2] == 2.5
    if encoding == "32FC1":
        np.testing.assert_array_equal(seen, after)
    else:
        assert np.isnan(seen[0, [0, 1, 3]]).all()


def imu():
    message = Imu()
    message.angular_velocity.x, message.linear_acceleration.z = 0.1, 9.8
    message.orientation.w = 0.5
    return message


def odometry():
    message = Odometry()
    message.pose.pose.position.z = 0.3
    orientation = message.pose.pose.orientation
    orientation.x, orientation.y, orientation.z, orientation.w = 0.1, -0.2, 0.3, (1 - 0.14) ** 0.5
    message.pose.covariance = np.arange(36.0)
    return message


def joints():
    return JointState(name=["right_wheel", "left_wheel"], position=[1.0, 2.0], velocity=[3.0, 4.0], effort=[5.0, 6.0])


def scan():
    ranges = [1.0, float("inf"), 0.0, 30.0, float("nan")]
    return LaserScan(angle_min=-1.0, angle_max=1.0, angle_increment=0.5, range_min=0.1, range_max=10.0, ranges=ranges,
                     intensities=[1.0] * 5, scan_time=0.025)  # fmt: skip


CASES = {"imu": imu, "odom": odometry, "joints": joints, "lidar": scan}


@pytest.mark.parametrize("name", CASES)
def test_only_what_changed_is_written(name):
    known = load_robot().streams[name]
    message = copy(CASES[name]())
    stream = native_stream(known, message, None)
    before = read(stream, message, 5, 0)
    same = copy(message)
    write(same, stream.modality, before, before.replaced(before.data.copy()), 0)
    assert fields(same) == fields(message)
    data = before.data.copy()
    data.flat[0] += 0.25
    changed = copy(message)
    write(changed, stream.modality, before, before.replaced(data), 0)
    again = read(stream, changed, 5, 0)
    np.testing.assert_array_equal(again.data, data)
    write(changed, stream.modality, again, again.replaced(before.data), 0)
    assert fields(changed) == fields(message)


def test_a_turned_pose_leans_as_before():
    message, stream = odometry(), load_robot().streams["odom"]
    before = read(stream, message, 5, 0)
    data = before.data.copy()
    data[2] += 0.7
    write(message, "odometry", before, before.replaced(data), 0)
    assert read(stream, message, 5, 0).data[2] == pytest.approx(data[2], abs=1e-12)
    turned, old = message.pose.pose.orientation, odometry().pose.pose.orientation
    assert turned.x**2 + turned.y**2 == pytest.approx(old.x**2 + old.y**2)
    assert message.pose.pose.position == odometry().pose.pose.position


def test_a_forged_stamp_is_written():
    message = imu()
    message.header.stamp.sec = 12
    before = read(load_robot().streams["imu"], message, 12 * 10**9, 10 * 10**9)
    assert before.stamp == 2.0
    write(message, "imu", before, Reading("imu", 1.75, before.data, 2.0), 10 * 10**9)
    assert (message.header.stamp.sec, message.header.stamp.nanosec) == (11, 750_000_000)


def test_the_geometry_is_the_messages():
    streams = load_robot().streams
    stream = native_stream(streams["lidar"], scan(), None)
    assert stream.shape == (5,)
    assert (stream.lidar.horizontal_min, stream.lidar.horizontal_max) == (-1.0, 1.0)
    assert stream.rate == 40.0
    assert native_stream(streams["joints"], joints(), None).joints == ("right_wheel", "left_wheel")
    camera = native_stream(streams["camera"], image("mono8", 1), None).camera
    assert (camera.width, camera.height) == (WIDTH, HEIGHT)
    known = streams["camera"].camera
    same = Image(height=known.height, width=known.width)
    assert native_stream(streams["camera"], same, None).camera is known


@pytest.mark.parametrize(("now", "problem"), [(0, "12.0 s ahead of"), (30 * 10**9, "18.0 s behind")])
def test_a_message_of_another_clock_is_none_of_any_schedule(now, problem):
    message = imu()
    message.header.stamp.sec = 12
    with pytest.raises(MalformedError, match=problem):
        read(load_robot().streams["imu"], message, now, 0)
