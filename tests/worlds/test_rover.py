"""The rover: what its file says, and what its sensors see."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from vla_sim import assets
from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.engines.engine import Command
from vla_sim.geometry import Pose
from vla_sim.sdf import load_model, load_world
from vla_sim.sdf.scene import Box, CameraSpec, ContactSpec, DiffDrive, LidarSpec, Model
from vla_sim.tasks.semantics import load_semantics


@pytest.fixture(scope="module")
def rover() -> Model:
    return load_model(assets.ROBOTS / "rover" / "model.sdf", strict=True)


def test_size_and_mass(rover: Model) -> None:
    (chassis,) = (c for c in rover.link("base_link").collisions if c.name == "chassis_collision")
    assert isinstance(chassis.geometry, Box)
    assert chassis.geometry.size[:2] == pytest.approx((0.45, 0.35), abs=0.02)
    assert sum(link.inertial.mass for link in rover.links) == pytest.approx(12)
    assert sum(len(link.visuals) for link in rover.links) <= 16


def test_sensors_and_rates(rover: Model) -> None:
    rates = {sensor.name: (sensor.type, sensor.update_rate) for _, sensor in rover.sensors()}
    assert rates == {
        "camera": ("camera", 10),
        "depth": ("depth_camera", 10),
        "lidar": ("lidar", 10),
        "imu": ("imu", 100),
        "bumper": ("contact", 50),
    }


def test_camera_and_depth_are_one_eye(rover: Model) -> None:
    sensors = {sensor.name: sensor for _, sensor in rover.sensors()}
    camera, depth = sensors["camera"], sensors["depth"]
    assert camera.pose == depth.pose
    assert isinstance(camera.spec, CameraSpec)
    assert isinstance(depth.spec, CameraSpec)
    for key in ("width", "height", "fx", "fy", "cx", "cy"):
        assert getattr(camera.spec, key) == getattr(depth.spec, key)
    assert (camera.spec.width, camera.spec.height) == (96, 96)
    assert math.radians(80) <= camera.spec.horizontal_fov <= math.radians(90)


def test_lidar_and_bumper(rover: Model) -> None:
    specs = {sensor.name: sensor.spec for _, sensor in rover.sensors()}
    lidar, bumper = specs["lidar"], specs["bumper"]
    assert isinstance(lidar, LidarSpec)
    assert lidar.horizontal_samples == 360
    step = (lidar.horizontal_max - lidar.horizontal_min) / 359
    assert step == pytest.approx(math.radians(1), abs=1e-6)
    assert (lidar.range_min, lidar.range_max) == (0.12, 10)
    assert isinstance(bumper, ContactSpec)
    assert bumper.collisions == ("chassis_collision",)


def test_drive(rover: Model) -> None:
    (drive,) = (plugin for plugin in rover.plugins if isinstance(plugin, DiffDrive))
    assert (drive.max_linear_velocity, drive.max_angular_velocity) == (0.8, 2.0)
    assert (drive.min_linear_velocity, drive.min_angular_velocity) == (-0.8, -2.0)
    assert drive.odom_publish_frequency == 50
    left, right = (rover.link(f"{side}_wheel").pose.position for side in ("left", "right"))
    assert left[1] - right[1] == pytest.approx(drive.wheel_separation)
    assert left[2] == pytest.approx(drive.wheel_radius)


@pytest.fixture(scope="module")
def engine() -> Iterator[EmbeddedEngine]:
    """The arena."""
    with EmbeddedEngine() as engine:
        engine.load(load_world(assets.WORLDS / "arena.sdf"))
        yield engine


def readings(engine: EmbeddedEngine, pose: Pose) -> dict[str, NDArray[np.generic]]:
    """Return the first readings of a rover that stands there, all objects taken away."""
    absent = dict.fromkeys(load_semantics(assets.WORLDS / "arena.sdf").objects, None)
    engine.reset({**absent, "robot": pose})
    return {reading.sensor: reading.data for reading in engine.step(0.2)}


def test_camera_sees_the_floor_and_nothing_of_the_robot(engine: EmbeddedEngine, rover: Model) -> None:
    """Below the horizon every depth is that of a bare floor: any own part would be nearer."""
    depth = readings(engine, Pose.planar(0.0, 0.0, 0.4))["depth"]
    (sensor,) = (sensor for _, sensor in rover.sensors() if sensor.name == "depth")
    spec, pitch, height = sensor.spec, sensor.pose.rpy[1], sensor.pose.position[2]
    assert isinstance(spec, CameraSpec)
    rows = (np.arange(96) + 0.5 - spec.cy) / spec.fy
    down = np.sin(pitch) + rows * np.cos(pitch)
    for row in np.flatnonzero(height / np.maximum(down, 1e-9) < 2.5):
        np.testing.assert_allclose(depth[row], height / down[row], rtol=0.02)


def test_camera_sees_a_picture(engine: EmbeddedEngine) -> None:
    image = readings(engine, Pose.planar(0.0, 0.0, 0.4))["camera"]
    assert image.shape == (96, 96, 3)
    assert image.std() > 10


def test_lidar_sees_the_walls_and_nothing_of_the_robot(engine: EmbeddedEngine) -> None:
    scan = np.asarray(readings(engine, Pose.planar(0.0, 0.0))["lidar"], dtype=float)
    assert np.all(np.isfinite(scan))
    assert scan.min() > 1.5
    assert scan[180] == pytest.approx(5.0 - 0.03, abs=0.02)
    assert scan[0] == pytest.approx(5.0 + 0.03, abs=0.02)


@pytest.mark.parametrize("kind", ["cube", "ball", "cylinder", "cone"])
def test_lidar_and_camera_see_every_shape(engine: EmbeddedEngine, kind: str) -> None:
    names = load_semantics(assets.WORLDS / "arena.sdf").objects
    placements: dict[str, Pose | None] = dict.fromkeys(names, None)
    placements |= {"robot": Pose.planar(0.0, 0.0), f"green_{kind}": Pose.planar(1.5, 0.0)}
    engine.reset(placements)
    data = {reading.sensor: reading.data for reading in engine.step(0.2)}
    assert 1.1 < float(data["lidar"][180]) < 1.5
    image = np.asarray(data["camera"], dtype=float)
    green = (image[..., 1] > 1.4 * image[..., 0]) & (image[..., 1] > 1.4 * image[..., 2])
    assert green[30:70, 30:66].mean() > 0.02


@pytest.mark.parametrize(("linear", "angular"), [(0.6, 0.0), (0.0, 1.0), (0.4, 0.5)])
def test_it_drives_as_told(engine: EmbeddedEngine, linear: float, angular: float) -> None:
    readings(engine, Pose.planar(-1.0, -1.0))
    engine.apply(Command(linear, angular))
    engine.step(1.0)
    before = engine.truth().models["robot"]
    engine.step(1.0)
    after = engine.truth().models["robot"]
    moved = math.dist(before.pose.position[:2], after.pose.position[:2])
    turned = math.remainder(after.pose.yaw - before.pose.yaw, 2 * math.pi)
    chord = linear if angular == 0 else 2 * linear / angular * math.sin(angular / 2)
    assert moved == pytest.approx(chord, abs=0.012)
    assert turned == pytest.approx(angular, abs=0.015)
    assert abs(after.pose.rpy[1]) < 0.01


def test_it_slides_on_the_patch(engine: EmbeddedEngine) -> None:
    """Braking from full speed takes several times the way on the slippery sheet."""

    def stopping_way(pose: Pose) -> float:
        readings(engine, pose)
        engine.apply(Command(0.8))
        engine.step(1.6)
        start = engine.truth().models["robot"].pose.position
        engine.apply(Command(0.0))
        engine.step(2.0)
        return math.dist(start, engine.truth().models["robot"].pose.position)

    dry = stopping_way(Pose.planar(0.0, -4.0, math.pi / 2))
    wet = stopping_way(Pose.planar(2.5, -4.4, math.pi / 2))
    assert wet > 2 * dry
