"""Worlds that the bridge runs, and where their frames are."""

import shutil

import pytest

from vla_sim import assets
from vla_sim.errors import InputError
from vla_sim.geometry import Pose
from vla_sim.ros.bridge.frames import mounts, movement
from vla_sim.ros.bridge.world import WorldSpec, open_world


@pytest.fixture
def world():
    made = []

    def world(**fields):
        made.append(open_world(WorldSpec(renderer="rays", **fields)))
        return made[-1]

    yield world
    for one in made:
        one.close()


def test_a_world_without_semantics_can_be_driven_freely(world, tmp_path):
    shutil.copy(assets.WORLDS / "arena.sdf", tmp_path / "plain.sdf")
    with pytest.raises(InputError, match=r"no plain.yaml beside the world"):
        world(world=str(tmp_path / "plain.sdf"))
    free = world(world=str(tmp_path / "plain.sdf"), task="none")
    start = free.reset(0)
    for _ in range(20):
        moment = free.step(0.5, 0.0)
    x, y, yaw = start.place
    along = Pose.planar(x, y, yaw).inverse().transform((*moment.place[:2], 0.0))
    assert along[0] > 0.5
    assert moment.verdict is None


def test_an_arm_is_moved_freely_within_its_limits(world):
    free = world(world="tabletop", task="none")
    free.reset(0)
    told = {"elbow": 0.3, "wrist_1": -9.0}
    for _ in range(5):
        moment = free.step(0.5, 0.0, told)
    *_, newest = (reading for reading in moment.readings if reading.sensor == "joints")
    places = dict(zip(free.streams["joints"].joints, newest.data[:, 0].tolist(), strict=True))
    assert places["elbow"] == pytest.approx(0.3, abs=0.01)
    assert -2.41 < places["wrist_1"] < -1.0
    assert places["shoulder_pan"] == pytest.approx(0.0, abs=0.01)
    assert moment.place == pytest.approx(free.reset(0).place)


def test_free_driving_is_drawn_from_the_seed(world):
    free = world(task="none", faults=("lidar:dropout@L3",))
    scans = []
    for seed in (1, 1, 2):
        moment = free.reset(seed)
        scans.append(next(reading.data for reading in moment.readings if reading.sensor == "lidar").tobytes())
    assert scans[0] == scans[1] != scans[2]


@pytest.mark.parametrize("task", ["none", "go_to_object"])
def test_late_readings_come_when_they_arrive(world, task):
    late = world(task=task, faults=({"target": "lidar", "kind": "latency", "parameters": {"delay": 0.25}},))
    moments = [late.reset(0), *(late.step(0.0, 0.0) for _ in range(4))]
    stamps = [[one.stamp for one in moment.readings if one.sensor == "lidar"] for moment in moments]
    assert stamps == [[], [], [], [0.1], [0.2]]


@pytest.mark.parametrize("task", ["none", "go_to_object"])
def test_a_fault_that_fits_nothing_is_refused(world, task):
    with pytest.raises(InputError, match="no stream 'sonar'"):
        world(task=task, faults=("sonar:dropout",))


def test_frames(world):
    free = world(task="none")
    placed = {one["child_frame_id"]: one for one in mounts(free.streams, free.scene, free.robot.name, "base_link")}
    assert set(placed) == {"camera_optical", "depth_optical", "lidar", "imu"}
    camera = placed["camera_optical"]
    assert camera["header"]["frame_id"] == "base_link"
    rotation = camera["transform"]["rotation"]
    ahead = Pose((0.0, 0.0, 0.0), tuple(rotation[axis] for axis in "wxyz")).transform((0.0, 0.0, 1.0))
    assert ahead[0] > 0.9, "the optical axis looks along the robot's x"
    odometry = next(one for one in free.reset(0).readings if one.sensor == "odom")
    moved = movement(odometry, "odom", "base_link")
    assert moved["transform"]["translation"]["x"] == odometry.data[0]
