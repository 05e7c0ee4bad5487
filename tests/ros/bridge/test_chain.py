"""Bridge, relay and agent together: faults on live topics do what they do in process, to the last bit."""

import json

import numpy as np
import pytest
from std_msgs.msg import String

from vla_sim.envs.env import VlaSimEnv
from vla_sim.ros.bridge.node import BridgeSettings
from vla_sim.ros.bridge.simulation import Programme
from vla_sim.ros.bridge.world import WorldSpec
from vla_sim.ros.qos import LATCHED

from ..relay.conftest import Relay
from .conftest import Odometrist
from .test_lockstep import WAIT, law, path_in_process

SEED = 11
NOISE = {"target": "command", "kind": "noise", "level": 3, "onset": 3.0, "duration": 10.0}
DRIFT = {"target": "odom", "kind": "drift", "severity": 0.6, "onset": 2.0}


@pytest.fixture
def drive(ros, start, tmp_path):
    """Drives a trial over ROS 2 with faults that the relay puts on topics; returns its record."""
    made = []

    def drive(faults):
        made.append(Relay(ros, faults, arm=True, seed=SEED))
        out = tmp_path / "trials.jsonl"
        settings = BridgeSettings(WorldSpec(), Programme(trials=1, out=out), seed=SEED, patience=WAIT, wait=WAIT)
        bridge = start(settings)
        Odometrist(ros.node(), bridge.node.world.streams, law, prefix="faulted/")
        assert bridge.done.wait(2 * WAIT)
        record = json.loads(out.read_text())
        assert record["late"] == 0
        labels = [str(fault).partition("@")[0] for fault in made[-1].faults]
        assert made[-1].says(applied=sorted(labels), unsupported=[])
        return record

    drive.relays = made
    yield drive
    for relay in made:
        relay.close()


def test_the_path_is_that_in_process(drive):
    faults = [NOISE, "camera:blackout@1.0"]
    record = drive(faults)
    path, verdict = path_in_process(SEED, len(record["path"]) - 1, faults)
    assert record["path"] == path
    assert (record["reason"] or "success") == verdict
    assert path != path_in_process(SEED, len(path) - 1)[0]


def test_faulty_odometry_is_that_in_process_but_for_the_rounding_of_a_quaternion(drive):
    record = drive([DRIFT])
    path, _ = path_in_process(SEED, len(record["path"]) - 1, [DRIFT])
    np.testing.assert_allclose(record["path"], path, rtol=0.0, atol=1e-6)
    clean, _ = path_in_process(SEED, len(path) - 1)
    assert np.abs(np.array(clean[: len(path)]) - path[: len(clean)]).max() > 0.1


def test_words_are_heard_as_in_process(drive, ros):
    """A typing error in each sentence, drawn anew at each control step while the fault is on."""
    faults = [{"target": "goal", "kind": "typo", "level": 5, "onset": 1.0, "duration": 2.0}]
    said = ros.collect(ros.node("listener"), String, "faulted/voice_commands", LATCHED)
    record = drive(faults)
    env = VlaSimEnv("arena", faults=faults)
    env.reset(seed=SEED)
    for _ in range(40):
        env.step((0.0, 0.0))
    wanted = env.heard
    env.close()
    assert len(record["path"]) > 40
    assert len(wanted) > 2
    assert drive.relays[-1].node.words.script == wanted
    assert ros.wait(lambda: said and said[-1].data == wanted[-1]["words"])
