"""Lock-step begins when an agent is there, and says what is missing when none comes."""

import pytest

from vla_sim.bench.exit_code import ExitCode
from vla_sim.errors import InputError
from vla_sim.ros.bridge.node import BridgeSettings
from vla_sim.ros.bridge.pace import NobodyError
from vla_sim.ros.bridge.simulation import Programme
from vla_sim.ros.bridge.world import WorldSpec

from ..conftest import WAIT
from .conftest import Odometrist


def test_nobody_comes(start):
    bridge = start(BridgeSettings(WorldSpec(), Programme(trials=1), wait=0.5))
    assert bridge.done.wait(WAIT)
    with pytest.raises(NobodyError, match=r"nobody subscribes a sensor's topic and publishes commands after 0.5 s"):
        bridge.node.exit_code()


def test_an_agent_that_gives_no_sign_of_life(ros, start):
    bridge = start(BridgeSettings(WorldSpec(), Programme(trials=1), wait=2.0))
    Odometrist(ros.node(), bridge.node.world.streams, lambda *_: (0.0, 0.0), alive=False)
    assert bridge.done.wait(WAIT)
    with pytest.raises(NobodyError, match="the agent gave no command in 2 s after the clock had begun"):
        bridge.node.exit_code()


def test_a_silent_agent_is_waited_for_and_counted(ros, start, tmp_path):
    """An agent that answers the clock of the start alone: each step is late, and the trial goes on."""
    out = tmp_path / "trials.jsonl"
    bridge = start(BridgeSettings(WorldSpec(), Programme(trials=1, out=out), patience=0.001, wait=WAIT))
    agent = Odometrist(ros.node(), bridge.node.world.streams, lambda *_: (0.0, 0.0))
    agent.PERIOD = 10**15
    assert bridge.done.wait(2 * WAIT)
    assert bridge.node.exit_code() is ExitCode.FAILED
    assert bridge.node.pace.late == bridge.node.simulation.steps - 1


def test_commands_need_stamps(ros, start):
    with pytest.raises(InputError, match="lock-step needs stamped commands"):
        start(BridgeSettings(WorldSpec(), cmd_vel_stamped=False))
