"""The whole gate: stages, verdict, JSON, JUnit and page, with a real agent in the embedded simulator."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from defusedxml import ElementTree
from standin import LISTENER, PROGRAM
from typer.testing import CliRunner

from vla_sim.bench.exit_code import ExitCode
from vla_sim.cli.app import app
from vla_sim.cli.validate import with_bags
from vla_sim.errors import InputError
from vla_sim.validation import gate, ros_stage
from vla_sim.validation.gate import Request, validate
from vla_sim.validation.profile import read_profile
from vla_sim.validation.report import JSON, JUNIT, PAGE
from vla_sim.validation.result import Outcome

SUITE = """\
name: turns
seed: 2
defaults: {world: arena, task: turn_by_angle, trials: 1, sensors: [imu, odom, lidar]}
scenarios:
  - name: turns
    gates: {clean: {min_success: 1.0}}
"""
SUITE_STAGE = "{stage: suite, suite: turns.yaml}"
BAGS = "{stage: bags, required: %s}"
TRIAL = {"seed": 0, "outcome": "success", "reason": "", "late": 0, "path": []}


@pytest.fixture
def request_for(tmp_path, monkeypatch):
    """Return a request for a profile of stages."""
    monkeypatch.setattr(ros_stage, "prepare", lambda: None)
    monkeypatch.setenv("VLA_SIM_GZ", str(tmp_path / "no-gz"))
    (tmp_path / "turns.yaml").write_text(SUITE)

    def make(*stages, **changes):
        file = tmp_path / "profile.yaml"
        file.write_text("name: mine\nstages:\n" + "".join(f"  - {stage}\n" for stage in stages))
        profile, _ = read_profile(file)
        given = Request("classical", profile, file, "d" * 64, tmp_path / "out", 0, vla_sim=PROGRAM, listener=LISTENER)
        return replace(given, **changes)

    return make


def statuses(content):
    return {stage["name"]: stage["status"] for stage in content["stages"]}


def cases(folder):
    root = ElementTree.parse(folder / JUNIT).getroot()
    return root, {
        (suite.get("name"), case.get("name")): [child.tag for child in case]
        for suite in root
        for case in suite.iter("testcase")
    }


class TestVerdict:
    def test_all_that_is_required_passes(self, request_for, tmp_path):
        content, code = validate(request_for(SUITE_STAGE, BAGS % "false"))
        assert (content["verdict"], code) == ("passed", ExitCode.PASSED)
        assert statuses(content) == {"suite": "passed", "bags": "not_executed"}
        stage = content["stages"][0]
        assert stage["checks"] == [
            {"what": "turns, clean: min success", "asked": "at least 1", "value": 1.0, "unit": "", "passed": True}
        ]
        assert stage["facts"]["seed"] == 2
        assert len(stage["facts"]["worlds"]["arena"]) == 16
        for file in stage["files"].values():
            assert (tmp_path / "out" / file).is_file()
        assert json.loads((tmp_path / "out" / JSON).read_text()) == content

    def test_what_is_required_and_not_executed_makes_it_incomplete(self, request_for, tmp_path):
        content, code = validate(request_for(SUITE_STAGE, "{stage: gazebo, suite: turns.yaml}", BAGS % "true"))
        assert (content["verdict"], code) == ("incomplete", ExitCode.FAILED)
        assert statuses(content) == {"suite": "passed", "gazebo": "not_executed", "bags": "not_executed"}
        assert "VLA_SIM_GZ names" in content["stages"][1]["reason"]
        root, found = cases(tmp_path / "out")
        assert found["gazebo", "stage"] == ["skipped"]
        assert found["verdict", "every required stage passed"] == ["failure"]
        assert (root.get("skipped"), root.get("failures"), root.get("errors")) == ("2", "1", "0")

    def test_a_gate_that_is_not_reached(self, request_for, tmp_path):
        strict = "{stage: suite, suite: turns.yaml, gates: {clean: {min_success_lower: 0.9}}}"
        content, code = validate(request_for(strict))
        assert (content["verdict"], code) == ("failed", ExitCode.FAILED)
        check = content["stages"][0]["checks"][0]
        assert (check["asked"], check["passed"]) == ("at least 0.9", False)
        assert check["value"] < 0.9
        assert cases(tmp_path / "out")[1]["suite", check["what"]] == ["failure"]

    def test_of_all_trials_together(self, request_for):
        content, _ = validate(request_for("{stage: suite, suite: turns.yaml, min_success: 0.9}"))
        assert [check["what"] for check in content["stages"][0]["checks"]] == [
            "success, share of all 1 clean trials", "turns, clean: min success"
        ]  # fmt: skip

    def test_the_loop_over_ros(self, request_for, acting, tmp_path):
        acting(bridge={"records": [TRIAL], "code": 0})
        content, code = validate(request_for("{stage: ros, trials: 1, min_success: 1.0}"))
        assert code == ExitCode.PASSED, content
        assert (tmp_path / "out" / content["stages"][0]["files"]["log of the agent"]).is_file()

    def test_what_breaks_off_is_an_error_and_the_rest_still_runs(self, request_for, acting, tmp_path):
        acting(bridge={"code": 3, "say": "gone"})
        content, code = validate(request_for("{stage: ros, trials: 1, min_success: 1.0}", SUITE_STAGE))
        assert (content["verdict"], code) == ("error", ExitCode.ERROR)
        assert statuses(content) == {"ros": "error", "suite": "passed"}
        assert cases(tmp_path / "out")[1]["ros", "stage"] == ["error"]

    def test_so_is_an_exception_that_nobody_expects(self, request_for, monkeypatch, tmp_path):
        def broken(stage, context):
            raise KeyError("oops")

        monkeypatch.setattr(gate, "run_suite_stage", broken)
        content, code = validate(request_for(SUITE_STAGE))
        assert code == ExitCode.ERROR
        assert content["stages"][0]["reason"] == "KeyError: 'oops'; details in logs/suite.txt"
        assert "oops" in (tmp_path / "out" / "logs" / "suite.txt").read_text()

    def test_an_interruption_leaves_a_report(self, request_for, monkeypatch, tmp_path):
        def interrupted(stage, context):
            raise KeyboardInterrupt

        monkeypatch.setattr(gate, "run_bags_stage", interrupted)
        content, code = validate(request_for(BAGS % "false", SUITE_STAGE))
        assert code == ExitCode.INTERRUPTED
        assert content["verdict"] == "incomplete"
        assert statuses(content) == {"bags": "not_executed", "suite": "not_executed"}
        assert (tmp_path / "out" / PAGE).is_file()


class TestBags:
    @pytest.fixture(scope="class")
    def recording(self, tmp_path_factory):
        folder = tmp_path_factory.mktemp("recorded")
        (folder / "turns.yaml").write_text(SUITE.replace(", sensors: [imu, odom, lidar]", ""))
        command = ["run", str(folder / "turns.yaml"), "--agent", "classical", "--jobs", "0", "--record", "all"]
        result = CliRunner().invoke(app, [*command, "--out", str(folder / "run")])
        assert result.exit_code == 0, result.output
        return next(folder.rglob("*.mcap"))

    def test_a_recording_of_the_agent_itself_agrees(self, request_for, recording, tmp_path):
        stage = f"{{stage: bags, bags: [{{bag: {recording}, max_difference: 0.0}}]}}"
        content, code = validate(request_for(stage))
        assert code == ExitCode.PASSED, content["stages"]
        files = content["stages"][0]["files"]
        assert (tmp_path / "out" / files["00-000"]).name == "score.html"
        assert len(content["stages"][0]["facts"]["bags"]["00-000"]["sha256"]) == 64

    def test_bags_of_the_command_line(self, request_for, recording):
        request = request_for(BAGS % "true")
        profile = with_bags(request.profile, [recording])
        content, code = validate(replace(request, profile=profile))
        assert code == ExitCode.PASSED, content["stages"]
        with pytest.raises(InputError, match="no stage 'bags'"):
            with_bags(request_for(SUITE_STAGE).profile, [recording])

    def test_a_damaged_one_is_an_error(self, request_for, tmp_path):
        (tmp_path / "torn.mcap").write_bytes(b"\x89MCAP0\r\n")
        content, code = validate(request_for("{stage: bags, bags: [{bag: torn.mcap, max_difference: 0.1}]}"))
        assert code == ExitCode.ERROR
        assert "cannot be read" in content["stages"][0]["reason"]


class TestBadInput:
    @pytest.mark.parametrize(
        ("stage", "told"),
        [
            ("{stage: suite, suite: nothing}", "no suite 'nothing'"),
            ("{stage: suite, suite: turns.yaml, gates: {dark: {max_drop: 0.1}}}", "no arm 'dark' in the suite"),
            ("{stage: suite, suite: fusion}", "has no gates, so that nothing could fail"),
            ("{stage: bags, bags: [{bag: none.mcap, max_difference: 0.1}]}", "there is no such bag"),
            ("{stage: ros, task: dance, min_success: 0.1}", "dance"),
        ],
    )
    def test_it_is_found_before_anything_runs(self, request_for, tmp_path, stage, told):
        with pytest.raises(InputError, match=told):
            validate(request_for(SUITE_STAGE.replace("suite,", "suite, name: first,"), stage))
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize(
        ("agent", "told"), [("nobody", "no agent named 'nobody'"), ("expert", "reads the ground truth")]
    )
    def test_agents_that_cannot_be(self, request_for, agent, told):
        with pytest.raises(InputError, match=told):
            validate(request_for(SUITE_STAGE, agent=agent))

    def test_what_was_validated_stays_until_told(self, request_for, tmp_path):
        validate(request_for(BAGS % "true"))
        (tmp_path / "out" / "notes.txt").write_text("mine")
        with pytest.raises(InputError, match="holds a validation already"):
            validate(request_for(BAGS % "true"))
        validate(request_for(BAGS % "true", fresh=True))
        assert (tmp_path / "out" / "notes.txt").read_text() == "mine"


def test_the_same_but_for_the_manifest(request_for, tmp_path):
    contents = [validate(request_for(SUITE_STAGE, folder=tmp_path / name))[0] for name in "ab"]
    manifests = [content.pop("manifest") for content in contents]
    assert contents[0] == contents[1]
    for manifest in manifests:
        assert manifest["started"] <= manifest["finished"]
        assert {"git_commit", "git_dirty", "python", "packages", "wall_seconds", "platform"} <= set(manifest)


def test_the_page_says_all(request_for, tmp_path):
    request = request_for(SUITE_STAGE, "{stage: gazebo, suite: turns.yaml}", "{stage: bags, required: false}")
    content, _ = validate(request)
    page = (tmp_path / "out" / PAGE).read_text(encoding="utf-8")
    seen = Seen()
    seen.feed(page)
    assert seen.left == []
    for stage in content["stages"]:
        assert f'id="stage-{stage["name"]}"' in page
        for file in stage["files"].values():
            assert file in seen.links
    assert not any(link.startswith(("http", "//")) for link in seen.links)
    text = " ".join(seen.text)
    for told in ("incomplete: gazebo not executed", content["agent"]["source_sha256"], "d" * 64, "at least 1", "numpy"):
        assert told in text, told


def test_the_checkpoint_is_told_by_its_hashes(tmp_path):
    from vla_sim.validation.identity import agent_identity

    shipped = agent_identity("fusion")
    assert shipped["class"] == "vla_agents.fusion.agent:FusionAgent"
    assert shipped["checkpoint"]["name"] == "rover"
    assert len(shipped["checkpoint"]["card_sha256"]) == 64
    assert agent_identity("classical")["checkpoint"] is None


class TestCommand:
    def test_it_says_the_verdict_and_where_the_page_is(self, request_for, tmp_path):
        request = request_for(SUITE_STAGE)
        arguments = ["validate", "--agent", "classical", "--profile", str(request.file), "--jobs", "0"]
        previous = signal.getsignal(signal.SIGTERM)
        try:
            result = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "v")])
        finally:
            signal.signal(signal.SIGTERM, previous)
        assert result.exit_code == 0, result.output
        assert "passed: all 1 required stages" in result.output
        assert str(tmp_path / "v" / PAGE) in result.output

    def test_a_signal_ends_all_and_leaves_a_report(self, request_for, acting, tmp_path):
        """The processes of a stage are gone, and what was not executed is told."""
        seen = acting()
        request = request_for("{stage: ros, trials: 1, min_success: 1.0}")
        code = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from dataclasses import replace
from defusedxml import ElementTree
from standin import LISTENER, PROGRAM
import vla_sim.cli.validate as command
from vla_sim.validation import ros_stage
ros_stage.prepare = lambda: None
run = command.validate
command.validate = lambda request: run(replace(request, vla_sim=PROGRAM, listener=LISTENER))
out = Path({str(tmp_path / "v")!r})
sys.exit(command.run_validation("classical", {str(request.file)!r}, out, [], 0, fresh=False))
"""
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        end = time.monotonic() + 60.0
        while not (seen.exists() and seen.read_text().count("\n") == 3):
            assert process.poll() is None, process.stdout.read()
            assert time.monotonic() < end
            os.sched_yield()
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == ExitCode.INTERRUPTED, output
        for call in map(json.loads, seen.read_text().splitlines()):
            assert not Path(f"/proc/{call['pid']}").exists()
        assert json.loads((tmp_path / "v" / JSON).read_text())["verdict"] == "incomplete"


def test_an_outcome_without_checks_is_told_by_its_stage(request_for, monkeypatch, tmp_path):
    monkeypatch.setattr(gate, "run_suite_stage", lambda stage, context: Outcome("failed", "bytes \x00 and <marks>"))
    validate(request_for(SUITE_STAGE))
    assert cases(tmp_path / "out")[1]["suite", "stage"] == ["failure"]


class Seen(HTMLParser):
    """Looks for tags that are not closed, and keeps links and text."""

    VOID = ("meta", "link")

    def __init__(self):
        super().__init__()
        self.left, self.links, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.links += [value for name, value in attrs if name in ("href", "src")]
        if tag not in self.VOID:
            self.left.append(tag)

    def handle_endtag(self, tag):
        assert self.left.pop() == tag

    def handle_data(self, data):
        self.text.append(data)
