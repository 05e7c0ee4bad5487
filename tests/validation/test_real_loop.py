"""The stage over ROS 2 with the real bridge, agent and relay, each a process of its own."""

import platform
import sys

import pytest

from vla_sim.bench.exit_code import ExitCode
from vla_sim.validation.gate import Request, validate
from vla_sim.validation.profile import read_profile

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        sys.platform != "linux" or platform.machine() != "x86_64",
        reason="the wheels of ROS 2 exist for Linux on x86_64 only",
    ),
]
PROFILE = """\
name: loop
stages:
  - name: lockstep
    stage: ros
    task: turn_by_angle
    trials: 2
    seed: 3
    min_success: 1.0
    max_path_difference: 0.001
    max_late: 0
  - name: relay
    stage: ros
    task: turn_by_angle
    trials: 1
    seed: 3
    faults: [camera:blackout, {target: lidar, kind: dropout, severity: 0.5, onset: 0.5}]
    min_success: 1.0
  - name: realtime
    stage: ros
    task: turn_by_angle
    trials: 1
    seed: 3
    pace: 1.0
    max_latency_p99_ms: 10000
"""


def test_the_loop_passes_and_its_figures_are_real(tmp_path):
    file = tmp_path / "profile.yaml"
    file.write_text(PROFILE)
    profile, _ = read_profile(file)
    content, code = validate(Request("classical", profile, file, "0" * 64, tmp_path / "out"))
    stages = {stage["name"]: stage for stage in content["stages"]}
    assert code == ExitCode.PASSED, [(stage["name"], stage["reason"], stage["checks"]) for stage in content["stages"]]
    assert stages["lockstep"]["facts"]["seeds"] == [3, 4]
    assert stages["relay"]["facts"]["faults_applied"] == ["camera:blackout", "lidar:dropout"]
    assert stages["realtime"]["checks"][0]["value"] > 0.0
    for stage in stages.values():
        for path in stage["files"].values():
            assert (tmp_path / "out" / path).is_file()
