"""By the clock on the wall: nobody is waited for, services act between two steps, and a silent agent's robot halts."""

import itertools
import json

import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import Odometry
from rosgraph_msgs.msg import Clock
from std_msgs.msg import Float32, String
from std_srvs.srv import SetBool, Trigger

from vla_sim.errors import SimulatorError
from vla_sim.ros.bridge.node import BridgeSettings
from vla_sim.ros.bridge.simulation import Programme
from vla_sim.ros.bridge.world import WorldSpec, open_world
from vla_sim.ros.qos import LATCHED

from ..conftest import WAIT

FREE = WorldSpec(task="none", control_rate=100.0)


def stamp_of(message):
    stamp = message.clock if isinstance(message, Clock) else message.header.stamp
    return stamp.sec * 10**9 + stamp.nanosec


@pytest.fixture
def node(ros):
    return ros.node()


@pytest.fixture
def call(ros, node):
    """Calls a service of the bridge and returns whether it succeeded, and its message."""

    def call(kind, name, **fields):
        client = node.create_client(kind, f"/vla_sim_bridge/{name}")
        assert client.wait_for_service(WAIT)
        future = client.call_async(kind.Request(**fields))
        assert ros.wait(future.done)
        return future.result().success, future.result().message

    return call


def test_time_goes_on_and_readings_come(ros, node, start):
    clocks, odometry = ros.collect(node, Clock, "/clock", 1000), ros.collect(node, Odometry, "odom", 1000)
    start(BridgeSettings(FREE, pace=5.0))
    assert ros.wait(lambda: len(odometry) >= 100)
    times = [stamp_of(message) for message in clocks]
    assert times == sorted(times)
    stamps = [stamp_of(message) for message in odometry]
    assert {later - earlier for earlier, later in itertools.pairwise(stamps)} == {20_000_000}
    assert odometry[0].header.frame_id == "odom"
    assert odometry[0].child_frame_id == "base_link"


def test_the_clock_is_told_200_times_a_second_at_most(ros, node, start):
    clocks = ros.collect(node, Clock, "/clock", 1000)
    start(BridgeSettings(FREE, pace=10.0))
    assert ros.wait(lambda: len(clocks) >= 40)
    times = [stamp_of(message) for message in clocks if stamp_of(message) > 1]
    # Ten simulated seconds a second, 50 ms apart: 200 messages.
    assert {later - earlier for earlier, later in itertools.pairwise(times)} == {50_000_000}


def test_a_command_moves_the_robot_and_silence_stops_it(ros, node, start):
    publisher = node.create_publisher(TwistStamped, "cmd_vel", 10)
    odometry = ros.collect(node, Odometry, "odom", 1000)
    start(BridgeSettings(FREE, pace=2.0))
    command = TwistStamped()
    command.twist.linear.x = 0.4

    def moves():
        publisher.publish(command)
        return odometry and odometry[-1].twist.twist.linear.x > 0.3

    assert ros.wait(moves)
    assert ros.wait(lambda: abs(odometry[-1].twist.twist.linear.x) < 0.01)


def test_commands_without_stamps(ros, node, start):
    publisher = node.create_publisher(Twist, "cmd_vel", 10)
    odometry = ros.collect(node, Odometry, "odom", 1000)
    start(BridgeSettings(FREE, pace=2.0, cmd_vel_stamped=False, cmd_vel_timeout=0.0))
    command = Twist()
    command.angular.z = 0.5

    def turns():
        publisher.publish(command)
        return odometry and odometry[-1].twist.twist.angular.z > 0.3

    assert ros.wait(turns)


def test_malformed_and_old_commands_are_counted_and_harmless(ros, node, start):
    publisher = node.create_publisher(TwistStamped, "cmd_vel", 10)
    bridge = start(BridgeSettings(FREE, pace=1.0))
    broken, old = TwistStamped(), TwistStamped()
    broken.twist.linear.x = float("nan")
    old.header.stamp.sec, old.twist.linear.x = 10**6, 0.5

    def counted():
        publisher.publish(broken)
        publisher.publish(old)
        return bridge.node.inbox.malformed and bridge.node.inbox.refused

    assert ros.wait(counted)
    assert bridge.node.inbox.last is None


def test_reset_lets_the_clock_jump_back_and_gives_the_same_readings(ros, node, start, call):
    clocks, odometry = ros.collect(node, Clock, "/clock", 1000), ros.collect(node, Odometry, "odom", 1000)
    start(BridgeSettings(FREE, pace=5.0))
    assert ros.wait(lambda: clocks and stamp_of(clocks[-1]) > 10**9)
    assert call(Trigger, "reset") == (True, "")
    assert ros.wait(lambda: [stamp_of(message) for message in odometry].count(20_000_000) == 2)
    times = [stamp_of(message) for message in clocks]
    again = len(times) - 1 - times[::-1].index(1)
    assert times[again - 1] > 10**9
    first, second = (message for message in odometry if stamp_of(message) == 20_000_000)
    assert first == second


def test_pause_and_step(ros, node, start, call):
    odometry = ros.collect(node, Odometry, "odom", 1000)
    bridge = start(BridgeSettings(FREE, pace=5.0))
    assert ros.wait(lambda: len(odometry) > 5)
    success, message = call(Trigger, "step")
    assert (success, message) == (False, "the simulation is playing; pause it first")
    assert call(SetBool, "pause", data=True) == (True, "")
    stood = bridge.node.inbox.now
    for _ in range(2):
        assert call(Trigger, "step") == (True, "")
    assert bridge.node.inbox.now == stood + 2 * 10_000_000
    assert call(SetBool, "pause", data=False) == (True, "")
    assert ros.wait(lambda: bridge.node.inbox.now > stood + 10**9)


def test_the_seed_is_read_at_each_reset(ros, node, start, call):
    words = ros.collect(node, String, "voice_commands", LATCHED)
    bridge = start(BridgeSettings(WorldSpec(control_rate=100.0), pace=1.0, seed=3))
    from rclpy.parameter import Parameter

    assert ros.wait(lambda: words)
    bridge.node.set_parameters([Parameter("seed", value=4)])
    assert call(Trigger, "reset") == (True, "")
    assert ros.wait(lambda: bridge.node.simulation.seed == 4)


def test_words_progress_and_verdict(ros, node, start, tmp_path):
    out = tmp_path / "trial.jsonl"
    spec = WorldSpec(faults=("camera:blackout@1.0",))
    bridge = start(BridgeSettings(spec, Programme(trials=1, out=out), pace=1000.0, seed=5))
    assert bridge.done.wait(2 * WAIT)
    heard = {
        topic: ros.collect(node, kind, topic, LATCHED)
        for topic, kind in [
            ("voice_commands", String),
            ("trial/verdict", String),
            ("trial/faults", String),
            ("trial/progress", Float32),
        ]
    }
    assert ros.wait(lambda: all(heard.values()))
    record = json.loads(out.read_text())
    verdict = json.loads(heard["trial/verdict"][-1].data)
    assert verdict == {
        "success": False,
        "reason": "timeout",
        "time": record["sim_time"],
        "seed": 5,
        "task": "go_to_object",
        "words": heard["voice_commands"][-1].data,
    }
    faults = json.loads(heard["trial/faults"][-1].data)
    assert (faults["active"], faults["applied"]) == (["camera:blackout@1.0"], ["camera:blackout"])
    assert record["outcome"] == "failure"
    assert len(record["path"]) == record["steps"] + 1


def test_diagnostics(ros, node, start):
    said = ros.collect(node, DiagnosticArray, "diagnostics")
    bridge = start(BridgeSettings(FREE, pace=2.0))
    bridge.node.inbox.malformed = 3
    assert ros.wait(lambda: said)
    (status,) = said[-1].status
    assert status.level == DiagnosticStatus.WARN
    assert status.message == "3 malformed commands"
    assert {"state", "time", "real-time factor", "behind [s]"} < {pair.key for pair in status.values}


def test_a_simulator_that_fails_ends_the_bridge(start, monkeypatch):
    from vla_sim.ros.bridge import node as module

    def breaking(spec):
        world = open_world(spec)

        def step(linear, angular, joints):
            raise SimulatorError("it diverged")

        world.step = step
        return world

    monkeypatch.setattr(module, "open_world", breaking)
    bridge = start(BridgeSettings(WorldSpec(), Programme(trials=1), pace=10.0))
    assert bridge.done.wait(WAIT)
    with pytest.raises(SimulatorError, match="it diverged"):
        bridge.node.exit_code()


def test_commands_under_another_name(ros, start):
    """What the bridge asks the graph is asked by the remapped name."""
    bridge = start(BridgeSettings(FREE, pace=1.0), "-r", "cmd_vel:=/base/cmd_vel")
    node = ros.node()
    node.create_publisher(TwistStamped, "/base/cmd_vel", 10)
    assert ros.wait(lambda: bridge.outlets.attendance()[-1] == 1)


def test_after_the_verdict_it_stays_until_it_is_reset(ros, node, start, call):
    verdicts = ros.collect(node, String, "trial/verdict", LATCHED)
    bridge = start(BridgeSettings(WorldSpec(), pace=1000.0))
    assert ros.wait(lambda: bridge.node.simulation.state == "over", 2 * WAIT)
    assert ros.wait(lambda: verdicts)
    assert json.loads(verdicts[-1].data)["reason"] == "timeout"
    assert call(SetBool, "pause", data=False) == (False, "the trial is over; reset it")
    assert call(Trigger, "reset") == (True, "")
    assert ros.wait(lambda: len(verdicts) > 1)
    assert verdicts[1].data == "{}"
