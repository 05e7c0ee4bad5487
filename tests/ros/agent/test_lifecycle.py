"""How the agent node begins and ends: what cannot be configured, and a zero command at the end of everything."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.ros.stage import PERIOD, Stage, agent_of, change, make_node, parameters, recorded, speeds
from vla_sim.errors import InputError

ROOT = Path(__file__).resolve().parents[3]
AGENT = "agent:=tests.ros.agents:Steady"


def node_of(ros, **values):
    from vla_sim.ros.agent.node import AgentNode

    return ros.add(AgentNode(context=ros.context, parameter_overrides=parameters(**values)))


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"fusion_model_path": "/nowhere"}, "/nowhere: no card.json"),
        ({"agent": "nobody"}, "agent: no agent named 'nobody'"),
        ({"agent": "expert"}, "agent: 'expert' reads the ground truth"),
        ({"agent": "tests.ros.agents:Nobody"}, "cannot load agent 'tests.ros.agents:Nobody'"),
        ({"robot": "no_robot"}, "no_robot"),
        ({"agent": "tests.ros.agents:Steady", "sensors": ["nose"]}, "nose"),
        ({"agent": "tests.ros.agents:Steady", "sensors": ["bumper"]}, "sensors: no sensor whose readings have stamps"),
        (
            {"agent": "tests.ros.agents:Steady", "image_transport": "theora"},
            "image_transport: no image_transport 'theora'",
        ),
        (
            {"agent": "tests.ros.agents:Steady", "watchdog": 0.1},
            "watchdog: 0.1 s are less than two control periods of 0.1 s",
        ),
    ],
)
def test_what_does_not_fit_is_a_failure_of_configuring(ros, values, line):
    node = node_of(ros, **values)
    with pytest.raises(InputError) as caught:
        node.start()
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)
    assert state_of(node) == "unconfigured"
    assert node.count_publishers("cmd_vel") == 0


def test_a_checkpoint_of_other_weights_is_a_failure(ros, tmp_path):
    from vla_agents.fusion.checkpoint import SHIPPED

    for file in SHIPPED.iterdir():
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / "eye.safetensors").unlink()
    (tmp_path / "eye.safetensors").symlink_to(SHIPPED / "health.safetensors")
    with pytest.raises(InputError, match="written by another version"):
        node_of(ros, fusion_model_path=str(tmp_path)).start()


@pytest.mark.parametrize("values", [{"confidence_threshold": 1.5}, {"control_rate": 10}, {"sensors": 3}])
def test_a_value_that_a_parameter_cannot_have(ros, values):
    with pytest.raises(InputError) as caught:
        node_of(ros, **values)
    assert str(caught.value).startswith(next(iter(values)))


def test_what_changes_and_when(ros):
    node = make_node(ros, agent="Steady")

    def refused(**values):
        return [not each.successful for each in node.set_parameters(parameters(**values))]

    assert refused(confidence_threshold=0.2, attention_rate=0.0) == [False, False]
    assert refused(confidence_threshold=-0.2) == [True]
    assert refused(robot="rover") == [True]
    assert refused(agent="idle") == [True]
    assert node._pilot.loop.threshold == 0.2
    assert all(node.describe_parameter(name).description for name in ("agent", "watchdog", "seed"))
    change(ros, node.trigger_deactivate)
    change(ros, node.trigger_cleanup)
    assert refused(agent="idle") == [False]


def test_a_lifecycle_manager_takes_it_through_its_states(ros):
    from lifecycle_msgs.srv import ChangeState

    stage = Stage(ros)
    node = node_of(ros, agent="tests.ros.agents:Steady", use_sim_time=True)
    client = stage.node.create_client(ChangeState, "vla_agent/change_state")
    assert client.wait_for_service(20.0)

    def ask(number):
        request = ChangeState.Request()
        request.transition.id = number
        future = client.call_async(request)
        assert ros.wait(future.done)
        return future.result().success

    configure, cleanup, activate, deactivate, shutdown = 1, 2, 3, 4, 7
    assert not ask(activate)
    for seen in range(2):
        assert ask(configure)
        assert ask(activate)
        stage.meet(node)
        stage.begin(seen * 10 * PERIOD + 1)
        stage.say()
        assert ros.wait(lambda: node._words)
        before = len(stage.commands)
        stage.sense(recorded()[0], shift=seen * 1.0)
        stage.tick((1 + seen * 10) * PERIOD)
        assert speeds(stage.answer(stage.clock, before)) != (0.0, 0.0)
        before = len(stage.commands)
        assert ask(deactivate)
        assert stage.wait_for(before + 1)
        assert speeds(stage.commands[-1]) == (0.0, 0.0)
        # Nothing that comes then is answered.
        stage.sense(recorded()[1], shift=seen * 1.0)
        stage.tick((2 + seen * 10) * PERIOD)
        assert not stage.wait_for(before + 2, 0.3)
        assert stage.status["state"] == "inactive"
        assert ask(cleanup)
        assert node.count_publishers("cmd_vel") == 0
    assert ask(configure)
    assert ask(activate)
    stage.meet(node)
    before = len(stage.commands)
    assert ask(shutdown)
    assert ros.wait(lambda: len(stage.commands) > before)
    assert state_of(node) == "finalized"


def test_what_is_being_decided_is_not_sent_after_the_end(ros):
    stage = Stage(ros)
    node = make_node(ros, "Hanging")
    agent = agent_of(node)
    stage.meet(node)
    stage.say()
    assert ros.wait(lambda: node._words)
    stage.begin()
    stage.round(0, recorded()[0])
    asked = agent.asked
    agent.free.clear()
    try:
        stage.sense(recorded()[1])
        stage.tick(2 * PERIOD)
        assert ros.wait(lambda: agent.asked == asked + 1)
        gate, before = node._gate, len(stage.commands)
        threading.Timer(0.2, agent.free.set).start()
        change(ros, node.trigger_deactivate)
        assert ros.wait(lambda: len(agent.observations) == 2)
        assert not gate.is_open
        assert ros.wait(lambda: len(stage.commands) > before)
        assert {speeds(each) for each in stage.commands[before:]} == {(0.0, 0.0)}
    finally:
        agent.free.set()


def test_an_agent_that_never_answers_is_left_behind(ros, monkeypatch):
    from vla_sim.ros.agent import node as agent_node

    monkeypatch.setattr(agent_node, "_FAREWELL", 0.1)
    stage = Stage(ros)
    node = make_node(ros, "Hanging")
    agent = agent_of(node)
    stage.meet(node)
    stage.say()
    assert ros.wait(lambda: node._words)
    stage.begin()
    asked = agent.asked
    agent.free.clear()
    try:
        stage.sense(recorded()[0])
        stage.tick(PERIOD)
        assert ros.wait(lambda: agent.asked == asked + 1)
        change(ros, node.trigger_deactivate)
        assert state_of(node) == "unconfigured"
        assert ros.wait(lambda: speeds(stage.commands[-1]) == (0.0, 0.0))
    finally:
        agent.free.set()


def test_time_that_jumps_after_the_end_does_not_begin_anew(ros):
    stage = Stage(ros)
    node = make_node(ros)
    stage.meet(node)
    stage.say()
    assert ros.wait(lambda: node._words)
    stage.begin()
    for number, readings in enumerate(recorded()[:3]):
        stage.round(number, readings)
    before = len(stage.commands)
    node.finish()
    assert stage.wait_for(before + 1)
    stage.tick(1)
    stage.sense(recorded()[0])
    stage.tick(PERIOD)
    assert not stage.wait_for(before + 2, 0.5)
    assert speeds(stage.commands[-1]) == (0.0, 0.0)
    assert ros.wait(lambda: stage.status["state"] == "inactive")


# --- in a process of its own ------------------------------------------------------------------------------------------


def started(*arguments):
    command = [sys.executable, "-c", "from vla_sim.cli import main; main()", "ros", "agent", *arguments]
    paths = f"{ROOT}{os.pathsep}{ROOT / 'agents'}"
    return subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": paths}, stderr=subprocess.PIPE, text=True
    )


def test_a_process_that_cannot_begin_says_why_and_ends(ros):
    process = started("--ros-args", "-p", "fusion_model_path:=/nowhere")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "error: /nowhere: no card.json" in said
    assert "Traceback" not in said


def test_a_process_without_autostart_waits(ros):
    stage = Stage(ros)
    process = started("--no-autostart", "--ros-args", "-p", AGENT, "-r", "__node:=patient")
    try:
        assert ros.wait(lambda: ("patient", "/") in stage.node.get_node_names_and_namespaces(), 60.0)
        assert stage.node.count_publishers("cmd_vel") == 0
    finally:
        process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0, said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("seed", range(4))
def test_however_it_is_ended_the_last_command_is_zero(ros, number, seed):
    """Killed at moments that are drawn, while it drives on the robot's own clock."""
    drawn = random.Random(seed + 100 * number)
    stage = Stage(ros)
    process = started("--agent", "tests.ros.agents:Steady", "--ros-args", "-p", "control_rate:=50.0", "-p", "seed:=7")
    try:
        stage.meet(None, simulated=False)
        stage.say()
        moving = threading.Event()
        feeding = threading.Event()

        def feed():
            number = 0
            while not feeding.wait(0.01):
                number += 1
                now = stage.node.get_clock().now().nanoseconds
                imu = [each for each in recorded()[0] if each.sensor == "imu"][-1]
                stage.sense([imu._replace(stamp=now / 1e9)])
                if number % 20 == 0:
                    stage.say()
                if stage.commands and speeds(stage.commands[-1])[0] > 0:
                    moving.set()

        thread = threading.Thread(target=feed)
        thread.start()
        assert moving.wait(30.0)
        feeding.wait(drawn.uniform(0.0, 0.15))
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
        feeding.set()
        thread.join()
        assert process.returncode == 0, said
        assert "Traceback" not in said
        assert ros.wait(lambda: stage.node.count_publishers("cmd_vel") == 0)
        assert len(stage.commands) > 1
        assert speeds(stage.commands[-1]) == (0.0, 0.0), said
    finally:
        process.kill()


def state_of(node):
    return node._state_machine.current_state[1]
