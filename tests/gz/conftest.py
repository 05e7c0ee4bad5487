"""Partitions of their own, and Debian's C++ peer."""

import os
import subprocess
import threading
import uuid
from pathlib import Path

import pytest

from vla_sim.gz import Node

PEER = Path("/usr/libexec/ignition/transport11")


@pytest.fixture
def partition():
    return f"test-{uuid.uuid4()}"


@pytest.fixture
def node(partition):
    with Node(partition, "127.0.0.1") as node:
        yield node


@pytest.fixture
def other(partition):
    with Node(partition, "127.0.0.1") as node:
        yield node


@pytest.fixture
def environment(partition):
    return {
        **os.environ,
        "GZ_PARTITION": partition,
        "IGN_PARTITION": partition,
        "GZ_IP": "127.0.0.1",
        "IGN_IP": "127.0.0.1",
    }


@pytest.fixture
def peer(environment):
    """Starts Debian's peer: ``peer("topic", "-l")`` is a running process, ended with the test."""
    if not (PEER / "ign-transport-topic").exists():
        # A machine without it may run the other tests; continuous integration may not.
        message = "no C++ peer: apt-get install ignition-transport-cli"
        if os.environ.get("VLA_SIM_REQUIRE_GZ_PEER"):
            pytest.fail(message)
        pytest.skip(message)
    started = []

    def start(tool, *arguments):
        process = subprocess.Popen(
            [str(PEER / f"ign-transport-{tool}"), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        # One that hangs is ended, so that who reads from it goes on, and fails.
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        started.append((process, watchdog))
        return process

    yield start
    for process, watchdog in started:
        watchdog.cancel()
        if process.poll() is None:
            process.kill()
        process.communicate()
