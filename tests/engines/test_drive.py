import math
from dataclasses import dataclass

import engine_scenes as scenes
import numpy as np
import pytest

from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.engines.engine import Command
from vla_sim.geometry import Pose
from vla_sim.sdf import scene

LIMITED = scene.DiffDrive(
    ("left_joint",),
    ("right_joint",),
    0.4,
    0.1,
    max_linear_velocity=1.0,
    min_linear_velocity=-0.5,
    max_angular_velocity=2.0,
    min_angular_velocity=-2.0,
    max_linear_acceleration=1.0,
    min_linear_acceleration=-2.0,
    max_angular_acceleration=4.0,
    min_angular_acceleration=-4.0,
)
AXLE = 0.1
"""The wheels' axle is this far before the model's origin [m]."""


@dataclass
class Path:
    distance: float = 0.0
    yaw: float = 0.0


def axle(engine: EmbeddedEngine) -> tuple[float, float, float]:
    pose = engine.truth().models["robot"].pose
    x, y, _ = pose.transform((AXLE, 0.0, 0.0))
    return x, y, pose.yaw


def travel(engine: EmbeddedEngine, duration: float) -> Path:
    """Forward distance of the axle's middle and the yaw, summed over short stretches."""
    path, last = Path(), axle(engine)
    for _ in range(round(duration / 0.02)):
        engine.step(0.02)
        x, y, yaw = axle(engine)
        turn = math.remainder(yaw - last[2], math.tau)
        heading = last[2] + turn / 2
        path.distance += (x - last[0]) * math.cos(heading) + (y - last[1]) * math.sin(heading)
        path.yaw += turn
        last = (x, y, yaw)
    return path


@pytest.fixture(scope="module", params=[LIMITED, None], ids=["limited", "unlimited"])
def engine(request: pytest.FixtureRequest):
    with EmbeddedEngine() as made:
        made.load(scenes.world(scenes.ground(), scenes.rover(request.param)), ["odom"])
        yield made


@pytest.mark.parametrize(
    ("linear", "angular"),
    [(0.5, 0.0), (0.1, 0.0), (-0.4, 0.0), (0.0, 1.0), (0.0, -0.3), (0.5, 0.8), (0.8, -1.5), (-0.3, 0.5)],
)
def test_follows_the_command_within_one_percent(engine: EmbeddedEngine, linear: float, angular: float) -> None:
    engine.reset()
    engine.step(0.2)
    engine.apply(Command(linear, angular))
    engine.step(1.0)
    path = travel(engine, 3.0)
    assert path.distance == pytest.approx(3 * linear, rel=0.01, abs=0.003)
    assert path.yaw == pytest.approx(3 * angular, rel=0.01, abs=0.003)


def test_wheel_odometry_agrees_with_the_truth_where_nothing_slips() -> None:
    with EmbeddedEngine() as engine:
        engine.load(scenes.world(scenes.ground(), scenes.rover(LIMITED)), ["odom"])
        start = axle(engine)
        for linear, angular in ((0.0, 0.0), (0.5, 0.3), (0.5, -0.6), (0.0, 1.0), (0.0, 0.0)):
            engine.apply(Command(linear, angular))
            readings = engine.step(1.0)
        x, y, yaw, speed, rate = (float(value) for value in readings[-1].data)
        end = axle(engine)
    assert math.hypot(x, y) > 0.5
    assert (x, y) == pytest.approx((end[0] - start[0], end[1] - start[1]), abs=0.01)
    assert yaw == pytest.approx(end[2], abs=0.01)
    assert (speed, rate) == pytest.approx((0.0, 0.0), abs=1e-3)


def test_acceleration_and_velocity_limits_hold() -> None:
    with EmbeddedEngine() as engine:
        engine.load(scenes.world(scenes.ground(), scenes.rover(LIMITED)), ["odom"])
        engine.step(0.2)
        engine.apply(Command(3.0, 0.0))
        speeds = [float(r.data[3]) for r in engine.step(2.0)]
        gains = np.diff(speeds) / 0.02
        assert speeds[-1] == pytest.approx(1.0, rel=0.005)
        assert gains.max() <= 1.05
        assert speeds[24] == pytest.approx(0.5, abs=0.03)
        engine.apply(Command(-3.0, 0.0))
        speeds = [float(r.data[3]) for r in engine.step(2.0)]
        assert speeds[-1] == pytest.approx(-0.5, rel=0.01)
        assert (np.diff(speeds) / 0.02).min() >= -2.1
        assert speeds[24] == pytest.approx(0.0, abs=0.06)


def test_without_limits_it_stays_on_its_wheels() -> None:
    with EmbeddedEngine() as engine:
        engine.load(scenes.world(scenes.ground(), scenes.rover()), [])
        for k in range(20):
            engine.apply(Command(1.0 if k % 2 else -1.0, 0.0))
            engine.step(0.3)
            roll, pitch, _ = engine.truth().models["robot"].pose.rpy
            assert abs(roll) < 0.2
            assert abs(pitch) < 0.35


def patch(mu: float, static: bool = True) -> scene.Model:
    return scenes.box("patch", (6.0, 6.0, 0.004), Pose((0, 0, 0.002)), mu=mu, static=static)


def accelerate(mu: float) -> tuple[float, float]:
    """Distance by the truth and by the wheels, of a hard start on a thin patch."""
    with EmbeddedEngine() as engine:
        robot = scenes.rover()
        engine.load(scenes.world(scenes.ground(), patch(mu), robot), ["odom"])
        engine.reset({"robot": Pose((-2.0, 0.0, 0.004))})
        engine.step(0.2)
        start = axle(engine)
        engine.apply(Command(1.0, 0.0))
        readings = engine.step(1.0)
        return axle(engine)[0] - start[0], float(readings[-1].data[0])


def test_wheels_slip_on_a_slippery_patch_though_the_floor_below_grips() -> None:
    truth, wheels = accelerate(mu=0.02)
    assert wheels == pytest.approx(1.0, abs=0.1)
    # At most mu g t^2 / 2 of way is possible.
    assert truth < 0.15
    gripping, _ = accelerate(mu=1.0)
    assert gripping > 0.8


def test_several_drives_are_an_issue_and_the_robot_is_driven() -> None:
    other = scenes.rover()
    other = scene.Model("another", Pose((0, 2, 0)), other.links, other.joints, other.plugins, canonical_link="base")
    with EmbeddedEngine() as engine:
        engine.load(scenes.world(scenes.ground(), other, scenes.rover()), [])
        assert any("'another' stands still: commands go to 'robot'" in str(issue) for issue in engine.issues)
        engine.apply(Command(0.5, 0.0))
        engine.step(1.0)
        models = engine.truth().models
        assert models["robot"].pose.position[0] > 0.3
        assert models["another"].pose.position[0] == pytest.approx(0.0, abs=1e-3)


def test_a_drive_of_unknown_joints_is_an_issue() -> None:
    drive = scene.DiffDrive(("left",), ("right",), 0.4, 0.1)
    with EmbeddedEngine() as engine:
        engine.load(scenes.world(scenes.ground(), scenes.rover(drive)))
        assert any("no such joint: left, right" in str(issue) for issue in engine.issues)
        assert "odom" not in {reading.sensor for reading in engine.step(0.2)}
