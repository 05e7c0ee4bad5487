"""How a node's process runs and ends."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from vla_sim.ros.running import run


@pytest.fixture(autouse=True)
def _signals(ros):
    """``run`` takes the signals of its process."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class Ends:
    """Makes nodes that count how they are ended."""

    def __init__(self, tick):
        self.log, self.tick = [], tick

    def __call__(self):
        import rclpy

        node = rclpy.create_node("short_lived")
        node.create_timer(0.01, self.tick)
        node.finish = lambda: self.log.append("finished")
        return node


def test_it_runs_until_it_is_told_to_end():
    done, ticks = threading.Event(), []

    def tick():
        ticks.append(1)
        if len(ticks) == 5:
            done.set()

    ends = Ends(tick)
    run(ends, until=done)
    assert len(ticks) >= 5
    assert ends.log == ["finished"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it(number):
    ends = Ends(lambda: os.kill(os.getpid(), number))
    run(ends)
    assert ends.log == ["finished"]


def test_what_a_callback_raises_ends_it_in_the_right_order():
    def tick():
        raise ValueError("no way")

    ends = Ends(tick)
    with pytest.raises(ValueError, match="no way"):
        run(ends)
    assert ends.log == ["finished"]


def test_a_node_that_cannot_be_made_leaves_ros_as_it_was():
    import rclpy

    def make():
        raise RuntimeError("nothing")

    with pytest.raises(RuntimeError, match="nothing"):
        run(make)
    assert not rclpy.ok()
