"""What goes wrong on real servers, one test each, against a stand-in that misbehaves on purpose."""

from dataclasses import replace

import numpy as np
import pytest

from vla_sim.engines.engine import Command
from vla_sim.engines.gazebo import GazeboEngine
from vla_sim.errors import SimulatorError
from vla_sim.geometry import Pose
from vla_sim.sdf.scene import GaussianNoise, LidarSpec

WARM_UP = 300
"""Physics steps before time zero in these worlds: three cycles of 100 ms."""


def starts(file):
    return [int(pid) for pid in file.read_text().split()]


def frames(readings):
    """The number of the server's physics step in every rendered reading, by stamp in milliseconds."""
    found = []
    for one in readings:
        if one.sensor == "camera":
            found.append((one.stamp, int(one.data[0, 0, 0])))
        elif one.sensor in ("depth", "lidar"):
            found.append((one.stamp, round(float(one.data.ravel()[0]) * 1000) % 251))
    return found


def test_a_well_behaved_server_steps_exactly(engine):
    engine.reset()
    readings = engine.step(0.25)
    assert engine.time == 0.25
    assert [(one.sensor, one.stamp) for one in readings if one.stamp == 0.2] == [
        ("bumper", 0.2), ("camera", 0.2), ("depth", 0.2), ("imu", 0.2), ("lidar", 0.2), ("odom", 0.2),
    ]  # fmt: skip
    assert [one.stamp for one in readings if one.sensor == "imu"] == [round(k / 100, 2) for k in range(1, 26)]
    assert frames(readings) == [(t, (round(t * 1000) + WARM_UP) % 251) for t in (0.1, 0.1, 0.1, 0.2, 0.2, 0.2)]


def test_the_robot_drives_and_the_truth_tells(engine):
    engine.reset({"robot": Pose.planar(1.0, 2.0, 0.0)})
    assert engine.truth().models["robot"].pose == Pose.planar(1.0, 2.0, 0.0)
    engine.apply(Command(0.5, 0.0))
    odometry = [one for one in engine.step(1.0) if one.sensor == "odom"][-1]
    state = engine.truth().models["robot"]
    assert state.pose.position[:2] == pytest.approx((1.5, 2.0))
    assert state.linear[0] == pytest.approx(0.5)
    assert odometry.data[0] == pytest.approx(0.5)
    assert engine.truth().contacts == {("ground", "robot")}


def test_late_frames_are_waited_for(stand_in, engine):
    stand_in(late_frame_s=0.3)
    engine.reset()
    for step in range(1, 4):
        assert frames(engine.step(0.1)) == [(step / 10, (step * 100 + WARM_UP) % 251)] * 3


def test_a_lost_frame_is_a_crash_and_never_an_older_frame(stand_in, world):
    stand_in(lost_frame_at_step=WARM_UP + 200)
    with GazeboEngine(patience=2.0) as engine:
        engine.load(world)
        engine.reset()
        engine.step(0.1)
        with pytest.raises(SimulatorError, match=r"not enough for the reading of 'camera' at 0\.5 s"):
            engine.step(0.1)


def test_the_first_frames_may_be_missed(stand_in, engine):
    stand_in(missed_frames=3)
    engine.reset()
    assert len(frames(engine.step(0.1))) == 3


def test_a_twist_that_is_lost_after_a_reset_is_noticed(stand_in, engine):
    file = stand_in(lost_twists=1)
    engine.reset()
    engine.reset()
    assert len(starts(file)) == 2
    engine.apply(Command(0.5, 0.0))
    engine.step(0.1)
    assert engine.truth().models["robot"].pose.position[0] == pytest.approx(0.05)


def test_a_reset_is_not_overwritten(stand_in, engine):
    file = stand_in(overwritten_reset=True)
    for _ in range(3):
        engine.reset()
        assert frames(engine.step(0.1)) == [(0.1, (100 + WARM_UP) % 251)] * 3
        assert engine.truth().models["robot"].pose.position[0] == 0.0
    assert len(starts(file)) == 1


def test_mute_contact_sensors_after_a_reset_take_a_new_server(stand_in, engine):
    file = stand_in(mute_contacts=True)
    for _ in range(3):
        engine.reset()
        engine.step(0.1)
        assert engine.truth().contacts == {("ground", "robot")}
    # The second reset found out; from then on nobody is asked.
    assert len(starts(file)) == 3


def test_a_crash_in_mid_step_ends_the_trial_alone(stand_in, engine):
    file = stand_in(crash_at_step=WARM_UP + 150, starts=1)
    engine.reset()
    engine.step(0.1)
    with pytest.raises(SimulatorError, match=r"the Gazebo server died \(signal 11\)"):
        engine.step(0.1)
    with pytest.raises(RuntimeError, match="reset first"):
        engine.step(0.1)
    engine.reset()
    assert len(frames(engine.step(0.2))) == 6
    assert len(starts(file)) == 2


def test_a_stalled_server_is_given_up(stand_in, world):
    stand_in(stall_at_step=WARM_UP + 150)
    with GazeboEngine(patience=2.0) as engine:
        engine.load(world)
        engine.reset()
        engine.step(0.1)
        with pytest.raises(SimulatorError, match="stalled: 2 s of wall time were not enough for 100 steps"):
            engine.step(0.1)


def test_throttled_statistics_are_not_waited_for(stand_in, engine):
    stand_in(throttled_stats=50)
    engine.reset()
    assert len(frames(engine.step(0.1))) == 3


def test_a_start_is_tried_again(stand_in, engine):
    file = stand_in(dead_starts=2)
    engine.reset()
    assert len(starts(file)) == 3


def test_a_server_that_never_starts_says_why(stand_in, engine):
    stand_in(dead_starts=3)
    with pytest.raises(SimulatorError, match=r"died \(exit code 1\): no rendering engine here"):
        engine.reset()


def test_models_that_are_taken_out_are_moved_away_and_never_removed(engine):
    engine.reset({"red": None})
    engine.step(0.1)
    assert "red" not in engine.truth().models
    engine.reset()
    engine.step(0.1)
    assert engine.truth().models["red"].pose == Pose.planar(2.0, 0.0, 0.0, 0.2)


def test_noise_is_ours_and_follows_the_seed(stand_in, world):
    noisy = with_noise(world)
    scans = []
    with GazeboEngine(patience=20.0) as engine:
        engine.load(noisy)
        for seed in (1, 1, 2):
            engine.reset(seed=seed)
            scans.append(next(one.data for one in engine.step(0.1) if one.sensor == "lidar"))
    assert np.array_equal(scans[0], scans[1])
    assert not np.array_equal(scans[0], scans[2])


def with_noise(world):
    robot = world.model("robot")

    def noisy(sensor):
        if isinstance(sensor.spec, LidarSpec):
            return replace(sensor, spec=replace(sensor.spec, noise=GaussianNoise(stddev=0.02)))
        return sensor

    links = tuple(replace(link, sensors=tuple(noisy(sensor) for sensor in link.sensors)) for link in robot.links)
    return world.with_model(replace(robot, links=links))
