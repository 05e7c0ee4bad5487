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


def test_a_request_breaks_a_wait_off_and_a_closed_inbox_turns_it_down():
    inbox = Inbox()
    answer = inbox.ask("reset")
    with pytest.raises(AskedError):
        inbox.wait(lambda: False, None)
    inbox.close()
    assert answer.result(0) == ENDED
    assert inbox.ask("step").result(0) == ENDED
