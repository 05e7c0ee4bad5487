"""Lock-step begins when an agent is there, and says what is missing when none comes."""

import pytest

from vla_sim.bench.exit_code import ExitCode
from vla_sim.errors import InputError
from vla_sim.ros.bridge.inbox import Inbox
from vla_sim.ros.bridge.node import BridgeSettings
from vla_sim.ros.bridge.pace import DAWN, LockStep, NobodyError
from vla_sim.ros.bridge.simulation import Programme
from vla_sim.ros.bridge.world import WorldSpec

from ..conftest import WAIT
from .conftest import Odometrist


def test_nobody_comes(start):
    bridge = start(BridgeSettings(WorldSpec(), Programme(trials=1), wait=0.5))
    assert bridge.done.wait(WAIT)
    with pytest.raises(NobodyError, match=r"nobody subscribes a sensor's topic and publishes commands after 0.5 s"):
        bridge.node.exit_code()


class Room:
    """Who is there, as each look finds it; the last look is for good."""

    def __init__(self, *looks):
        self.looks, self.told = list(looks), []

    def attendance(self):
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]

    def tell_time(self, now):
        self.told.append(now)


def test_an_agent_that_gives_no_sign_of_life():
    room, inbox = Room((1, 0, 0, 1)), Inbox()
    inbox.restart(DAWN)
    inbox.order(0, 0.0, 0.0)  # of an agent that has not heard the time
    with pytest.raises(NobodyError, match=r"the agent gave no command in 0.5 s after the clock had begun"):
        LockStep(wait=0.5).meet(room, inbox)
    assert set(room.told) == {DAWN}


@pytest.mark.parametrize(
    ("present", "missing"),
    [
        ((0, 0, 0, 1), "nobody subscribes a sensor's topic after"),
        ((1, 0, 0, 0), "nobody publishes commands after"),
        ((1, 1, 2, 1), "subscriptions still come and go, or do not connect, after"),
    ],
)
def test_an_audience_that_is_not_complete(present, missing):
    room, inbox = Room(present), Inbox()
    with pytest.raises(NobodyError, match=missing):
        LockStep(wait=0.1).meet(room, inbox)
    assert not room.told


def test_it_begins_when_everybody_is_there_and_gives_a_sign():
    room, inbox = Room((0, 0, 0, 0), (1, 0, 1, 1), (1, 1, 0, 1)), Inbox()
    inbox.restart(DAWN)
    inbox.order(DAWN, 0.0, 0.0)
    LockStep(wait=WAIT).meet(room, inbox)
    assert len(room.looks) == 1


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
