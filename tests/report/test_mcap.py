"""Recordings read back by two libraries that did not write them, message by message."""

import importlib.util
import itertools
import json
import math
from collections import defaultdict

import numpy as np
import pytest
from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory
from rosbags.highlevel import AnyReader
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from vla_sim.agent import load_agent
from vla_sim.bench.expand import Overrides, load_plan
from vla_sim.bench.trial import run_trial
from vla_sim.bench.worker import make_env
from vla_sim.errors import InputError
from vla_sim.geometry import Pose
from vla_sim.report import ros2_types
from vla_sim.report.mcap import METADATA, Recording, check_recording, sensor_topics, trial_facts
from vla_sim.report.ros2_messages import OPTICAL, messages_of, nanoseconds_of
from vla_sim.sdf.scene import LidarSpec
from vla_sim.sensing.reading import Reading, Stream

SUITE = """\
name: recorded
seed: 4
scenarios:
  - name: find
    world: arena
    task: go_to_object
    trials: 1
    arms:
      all-at-once:
        - {target: camera, kind: blackout, onset: 1.0, duration: 0.5}
        - {target: lidar, kind: dropout, severity: 0.5, onset: 0.33, period: 1.0, duty: 0.07}
        - {target: imu, kind: latency, level: 3}
        - {target: command, kind: latency, level: 3}
        - {target: goal, kind: typo, level: 3}
"""


class Witness:
    """Keeps what the recording should hold, by a way of its own."""

    def __init__(self):
        self.readings = defaultdict(list)
        self.steps = []

    def watch(self, env, observation, info):
        pose = env.truth.models["robot"].pose
        self.steps.append(
            (info["time"], info["progress"], pose, env.command, list(env.driven), info["words"], observation["goal"])
        )
        for reading in env.readings:
            self.readings[reading.sensor].append(reading)
        self.streams = dict(env.engine.streams)
        self.start = env.episode.placements["robot"]

    def arrived(self, sensor):
        """Return the readings that came before the end, in the order in which they came."""
        end = nanoseconds_of(self.steps[-1][0])
        come = [reading for reading in self.readings[sensor] if nanoseconds_of(reading.arrival) <= end]
        return sorted(come, key=lambda reading: nanoseconds_of(reading.arrival))


def record(plan, trial, path):
    witness = Witness()
    env = make_env(plan, trial.cell)
    with Recording(path, trial_facts(plan, trial)) as recording:
        finished = run_trial(env, load_agent(plan.agent), trial, [recording, witness])
    env.close()
    assert finished.record.counts, finished.trace
    return witness, finished.record


@pytest.fixture(scope="module")
def trial(tmp_path_factory):
    """A faulted trial: its plan, its file, what a witness saw, its record."""
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "suite.yaml").write_text(SUITE)
    plan = load_plan(folder / "suite.yaml", Overrides("expert"))
    trial = plan.trial("find/all-at-once/000")
    return plan, folder / "trial.mcap", *record(plan, trial, folder / "trial.mcap")


def by_rosbags(path):
    """Return topic -> [(log time [ns], message)]."""
    found = defaultdict(list)
    with AnyReader([path]) as reader:
        for connection, time, data in reader.messages():
            found[connection.topic].append((time, reader.deserialize(data, connection.msgtype)))
    return found


def by_mcap(path):
    found = defaultdict(list)
    with path.open("rb") as file:
        reader = make_reader(file, decoder_factories=[DecoderFactory()])
        for _, channel, message, decoded in reader.iter_decoded_messages():
            assert message.publish_time == message.log_time
            assert message.sequence == len(found[channel.topic])
            found[channel.topic].append((message.log_time, decoded))
    return found


@pytest.fixture(scope="module", params=[by_rosbags, by_mcap])
def topics(request, trial):
    return request.param(trial[1])


def stamp(message):
    return message.header.stamp.sec * 1_000_000_000 + message.header.stamp.nanosec


def assert_times(messages, readings):
    assert [time for time, _ in messages] == [nanoseconds_of(reading.arrival) for reading in readings]
    assert [stamp(message) for _, message in messages] == [nanoseconds_of(reading.stamp) for reading in readings]


def test_every_message_has_a_place_in_time(trial, topics):
    end = nanoseconds_of(trial[2].steps[-1][0])
    for messages in topics.values():
        times = [time for time, _ in messages]
        assert times == sorted(times)
        assert 0 <= times[0] <= times[-1] <= end


@pytest.mark.parametrize(("sensor", "encoding", "dtype"), [("camera", "rgb8", np.uint8), ("depth", "32FC1", "<f4")])
def test_pictures_are_those_that_the_agent_was_given(trial, topics, sensor, encoding, dtype):
    witness = trial[2]
    readings = witness.arrived(sensor)
    camera = witness.streams[sensor].camera
    assert_times(topics[f"/{sensor}/image"], readings)
    for (_, image), reading in zip(topics[f"/{sensor}/image"], readings, strict=True):
        assert (image.height, image.width, image.encoding) == (*reading.data.shape[:2], encoding)
        assert image.header.frame_id == f"{sensor}_optical"
        data = np.frombuffer(bytes(image.data), dtype).reshape(reading.data.shape)
        assert image.step == data.strides[0]
        np.testing.assert_array_equal(data, reading.data)
    assert_times(topics[f"/{sensor}/camera_info"], readings)
    for _, info in topics[f"/{sensor}/camera_info"]:
        assert (info.height, info.width, info.distortion_model) == (camera.height, camera.width, "plumb_bob")
        assert list(info.k) == [camera.fx, 0, camera.cx, 0, camera.fy, camera.cy, 0, 0, 1]
        assert list(info.p)[:7] == [camera.fx, 0, camera.cx, 0, 0, camera.fy, camera.cy]


def test_a_black_camera_is_black_in_its_window_alone(trial, topics):
    black = {stamp(image) for _, image in topics["/camera/image"] if not any(bytes(image.data))}
    seen = {nanoseconds_of(reading.stamp) for reading in trial[2].arrived("camera")}
    assert black == {time for time in seen if 1_000_000_000 <= time < 1_500_000_000} != set()


def test_scans(trial, topics):
    witness = trial[2]
    readings = witness.arrived("lidar")
    lidar = witness.streams["lidar"].lidar
    assert_times(topics["/lidar"], readings)
    for (_, scan), reading in zip(topics["/lidar"], readings, strict=True):
        np.testing.assert_array_equal(np.array(scan.ranges, np.float32), reading.data)
        last = scan.angle_min + scan.angle_increment * (len(scan.ranges) - 1)
        assert last == pytest.approx(scan.angle_max, abs=1e-4) == pytest.approx(lidar.horizontal_max, abs=1e-6)
        assert (scan.range_min, scan.range_max) == pytest.approx((lidar.range_min, lidar.range_max))
        assert scan.scan_time == pytest.approx(0.1)
        assert scan.header.frame_id == "lidar"


def test_inertial_readings_come_late_with_their_own_stamps(trial, topics):
    readings = trial[2].arrived("imu")
    assert_times(topics["/imu"], readings)
    assert len(readings) < len(trial[2].readings["imu"])
    assert all(time > stamp(imu) for time, imu in topics["/imu"])
    for (_, imu), reading in zip(topics["/imu"], readings, strict=True):
        rate, force = imu.angular_velocity, imu.linear_acceleration
        assert [rate.x, rate.y, rate.z, force.x, force.y, force.z] == reading.data.tolist()
        assert imu.orientation_covariance[0] == -1.0


def test_odometry(trial, topics):
    readings = trial[2].arrived("odom")
    assert_times(topics["/odom"], readings)
    for (_, odometry), reading in zip(topics["/odom"], readings, strict=True):
        place, turn = odometry.pose.pose.position, odometry.pose.pose.orientation
        pose = Pose((place.x, place.y, place.z), (turn.w, turn.x, turn.y, turn.z))
        x, y, yaw, speed, rate = reading.data.tolist()
        assert (place.x, place.y, odometry.twist.twist.linear.x, odometry.twist.twist.angular.z) == (x, y, speed, rate)
        assert math.cos(pose.yaw - yaw) == pytest.approx(1.0)
        assert (odometry.header.frame_id, odometry.child_frame_id) == ("odom", "robot")


def test_contacts(trial, topics):
    readings = trial[2].arrived("bumper")
    assert [time for time, _ in topics["/bumper"]] == [nanoseconds_of(reading.arrival) for reading in readings]
    assert [touch.data for _, touch in topics["/bumper"]] == [bool(reading.data) for reading in readings]


def test_joint_states(trial, topics):
    readings = trial[2].arrived("joints")
    assert_times(topics["/joints"], readings)
    for (_, states), reading in zip(topics["/joints"], readings, strict=True):
        assert list(states.name) == ["left_wheel_joint", "right_wheel_joint"]
        assert list(states.position) == reading.data[:, 0].tolist()
        assert list(states.velocity) == reading.data[:, 1].tolist()
        assert len(states.effort) == 0


def twist(message):
    return message.twist.linear.x, message.twist.angular.z


def test_commands_as_sent_and_as_driven(trial, topics):
    steps = trial[2].steps
    sent = [
        (nanoseconds_of(before[0]), (step[3].linear, step[3].angular)) for before, step in itertools.pairwise(steps)
    ]
    assert [(time, twist(message)) for time, message in topics["/cmd_vel"]] == sent
    driven = [(nanoseconds_of(time), (command.linear, command.angular)) for step in steps for time, command in step[4]]
    assert [(time, twist(message)) for time, message in topics["/cmd_vel_driven"]] == driven
    # The latency of level 3 is between them, and changes nothing else.
    shift = driven[5][0] - sent[4][0]
    assert shift > 0
    assert [(time + shift, command) for time, command in sent[: len(driven) - 1]] == driven[1:]


def test_truth_and_progress_of_every_step(trial, topics):
    steps = trial[2].steps
    times = [nanoseconds_of(step[0]) for step in steps]
    assert [clock.clock.sec * 10**9 + clock.clock.nanosec for _, clock in topics["/clock"]] == times
    assert [time for time, _ in topics["/trial/progress"]] == times
    assert [value.data for _, value in topics["/trial/progress"]] == pytest.approx([step[1] for step in steps])
    assert [time for time, _ in topics["/tf"]] == times
    for (_, tree), (_, _, pose, *_) in zip(topics["/tf"], steps, strict=True):
        frames = {(part.header.frame_id, part.child_frame_id): part.transform for part in tree.transforms}
        assert pose_of(frames["world", "robot"]) == pose
        expected = Pose((0.122, 0.0, 0.33)) * OPTICAL
        assert pose_of(frames["robot", "camera_optical"]).position == pytest.approx(expected.position)
        assert pose_of(frames["world", "odom"]) == trial[2].start
        assert len({child for _, child in frames}) == len(frames)


def pose_of(transform):
    place, turn = transform.translation, transform.rotation
    return Pose((place.x, place.y, place.z), (turn.w, turn.x, turn.y, turn.z))


def test_an_optical_frame_looks_along_z():
    assert OPTICAL.transform((0.0, 0.0, 1.0)) == pytest.approx((1.0, 0.0, 0.0))
    assert OPTICAL.transform((1.0, 0.0, 0.0)) == pytest.approx((0.0, -1.0, 0.0))


def changes(values):
    return [value for before, value in zip([(None, None), *values], values, strict=False) if before[1] != value[1]]


def test_goals_as_asked_and_as_heard(trial, topics):
    steps = trial[2].steps
    asked = changes([(nanoseconds_of(step[0]), step[5]) for step in steps])
    heard = changes([(nanoseconds_of(step[0]), step[6]) for step in steps])
    assert [(time, text.data) for time, text in topics["/goal/asked"]] == asked
    assert [(time, text.data) for time, text in topics["/goal/heard"]] == heard
    assert asked != heard


def test_fault_windows(trial, topics):
    states = [(time, json.loads(text.data)["active"]) for time, text in topics["/trial/faults"]]
    by_fault = {
        name: [(time, any(fault["fault"].startswith(name) for fault in active)) for time, active in states]
        for name in ("camera:blackout", "lidar:dropout", "imu:latency")
    }
    assert changes(by_fault["camera:blackout"]) == [(0, False), (1_000_000_000, True), (1_500_000_000, False)]
    assert changes(by_fault["imu:latency"]) == [(0, True)]
    assert changes(by_fault["lidar:dropout"])[:4] == [
        (0, False),
        (330_000_000, True),
        (400_000_000, False),
        (1_330_000_000, True),
    ]


def test_the_verdict_ends_it(trial, topics):
    finished = trial[3]
    ((time, verdict),) = topics["/trial/verdict"]
    assert json.loads(verdict.data) == {"success": finished.succeeded, "reason": finished.reason}
    assert time == nanoseconds_of(finished.sim_time)


def test_nothing_else_is_in_it(topics):
    assert set(topics) == {
        "/camera/image", "/camera/camera_info", "/depth/image", "/depth/camera_info", "/lidar", "/imu", "/odom",
        "/joints", "/bumper", "/cmd_vel", "/cmd_vel_driven", "/goal/asked", "/goal/heard", "/tf", "/clock",
        "/trial/faults", "/trial/progress", "/trial/verdict",
    }  # fmt: skip


def test_the_file_says_which_trial_it_is(trial):
    plan, path, _, finished = trial
    with path.open("rb") as file:
        (metadata,) = make_reader(file).iter_metadata()
    assert metadata.name == METADATA
    assert metadata.metadata["trial"] == finished.id
    assert metadata.metadata["seed"] == str(finished.seed)
    assert metadata.metadata["agent"] == plan.agent


def test_the_same_trial_gives_the_same_bytes(trial, tmp_path):
    plan, path, _, finished = trial
    record(plan, plan.trial(finished.id), tmp_path / "again.mcap")
    assert (tmp_path / "again.mcap").read_bytes() == path.read_bytes()
    assert [file.name for file in tmp_path.iterdir()] == ["again.mcap"]


class GivesUp:
    def reset(self, seed):
        self.steps = 0

    def act(self, observation):
        self.steps += 1
        if self.steps > 3:
            raise ValueError("no idea")
        return np.zeros(2, np.float32)


def test_a_trial_that_ends_in_an_error_leaves_what_came_before_it(trial, tmp_path):
    plan, *_ = trial
    item = plan.trial("find/clean/000")
    env = make_env(plan, item.cell)
    with Recording(tmp_path / "cut.mcap", trial_facts(plan, item)) as recording:
        finished = run_trial(env, GivesUp(), item, [recording])
    env.close()
    assert finished.record.outcome == "harness_error"
    topics = by_rosbags(tmp_path / "cut.mcap")
    assert len(topics["/clock"]) == 4
    assert "/trial/verdict" not in topics


@pytest.mark.parametrize("store", [Stores.ROS2_HUMBLE, Stores.ROS2_JAZZY])
@pytest.mark.parametrize("name", sorted(ros2_types._DEFINITIONS))
def test_definitions_are_those_of_ros_2(store, name):
    theirs = get_typestore(store)
    ours = get_typestore(Stores.EMPTY)
    message_type = name.replace("/", "/msg/")
    ours.register(get_types_from_msg(ros2_types.definition(message_type), message_type))
    assert ours.hash_rihs01(message_type) == theirs.hash_rihs01(message_type)


def lidar_stream(shape, spec):
    return Stream("lidar", "lidar", 10.0, shape, np.dtype(np.float32), "robot", "base_link", Pose(), lidar=spec)


def test_several_rings_are_an_organised_cloud():
    spec = LidarSpec(5, -math.pi / 2, math.pi / 2, 3, -0.2, 0.2)
    ranges = np.full((3, 5), 2.0, np.float32)
    ranges[0, 0], ranges[1, 1] = np.inf, np.nan
    (message,) = messages_of(lidar_stream((3, 5), spec), Reading("lidar", 0.1, ranges, 0.1))
    assert (message.type, message.fields["height"], message.fields["width"]) == ("sensor_msgs/msg/PointCloud2", 3, 5)
    points = np.frombuffer(message.fields["data"], "<f4").reshape(3, 5, 3)
    np.testing.assert_allclose(points[1, 2], (2.0, 0.0, 0.0), atol=1e-6)
    np.testing.assert_allclose(points[1, 4], (0.0, 2.0, 0.0), atol=1e-6)
    np.testing.assert_allclose(points[2, 2], (2.0 * math.cos(0.2), 0.0, 2.0 * math.sin(0.2)), atol=1e-6)
    assert np.isnan(points[0, 0]).all()
    assert np.isnan(points[1, 1]).all()
    assert not message.fields["is_dense"]


def test_topics_are_names_that_ros_allows_and_never_shared():
    stream = lidar_stream((5,), LidarSpec(5, -1.0, 1.0))
    topics = sensor_topics(dict.fromkeys(["a-b", "a_b", "arm/link/2d", "tf"], stream))
    assert topics == {"a-b": "/a_b", "a_b": "/a_b_", "arm/link/2d": "/arm/link/_2d", "tf": "/tf_"}


def test_without_the_library_the_user_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"vla-sim\[record\]"):
        check_recording()
