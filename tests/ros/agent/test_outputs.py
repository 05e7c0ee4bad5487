"""What the agent node says, as messages."""

from __future__ import annotations

import json
import sys
from types import ModuleType

import numpy as np
import pytest

from tests.ros.stage import Stage, agent_of, make_node, parameters, recorded
from vla_sim.engines.engine import Command
from vla_sim.explanation import Certainty, PlannedStep, SeenObject
from vla_sim.ros.agent import outputs
from vla_sim.ros.agent.diagnostics import ERROR, OK, STALE, WARN, Condition, Figures, report
from vla_sim.ros.agent.heatmap import overlay
from vla_sim.ros.messages import message_class, message_of
from vla_sim.ros.robot import load_robot

STAMP = 1_700_000_000_123_456_789
SEEN = (SeenObject("the red cube", (10.0, 20.0, 30.0, 60.0), 0.75), SeenObject("it", (0.0, 0.0, 4.0, 4.0), 0.3))


@pytest.fixture(autouse=True)
def _rclpy(ros):
    """Messages need ROS 2."""


def test_stamps_are_exact_to_the_nanosecond():
    fields = {"header": outputs.header_of(STAMP, "base_link"), "twist": outputs.twist(Command(0.5, -0.25))}
    message = message_of("geometry_msgs/msg/TwistStamped", fields)
    assert (message.header.stamp.sec, message.header.stamp.nanosec) == (1_700_000_000, 123_456_789)
    assert (message.twist.linear.x, message.twist.angular.z, message.twist.linear.y) == (0.5, -0.25, 0.0)


def test_a_plan_is_cut_to_its_longest():
    steps = [PlannedStep("turn_left", 2, 0.123456, "turn left")] * 12
    told = json.loads(outputs.sequence_text(STAMP, 'the "red" one', steps, 10))
    assert told["words"] == 'the "red" one'
    assert told["stamp"] == pytest.approx(STAMP / 1e9)
    assert told["actions"] == [{"word": "turn_left", "index": 2, "confidence": 0.1235, "description": "turn left"}] * 10


def test_objects_as_text():
    told = json.loads(outputs.objects_text(STAMP, "words", SEEN, (96, 128)))
    assert (told["height"], told["width"]) == (96, 128)
    assert told["objects"][0] == {"query": "the red cube", "box": [10.0, 20.0, 30.0, 60.0], "score": 0.75}


def test_objects_as_markers_lie_on_the_rays_through_their_corners():
    camera = load_robot().streams["camera"].camera
    message = message_of(
        "visualization_msgs/msg/MarkerArray", outputs.markers(outputs.header_of(STAMP, "eye"), SEEN, camera)
    )
    clear, box, text, *others = message.markers
    assert clear.action == clear.DELETEALL
    assert len(others) == 2
    assert (box.type, box.header.frame_id, len(box.points)) == (box.LINE_STRIP, "eye", 5)
    corner = box.points[0]
    assert corner.x * camera.fx / corner.z + camera.cx == pytest.approx(10.0)
    assert corner.y * camera.fy / corner.z + camera.cy == pytest.approx(20.0)
    assert text.text == "the red cube (0.75)"
    assert len({(marker.ns, marker.id) for marker in message.markers[1:]}) == 4


class _Message:
    """A message with the fields that its class says, as ``rclpy`` has them."""

    types: dict[str, object]

    def __init__(self):
        for name, kind in self.types.items():
            setattr(self, name, [] if isinstance(kind, str) else kind())

    @classmethod
    def get_fields_and_field_types(cls):
        return {name: kind if isinstance(kind, str) else kind.__name__ for name, kind in cls.types.items()}

    def __setattr__(self, name, value):
        assert name in self.types, name
        super().__setattr__(name, value)


def _kind(name, **types):
    return type(name, (_Message,), {"types": types})


def test_objects_as_detections_where_vision_msgs_is_installed(monkeypatch):
    """Its fields are those of version 4, which Jazzy has; nothing of it can be sent without its type support."""
    header = message_class("std_msgs/msg/Header")
    point, hypothesis = _kind("Point2D", x=float, y=float), _kind("ObjectHypothesis", class_id=str, score=float)
    pose = _kind("Pose2D", position=point, theta=float)
    module = ModuleType("vision_msgs.msg")
    module.ObjectHypothesisWithPose = _kind("ObjectHypothesisWithPose", hypothesis=hypothesis)
    box = _kind("BoundingBox2D", center=pose, size_x=float, size_y=float)
    results = "sequence<vision_msgs/ObjectHypothesisWithPose>"
    module.Detection2D = _kind("Detection2D", header=header, results=results, bbox=box, id=str)
    module.Detection2DArray = _kind("Detection2DArray", header=header, detections="sequence<vision_msgs/Detection2D>")
    monkeypatch.setitem(sys.modules, "vision_msgs", ModuleType("vision_msgs"))
    monkeypatch.setitem(sys.modules, "vision_msgs.msg", module)
    message_class.cache_clear()
    try:
        message = message_of(
            "vision_msgs/msg/Detection2DArray", outputs.detections(outputs.header_of(STAMP, "eye"), SEEN)
        )
    finally:
        message_class.cache_clear()
    first = message.detections[0]
    assert (first.results[0].hypothesis.class_id, first.results[0].hypothesis.score) == ("the red cube", 0.75)
    assert (first.bbox.center.position.x, first.bbox.center.position.y) == (20.0, 40.0)
    assert (first.bbox.size_x, first.bbox.size_y, first.id) == (20.0, 40.0, "0")
    assert first.header.frame_id == message.header.frame_id == "eye"


@pytest.mark.parametrize("value", [0.0, 0.4, 1.0, np.nan])
def test_a_map_that_is_the_same_everywhere_leaves_the_picture_as_it_is(value):
    picture = np.random.default_rng(0).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    np.testing.assert_array_equal(overlay(picture, np.full((20, 30), value, np.float32)), picture)


def test_a_heat_map_colours_where_attention_is():
    picture = np.full((20, 30, 3), 100, np.uint8)
    attention = np.zeros((20, 30), np.float32)
    attention[:10] = 0.02
    seen = overlay(picture, attention)
    np.testing.assert_array_equal(seen[10:], picture[10:])
    assert seen[0, 0, 0] > seen[0, 0, 2] + 50, "the most is red"
    small = overlay(picture, np.eye(3, dtype=np.float32))
    assert small.shape == picture.shape


def condition(**changed):
    base = {"active": True, "waiting": "", "watchdog": "", "trips": 0, "held": "", "failure": "", "overtaken": 0}
    base |= {"malformed": {}, "problem": "", "late": 0, "queued": 0, "missed": {}, "missing": (), "guesses": ()}
    return Condition(**(base | changed))


def levels(figures, **changed):
    return [status["level"] for status in report("rover", figures.read(), condition(**changed))]


def test_levels_of_diagnostics():
    figures = Figures()
    assert levels(figures) == [OK, OK, OK]
    assert levels(figures, active=False) == [STALE, STALE, STALE]
    assert levels(figures, waiting="no words yet") == [STALE, OK, OK]
    assert levels(figures, held="unsure", missing=("camera",)) == [WARN, WARN, OK]
    assert levels(figures, malformed={"camera": 1}) == [OK, WARN, OK]
    assert levels(figures, guesses=("camera",)) == [OK, WARN, OK]
    assert levels(figures, failure="it raised", watchdog="nothing came") == [ERROR, OK, ERROR]


def test_figures_of_diagnostics():
    figures = Figures()
    for milliseconds in range(1, 101):
        figures.decided(
            milliseconds / 1e3, None if milliseconds % 2 else 0.05, 0, Certainty(0.8, {"words": 0.9}, {"camera": 0.7})
        )
    figures.decided(0.001, None, 3, Certainty(0.8, {"words": 0.9}, {"camera": 0.7}))
    told = report("rover", figures.read(), condition(overtaken=2, missed={"imu": 4}, problem="odd", late=1))
    values = {each["key"]: each["value"] for status in told for each in status["values"]}
    assert values["inference p50 [ms]"] == "50.0"
    assert values["inference max [ms]"] == "100.0"
    assert values["image stamp to command p99 [ms]"] == "50.0"
    assert (values["batches"], values["drops"], values["drop rate"]) == ("101", "5", "0.0472")
    assert (values["confidence"], values["confidence in words"], values["camera works"]) == ("0.8", "0.9", "0.7")
    assert (values["imu missed"], values["last malformed"], values["late"]) == ("4", "odd", "1")
    message_of("diagnostic_msgs/msg/DiagnosticArray", {"status": told})


def test_explanations_over_dds_at_their_rate(ros):
    from sensor_msgs.msg import Image
    from std_msgs.msg import String
    from visualization_msgs.msg import MarkerArray

    stage = Stage(ros)
    node = make_node(ros, "Explaining", max_action_length=5, attention_rate=2.0)
    kinds = {
        "robot/action_sequence": String,
        "fusion/objects": String,
        "fusion/markers": MarkerArray,
        "fusion/attention_map": Image,
    }
    got = {topic: ros.collect(stage.node, kind, topic, 100) for topic, kind in kinds.items()}
    assert ros.wait(lambda: all(node.count_subscribers(topic) for topic in kinds))
    stage.meet(node)
    stage.say()
    assert ros.wait(lambda: node._words)
    stage.begin()
    for number, readings in enumerate(recorded()[:12]):
        stage.round(number, readings)
    assert ros.wait(lambda: all(len(each) == 3 for each in got.values())), {
        topic: len(each) for topic, each in got.items()
    }
    plan = json.loads(got["robot/action_sequence"][0].data)
    assert [step["word"] for step in plan["actions"]] == ["move_forward"] * 5
    assert json.loads(got["fusion/objects"][0].data)["objects"][0]["query"] == "the red cube"
    image = got["fusion/attention_map"][-1]
    assert (image.height, image.width, image.encoding, image.header.frame_id) == (96, 96, "rgb8", "camera_optical")
    shown = np.frombuffer(image.data, np.uint8).reshape(96, 96, 3)
    picture = agent_of(node).observations[10]["camera"]
    np.testing.assert_array_equal(shown[:40], picture[:40])
    assert (shown[40:50, 60:70] != picture[40:50, 60:70]).any()
    # Never, from now on.
    assert node.set_parameters(parameters(attention_rate=0.0))[0].successful
    for number, readings in enumerate(recorded()[12:24], 12):
        stage.round(number, readings)
    assert len(got["robot/action_sequence"]) == 3


def test_the_fusion_agent_explains_itself_over_dds(ros):
    from std_msgs.msg import String

    stage = Stage(ros)
    node = make_node(ros, "fusion")
    plans = ros.collect(stage.node, String, "robot/action_sequence")
    assert ros.wait(lambda: node.count_subscribers("robot/action_sequence"))
    stage.meet(node)
    stage.say("turn left by 90 degrees")
    assert ros.wait(lambda: node._words)
    stage.begin()
    for number, readings in enumerate(recorded()[:4]):
        stage.round(number, readings)
    assert ros.wait(lambda: plans)
    actions = json.loads(plans[0].data)["actions"]
    assert 1 <= len(actions) <= 10
    assert all(0.0 < action["confidence"] <= 1.0 and action["description"] for action in actions)
    assert 0.0 < stage.status["confidence"] <= 1.0
