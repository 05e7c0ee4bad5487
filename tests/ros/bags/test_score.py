"""Scores of bags: what is reproduced, what faults change, and what is said of it."""

import json
import math
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from bag_doubles import Broken, Wary, as_robot, cut, record
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

import vla_sim.ros.bags
from vla_sim.cli.app import app
from vla_sim.engines.engine import Command
from vla_sim.errors import InputError
from vla_sim.faults.injector import Window
from vla_sim.faults.spec import read_faults
from vla_sim.ros.bags.bag import open_bag
from vla_sim.ros.bags.chart import missing_spans, thinned
from vla_sim.ros.bags.replay import Outcome, Playback, Setting, replay
from vla_sim.ros.bags.run import DECISIONS, PAGE, SCORE, Request, score_bag
from vla_sim.ros.bags.score import auroc, differences, recorded, timing, under_fault
from vla_sim.ros.bags.tape import Event, Tape
from vla_sim.ros.bags.topics import find_topics
from vla_sim.ros.loop import Decision
from vla_sim.ros.robot import load_robot
from vla_sim.sensing.reading import Reading

SCHEMA = json.loads(Path(vla_sim.ros.bags.__file__).with_name("score.schema.json").read_text(encoding="utf-8"))
WARY = f"{Wary.__module__}:{Wary.__qualname__}"
BROKEN = f"{Broken.__module__}:{Broken.__qualname__}"
DARK = "{target: camera, kind: blackout, onset: 1.0, duration: 2.0}"


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return record(tmp_path_factory.mktemp("recording"), "classical", "go_to_object")


def setting(agent="classical", **changes):
    return Setting(agent, load_robot(), **changes)


def scored(bag, folder, agent="classical", faults=(), max_difference=None, **changes):
    request = Request(bag, setting(agent, **changes), read_faults(faults), {}, max_difference)
    return score_bag(request, folder)


def rows_of(folder):
    return [json.loads(line) for line in (folder / DECISIONS).read_text(encoding="utf-8").splitlines()]


def run(*arguments):
    return CliRunner().invoke(app, ["ros", "score", *map(str, arguments)])


def exactly(path, agent):
    """Return what was recorded and what a replay decides, unrounded, by time."""
    robot = load_robot()
    with open_bag(path) as bag:
        topics = find_topics(bag, robot.streams, {})
        playback = Playback(Setting(agent, robot), list(topics.sensors))
        commands = replay(Tape(bag, topics, robot.streams, 0.1).events(), [playback])
    made = {each.time: (each.command.linear, each.command.angular) for each in playback.outcome.decisions}
    return dict(commands), made


class TestReproduction:
    @pytest.mark.parametrize("task", ["go_to_object", "change_of_mind"])
    def test_a_trials_recording_gives_its_commands_again(self, tmp_path, task):
        was, made = exactly(record(tmp_path, "classical", task), "classical")
        assert len(was) > 30
        assert {time: made[time] for time in was} == was

    @pytest.mark.slow
    def test_so_it_does_for_the_fusion_agent(self, tmp_path):
        was, made = exactly(record(tmp_path, "fusion", "go_to_object"), "fusion")
        assert {time: made[time] for time in was} == was

    def test_a_robots_clock_changes_nothing(self, recording, tmp_path):
        """What comes 7 ms after it was taken is decided on like what comes at once."""
        robot = as_robot(recording, tmp_path / "drive", delay=7_000_000)
        score = scored(robot, tmp_path / "score")
        # Without bumper and joints, which the agent has a use for only now and then.
        assert score["agreement"]["clean"]["share_different"] < 0.1
        assert score["topics"]["missing"] == ["bumper", "joints"]
        assert score["clean"]["missing"]["camera"] == 0

    def test_the_same_bytes_each_time(self, recording, tmp_path):
        faults = ["camera:gaussian_noise@0.6", "lidar:dropout@0.5", "goal:typo@L3"]
        scores = [scored(recording, tmp_path / name, faults=faults, seed=5) for name in "ab"]
        for score in scores:
            score.pop("timing")
        assert scores[0] == scores[1]
        assert (tmp_path / "a" / DECISIONS).read_bytes() == (tmp_path / "b" / DECISIONS).read_bytes()
        other = scored(recording, tmp_path / "c", faults=faults, seed=6)
        assert other["difference"] != scores[0]["difference"]


class TestFaults:
    def test_a_dark_camera_shows_while_it_is_dark(self, recording, tmp_path):
        dark = {"target": "camera", "kind": "blackout", "onset": 1.0, "duration": 2.0}
        score = scored(recording, tmp_path, WARY, [dark])
        rows = rows_of(tmp_path)
        for row in rows:
            dark = 1.0 <= row["time"] < 3.0
            assert row["under_fault"] == dark
            assert (row["clean"]["command"] != row["faulted"]["command"]) == dark
            assert (row["faulted"]["command"] == [0.0, 0.0]) == dark
        assert score["difference"]["different"] == 20
        assert score["difference"]["stops"] == {"added": 20, "removed": 0}
        assert score["difference"]["first_difference"] == 1.0
        assert score["faulted"]["windows"] == [
            {"target": "camera", "fault": "camera:blackout@1.0", "start": 1.0, "end": 3.0}
        ]
        assert score["detection"] == {
            "auroc": 1.0, "parts": {"sensing": 1.0}, "sensors": {"camera": 1.0}, "clean": len(rows), "faulted": 20
        }  # fmt: skip
        assert score["faulted"]["certainty"]["total"]["min"] == 0.0
        assert score["clean"]["certainty"]["total"]["min"] > 0.0

    def test_an_agent_that_does_not_tell_has_no_detection(self, recording, tmp_path):
        score = scored(recording, tmp_path, faults=["camera:blackout"])
        assert score["detection"] is None
        assert score["clean"]["certainty"] is None

    def test_below_the_threshold_the_robot_is_held(self, recording, tmp_path):
        score = scored(recording, tmp_path, WARY, ["camera:blackout"], threshold=0.1)
        assert score["clean"]["held"] == {}
        assert score["faulted"]["held"] == {"confidence": score["faulted"]["batches"]}

    def test_a_sensor_that_sends_nothing_is_missing(self, recording, tmp_path):
        score = scored(recording, tmp_path, faults=["lidar:frame_drop"])
        assert score["faulted"]["missing"]["lidar"] == score["faulted"]["batches"]
        assert score["clean"]["missing"]["lidar"] == 0
        assert score["faulted"]["batches"] == score["clean"]["batches"]

    def test_late_pictures_come_late(self, recording, tmp_path):
        late = {"target": "camera", "kind": "latency", "parameters": {"delay": 0.5}}
        scored(recording, tmp_path, WARY, [late])
        rows = [row for row in rows_of(tmp_path) if row["clean"] and row["faulted"]]
        light = {row["time"]: row["clean"]["certainty"]["total"] for row in rows}
        late_by = [row for row in rows if row["time"] > 1.0]
        assert late_by
        for row in late_by:
            before = [light[time] for time in light if row["time"] - 0.65 < time < row["time"] - 0.35]
            assert row["faulted"]["certainty"]["total"] in before

    @pytest.mark.parametrize(
        ("fault", "told"),
        [
            ("command:latency", "drives nothing"),
            ("camera:dropout", "'dropout' fits"),
            ("sonar:dropout", "no stream 'sonar'; this bag has"),
            ({"target": "camera", "kind": "blackout", "onset": {"event": "contact"}}, "onset in seconds"),
        ],
    )
    def test_what_cannot_be_put_on_a_bag(self, recording, tmp_path, fault, told):
        with pytest.raises(InputError, match=told):
            scored(recording, tmp_path, faults=[fault])

    def test_a_sensor_that_the_bag_lacks_cannot_fail(self, recording, tmp_path):
        robot = as_robot(recording, tmp_path / "drive")
        with pytest.raises(InputError, match="no stream 'joints'"):
            scored(robot, tmp_path / "score", faults=["joints:frame_drop"])


class TestFigures:
    def test_differences(self):
        first = {0.1: (0.5, 0.0), 0.2: (0.5, 0.5), 0.3: (0.0, 0.0), 0.4: (0.3, 0.3), 0.5: (1.0, 1.0)}
        second = {0.1: (0.52, 0.05), 0.2: (0.5, -0.5), 0.3: (0.4, 0.0), 0.4: (0.0, 0.0)}
        found = differences(first, second)
        assert (found["decisions"], found["unmatched"], found["different"]) == (4, 1, 3)
        assert found["share_different"] == 0.75
        assert found["sign_flips"] == {"speed": 0, "yaw_rate": 1}
        assert found["stops"] == {"added": 1, "removed": 1}
        assert found["first_difference"] == 0.2
        assert found["speed"]["max"] == 0.4
        assert found["yaw_rate"]["mean"] == pytest.approx(1.35 / 4)

    def test_nothing_in_common_is_no_agreement(self):
        found = differences({0.1: (0.0, 0.0)}, {0.2: (0.0, 0.0)})
        assert (found["share_different"], found["speed"], found["unmatched"]) == (None, None, 2)

    def test_the_recorded_command_is_the_one_that_follows_and_grows_stale(self):
        commands = [(0.13, (1.0, 0.0)), (0.24, (2.0, 0.0))]
        found = recorded([0.1, 0.2, 1.2, 1.3], commands, 0.1)
        assert found == {0.1: (1.0, 0.0), 0.2: (2.0, 0.0), 1.2: (2.0, 0.0)}

    @pytest.mark.parametrize(
        ("high", "low", "area"), [([1, 2], [0, 0], 1.0), ([0], [1], 0.0), ([1, 1], [1], 0.5), ([3, 1], [2, 0], 0.75)]
    )
    def test_auroc(self, high, low, area):
        assert auroc(high, low) == area

    def test_a_window_for_good_has_no_end(self):
        assert under_fault(1e6, [Window("camera", "x", 1.0, math.inf)])
        assert not under_fault(0.9, [Window("camera", "x", 1.0, math.inf)])

    def test_spans_of_a_missing_sensor(self):
        rows = [{"time": t, "clean": {"missing": ["a"] if t in (2, 3, 6) else []}} for t in range(1, 7)]
        assert missing_spans(rows, "clean", "a") == [(2, 4), (6, 6)]

    def test_thinned_lines_keep_their_peaks(self):
        points = [(float(i), 9.0 if i == 4321 else 0.0) for i in range(10_000)]
        assert (4321.0, 9.0) in thinned(points)
        assert len(thinned(points)) <= 700


def test_a_gap_in_the_bag_is_lived_through():
    """A robot decides on, with what it knows, while nothing comes."""
    robot = load_robot(sensors=["imu"])
    playback = Playback(Setting("classical", robot, words="stop"), ["imu"])
    at = [*np.arange(0.01, 1.0, 0.01), *np.arange(3.0, 3.5, 0.01)]
    events = [Event(float(t), Reading("imu", round(float(t), 3), np.zeros(6), float(t))) for t in at]
    replay(events, [playback])
    decisions = playback.outcome.decisions
    assert sum(1 + each.skipped for each in decisions) >= 33
    lonely = [each for each in decisions if "imu" in each.missing]
    assert len(lonely) >= 15
    assert max(each.ages["imu"] for each in lonely) > 1.5


class TestCommand:
    @pytest.mark.parametrize("agent", ["classical", WARY])
    def test_it_writes_all_and_says_what_it_chose(self, recording, tmp_path, agent):
        result = run(recording, "--agent", agent, "--fault", DARK, "--out", tmp_path / "score")
        assert result.exit_code == 0, result.output
        assert "camera: /camera/image, /camera/camera_info" in result.output
        assert ("clean to recorded: 0.0% of" in result.output) == (agent == "classical")
        score = json.loads((tmp_path / "score" / SCORE).read_text())
        Draft202012Validator(SCHEMA).validate(score)
        page = (tmp_path / "score" / PAGE).read_text()
        seen = Checked()
        seen.feed(page)
        assert seen.left == []
        assert not any(link.startswith(("http", "//")) for link in seen.links)
        assert seen.labels >= 3
        assert "prefers-color-scheme: dark" in page

    def test_the_gate(self, recording, tmp_path):
        passed = run(recording, "--agent", "classical", "--max-difference", 0, "--out", tmp_path / "a")
        assert passed.exit_code == 0, passed.output
        assert "passed: clean to recorded" in passed.output
        arguments = ("--agent", WARY, "--fault", "camera:blackout", "--max-difference", 0.5)
        failed = run(recording, *arguments, "--out", tmp_path / "b")
        assert failed.exit_code == 1
        gate = json.loads((tmp_path / "b" / SCORE).read_text())["gate"]
        assert gate == {
            "of": "faulted to clean", "max_difference": 0.5, "share_different": 1.0, "passed": False
        }  # fmt: skip

    def test_without_recorded_commands_a_gate_cannot_pass(self, recording, tmp_path):
        topics = {"/camera/image": "/camera/image_raw", "/goal/heard": "/voice_commands"}
        path = as_robot(recording, tmp_path / "drive", topics)
        result = run(path, "--agent", "classical", "--max-difference", 1, "--out", tmp_path / "score")
        assert result.exit_code == 1

    def test_a_part_of_a_bag(self, recording, tmp_path):
        result = run(recording, "--agent", WARY, "--since", 1, "--until", 2, "--out", tmp_path)
        assert result.exit_code == 0, result.output
        times = [row["time"] for row in rows_of(tmp_path)]
        assert (times[0], times[-1], len(times)) == (1.1, 2.0, 10)
        assert all(row["clean"]["words"] for row in rows_of(tmp_path))

    def test_words_of_the_command_line_replace_the_bags(self, recording, tmp_path):
        assert run(recording, "--agent", WARY, "--words", "stop", "--out", tmp_path).exit_code == 0
        assert {row["clean"]["words"] for row in rows_of(tmp_path)} == {"stop"}

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["--agent", "expert"], "'expert' reads the ground truth"),
            (["--agent", "nobody"], "no agent named 'nobody'"),
            (["--topic", "camera"], "is not of the form NAME=/TOPIC"),
            (["--fault", "{target: ["], "no valid YAML"),
            (["--since", "5", "--until", "4"], "must be after --since"),
            (["--since", "5000"], "over before the agent could decide"),
            (["--robot", "nothing"], "no robot 'nothing'"),
        ],
    )
    def test_bad_input_is_one_line(self, recording, tmp_path, arguments, told):
        result = run(recording, "--agent", "classical", *arguments, "--out", tmp_path)
        assert isinstance(result.exception, InputError)
        assert told in str(result.exception)

    def test_an_agent_that_raises_is_named(self, recording, tmp_path):
        result = run(recording, "--agent", BROKEN, "--out", tmp_path)
        assert "raised ZeroDivisionError: division by zero at 0.1 s" in str(result.exception)

    def test_a_bag_without_words_asks_for_them(self, recording, tmp_path):
        path = as_robot(recording, tmp_path / "drive", {"/camera/image": "/camera/image_raw"})
        result = run(path, "--agent", "classical", "--out", tmp_path / "score")
        assert "--words" in str(result.exception)
        assert run(path, "--agent", "classical", "--words", "stop", "--out", tmp_path / "score").exit_code == 0

    def test_a_cut_bag(self, recording, tmp_path):
        result = run(cut(recording, tmp_path / "cut.mcap", 0.7), "--agent", "classical", "--out", tmp_path / "score")
        assert "cut short" in str(result.exception)
        assert not (tmp_path / "score").exists()


def test_malformed_messages_are_counted(recording, tmp_path):
    """A scan where an odometry's orientation is none: each is skipped, and told of."""
    path = as_robot(recording, tmp_path / "drive", spoil={"/odom": 3})
    score = scored(path, tmp_path / "score")
    assert score["bag"]["malformed"]["/rover1/odom"]["count"] == 3
    assert "orientation" in score["bag"]["malformed"]["/rover1/odom"]["first"]


def test_an_outcome_without_decisions_has_no_times():
    assert timing(Outcome()) is None
    assert timing(Outcome([Decision(0.1, Command(), Command(), "x")], [2.0]))["p99_ms"] == 2.0


class Checked(HTMLParser):
    """Looks for tags that are not closed, links, and drawings with a name."""

    VOID = ("meta", "link", "rect", "line", "polyline", "circle")

    def __init__(self):
        super().__init__()
        self.left, self.links, self.labels = [], [], 0

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.links += [attributes[name] for name in ("href", "src") if name in attributes]
        self.labels += tag == "svg" and bool(attributes.get("aria-label"))
        if tag not in self.VOID:
            self.left.append(tag)

    def handle_endtag(self, tag):
        assert tag in self.VOID or self.left.pop() == tag
