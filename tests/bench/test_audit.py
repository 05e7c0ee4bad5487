"""Two runs of one seed: identical, or told apart by sensor and time."""

import pytest

from vla_sim.bench.audit import TRUTH, audit, compare
from vla_sim.errors import InputError


def test_the_embedded_engine_is_deterministic():
    result = audit("embedded", "arena", seed=3, seconds=1.0)
    assert result.identical
    # LiDAR, camera, depth and joints at 10 Hz, IMU at 100, bumper and odometry at 50; the truth after each step.
    assert result.readings == 10 + 10 + 10 + 10 + 100 + 50 + 50 + 10
    assert str(result) == "embedded, arena, seed 3: two runs are identical, 250 readings bit for bit"


def test_the_first_sensor_and_time_that_differ_are_named():
    first = [("imu", 0.1, "a"), ("lidar", 0.1, "b"), (TRUTH, 0.1, "c"), ("imu", 0.2, "d"), ("lidar", 0.2, "e")]
    second = [("imu", 0.1, "a"), ("lidar", 0.1, "x"), (TRUTH, 0.1, "c"), ("imu", 0.2, "y")]
    result = compare("e", "w", 0, first, second)
    assert not result.identical
    assert result.first == ("lidar", 0.1)
    assert result.differing == {"lidar": 2, "imu": 1}
    assert str(result) == "e, w, seed 0: two runs differ first in 'lidar' at 0.1 s; of 5 readings: lidar 2, imu 1"


def test_an_unknown_engine_is_bad_input():
    with pytest.raises(InputError, match="unknown engine 'bullet'; choose embedded or gazebo"):
        audit("bullet", "arena", 0, 1.0)
