"""The agent node over real DDS, with a robot that is played by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ros.stage import PERIOD, Stage, agent_of, make_node, recorded, speeds
from vla_sim.ros.messages import message_class, message_of
from vla_sim.ros.readings import stamp_of

DRIVING = (pytest.approx(0.3), pytest.approx(0.2))


@pytest.fixture
def stage(ros):
    return Stage(ros)


def test_commands_are_those_of_the_agent_stamped_with_their_batch(ros, stage):
    node = make_node(ros)
    stage.meet(node)
    stage.begin()
    stage.say()
    assert ros.wait(lambda: node._words)
    for number, readings in enumerate(recorded()[:5]):
        command = stage.round(number, readings)
        assert stamp_of(command) == (number + 1) * PERIOD
        assert speeds(command) == DRIVING
        assert command.header.frame_id == "base_link"
    seen = agent_of(node).observations
    assert [observation["goal"] for observation in seen] == ["go to the red cube"] * 5
    assert all(observation["valid"].all() for observation in seen)
    assert stage.status == {
        "state": "driving",
        "words": "go to the red cube",
        "held": "",
        "missing": [],
        "confidence": None,
    }


def test_words_before_the_first_picture_are_kept(ros, stage):
    node = make_node(ros)
    stage.meet(node)
    stage.say("turn left")
    assert ros.wait(lambda: node._words)
    stage.begin()
    rounds = recorded()
    stage.round(0, rounds[0], without=("camera", "depth"))
    assert speeds(stage.round(1, rounds[1])) == DRIVING
    assert agent_of(node).observations[-1]["goal"] == "turn left"


def test_latched_words_of_before_the_node_are_heard(ros, stage):
    from std_msgs.msg import String

    from vla_sim.ros.qos import LATCHED

    stage.node.create_publisher(String, "voice_commands", LATCHED).publish(String(data="go on"))
    node = make_node(ros)
    assert ros.wait(lambda: node._words == "go on")


def test_without_words_the_robot_stands(ros, stage):
    node = make_node(ros)
    stage.meet(node)
    stage.begin()
    assert speeds(stage.round(0, recorded()[0])) == (0.0, 0.0)
    assert ros.wait(lambda: stage.status["state"] == "waiting")
    assert not agent_of(node).observations


def test_without_any_camera_it_runs_and_says_so(ros, stage):
    node = make_node(ros)
    stage.meet(node)
    stage.say()
    assert ros.wait(lambda: node._words)
    stage.begin()
    for number, readings in enumerate(recorded()[:4]):
        assert speeds(stage.round(number, readings, without=("camera", "depth"))) == DRIVING
    assert ros.wait(lambda: stage.status["missing"] == ["camera", "depth"])


def test_a_camera_that_stops_and_starts_again(ros, stage):
    node = make_node(ros)
    stage.meet(node)
    stage.say()
    assert ros.wait(lambda: node._words)
    stage.begin()
    valid = []
    for number, readings in enumerate(recorded()[:24]):
        stage.round(number, readings, without=("camera",) if 6 <= number < 14 else ())
        valid.append(int(agent_of(node).observations[-1]["valid"][1]))
    assert valid[:6] == [1] * 6
    assert not any(valid[10:14])
    assert valid[14:] == [1] * 10
    assert ros.wait(lambda: stage.status["missing"] == [])


def test_time_that_jumps_back_clears_everything_but_the_words(ros, stage):
    node = make_node(ros)
    stage.meet(node)
    stage.say()
    assert ros.wait(lambda: node._words)
    stage.begin()
    rounds = recorded()
    for number in range(5):
        stage.round(number, rounds[number])
    agent = agent_of(node)
    seeds = len(agent.seeds)
    stage.begin()
    assert ros.wait(lambda: len(agent.seeds) == seeds + 1)
    assert len(set(agent.seeds[seeds - 1 :])) == 2
    assert speeds(stage.round(0, rounds[0])) == DRIVING
    assert len(agent.observations) == 1
    assert agent.observations[0]["stamp"].max() == pytest.approx(0.1)
    assert agent.observations[0]["goal"] == "go to the red cube"


def test_after_five_seconds_without_time_or_data_the_robot_stands_and_then_goes_on(ros, stage):
    """A simulation that stands still, as seen from outside: a sign of life, and no harm done."""
    node = make_node(ros)
    stage.meet(node)
    stage.say()
    assert ros.wait(lambda: node._words)
    stage.begin()
    rounds = recorded()
    for number in range(3):
        stage.round(number, rounds[number])
    before = len(stage.commands)
    assert ros.wait(lambda: len(stage.commands) >= before + 10), "10 times 0.5 s"
    assert {speeds(each) for each in stage.commands[before:]} == {(0.0, 0.0)}
    assert {stamp_of(each) for each in stage.commands[before:]} == {3 * PERIOD}
    assert stage.status["state"] == "watchdog"
    for number in range(3, 6):
        assert speeds(stage.round(number, rounds[number])) == DRIVING
    assert ros.wait(lambda: stage.status["state"] == "driving")


def test_after_five_seconds_of_simulated_time_without_data_the_robot_stands_and_then_goes_on(ros, stage):
    node = make_node(ros)
    stage.meet(node)
    stage.say()
    assert ros.wait(lambda: node._words)
    stage.begin()
    rounds = recorded()
    stage.round(0, rounds[0])
    stage.round(1, rounds[1])
    for number in range(2, 52):
        before = len(stage.commands)
        stage.tick((number + 1) * PERIOD)
        command = stage.answer((number + 1) * PERIOD, before)
        if number > 8:
            assert speeds(command) == (0.0, 0.0)
    assert ros.wait(lambda: stage.status["held"] == "nothing was sensed for 0.5 s")
    assert agent_of(node).helds > 30
    assert speeds(stage.round(52, rounds[2])) == DRIVING
    assert ros.wait(lambda: stage.status["state"] == "driving")


def test_on_the_robots_own_clock_too_it_stands_while_nothing_comes_and_then_goes_on(ros, stage):
    node = make_node(ros, simulated=False)
    stage.meet(node, simulated=False)
    stage.say()
    assert ros.wait(lambda: node._words)
    imu = [reading for reading in recorded()[0] if reading.sensor == "imu"][-1]

    def now():
        return stage.node.get_clock().now().nanoseconds

    def driving():
        stage.sense([imu._replace(stamp=now() / 1e9)])
        return stage.commands and speeds(stage.commands[-1]) == DRIVING

    assert ros.wait(driving)
    stalled = now()
    assert ros.wait(lambda: stamp_of(stage.commands[-1]) > stalled + 5_000_000_000)
    late = [speeds(each) for each in stage.commands if stamp_of(each) > stalled + 800_000_000]
    assert len(late) > 30
    assert set(late) == {(0.0, 0.0)}
    assert stage.status["state"] == "watchdog"
    assert ros.wait(driving)
    assert ros.wait(lambda: stage.status["state"] == "driving")


def test_compressed_pictures(ros, stage):
    import cv2

    node = make_node(ros, image_transport="compressed")
    compressed = stage.publisher("camera/image_raw/compressed", message_class("sensor_msgs/msg/CompressedImage"))
    assert ros.wait(compressed.get_subscription_count)
    stage.meet(node, pictures=False)
    stage.say()
    assert ros.wait(lambda: node._words)
    stage.begin()
    picture = np.full((96, 96, 3), (200, 40, 10), np.uint8)
    _, data = cv2.imencode(".png", picture[..., ::-1])
    fields = {"header": {"stamp": {"nanosec": PERIOD}}, "format": "rgb8; png compressed", "data": data.tobytes()}
    stage.send("camera/image_raw/compressed", message_of("sensor_msgs/msg/CompressedImage", fields))
    assert speeds(stage.round(0, recorded()[0], without=("camera",))) == DRIVING
    np.testing.assert_array_equal(agent_of(node).observations[-1]["camera"], picture)


def test_an_agent_that_hangs_is_stopped(ros, stage):
    node = make_node(ros, "Hanging", watchdog=0.5)
    agent = agent_of(node)
    stage.meet(node)
    stage.say()
    assert ros.wait(lambda: node._words)
    stage.begin()
    rounds = recorded()
    assert speeds(stage.round(0, rounds[0])) == DRIVING
    asked = agent.asked
    agent.free.clear()
    try:
        before = len(stage.commands)
        for number in range(1, 10):
            stage.sense(rounds[number])
            stage.tick((number + 1) * PERIOD)
            assert ros.wait(lambda: agent.asked == asked + 1)
        assert ros.wait(lambda: len(stage.commands) > before)
        assert speeds(stage.commands[-1]) == (0.0, 0.0)
        assert ros.wait(lambda: stage.status["held"] == "no decision on anything that was sensed for 0.5 s")
    finally:
        agent.free.set()
    # What it decides at last is too old to be done.
    assert ros.wait(lambda: len(agent.observations) >= 3)
    assert ros.wait(lambda: any(stamp_of(each) == 2 * PERIOD for each in stage.commands)), stage.stamps()
    assert speeds(next(each for each in stage.commands if stamp_of(each) == 2 * PERIOD)) == (0.0, 0.0)
    assert speeds(stage.round(10, rounds[10])) == DRIVING


def test_below_the_threshold_it_holds_and_says_so(ros, stage):
    node = make_node(ros, "Doubting")
    stage.meet(node)
    stage.say()
    assert ros.wait(lambda: node._words)
    stage.begin()
    rounds, helds = recorded(), agent_of(node).helds
    assert speeds(stage.round(0, rounds[0])) == (0.0, 0.0)
    assert ros.wait(lambda: stage.status["held"] == "confidence 0.50 is below 0.7")
    assert agent_of(node).helds == helds + 1
    assert node.set_parameters([_parameter("confidence_threshold", 0.4)])[0].successful
    assert speeds(stage.round(1, rounds[1])) == DRIVING
    assert ros.wait(lambda: stage.status["state"] == "driving")


def test_an_agent_that_raises_is_held_and_reported(ros, stage):
    from diagnostic_msgs.msg import DiagnosticArray

    node = make_node(ros, "Raising")
    told = ros.collect(stage.node, DiagnosticArray, "diagnostics")
    stage.meet(node)
    stage.say("fail now")
    assert ros.wait(lambda: node._words)
    stage.begin()
    rounds = recorded()
    assert speeds(stage.round(0, rounds[0])) == (0.0, 0.0)
    assert ros.wait(lambda: stage.status["held"] == "failed: RuntimeError: no idea what to do")
    text = "the agent failed: RuntimeError: no idea what to do"
    assert ros.wait(lambda: any(status.message == text for each in told for status in each.status))
    for number, (words, expected) in enumerate((("nothing", (0.0, 0.0)), ("go on", DRIVING)), 1):
        stage.say(words)
        assert ros.wait(lambda words=words: node._words == words)
        assert speeds(stage.round(number, rounds[number])) == expected


def test_words_of_the_discrete_vocabulary_become_speeds(ros, stage):
    node = make_node(ros, "Turning")
    stage.meet(node)
    stage.say()
    assert ros.wait(lambda: node._words)
    stage.begin()
    linear, angular = speeds(stage.round(0, recorded()[0]))
    assert linear == 0.0
    assert angular > 0.5


def test_a_plain_twist(ros):
    stage = Stage(ros, stamped=False)
    node = make_node(ros, cmd_vel_stamped=False)
    stage.meet(node)
    stage.say()
    assert ros.wait(lambda: node._words)
    stage.tick(1)
    assert ros.wait(lambda: stage.commands and node._inbox.progress > 0)
    for number, readings in enumerate(recorded()[:3]):
        stage.sense(readings)
        stage.tick((number + 1) * PERIOD)
        assert ros.wait(lambda: stage.commands and speeds(stage.commands[-1]) == DRIVING)


def _parameter(name, value):
    from rclpy.parameter import Parameter

    return Parameter(name, value=value)
