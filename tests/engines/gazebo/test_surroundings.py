"""What ROS 2's wheels put into the environment of an interpreter does not reach Gazebo."""

import json
import os
import sys
from pathlib import Path

import engine_scenes as scenes

from vla_sim.engines.gazebo import GazeboEngine
from vla_sim.engines.gazebo.surroundings import plain_environment

WHEELS = "/venv/lib/python3.11/site-packages/ros_rcl.libs"


def test_what_is_the_users_stays():
    given = {
        "LD_LIBRARY_PATH": os.pathsep.join([WHEELS, "/opt/gz/lib", f"{sys.prefix}/lib", ""]),
        "_ROS_WHEELS_BOOTSTRAP_COMPLETE": "1",
        "HOME": "/home/robot",
    }
    assert plain_environment(given) == {"LD_LIBRARY_PATH": "/opt/gz/lib", "HOME": "/home/robot"}


def test_a_path_of_wheels_alone_goes_altogether():
    assert plain_environment({"LD_LIBRARY_PATH": WHEELS}) == {}


def test_the_server_is_started_without_them(stand_in, tmp_path, monkeypatch):
    program = Path(os.environ["VLA_SIM_GZ"])
    seen = tmp_path / "environment.json"
    say = f"import json, os; json.dump(dict(os.environ), open({str(seen)!r}, 'w'))"
    first, rest = program.read_text(encoding="utf-8").split("\n", 1)
    program.write_text(f'{first}\n"{sys.executable}" -I -S -c "{say}"\n{rest}', encoding="utf-8")
    monkeypatch.setenv("LD_LIBRARY_PATH", f"{WHEELS}{os.pathsep}/opt/gz/lib")
    monkeypatch.setenv("_ROS_WHEELS_BOOTSTRAP_COMPLETE", "1")
    with GazeboEngine(patience=20.0) as engine:
        engine.load(scenes.world(scenes.ground(), scenes.rover()))
        engine.reset()
    environment = json.loads(seen.read_text(encoding="utf-8"))
    assert environment["LD_LIBRARY_PATH"] == "/opt/gz/lib"
    assert "_ROS_WHEELS_BOOTSTRAP_COMPLETE" not in environment
