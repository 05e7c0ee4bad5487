"""Which messages wait, and in which order they are read."""

import pytest

from vla_sim.gz import message_type
from vla_sim.gz.subscription import Subscription

Stats = message_type("gz.msgs.WorldStatistics")


def subscription(depth=100, **options):
    return Subscription("@/p@/stats", None, depth, lambda closed: None, **options)


def put(to, *iterations, paused=False):
    for number in iterations:
        to.put("gz.msgs.WorldStatistics", Stats(iterations=number, paused=paused).SerializeToString())


def numbers(messages):
    return [message.iterations for message in messages]


def test_the_newest_are_kept_without_a_word(caplog):
    kept = subscription(depth=2, newest_only=True)
    put(kept, 1, 2, 3)
    assert numbers([kept.receive(0), kept.receive(0)]) == [2, 3]
    assert kept.dropped == 0
    assert not caplog.records


def test_only_what_is_wanted_waits():
    paused = subscription(keep=lambda stats: stats.paused)
    put(paused, 1, 2)
    put(paused, 3, paused=True)
    paused.put("gz.msgs.WorldStatistics", b"\xff")
    assert numbers([paused.receive(0)]) == [3]
    assert paused.receive(0) is None
    assert paused.rejected == 1


def test_backwards_empties_the_queue():
    waiting = subscription()
    put(waiting, 1, 2, 3)
    newest = waiting.backwards()
    assert next(newest).iterations == 3
    assert waiting.receive(0) is None
    assert numbers(newest) == [2, 1]


@pytest.mark.parametrize(("every", "read"), [(1, [1, 2, 3, 4, 5, 200, 201, 202, 6]), (3, [1, 4, 200, 6])])
def test_runs_of_equal_length_are_sampled(every, read):
    waiting = subscription()
    # A number above 127 takes a byte more.
    put(waiting, 1, 2, 3, 4, 5, 200, 201, 202, 6)
    assert numbers(waiting.sampled(every)) == read
    assert waiting.receive(0) is None


def test_clear_lets_all_go():
    waiting = subscription()
    put(waiting, 1, 2)
    waiting.clear()
    assert waiting.receive(0) is None
