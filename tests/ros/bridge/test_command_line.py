"""``vla-sim ros bridge`` in a process of its own: what it runs, and how it ends."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from rosgraph_msgs.msg import Clock
from typer.testing import CliRunner
from vla_agents.expert import Expert

from vla_sim.bench.exit_code import ExitCode
from vla_sim.cli.ros import app
from vla_sim.envs.env import VlaSimEnv
from vla_sim.errors import InputError
from vla_sim.ros.bridge.world import WorldSpec, open_world

from ..conftest import WAIT
from .conftest import Odometrist

SEED = 4


@pytest.fixture
def command():
    """Starts ``vla-sim ros bridge``."""
    started = []

    def command(*arguments):
        line = [sys.executable, "-c", "from vla_sim.cli import main; main()", "ros", "bridge", *map(str, arguments)]
        started.append(subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield command
    for process in started:
        process.kill()
        process.communicate()


def by_the_expert():
    """Return what the expert does in process, by the time at which it does it, and the path."""
    env, expert, commands, path = VlaSimEnv("arena"), Expert(), {}, []
    observation, _ = env.reset(seed=SEED)
    expert.attach(env)
    expert.reset(SEED)
    while True:
        pose = env.truth.models[env.site.robot.name].pose
        path.append([env.time, pose.position[0], pose.position[1], pose.yaw])
        if env.episode.verdict is not None:
            break
        action = expert.act(observation)
        commands[round(env.time * 1e9)] = tuple(map(float, np.asarray(action)))
        observation, *_ = env.step(action)
    assert env.episode.verdict == "success"
    env.close()
    return commands, path


def test_a_goal_is_met_by_what_meets_it_in_process(ros, command, tmp_path):
    commands, path = by_the_expert()
    world = open_world(WorldSpec(renderer="rays"))
    Odometrist(ros.node(), world.streams, lambda stamp, *_: commands.get(stamp, (0.0, 0.0)))
    world.close()
    out = tmp_path / "trials.jsonl"
    bridge = command("--pace", "lockstep", "--once", "--seed", SEED, "--out", out, "--patience", WAIT, "--wait", WAIT)
    said, errors = bridge.communicate(timeout=4 * WAIT)
    assert bridge.returncode == ExitCode.PASSED, errors
    record = json.loads(out.read_text())
    assert record["path"] == path
    assert (record["outcome"], record["late"], record["seed"]) == ("success", 0, SEED)
    assert said.startswith(f"seed {SEED}: success after ")


def test_a_robot_that_stands_still_fails(ros, command, tmp_path):
    out = tmp_path / "trials.jsonl"
    bridge = command("--pace", 1000, "--control-rate", 10, "--trials", 2, "--out", out)
    bridge.communicate(timeout=4 * WAIT)
    assert bridge.returncode == ExitCode.FAILED
    assert [json.loads(line)["reason"] for line in out.read_text().splitlines()] == ["timeout", "timeout"]


def test_nobody_comes(ros, command):
    bridge = command("--pace", "lockstep", "--wait", 0.2)
    _, errors = bridge.communicate(timeout=2 * WAIT)
    assert bridge.returncode == ExitCode.ERROR
    assert errors.strip().splitlines()[-1].startswith("error: nobody subscribes a sensor's topic")


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--task", "none"], ExitCode.PASSED), (["--trials", "1"], ExitCode.INTERRUPTED)]
)
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it(ros, command, arguments, code, end):
    clocks = ros.collect(ros.node(), Clock, "/clock")
    bridge = command("--pace", 1, *arguments)
    assert ros.wait(lambda: len(clocks) > 3)
    os.kill(bridge.pid, end)
    bridge.communicate(timeout=2 * WAIT)
    assert bridge.returncode == code


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--pace", "quick"], "'quick' is no pace; use lockstep, or a number from 0.001 to 1000"),
        (["--pace", "0"], "'0' is no pace"),
        (["--task", "none", "--once"], "without a task there are no trials"),
        (["--world", "nix"], "no world 'nix'"),
        (["--task", "nix"], "no task 'nix'"),
        (["--engine", "nix"], "unknown engine 'nix'"),
        (["--robot", "nix", "--task", "none"], "no robot 'nix'"),
        (["--fault", "camera:nix"], "no fault kind 'nix'"),
        (["--control-rate", "130"], "a control_rate of 130 Hz is no whole number of physics steps"),
        (["--typo"], "no such option or argument: --typo; those of ROS 2 come last"),
        (["--pace", "lockstep", "--ros-args", "-p", "cmd_vel_stamped:=false"], "lock-step needs stamped commands"),
        (["--once", "--out", "/proc/nix/trials.jsonl"], "cannot be written"),
    ],
)
def test_bad_input(ros, arguments, problem):
    result = CliRunner().invoke(app, ["bridge", *arguments])
    assert isinstance(result.exception, InputError), result.exception
    assert problem in str(result.exception)
