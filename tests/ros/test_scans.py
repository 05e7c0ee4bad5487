"""Scans of any LiDAR as those of the LiDAR that an agent knows."""

import math

import numpy as np
import pytest
import ros_messages as messages
from hypothesis import given
from hypothesis import strategies as st

from vla_sim.ros.malformed import MalformedError
from vla_sim.ros.scans import ranges_of
from vla_sim.sdf.scene import LidarSpec

LIDAR = LidarSpec(360, -math.pi, math.pi, range_min=0.1, range_max=12.0)


def room(angle):
    """Distance to the walls of a room of 8 by 6 metres, seen from its middle."""
    return np.minimum(4.0 / np.maximum(abs(np.cos(angle)), 1e-9), 3.0 / np.maximum(abs(np.sin(angle)), 1e-9))


def test_a_scan_of_the_same_rays_is_the_same():
    ranges = room(np.linspace(-np.pi, np.pi, 360)).astype(np.float32)
    ranges[5], ranges[6], ranges[7] = np.inf, np.nan, -np.inf
    assert np.array_equal(ranges_of(messages.scan(ranges), LIDAR), ranges, equal_nan=True)


@given(st.integers(90, 3000), st.floats(-2 * math.pi, 2 * math.pi), st.booleans())
def test_rays_lie_in_their_direction_wherever_a_scan_begins(count, start, clockwise):
    increment = 2 * math.pi / count * (-1 if clockwise else 1)
    angles = start + increment * np.arange(count)
    taken = ranges_of(messages.scan(room(angles), start, increment), LIDAR)
    apart = abs(increment) + 2 * math.pi / 359
    wanted = np.linspace(-np.pi, np.pi, 360)
    around = np.array([room(wanted + shift) for shift in np.linspace(-apart, apart, 301)])
    assert (taken >= around.min(axis=0) - 1e-3).all()
    assert (taken <= around.max(axis=0) + 5e-3).all()


def test_what_was_not_scanned_is_lost():
    ahead = messages.scan(np.full(181, 2.0), -math.pi / 2, math.pi / 180)
    taken = ranges_of(ahead, LIDAR)
    angles = np.linspace(-np.pi, np.pi, 360)
    assert (taken[abs(angles) < 1.55] == 2.0).all()
    assert np.isnan(taken[abs(angles) > 1.60]).all()


def test_a_thin_thing_between_two_rays_stays():
    fine = np.full(3600, 5.0, np.float32)
    fine[1804] = 1.0
    taken = ranges_of(messages.scan(fine), LIDAR)
    assert taken.min() == 1.0
    assert (taken == 1.0).sum() == 1


def test_ranges_out_of_bounds():
    ranges = np.full(360, 5.0, np.float32)
    ranges[:5] = [0.0, 0.05, 11.0, 13.0, np.inf]
    taken = ranges_of(messages.scan(ranges, low=0.1, high=30.0), LIDAR)
    assert np.isnan(taken[:2]).all()  # the driver itself calls them impossible
    assert taken[2:5].tolist() == [11.0, np.inf, np.inf]
    near = ranges_of(messages.scan(np.full(360, 0.07), low=0.02), LIDAR)
    assert (near == -np.inf).all()
    assert (ranges_of(messages.scan(np.full(360, 6.0), high=5.0), LIDAR) == np.inf).all()


@pytest.mark.parametrize(
    "scan",
    [
        messages.scan(np.zeros(0), increment=0.1),
        messages.scan(np.ones(4), increment=0.0),
        messages.scan(np.ones(4), start=math.nan),
    ],
)
def test_what_is_no_scan_is_said(scan):
    with pytest.raises(MalformedError, match="a scan of"):
        ranges_of(scan, LIDAR)
