"""In lock-step, a trial over ROS 2 is the trial in process, to the last bit."""

import json
import math

import pytest

from vla_sim.envs.env import VlaSimEnv
from vla_sim.ros.bridge.node import BridgeSettings
from vla_sim.ros.bridge.simulation import Programme
from vla_sim.ros.bridge.world import WorldSpec

from .conftest import Odometrist

WAIT = 60.0


def law(stamp, x, y, z, w):
    """Drive in curves that depend on where the odometry says that the robot is."""
    yaw = 2.0 * math.atan2(z, w)
    return 0.3 + 0.1 * math.sin(3.0 * x), 0.8 * math.cos(yaw + 2.0 * y)


def path_in_process(seed, steps, faults=()):
    """Drive by the same law in the environment."""
    env = VlaSimEnv("arena", faults=faults)
    env.reset(seed=seed)
    path = []
    for _ in range(steps + 1):
        pose = env.truth.models[env.site.robot.name].pose
        path.append([env.time, pose.position[0], pose.position[1], pose.yaw])
        if env.episode.verdict is not None:
            break
        *_, newest = (reading for reading in env.readings if reading.sensor == "odom")
        x, y, yaw = newest.data[:3].tolist()
        env.step(law(0, x, y, math.sin(yaw / 2), math.cos(yaw / 2)))
    verdict = env.episode.verdict
    env.close()
    return path, verdict


@pytest.mark.parametrize("faults", [(), ("camera:blackout@1.0", "command:noise@L3")])
def test_the_path_is_that_in_process(ros, start, tmp_path, faults):
    out = tmp_path / "trials.jsonl"
    spec = WorldSpec(world="arena", faults=faults)
    settings = BridgeSettings(spec, Programme(trials=2, out=out), seed=11, patience=WAIT, wait=WAIT)
    bridge = start(settings)
    agent = Odometrist(ros.node(), bridge.node.world.streams, law)
    assert bridge.done.wait(2 * WAIT)
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert [record["seed"] for record in records] == [11, 12]
    for record in records:
        path, verdict = path_in_process(record["seed"], len(record["path"]) - 1, faults)
        assert record["path"] == path
        assert (record["reason"] or "success") == verdict
        assert record["late"] == 0
    assert agent.times.count(1) >= 2
