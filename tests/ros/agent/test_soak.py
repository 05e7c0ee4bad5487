"""A minute of the node at ten times real time, with jumps of time and malformed messages: nothing grows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
def test_nothing_grows(ros):
    command = [sys.executable, "benchmarks/ros_soak.py", "--agent", "tests.ros.agents:Forgetful"]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "agents")])
    done = subprocess.run(
        [*command, "--hours", "0.017", "--json"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["exit_code"] == 0
    assert figures["resets"] >= 1
    assert figures["batches"] > 100
    assert figures["driving"] > 0
    assert figures["growth_mb"] < 8.0
    # Nothing waits for longer than the sensors take for a second and a half.
    assert figures["queued_last_third"] < 400
