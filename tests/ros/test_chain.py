"""The whole chain over DDS, each part a process of its own: bridge, relay, agent; against the same trial in process."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from vla_sim.agent import load_agent
from vla_sim.envs.env import VlaSimEnv
from vla_sim.seeding import derive_seed

pytestmark = pytest.mark.slow
LONGEST = 240.0
"""Wall-clock time [s] for a process that ends by itself."""
WORLD, TASK, SEED = "arena", "go_to_object", 7
SIMULATED = ("--ros-args", "-p", "use_sim_time:=true")
TRUSTING = ("--ros-args", "-p", "confidence_threshold:=0.0")
"""In process nobody holds an agent that is in doubt."""
FAULTED = [
    "camera/image_raw",
    "camera/camera_info",
    "camera/depth/image_rect_raw",
    "camera/depth/camera_info",
    "scan",
    "imu/data",
    "odom",
    "joint_states",
    "bumper",
    "voice_commands",
]


def vla_sim(*arguments):
    return [sys.executable, "-c", "from vla_sim.cli import main; main()", *map(str, arguments)]


@contextlib.contextmanager
def running(*arguments):
    """Run a node until the end of the block, by the signal that a user sends."""
    process = subprocess.Popen(
        vla_sim(*arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    said = []
    reader = threading.Thread(target=lambda: said.extend(process.stdout))
    reader.start()
    try:
        yield said
    finally:
        process.send_signal(signal.SIGINT)
        try:
            code = process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            reader.join()
        assert code == 0, "".join(said)


def bridged(out, *options):
    """Run trials on a bridge and return their records."""
    done = subprocess.run(
        vla_sim("ros", "bridge", "--world", WORLD, "--task", TASK, "--seed", SEED, "--out", out, *options),
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return [json.loads(line) for line in out.read_text().splitlines()]


def in_process(agent, faults=()):
    """Return the outcome and the path [time, x, y, yaw] of the same trial without ROS 2."""
    env, driver = VlaSimEnv(WORLD, TASK, faults=faults), load_agent(agent)
    observation, info = env.reset(seed=SEED)
    driver.reset(derive_seed(SEED, "agent"))
    path = []
    while not (info["success"] or info["reason"]):
        pose = env.truth.models[env.site.robot.name].pose
        path.append([env.time, *pose.position[:2], pose.yaw])
        observation, _, _, _, info = env.step(driver.act(observation))
    env.close()
    return info["success"], np.array(path)


def deviation(path, other):
    """Return the largest distance [m] between two paths, at the times that both have."""
    times = np.intersect1d(np.round(path[:, 0], 6), np.round(other[:, 0], 6))
    one, two = (each[np.isin(np.round(each[:, 0], 6), times)] for each in (path, other))
    assert len(times) > 0.9 * min(len(path), len(other))
    return np.hypot(*(one[:, 1:3] - two[:, 1:3]).T).max()


@pytest.mark.parametrize("agent", ["classical", "fusion"])
def test_in_lock_step_the_robot_goes_the_same_way_as_in_process(ros, tmp_path, agent):
    success, path = in_process(agent)
    with running("ros", "agent", "--agent", agent, "--sim-time", *TRUSTING):
        (record,) = bridged(tmp_path / "trials.jsonl", "--pace", "lockstep", "--trials", 1)
    assert (record["outcome"] == "success") == success
    assert record["late"] == 0
    assert deviation(np.array(record["path"]), path) < 1e-6


def test_in_real_time_the_goal_is_reached_too(ros, tmp_path):
    with running("ros", "agent", "--agent", "classical", "--sim-time"):
        (record,) = bridged(tmp_path / "trials.jsonl", "--pace", 2.0, "--trials", 1)
    assert record["outcome"] == "success"


def test_a_camera_that_goes_black_on_the_way_is_borne_as_in_process(ros, tmp_path):
    fault = "camera:blackout@1.0"
    success, path = in_process("fusion", [fault])
    remapped = [part for topic in FAULTED for part in ("-r", f"{topic}:=faulted/{topic}")]
    with (
        running("ros", "faults", "--fault", fault, "--seed", SEED, "--arm", "--dead-man", 0.0, *SIMULATED),
        running("ros", "agent", "--agent", "fusion", "--sim-time", *TRUSTING, *remapped),
    ):
        (record,) = bridged(tmp_path / "trials.jsonl", "--pace", "lockstep", "--trials", 1)
    assert (record["outcome"] == "success") == success
    assert deviation(np.array(record["path"]), path) < 1e-6
