"""The bridge on a Gazebo server, whose place a stand-in takes: the wire is the real one."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest
from nav_msgs.msg import Odometry

from vla_sim.ros.bridge import world as module
from vla_sim.ros.bridge.node import BridgeSettings
from vla_sim.ros.bridge.world import WorldSpec

ENGINES = Path(__file__).parents[2] / "engines"


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Puts the stand-in in the place of ``gz``, and a world that it can run in the place of any."""
    spec = importlib.util.spec_from_file_location("scenes_for_the_bridge", ENGINES / "engine_scenes.py")
    scenes = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scenes)
    program = tmp_path / "gz"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{ENGINES}/gazebo/stand_in_server.py" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("VLA_SIM_GZ", str(program))
    monkeypatch.setenv("STAND_IN_STARTS", str(tmp_path / "starts"))
    monkeypatch.setenv("STAND_IN", json.dumps({}))
    monkeypatch.setattr(module, "_scene", lambda *_: scenes.world(scenes.ground(), scenes.rover()))


def test_readings_of_gazebo_come_over_ros(ros, start, stand_in):
    odometry = ros.collect(ros.node(), Odometry, "odom", 100)
    start(BridgeSettings(WorldSpec(task="none", engine="gazebo", renderer="auto"), pace=1.0))
    assert ros.wait(lambda: len(odometry) > 3)
    stamps = [message.header.stamp.sec * 10**9 + message.header.stamp.nanosec for message in odometry]
    assert stamps == sorted(set(stamps))
