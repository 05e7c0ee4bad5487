"""A stand-in for the ``gz`` program, and a small world for it."""

import json
import sys
from pathlib import Path

import engine_scenes as scenes
import pytest

from vla_sim.engines.gazebo import GazeboEngine

_SERVER = Path(__file__).with_name("stand_in_server.py")


@pytest.fixture
def world():
    red = scenes.box("red", (0.4, 0.4, 0.4), scenes.Pose.planar(2.0, 0.0, 0.0, 0.2))
    return scenes.world(scenes.ground(), scenes.rover(), red)


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Puts the stand-in in the place of ``gz``: ``stand_in(crash_at_step=450)`` says how it misbehaves."""
    program = tmp_path / "bin" / "gz"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{_SERVER}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("VLA_SIM_GZ", str(program))
    monkeypatch.setenv("STAND_IN_STARTS", str(tmp_path / "starts"))

    def misbehave(**faults):
        monkeypatch.setenv("STAND_IN", json.dumps(faults))
        return tmp_path / "starts"

    misbehave()
    return misbehave


@pytest.fixture
def engine(stand_in, world):
    """An engine on the stand-in; wall-clock patience is short, for here nothing takes long."""
    with GazeboEngine(patience=20.0) as engine:
        engine.load(world)
        yield engine
