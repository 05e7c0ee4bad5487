"""Messages in, batches out: order, clocks, and what cannot be understood; without ROS 2."""

from __future__ import annotations

from types import SimpleNamespace as Fake

import numpy as np
import pytest

from vla_sim.errors import InputError
from vla_sim.ros.agent.inbox import QUIET, SETTLE, SETTLED, Inbox
from vla_sim.ros.robot import load_robot

SECOND = 1_000_000_000
PERIOD = SECOND // 10


def stamped(nanoseconds, **fields):
    sec, nanosec = divmod(nanoseconds, SECOND)
    return Fake(header=Fake(stamp=Fake(sec=sec, nanosec=nanosec)), **fields)


def joints(nanoseconds, value=0.0):
    names = ["left_wheel_joint", "right_wheel_joint"]
    return stamped(nanoseconds, name=names, position=[value, value], velocity=[0.0, 0.0])


def odometry(nanoseconds, x=0.0, y=0.0):
    pose = Fake(position=Fake(x=x, y=y, z=0.0), orientation=Fake(x=0.0, y=0.0, z=0.0, w=1.0))
    twist = Fake(linear=Fake(x=0.1), angular=Fake(z=0.2))
    return stamped(nanoseconds, pose=Fake(pose=pose), twist=Fake(twist=twist))


def touch(data=True):
    return Fake(data=data)


def make(*sensors, simulated=True, now=1, wall=0.0):
    inbox = Inbox(load_robot(sensors=sensors).streams, 0.1, 0.1, simulated=simulated)
    inbox.restart(now, wall)
    return inbox


def later(inbox, wall, rounds=2):
    """Return what is due after some rounds of the executor without a message."""
    for _ in range(rounds):
        inbox.look()
    return inbox.due(wall)


def test_a_batch_is_due_when_all_that_belongs_to_it_is_there():
    inbox = make("joints", "odom")
    assert inbox.take("joints", joints(PERIOD), 2.0)
    assert inbox.due(2.0) is None
    assert inbox.take("odom", odometry(PERIOD), 2.0)
    batch = inbox.due(2.0)
    assert (batch.time, batch.missing, len(batch.readings)) == (0.1, (), 2)
    assert inbox.ros_time(batch.time) == PERIOD


def test_times_are_since_a_multiple_of_the_period():
    start = 1_700_000_000 * SECOND + 123_456_789
    inbox = make("joints", simulated=False, now=start)
    assert inbox.epoch == 1_700_000_000 * SECOND + PERIOD
    inbox.take("joints", joints(1_700_000_000 * SECOND + 2 * PERIOD), 0.0)
    batch = inbox.due(0.0)
    assert batch.time == 0.1
    assert inbox.ros_time(batch.time) == 1_700_000_000 * SECOND + 2 * PERIOD


def test_a_robots_own_clock_makes_a_batch_due_after_the_window():
    inbox = make("joints", "odom", simulated=False, now=PERIOD)
    inbox.take("joints", joints(2 * PERIOD), 0.0)
    assert inbox.advance(3 * PERIOD - 1, 9.0) == ""
    assert inbox.due(9.0) is None
    inbox.advance(3 * PERIOD, 9.0)
    assert inbox.due(9.0).missing == ("odom",)


def test_a_simulation_that_stands_still_gets_its_batch_when_nothing_more_comes():
    inbox = make("joints", "odom")
    inbox.take("joints", joints(PERIOD), 1.0)
    inbox.advance(PERIOD, 1.0)
    assert later(inbox, 1.0 + 0.9 * QUIET) is None
    batch = later(inbox, 1.0 + QUIET)
    assert (batch.time, batch.missing) == (0.1, ("odom",))
    # From now on that stream is not waited for so long, but for long enough that it may come back.
    inbox.take("joints", joints(2 * PERIOD), 2.0)
    inbox.advance(2 * PERIOD, 2.0)
    assert later(inbox, 2.0 + 0.5 * SETTLE) is None
    inbox.take("odom", odometry(2 * PERIOD), 2.001)
    assert inbox.due(2.001).missing == ()


def test_a_simulation_that_goes_on_is_not_kept_waiting_by_a_stream_that_is_lost():
    inbox = make("joints", "odom")
    inbox.advance(PERIOD, 1.0)
    assert later(inbox, 1.0 + QUIET) is not None
    inbox.take("joints", joints(2 * PERIOD), 2.0)
    inbox.advance(2 * PERIOD, 2.0)
    for wall in np.arange(2.001, 2.0 + SETTLED, 0.001):
        inbox.take("joints", joints(2 * PERIOD + round(wall * 1e6)), wall)
        assert later(inbox, wall, rounds=1) is None
    inbox.take("joints", joints(2 * PERIOD + 9), 2.0 + SETTLED)
    assert inbox.due(2.0 + SETTLED + 0.001).time == 0.2


def test_what_has_no_stamps_is_of_the_batch_that_the_clock_comes_to():
    inbox = make("joints", "bumper")
    inbox.take("bumper", touch(), 1.0)
    inbox.take("joints", joints(PERIOD), 1.0)
    assert inbox.due(1.0) is None, "more may come before the clock does"
    inbox.take("bumper", touch(data=False), 1.0)
    inbox.advance(PERIOD, 1.0)
    batch = later(inbox, 1.0 + SETTLE)
    assert [(each.sensor, each.stamp) for each in batch.readings] == [("joints", 0.1), ("bumper", 0.1), ("bumper", 0.1)]
    assert batch.missing == ()
    inbox.take("joints", joints(2 * PERIOD), 2.0)
    inbox.advance(2 * PERIOD, 2.0)
    assert later(inbox, 2.0 + SETTLE).missing == ("bumper",)


def test_on_a_robots_own_clock_it_is_stamped_when_it_comes():
    inbox = make("joints", "bumper", simulated=False, now=PERIOD)
    inbox.advance(PERIOD + 7, 0.0)
    inbox.take("bumper", touch(), 0.0)
    inbox.take("joints", joints(2 * PERIOD), 0.0)
    inbox.advance(2 * PERIOD + 5, 0.0)
    inbox.take("bumper", touch(), 0.0)
    first = inbox.due(0.0)
    assert [(each.sensor, each.stamp) for each in first.readings] == [("joints", 0.1), ("bumper", 7e-9)]


def test_without_a_clock_nothing_is_taken_and_then_time_begins():
    inbox = make("joints", now=0)
    inbox.take("joints", joints(5 * SECOND), 0.0)
    assert inbox.due(9.0) is None
    assert inbox.advance(5 * SECOND, 1.0) == "began"
    inbox.take("joints", joints(5 * SECOND + PERIOD), 1.0)
    batch = inbox.due(1.0)
    assert (len(batch.readings), inbox.ros_time(batch.time)) == (1, 5 * SECOND + PERIOD)


def test_time_that_jumps_back_keeps_what_came_before_the_clock_did():
    inbox = make("joints", now=50 * SECOND)
    inbox.advance(50 * SECOND + 1, 5.0)
    inbox.take("joints", joints(50 * SECOND + 2), 5.0)
    inbox.take("joints", joints(PERIOD), 5.0)
    assert inbox.late == 1
    assert inbox.advance(1, 5.0) == "back"
    batch = inbox.due(5.0)
    assert [each.stamp for each in batch.readings] == [0.1]
    assert batch.time == 0.1


def test_after_a_jump_back_what_was_sent_before_it_is_left_out():
    inbox = make("joints", now=7 * PERIOD)
    inbox.advance(1, 5.0)
    inbox.take("joints", joints(7 * PERIOD), 5.01)
    assert inbox.due(5.01) is None
    inbox.take("joints", joints(PERIOD), 5.02)
    assert inbox.due(5.02).time == 0.1


def test_a_sensor_with_a_wrong_clock_does_not_drag_time_along():
    inbox = make("joints", "odom", simulated=False, now=PERIOD)
    assert not inbox.take("joints", joints(2 * PERIOD + 2 * SECOND), 0.0)
    assert inbox.problem == "joints: stamped 2.1 s ahead of the clock"
    assert inbox.due(0.0) is None
    inbox.advance(10 * SECOND, 0.0)
    inbox.take("joints", joints(8 * SECOND), 0.0)
    assert inbox.late == 1


@pytest.mark.parametrize("x", [0.3, 49.9, -1234.56, 500_000.0])
def test_odometry_begins_near_to_its_origin_and_small_numbers_stay_the_same(x):
    inbox = make("odom")
    inbox.take("odom", odometry(PERIOD // 2, x), 0.0)
    inbox.take("odom", odometry(PERIOD, x + 1.0), 0.0)
    first, second = inbox.due(1.0).readings
    assert abs(first.data[0]) <= 50.0
    assert second.data[0] - first.data[0] == pytest.approx(1.0)
    if abs(x) < 50.0:
        assert first.data[0] == x
    assert first.data[1:].tolist() == [0.0, 0.0, 0.1, 0.2]


def test_a_robot_without_stamps_cannot_be_followed():
    with pytest.raises(InputError, match="no sensor whose readings have stamps"):
        make("bumper")


def test_malformed_messages_are_counted_by_stream():
    inbox = make("joints", "odom")
    assert not inbox.take("joints", stamped(PERIOD, name=["a"], position=[], velocity=[]), 0.0)
    assert not inbox.take(
        "joints", stamped(PERIOD, name=["left_wheel_joint", "right_wheel_joint"], position=[], velocity=[]), 0.0
    )
    assert not inbox.take("odom", stamped(PERIOD), 0.0)
    assert not inbox.take("odom", Fake(), 0.0)
    inbox.calibrate("joints", Fake(k=[1.0]))
    assert inbox.malformed == {"joints": 3, "odom": 2}
    assert inbox.due(0.0) is None


def test_time_that_passes_while_messages_wait_does_not_count():
    """The executor was held up: its clock says that nothing came for long, but it has not looked yet."""
    inbox = make("joints", "bumper")
    inbox.take("joints", joints(PERIOD), 1.0)
    inbox.advance(PERIOD, 1.0)
    assert inbox.due(5.0) is None
    assert later(inbox, 5.0, rounds=1) is None
    inbox.take("bumper", touch(), 5.0)
    assert later(inbox, 9.0, rounds=1) is None
    assert later(inbox, 9.0, rounds=1).missing == ()
