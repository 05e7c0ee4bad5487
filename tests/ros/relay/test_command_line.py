"""``vla-sim ros faults`` in a process of its own: it relays, and ends with the robot at a stand."""

import os
import signal
import subprocess
import sys

import pytest
from geometry_msgs.msg import TwistStamped

from vla_sim.bench.exit_code import ExitCode

from ..conftest import WAIT
from .conftest import command


@pytest.fixture
def process():
    line = [sys.executable, "-c", "from vla_sim.cli import main; main()", "ros", "faults"]
    arguments = [
        "--fault",
        "command:reversed",
        "--arm",
        "--dead-man",
        "0",
        "--ros-args",
        "-r",
        "cmd_vel:=/base/cmd_vel",
    ]
    started = subprocess.Popen([*line, *arguments], stderr=subprocess.DEVNULL)
    yield started
    started.kill()
    started.wait()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_with_the_robot_at_a_stand(ros, process, end):
    node = ros.node()
    publisher = node.create_publisher(TwistStamped, "faulted/cmd_vel", 10)
    got = ros.collect(node, TwistStamped, "/base/cmd_vel", 100)

    def driven():
        publisher.publish(command(node.get_clock().now().nanoseconds, 0.4, 0.2))
        return len(got) > 3

    assert ros.wait(driven)
    assert {message.twist.angular.z for message in got} == {-0.2}
    os.kill(process.pid, end)
    assert process.wait(WAIT) == ExitCode.PASSED
    assert ros.wait(lambda: got[-1].twist.linear.x == 0.0)
