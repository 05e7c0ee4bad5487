"""A process that was prepared listens on this machine only, and moves large pictures without loss."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from vla_sim.errors import NotReadyError
from vla_sim.ros import environment

LISTENING = """
import os, re, rclpy
from vla_sim.ros.environment import prepare
prepare()
rclpy.init()
node = rclpy.create_node("listener")
own = {re.sub(r"\\D", "", os.readlink(f"/proc/self/fd/{fd}")) for fd in os.listdir("/proc/self/fd")
       if os.path.exists(f"/proc/self/fd/{fd}") and "socket" in os.readlink(f"/proc/self/fd/{fd}")}
for line in open("/proc/net/udp").readlines()[1:]:
    fields = line.split()
    address, port = fields[1].split(":")
    if fields[9] in own:
        print(".".join(str(byte) for byte in reversed(bytes.fromhex(address))), int(port, 16))
node.destroy_node()
rclpy.shutdown()
"""


def listening(**variables):
    kept = {name: value for name, value in os.environ.items() if "PROFILES_FILE" not in name}
    answer = subprocess.run(
        [sys.executable, "-c", LISTENING], env=kept | variables, capture_output=True, text=True, check=True
    )
    return [line.split() for line in answer.stdout.splitlines()]


def ports(domain):
    """Ports at which DDS is found: 7400 + 250 a domain, and those of shared memory's stand-ins."""
    return range(7000, 7400 + 250 * domain + 250)


def test_nothing_is_heard_from_beyond_this_machine(domain, ros):
    heard = [address for address, port in listening() if int(port) in ports(domain)]
    assert heard
    assert set(heard) == {"127.0.0.1"}


def test_a_robot_on_a_network_is_asked_for(domain, ros):
    heard = [
        address for address, port in listening(ROS_AUTOMATIC_DISCOVERY_RANGE="SUBNET") if int(port) in ports(domain)
    ]
    assert "0.0.0.0" in heard


@pytest.mark.parametrize(
    ("given", "profile"),
    [
        ({}, environment.LOCAL),
        ({"ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET"}, environment.NETWORK),
        ({"FASTDDS_DEFAULT_PROFILES_FILE": "/mine.xml"}, None),
    ],
)
def test_what_the_user_has_set_stays(monkeypatch, given, profile):
    for name in ("ROS_AUTOMATIC_DISCOVERY_RANGE", "FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: True)
    before = dict(os.environ)
    environment.prepare()
    new = {name: value for name, value in os.environ.items() if before.get(name) != value}
    expected = {} if profile is None else dict.fromkeys(environment._PROFILES, str(profile))
    if "ROS_AUTOMATIC_DISCOVERY_RANGE" not in given:
        expected["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
    assert new == expected
    for name in new:
        monkeypatch.delenv(name)
    if profile is not None:
        assert Path(profile).is_file()


def test_without_ros_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NotReadyError, match=r"pip install 'vla-sim\[ros\]'"):
        environment.prepare()
