"""One suite for all engines: same world, same commands, and readings that agree with the world's geometry."""

import colorsys
import math

import engine_scenes as scenes
import numpy as np
import pytest

from vla_sim.engines.engine import Command
from vla_sim.geometry import Pose
from vla_sim.sensing.clock import SensorClock

BALLS = {"red": (2.2, 0.7, 0.3), "green": (2.6, -0.2, 0.3), "blue": (2.0, -0.9, 0.3)}
HUES = {"red": (0.85, 0.05, 0.05), "green": (0.05, 0.7, 0.1), "blue": (0.1, 0.15, 0.85)}
BOXES = [(4.0, 0.0, 0.3, 3.0), (0.0, 3.0, 4.0, 0.2), (-2.0, -0.5, 0.5, 0.5)]
BALL_RADIUS = 0.12
EYE = Pose((0.15, 0.0, 0.2))
"""The camera in the robot's frame."""
LIDAR_HEIGHT = 0.25
AXLE = 0.1
"""How far the axle lies before the robot's origin."""
CONTROL = 0.1


def newest(readings, sensor):
    return [one for one in readings if one.sensor == sensor][-1]


def look(engine, sensor, robot=None):
    """What a sensor says a control step after a reset, with the robot at a pose."""
    engine.reset({} if robot is None else {"robot": robot})
    return newest(engine.step(CONTROL), sensor).data


def test_stamps_and_order_are_those_of_the_clocks(engine):
    engine.reset()
    readings = [one for _ in range(5) for one in engine.step(CONTROL)]
    told = [(one.stamp, one.sensor) for one in readings]
    due = []
    for name, stream in engine.streams.items():
        clock = SensorClock(stream.rate, engine.physics_step)
        steps = range(1, round(5 * CONTROL / engine.physics_step) + 1)
        due += [(round(k * engine.physics_step, 9), name) for k in steps if clock.fires(k)]
    assert told == sorted(due)
    assert all(one.arrival == one.stamp for one in readings)
    assert engine.time == 5 * CONTROL


def test_streams_keep_their_shapes_and_types(engine):
    engine.reset()
    for reading in engine.step(CONTROL):
        stream = engine.streams[reading.sensor]
        assert (reading.data.shape, reading.data.dtype) == (stream.shape, stream.dtype)


@pytest.mark.parametrize("robot", [Pose(), Pose.planar(-0.5, 0.4, 0.6), Pose.planar(0.7, -0.8, -2.0)])
def test_lidar_is_within_a_centimetre_at_99_of_100_rays(engine, robot):
    ranges = look(engine, "lidar", robot)
    expected = scan(robot)
    with np.errstate(invalid="ignore"):
        good = (ranges == expected) | (np.abs(ranges - expected) < 0.01)
    assert good.mean() >= 0.99, np.flatnonzero(~good)


def test_landmarks_are_within_a_pixel(engine):
    picture = look(engine, "camera")
    for name, (x, y, z) in BALLS.items():
        rows, columns = np.nonzero(coloured(picture, name))
        assert rows.size > 8
        u, v = project((x, y, z))
        # Where the sun does not shine a ball is darker, not another colour, so that its middle is its middle.
        assert abs((columns.min() + columns.max() + 1) / 2 - u) <= 1.0
        assert abs((rows.min() + rows.max() + 1) / 2 - v) <= 1.0


def test_colours_keep_their_hue(engine):
    picture = look(engine, "camera")
    for name, rgb in HUES.items():
        u, v = project(BALLS[name])
        patch = picture[round(v) - 1 : round(v) + 1, round(u) - 1 : round(u) + 1].reshape(-1, 3).mean(axis=0) / 255
        hue, saturation, _ = colorsys.rgb_to_hsv(*patch)
        apart = abs((hue - colorsys.rgb_to_hsv(*rgb)[0] + 0.5) % 1 - 0.5)
        assert apart < 0.05
        assert saturation > 0.4


def test_depth_is_within_a_percent(engine):
    depth = look(engine, "depth", Pose.planar(1.5, 0.0, 0.0))
    distance = 4.0 - 0.15 - 1.5 - 0.15
    wall = depth[40:50, 40:50]
    assert np.abs(wall / distance - 1).max() < 0.01
    # It has a far plane, and nothing behind it.
    assert not np.isnan(depth).any()


def test_the_imu_feels_gravity_and_turning(engine):
    engine.reset()
    still = [one.data for one in engine.step(1.0) if one.sensor == "imu"][50:]
    assert np.mean(still, axis=0) == pytest.approx([0, 0, 0, 0, 0, 9.8], abs=0.05)
    engine.apply(Command(0.0, 0.8))
    turning = [one.data for one in engine.step(2.0) if one.sensor == "imu"][100:]
    assert np.mean(turning, axis=0)[:3] == pytest.approx([0, 0, 0.8], abs=0.016)


@pytest.mark.parametrize("command", [Command(0.4, 0.0), Command(0.3, 0.5), Command(-0.2, -0.6)])
def test_odometry_follows_truth_within_a_percent(engine, command):
    engine.reset({"front": None})
    engine.apply(command)
    odometry = newest(engine.step(3.0), "odom").data
    pose = engine.truth().models["robot"].pose
    length = abs(command.linear) * 3.0
    # Odometry is that of the middle of the axle.
    axle = pose.transform((AXLE, 0.0, 0.0))
    assert math.hypot(odometry[0] - axle[0] + AXLE, odometry[1] - axle[1]) < 0.01 * length
    assert odometry[2] == pytest.approx(pose.yaw, abs=0.01 * max(1.0, abs(command.angular) * 3.0))
    assert odometry[3:] == pytest.approx([command.linear, command.angular], abs=0.01)


def test_contact_is_felt_in_the_control_step_of_the_touch(engine):
    engine.reset({"robot": Pose.planar(3.0, 0.0, 0.0)})
    engine.apply(Command(0.5, 0.0))
    touched = felt = None
    for step in range(30):
        readings = engine.step(CONTROL)
        if touched is None and ("front", "robot") in engine.truth().contacts:
            touched = step
        if felt is None and any(one.data for one in readings if one.sensor == "bumper"):
            felt = step
    # 0.65 m to the wall's face at 0.5 m/s, after a ramp of 1.5 m/s^2.
    assert touched is not None
    assert abs(touched - round((0.65 / 0.5 + 0.5 / 1.5 / 2) / CONTROL)) <= 1
    assert felt is not None
    assert abs(felt - touched) <= 1


def test_a_model_that_is_taken_out_is_gone_for_all_sensors(engine):
    with_wall, without = (look_all(engine, placements) for placements in ({}, {"front": None}))
    assert with_wall["lidar"][180] == pytest.approx(3.85, abs=0.01)
    assert np.isinf(without["lidar"][180])
    assert np.isfinite(with_wall["depth"][48, 48])
    assert np.isinf(without["depth"][48, 48])


@pytest.mark.gazebo
def test_the_same_commands_take_both_engines_to_the_same_place(make):
    places = {}
    for name in ("embedded", "gazebo"):
        engine = make(name)
        engine.reset({"front": None})
        path = []
        for k in range(60):
            engine.apply(Command(0.3, 0.4 * math.sin(k / 6)))
            engine.step(CONTROL)
            pose = engine.truth().models["robot"].pose
            path.append((*pose.position[:2], pose.yaw))
        places[name] = np.array(path)
    apart = np.hypot(*(places["embedded"] - places["gazebo"])[:, :2].T)
    assert apart.max() < 0.03
    assert np.abs(places["embedded"] - places["gazebo"])[:, 2].max() < 0.02


def look_all(engine, placements):
    engine.reset(placements)
    return {one.sensor: one.data for one in engine.step(CONTROL)}


def scan(robot):
    """Ranges from the LiDAR at a robot's pose, worked out from boxes and balls; the rays are level."""
    spec = scenes.SCAN
    angles = np.linspace(spec.horizontal_min, spec.horizontal_max, spec.horizontal_samples) + robot.yaw
    x, y = robot.position[:2]
    nearest = np.full(angles.shape, np.inf)
    for angle_index, angle in enumerate(angles):
        dx, dy = math.cos(angle), math.sin(angle)
        for middle_x, middle_y, length, width in BOXES:
            enter, leave = 0.0, math.inf
            for start, step, middle, edge in ((x, dx, middle_x, length), (y, dy, middle_y, width)):
                if abs(step) < 1e-12:
                    if abs(start - middle) > edge / 2:
                        leave = -1.0
                    continue
                near, far = sorted(((middle - edge / 2 - start) / step, (middle + edge / 2 - start) / step))
                enter, leave = max(enter, near), min(leave, far)
            if enter <= leave:
                nearest[angle_index] = min(nearest[angle_index], enter)
        for ball_x, ball_y, ball_z in BALLS.values():
            radius = math.sqrt(max(0.0, BALL_RADIUS**2 - (ball_z - LIDAR_HEIGHT) ** 2))
            along = (ball_x - x) * dx + (ball_y - y) * dy
            aside = (ball_x - x) * dy - (ball_y - y) * dx
            if along > 0 and abs(aside) < radius:
                nearest[angle_index] = min(nearest[angle_index], along - math.sqrt(radius**2 - aside**2))
    return np.where(nearest > spec.range_max, np.inf, nearest)


def project(point):
    """Column and row (from the picture's edges, in pixels) of a point in the world, with the robot at home."""
    spec = scenes.camera_spec()
    x, y, z = EYE.inverse().transform(point)
    return spec.cx - spec.fx * y / x, spec.cy - spec.fy * z / x


def coloured(picture, name):
    """Where one channel stands out, as it does on a ball of that colour."""
    channel = ["red", "green", "blue"].index(name)
    others = np.delete(picture.astype(int), channel, axis=2).max(axis=2)
    return picture[..., channel].astype(int) > others + 40
