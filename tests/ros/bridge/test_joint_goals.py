"""An arm on the bridge: goals of its joints come over DDS, and it moves as it does in process."""

import math

from tests.ros.stage import agent_of, make_node
from vla_sim.engines.engine import Command
from vla_sim.envs.env import VlaSimEnv
from vla_sim.ros.bridge.node import BridgeSettings
from vla_sim.ros.bridge.world import WorldSpec
from vla_sim.ros.topics import JOINT_COMMAND, topics_of

WAIT = 60.0
PERIOD = 100_000_000
STEPS = 6
SPEC = WorldSpec(world="tabletop", task="pick_up")
SETTINGS = BridgeSettings(SPEC, seed=11, patience=WAIT, wait=WAIT)


def law(places):
    """Return goals that depend on where the joints are, and a gripper that closes."""
    goals = {name: place + 0.08 * math.cos(3.0 * place) for name, place in places.items() if "finger" not in name}
    return goals | dict.fromkeys(("left_finger", "right_finger"), 0.02)


class Jointist:
    """An agent in lock-step, of few lines: it answers each control step's joint states with goals."""

    def __init__(self, node, streams):
        from rosgraph_msgs.msg import Clock
        from sensor_msgs.msg import JointState

        self.seen, self._message = [], JointState
        self._publisher = node.create_publisher(JointState, JOINT_COMMAND, 10)
        node.create_subscription(JointState, topics_of(streams)["joints"], self._take, 100)
        node.create_subscription(Clock, "/clock", self._hear, 10)

    def _hear(self, message):
        if (now := message.clock.sec * 10**9 + message.clock.nanosec) <= 1:
            self.seen = []
            self._command(now, {})

    def _take(self, message):
        stamp = message.header.stamp.sec * 10**9 + message.header.stamp.nanosec
        if stamp % PERIOD == 0:
            self.seen.append(dict(zip(message.name, message.position, strict=True)))
            self._command(stamp, law(self.seen[-1]))

    def _command(self, stamp, goals):
        message = self._message(name=list(goals), position=list(goals.values()))
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp, 10**9)
        self._publisher.publish(message)


def in_process():
    """Return where the joints are after each control step of the same trial in the environment."""
    with VlaSimEnv(SPEC.world, SPEC.task) as env:
        env.reset(seed=SETTINGS.seed)
        names = env.engine.streams["joints"].joints
        seen = []
        for _ in range(STEPS):
            *_, newest = (reading for reading in env.readings if reading.sensor == "joints")
            seen.append(dict(zip(names, newest.data[:, 0].tolist(), strict=True)))
            env.step(env.body.told(Command(), {**env.goals, **law(seen[-1])}))
        return seen


def test_the_joints_go_where_they_go_in_process(ros, start):
    bridge = start(SETTINGS)
    agent = Jointist(ros.node(), bridge.node.world.streams)
    assert ros.wait(lambda: len(agent.seen) >= STEPS, 2 * WAIT)
    seen = in_process()
    assert agent.seen[:STEPS] == seen
    assert abs(seen[-1]["elbow"] - seen[0]["elbow"]) > 0.1
    assert bridge.node.inbox.malformed == bridge.node.inbox.refused == bridge.node.pace.late == 0


def test_the_agent_node_moves_the_arm(ros, start):
    from sensor_msgs.msg import JointState

    heard = ros.collect(ros.node("listener"), JointState, JOINT_COMMAND, 100)
    start(SETTINGS)
    node = make_node(ros, "Reaching", robot="arm")
    assert ros.wait(lambda: len(agent_of(node).observations) >= STEPS, 2 * WAIT)
    first, *_, last = (one["joints"].reshape(-1, 8, 2)[-1, :, 0] for one in agent_of(node).observations)
    assert (last[:6] - first[:6] > 0.05).all()
    assert last[6:].sum() < 0.06
    told = [message for message in heard if message.name]
    assert len(told) >= STEPS - 1
    assert list(told[0].name)[-2:] == ["left_finger", "right_finger"]
    # Before it has heard anything it tells the joints to stay.
    assert not heard[0].name
