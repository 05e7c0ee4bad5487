"""The stage over ROS 2, with small programs in the place of bridge, agent and relay."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from vla_sim import assets
from vla_sim.bench.expand import load_plan
from vla_sim.errors import InputError, NotReadyError
from vla_sim.faults.spec import read_faults
from vla_sim.ros.domain import claimed_domain
from vla_sim.validation import ros_stage
from vla_sim.validation.listener import LATENCY, latencies
from vla_sim.validation.paths import Reference
from vla_sim.validation.profile import RosStage
from vla_sim.validation.ros_stage import check_ros, commands, run_ros_stage


@pytest.fixture(autouse=True)
def _ready(monkeypatch):
    """The stand-ins need no ROS 2."""
    monkeypatch.setattr(ros_stage, "prepare", lambda: None)


def trial(seed=0, outcome="success", late=0, path=((0.1, 0.0, 0.0, 0.0),)):
    return {"seed": seed, "outcome": outcome, "reason": "", "late": late, "path": [list(point) for point in path]}


def stage(**given):
    given = {"stage": "ros", "task": "turn_by_angle", "trials": 2, "time_limit": 60.0} | given
    return RosStage.model_validate({"min_success": 0.5} | given)


def calls(seen):
    return {call["name"]: call for call in map(json.loads, seen.read_text().splitlines())}


def test_success_is_a_share_of_the_trials(context, acting):
    seen = acting(bridge={"records": [trial(0), trial(1, "failure")], "code": 1})
    outcome = run_ros_stage(stage(), context)
    assert outcome.status == "passed", outcome.reason
    assert [(check.value, check.passed) for check in outcome.checks] == [(0.5, True)]
    assert outcome.facts["seeds"] == [0, 1]
    assert set(outcome.facts["worlds"]) == {"arena"}
    assert run_ros_stage(stage(min_success=0.6), context).status == "failed"
    domains = {call["environment"]["ROS_DOMAIN_ID"] for call in map(json.loads, seen.read_text().splitlines()[:3])}
    assert len(domains) == 1
    ranges = {call["environment"]["ROS_AUTOMATIC_DISCOVERY_RANGE"] for call in calls(seen).values()}
    assert ranges == {"LOCALHOST"}


def test_logs_and_records_stay(context, acting):
    acting(bridge={"records": [trial(), trial(1)], "code": 0, "say": "two trials"}, agent={"say": "active"})
    outcome = run_ros_stage(stage(), context)
    assert (context.logs / "ros" / "agent.txt").read_text() == "active\n"
    assert (context.logs / "ros" / "bridge.txt").read_text() == "two trials\n"
    for file in outcome.files.values():
        assert (context.folder / file).is_file()


def test_a_way_that_is_the_same_and_one_that_is_not(context, acting):
    reference = Reference("classical", "arena", "turn_by_angle", None, "seen")
    path = reference.drive(4).path
    reference.close()
    asked = stage(trials=1, seed=4, max_path_difference=0.05, max_late=0)
    acting(bridge={"records": [trial(4, path=path)], "code": 0})
    outcome = run_ros_stage(asked, context)
    assert outcome.status == "passed", outcome.checks
    assert outcome.checks[-1].value == 0.0
    moved = [(t, x + 0.2, y, yaw) for t, x, y, yaw in path]
    acting(bridge={"records": [trial(4, late=3, path=moved)], "code": 0})
    outcome = run_ros_stage(asked, context)
    assert outcome.status == "failed"
    assert [(check.what.split()[0], check.passed) for check in outcome.checks] == [
        ("success,", True), ("steps", False), ("distance", False)
    ]  # fmt: skip
    assert outcome.checks[2].value == pytest.approx(0.2)
    kept = json.loads((context.folder / "paths.json").read_text())
    assert kept[0]["in_process"] == [list(point) for point in path]


def test_a_way_without_points_does_not_pass(context, acting):
    acting(bridge={"records": [trial(4, path=())], "code": 0})
    outcome = run_ros_stage(stage(trials=1, seed=4, max_path_difference=1.0), context)
    assert (outcome.status, outcome.checks[-1].value) == ("failed", None)


def test_latency_is_the_last_that_the_node_told(context, acting):
    asked = stage(pace=1.0, max_latency_p99_ms=60.0)
    lines = [
        {f"{LATENCY}p99 [ms]": "300.0"},
        {f"{LATENCY}p50 [ms]": "20.5", f"{LATENCY}p99 [ms]": "48.25"},
        {"batches": "9"},
    ]
    acting(bridge={"records": [trial(), trial(1)], "code": 0}, listener={"lines": lines})
    outcome = run_ros_stage(asked, context)
    assert outcome.status == "passed", outcome
    assert outcome.checks[-1].value == 48.25
    assert outcome.facts["latency_ms"] == {"p50": 20.5, "p99": 48.25}


def test_a_node_that_tells_none_does_not_pass(context, acting):
    acting(bridge={"records": [trial(), trial(1)], "code": 0})
    outcome = run_ros_stage(stage(pace=1.0, max_latency_p99_ms=60.0), context)
    assert (outcome.status, outcome.checks[-1].value) == ("failed", None)


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ([{"applied": []}, {"applied": ["camera:blackout"]}, {"applied": ["imu:freeze", "odom:freeze"]}], "passed"),
        ([{"applied": ["camera:blackout", "imu:freeze"]}], "failed"),
        ([{"applied": []}], "failed"),
    ],
)
def test_a_fault_that_never_came_is_no_test(context, acting, told, status):
    acting(bridge={"records": [trial(), trial(1)], "code": 0}, listener={"lines": told})
    outcome = run_ros_stage(stage(faults=["camera:blackout", "imu,odom:freeze"]), context)
    assert outcome.status == status
    assert outcome.checks[1].asked == "at least 3"


def test_a_relay_that_does_not_begin_is_an_error(context, acting, monkeypatch):
    monkeypatch.setattr(ros_stage, "_RELAY_COMES", 0.5)
    acting(bridge={"records": [trial(), trial(1)], "code": 0}, faults={"say": "waiting"})
    outcome = run_ros_stage(stage(faults=["camera:blackout"]), context)
    assert outcome.status == "error"
    assert outcome.reason.startswith("faults has not begun after 0.5 s")


def test_a_torn_line_of_the_listener(tmp_path):
    file = tmp_path / "said.jsonl"
    file.write_text(json.dumps({f"{LATENCY}p99 [ms]": "5"}) + '\n{"image st')
    assert latencies(file) == {"p99": 5.0}
    assert latencies(tmp_path / "none") == {}


@pytest.mark.parametrize(
    ("acts", "told"),
    [
        ({"bridge": {"code": 3, "say": "error: nobody publishes commands"}}, "exit code 3: error: nobody publishes"),
        ({"bridge": {"code": 2, "say": "no task"}}, "exit code 2: no task"),
        ({"bridge": {"records": [trial()], "code": 0}}, "after 1 of 2 trials"),
        ({"bridge": {"code": 0}}, "after 0 of 2 trials"),
        ({"agent": {"code": 2, "say": "no checkpoint"}}, "agent ended with exit code 2; .* no checkpoint"),
        ({"listener": {"code": 1}}, "listener ended with exit code 1"),
    ],
)
def test_what_breaks_off_is_an_error_and_no_verdict(context, acting, acts, told):
    acting(**acts)
    outcome = run_ros_stage(stage(), context)
    assert outcome.status == "error"
    assert re.search(told, outcome.reason), outcome.reason


def test_time_is_up(context, acting):
    acting()
    outcome = run_ros_stage(stage(time_limit=1.0), context)
    assert (outcome.status, "has not ended after 1 s" in outcome.reason) == ("error", True)


def test_without_a_free_domain_nothing_is_executed(context, acting, monkeypatch):
    acting()
    with claimed_domain() as taken:
        monkeypatch.setattr(ros_stage, "claimed_domain", lambda: claimed_domain([taken]))
        with pytest.raises(NotReadyError):
            run_ros_stage(stage(), context)


class TestCommands:
    def test_lockstep(self, context):
        made = commands(stage(seed=9, words="held_out"), context)
        assert list(made) == ["listener", "agent", "bridge"]
        bridge = " ".join(made["bridge"][2:])
        assert "--task turn_by_angle --words held_out --seed 9 --pace lockstep --trials 2" in bridge
        assert "--patience" in bridge
        agent = " ".join(made["agent"][2:])
        assert agent == (
            "ros agent --agent classical --ros-args -p use_sim_time:=true -p robot:=rover -p confidence_threshold:=0.0"
        )

    def test_real_time(self, context):
        made = commands(stage(pace=2.0, confidence_threshold=0.7), context)
        assert "--pace 2.0" in " ".join(made["bridge"])
        assert "--patience" not in made["bridge"]
        assert "confidence_threshold:=0.7" in made["agent"]

    def test_the_agent_listens_to_the_relay_where_a_fault_is(self, context):
        late = {"target": "goal", "kind": "typo", "onset": 2.0}
        made = commands(stage(faults=["camera:blackout@L3", late]), context)
        assert list(made) == ["listener", "agent", "faults", "bridge"]
        remapped = [part for part in made["agent"] if ":=faulted/" in part]
        assert remapped == [
            "camera/image_raw:=faulted/camera/image_raw", "voice_commands:=faulted/voice_commands"
        ]  # fmt: skip
        assert "--arm --dead-man 0 --robot rover" in " ".join(made["faults"])
        place = made["faults"].index("--suite")
        arm = load_plan(Path(made["faults"][place + 1])).cells[0].arms[made["faults"][place + 3]]
        assert arm == read_faults(["camera:blackout@L3", late])

    def test_faults_that_a_line_tells_are_told_in_it(self, context):
        made = commands(stage(faults=["camera:blackout@L3", "imu,odom:freeze"]), context)
        assert made["faults"][4:8] == ["--fault", "camera:blackout@L3", "--fault", "imu,odom:freeze@1.0"]

    def test_another_robot_takes_the_place_of_the_worlds(self, context):
        path = str(assets.ROBOTS / "rover" / "model.sdf")
        other = replace(context, robot=path)
        assert f"--robot {path}" in " ".join(commands(stage(), other)["bridge"])
        assert f"robot:={path}" in commands(stage(), other)["agent"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"world": "atlantis"}, "atlantis"),
        ({"task": "dance"}, "dance"),
        ({"faults": ["command:latency"]}, "not on its side"),
        ({"faults": ["sonar:dropout"]}, "no stream 'sonar'"),
    ],
)
def test_what_is_not_there_is_found_before_anything_runs(context, given, told):
    with pytest.raises(InputError, match=told):
        check_ros(stage(**given), context)
