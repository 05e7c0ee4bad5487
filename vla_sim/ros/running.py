"""Runs a node in a process of its own until a signal comes, and ends it in the right order."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from vla_sim.ros.environment import prepare

if TYPE_CHECKING:
    from rclpy.executors import Executor


class Closable(Protocol):
    """A node that has something to do before it ends."""

    def finish(self) -> None:
        """Bring the robot to a halt and stop every thread; called while messages can still be sent."""
        ...


def run(make: Callable[[], Any], arguments: Sequence[str] = (), until: threading.Event | None = None) -> None:
    """Make a node and run it until SIGINT or SIGTERM comes, or ``until`` is set.

    The executor has a thread of its own. At the end ``finish`` is called first, then the executor is shut down and its
    thread joined, and ROS 2 is shut down last: any other order may crash, or swallow the last command. What a callback
    raises ends the run as well, and is raised after all that.

    Args:
        make: returns the node, a ``Closable``.
        arguments: those of ROS 2, such as ``["--ros-args", "-r", "odom:=wheel/odom"]``.
        until: ends the run.

    Raises:
        NotReadyError: there is no ROS 2.
    """
    prepare()
    import rclpy
    from rclpy.executors import SingleThreadedExecutor
    from rclpy.signals import SignalHandlerOptions

    done = until or threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    rclpy.init(args=list(arguments), signal_handler_options=SignalHandlerOptions.NO)
    executor = SingleThreadedExecutor()
    try:
        node = make()
        executor.add_node(node)
        with spinning(executor, done.set):
            done.wait()
            node.finish()
        node.destroy_node()
    finally:
        rclpy.shutdown()


@contextlib.contextmanager
def spinning(executor: Executor, failed: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Run an executor in a thread of its own, and end it when it is at rest: one that is shut down at work raises.

    ``failed`` is called in that thread when a callback raises, which ends it; the exception is raised here at the end.
    """
    enough = threading.Event()
    raised: list[Exception] = []

    def spin() -> None:
        try:
            while not enough.is_set():
                executor.spin_once()
        except Exception as error:
            raised.append(error)
            failed()

    thread = threading.Thread(target=spin, name="executor")
    thread.start()
    try:
        yield
    finally:
        enough.set()
        executor.create_task(lambda: None)  # something to do, so that it does not wait for more
        thread.join()
        executor.shutdown()
    if raised:
        raise raised[0]
