import math

import engine_scenes as scenes
import numpy as np
import pytest

from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.engines.engine import Command
from vla_sim.geometry import Pose
from vla_sim.sdf import scene


def imu(spec: scene.ImuSpec | None = None, pose: Pose | None = None) -> tuple[scene.Sensor, ...]:
    return (scene.Sensor("imu", "imu", pose or Pose(), 100.0, None, spec or scene.ImuSpec()),)


def body(sensors: tuple[scene.Sensor, ...], pose: Pose, static: bool) -> scene.Model:
    box = scenes.box("body", (0.2, 0.2, 0.2), pose, static=static)
    link = box.links[0]
    held = scene.Link("link", Pose(), link.inertial, link.visuals, link.collisions, sensors)
    return scene.Model("body", pose, (held,), static=static)


def last(engine: EmbeddedEngine, duration: float) -> np.ndarray:
    return [reading.data for reading in engine.step(duration) if reading.sensor == "imu"][-1]


@pytest.mark.parametrize("static", [True, False])
def test_at_rest_gravity_pushes_up_in_the_sensor_frame(static: bool) -> None:
    tilted = Pose.from_xyz_rpy(0, 0, 0, math.pi / 2, 0, 0)
    with EmbeddedEngine() as engine:
        engine.load(scenes.world(scenes.ground(), body(imu(pose=tilted), Pose((0, 0, 0.1)), static)))
        value = last(engine, 1.0)
    assert value[:3] == pytest.approx([0, 0, 0], abs=1e-6)
    assert value[3:] == pytest.approx([0, 9.8, 0], abs=0.01)


def test_falling_feels_nothing() -> None:
    with EmbeddedEngine() as engine:
        engine.load(scenes.world(scenes.ground(), body(imu(), Pose((0, 0, 20.0)), static=False)))
        assert last(engine, 0.5)[3:] == pytest.approx([0, 0, 0], abs=1e-6)


def test_turning_on_the_spot() -> None:
    with EmbeddedEngine() as engine:
        engine.load(scenes.world(scenes.ground(), scenes.rover(extra=imu())))
        engine.apply(Command(0.0, 0.8))
        engine.step(1.0)
        turned = engine.truth().models["robot"].pose.yaw
        rates = [reading.data[2] for reading in engine.step(1.0) if reading.sensor == "imu"]
        turned = engine.truth().models["robot"].pose.yaw - turned
    assert len(rates) == 100
    assert np.mean(rates) == pytest.approx(0.8, rel=0.01)
    assert sum(rates) * 0.01 == pytest.approx(turned, rel=1e-3)


def test_the_specific_force_is_the_change_of_speed() -> None:
    drive = scene.DiffDrive(
        ("left_joint",), ("right_joint",), 0.4, 0.1, max_linear_acceleration=0.5, min_linear_acceleration=-0.5
    )
    with EmbeddedEngine() as engine:
        engine.load(scenes.world(scenes.ground(), scenes.rover(drive, extra=imu())))
        engine.step(0.3)
        before = engine.truth().models["robot"].linear[0]
        engine.apply(Command(1.0, 0.0))
        forces = [reading.data[3] for reading in engine.step(1.0) if reading.sensor == "imu"]
        gained = engine.truth().models["robot"].linear[0] - before
    assert gained == pytest.approx(0.5, abs=0.02)
    assert np.mean(forces) == pytest.approx(0.5, abs=0.05)


def test_noise_bias_and_seed() -> None:
    gyro = scene.GaussianNoise(stddev=0.01, bias_mean=0.2)
    spec = scene.ImuSpec((gyro, None, None), (None, None, scene.GaussianNoise(bias_stddev=0.5)))
    with EmbeddedEngine() as engine:
        engine.load(scenes.world(scenes.ground(), body(imu(spec), Pose((0, 0, 0.1)), static=True)))
        runs = []
        for seed in (1, 2, 1):
            engine.reset(seed=seed)
            runs.append(np.array([reading.data for reading in engine.step(5.0)]))
    assert np.array_equal(runs[0], runs[2])
    assert runs[0][:, 0].mean() == pytest.approx(0.2, abs=0.003)
    assert runs[0][:, 0].std() == pytest.approx(0.01, rel=0.15)
    assert np.all(runs[0][:, 1:3] == 0)
    assert np.ptp(runs[0][:, 5]) < 1e-9
    assert runs[0][0, 5] != runs[1][0, 5]


def test_a_robot_put_down_touching_the_floor_is_at_rest() -> None:
    with EmbeddedEngine() as engine:
        engine.load(scenes.world(scenes.ground(), scenes.rover(extra=imu())))
        engine.reset()
        forces = np.array([reading.data[3:] for reading in engine.step(0.2) if reading.sensor == "imu"])
        assert np.abs(forces - [0, 0, 9.8]).max() < 0.3
        assert abs(engine.truth().models["robot"].pose.position[2]) < 5e-5
