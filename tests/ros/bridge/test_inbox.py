import pytest

from vla_sim.ros.bridge.inbox import ENDED, AskedError, Inbox, Order

SECOND = 10**9


def at(now):
    inbox = Inbox()
    inbox.tell(now)
    return inbox


def test_the_newest_command_counts_whatever_the_order():
    inbox = at(SECOND)
    assert inbox.order(5, 0.5, 0.0)
    assert inbox.order(3, 0.3, 0.0)
    assert inbox.last == Order(5, 0.5, 0.0, SECOND)


def test_a_command_from_before_the_reset_is_refused():
    inbox = at(5 * SECOND)
    inbox.restart(1)
    assert not inbox.order(4 * SECOND, 1.0, 0.0)
    assert (inbox.last, inbox.refused) == (None, 1)


def test_goals_are_the_command_of_an_arm_that_stands():
    inbox = at(SECOND)
    assert inbox.aim(5, {"elbow": 0.1}, alone=True)
    assert inbox.aim(7, {"wrist_1": 0.2}, alone=True)
    assert inbox.aim(6, {"elbow": 0.9}, alone=True)
    assert inbox.last == Order(7, came=SECOND, joints={"elbow": 0.1, "wrist_1": 0.2})
    assert not inbox.aim(2 * SECOND, {}, alone=True)
    inbox.restart(1)
    assert inbox.last is None
    assert inbox.aim(1, {}, alone=True)
    assert inbox.last == Order(1, came=1)


def test_goals_stand_beside_the_speeds_of_a_robot_that_drives():
    inbox = at(SECOND)
    inbox.aim(5, {"elbow": 0.1}, alone=False)
    assert inbox.last.stamp < 0
    inbox.order(6, 0.5, 0.0)
    assert inbox.last == Order(6, 0.5, 0.0, SECOND, {"elbow": 0.1})
    inbox.tell(2 * SECOND)
    inbox.aim(7, {"elbow": 0.2}, alone=False)
    assert inbox.last == Order(6, 0.5, 0.0, SECOND, {"elbow": 0.2})


def test_a_request_breaks_a_wait_off_and_a_closed_inbox_turns_it_down():
    inbox = Inbox()
    answer = inbox.ask("reset")
    with pytest.raises(AskedError):
        inbox.wait(lambda: False, None)
    inbox.close()
    assert answer.result(0) == ENDED
    assert inbox.ask("step").result(0) == ENDED
