import threading

import pytest

from vla_sim.ros.bridge.inbox import Inbox, Order
from vla_sim.ros.bridge.pace import LockStep, RealTime

SECOND = 10**9


def at(now):
    inbox = Inbox()
    inbox.tell(now)
    return inbox


def test_lock_step_takes_the_command_of_the_moment_and_no_older_one():
    inbox, pace = at(SECOND), LockStep(patience=60.0)
    inbox.order(SECOND - 1, 0.1, 0.0)
    threading.Timer(0.05, inbox.order, (SECOND, 0.2, 0.0)).start()
    assert pace.command(inbox).linear == 0.2
    assert pace.late == 0


def test_lock_step_goes_on_with_the_last_command():
    inbox, pace = at(SECOND), LockStep(patience=0.0)
    assert pace.command(inbox) == Order(SECOND)
    inbox.order(SECOND - 1, 0.1, 0.0)
    assert pace.command(inbox).linear == 0.1
    assert pace.late == 2


@pytest.mark.parametrize(("time_out", "linear"), [(0.5, 0.0), (0.0, 0.4)])
def test_a_command_is_forgotten_in_time(time_out, linear):
    inbox, pace = at(SECOND), RealTime(1.0, 100.0, time_out)
    inbox.order(0, 0.4, 0.0)
    assert pace.command(inbox).linear == 0.4
    inbox.tell(SECOND + SECOND // 2 + 1)
    assert pace.command(inbox).linear == linear


@pytest.mark.parametrize(("factor", "told"), [(0.5, 1), (1.0, 1), (2.0, 1), (10.0, 5), (1000.0, 500)])
def test_how_often_the_clock_is_told(factor, told):
    pace = RealTime(factor, 100.0)
    assert sum(pace.tells(step) for step in range(1000)) == 1000 // told


def test_real_time_that_cannot_be_kept_is_lost_and_not_made_up_for():
    pace, inbox = RealTime(1e9, 100.0), Inbox()
    pace.await_time(0.0, inbox)
    pace._start -= 5.0
    pace.await_time(0.01, inbox)
    assert pace.lost > 4.9
    lost = pace.lost
    pace.await_time(0.02, inbox)
    assert pace.lost == lost
