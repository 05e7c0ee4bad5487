"""Profiles: what they may say, and where they are wrong."""

import pytest

from vla_sim.errors import InputError
from vla_sim.validation.profile import PROFILES, BagStage, RosStage, find_profile, read_profile

GOOD = """\
name: mine
stages:
  - stage: suite
    suite: smoke
    gates:
      clean: {min_success: 0.5}
  - stage: ros
    required: false
    pace: 1.0
    faults: ["camera:blackout@L3", {target: lidar, kind: dropout, onset: 2.0}]
    max_latency_p99_ms: 100
  - stage: bags
    bags:
      - {bag: drive.mcap, max_difference: 0.1, topics: {camera: /front}}
"""


def read(tmp_path, text):
    file = tmp_path / "profile.yaml"
    file.write_text(text)
    return read_profile(file)[0]


def test_all_that_may_be_said(tmp_path):
    profile = read(tmp_path, GOOD)
    assert [name for name, _ in profile.named()] == ["suite", "ros", "bags"]
    ros, bags = profile.stages[1:]
    assert isinstance(ros, RosStage)
    assert (ros.pace, ros.required, [str(fault) for fault in ros.faults]) == (
        1.0, False, ["camera:blackout@L3", "lidar:dropout@1.0"]
    )  # fmt: skip
    assert isinstance(bags, BagStage)
    assert bags.bags[0].topics == {"camera": "/front"}


@pytest.mark.parametrize("name", ["quick", "release"])
def test_shipped_profiles(name):
    profile, _ = read_profile(find_profile(name))
    assert profile.name == name
    kinds = [stage.stage for stage in profile.stages if stage.required]
    assert {"suite", "ros"} <= set(kinds)


def test_there_is_no_other_file_among_them():
    assert {file.stem for file in PROFILES.iterdir()} == {"quick", "quick_goals", "release"}


def test_what_is_not_there():
    with pytest.raises(InputError, match="no profile 'quik'; did you mean 'quick'"):
        find_profile("quik")


@pytest.mark.parametrize(
    ("change", "line", "told"),
    [
        (("suite: smoke", "suit: smoke"), 4, "unknown key 'suit'; did you mean 'suite'"),
        (("    suite: smoke\n", ""), 3, "the key 'suite' is missing"),
        (("stage: ros", "stage: rosy"), 7, "no stage 'rosy'; did you mean 'ros'"),
        (("  - stage: ros\n    required: false", "  - required: false"), 7, "the key 'stage' is missing"),
        (("pace: 1.0", "pace: fast"), 9, "'lockstep'"),
        (("pace: 1.0", "pace: lockstep"), 7, "max_latency_p99_ms needs a pace such as 1.0"),
        (("max_latency_p99_ms: 100", "max_path_difference: 0.1"), 7, "are for pace: lockstep"),
        (("    max_latency_p99_ms: 100\n", ""), 7, "nothing is asked"),
        (("camera:blackout@L3", "camera:blackoutt"), 10, "blackoutt"),
        (("max_difference: 0.1", "max_difference: 1.5"), 14, "less than or equal to 1"),
        (("max_difference: 0.1", "max_diff: 0.1"), 14, "did you mean 'max_difference'"),
        (("min_success: 0.5", "min_succes: 0.5"), 6, "did you mean 'min_success'"),
        (("stage: bags", "stage: bags\n    name: ros"), 13, "two stages are called 'ros'"),
        (("name: mine\n", ""), 1, "the key 'name' is missing"),
    ],
)
def test_errors_name_the_line(tmp_path, change, line, told):
    assert change[0] in GOOD
    with pytest.raises(InputError) as caught:
        read(tmp_path, GOOD.replace(*change))
    assert told in str(caught.value)
    assert caught.value.line == line


def test_a_verdict_needs_something_to_be_about(tmp_path):
    text = GOOD.replace("    required: false\n", "").replace("- stage: ", "- required: false\n    stage: ")
    with pytest.raises(InputError, match="no stage is required"):
        read(tmp_path, text)


def test_a_path_is_compared_with_the_agent_alone(tmp_path):
    text = GOOD.replace("pace: 1.0", "pace: lockstep").replace("max_latency_p99_ms: 100", "max_path_difference: 0.1")
    with pytest.raises(InputError, match="compares with the agent alone"):
        read(tmp_path, text)
