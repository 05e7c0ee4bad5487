"""What a search block may say; what is wrong with it is one line that names the place and the fix."""

import json

import pytest
from search_doubles import search_plan

from vla_sim.bench.expand import Overrides, load_plan
from vla_sim.bench.plan import trial_seed
from vla_sim.bench.search.hunt import Confirmation
from vla_sim.bench.search.plan import SearchPlan, load_search
from vla_sim.bench.search.result import FOUND_ARM, describe, found_suite
from vla_sim.bench.search.space import Piece
from vla_sim.errors import InputError

SUITE = """\
name: small
seed: 3
scenarios:
  - world: arena
    task: [go_to_object, turn_by_angle]
    variation: {light: [0.8, 1.2], camera_angle: 0.02}
    arms:
      dark: {target: camera, kind: blackout}
search:
  threshold: 0.6
  onsets: [0.0, {event: near_goal, within: 1.0}]
  faults: ["camera:blackout", {target: weather, kind: fog, ramp: 1.0}, "imu:bias"]
"""

ARMS = """\
      storm:
        - {target: weather, kind: fog, level: 4, ramp: 1.0}
        - {target: command, kind: cutout, severity: 0.5, onset: {event: contact}, duration: 4.0}
        - {target: imu, kind: bias, onset: 2.0}
      twice: ["imu:bias@L2", "imu:bias@L3"]
      given: {target: camera, kind: blur, parameters: {sigma: 2.0}}
search:
"""


def load(tmp_path, text=SUITE, shrink=None, **options) -> SearchPlan:
    file = tmp_path / "small.yaml"
    file.write_text(text)
    return load_search(file, Overrides(agent="idle"), options, shrink)


def test_a_search_takes_the_scenarios_and_not_the_arms(tmp_path):
    plan = load(tmp_path)
    assert [cell.name for cell in plan.cells] == ["go_to_object-arena", "turn_by_angle-arena"]
    assert all(list(cell.arms) == ["clean"] for cell in plan.cells)
    assert plan.search.threshold == 0.6
    assert plan.space.grid_trials == 3 * 5 * 2 * 50
    assert plan.streams["camera"] == "rgb"


def test_options_stand_in_the_place_of_the_file(tmp_path):
    plan = load(tmp_path, faults=["lidar:dropout", "odom:slip"], threshold=0.7, levels=[2, 4], budget=200)
    assert [str(fault) for fault in plan.search.faults] == ["lidar:dropout@1.0", "odom:slip@1.0"]
    assert (plan.search.threshold, plan.search.levels, plan.space.budget) == (0.7, (2, 4), 200)
    assert len(plan.search.onsets) == 2


def test_a_suite_without_a_block_is_searched_by_options_alone(tmp_path):
    text = SUITE[: SUITE.index("search:")]
    assert len(load(tmp_path, text, faults=["camera:blur", "imu:bias"], budget=200).search.faults) == 2
    with pytest.raises(InputError, match=r"small\.yaml: names no faults to search; .* --fault"):
        load(tmp_path, text)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("threshold: 0.6", "threshold: 1.5", r"small\.yaml:10: search\.threshold: .*less than 1"),
        ("threshold", "treshold", r"small\.yaml:10: search\.treshold: .*did you mean 'threshold'"),
        ("kind: fog", "knd: fog", r"small\.yaml:12: search\.faults\[1\]\.knd: .*did you mean 'kind'"),
        ("within: 1.0", "wthin: 1.0", r"small\.yaml:11: search\.onsets\[1\]\.wthin: .*did you mean 'within'"),
        ("kind: fog", "kind: frog", r"small\.yaml:12: search\.faults\[1\]: no fault kind 'frog'"),
        ("weather", "wheather", r"small\.yaml:12: search\.faults\[1\]: no stream 'wheather'; did you mean 'weather'"),
        ("imu:bias", "camera:bias", r"search\.faults\[2\]: the fault 'bias' does not fit 'camera'"),
        ("imu:bias", "imu:bias@L3", r"the search chooses strength, onset and duration of 'imu:bias'; leave them out"),
        (
            "imu:bias",
            "camera:blackout",
            r"small\.yaml:12: search\.faults: the fault 'camera:blackout' stands here twice",
        ),
        ("threshold: 0.6", "together: 4", r"small\.yaml:10: search\.together: there are only 3 faults; lower it"),
        ("threshold: 0.6", "budget: 60", r"small\.yaml:10: search\.budget: a budget of 60 trials is too small.*150"),
        ("threshold: 0.6", "trials: 2", r"small\.yaml:10: search\.trials: .*greater than or equal to 10"),
        ("threshold: 0.6", "levels: [0]", r"small\.yaml:10: search\.levels\[0\]: .*greater than or equal to 1"),
        ("threshold: 0.6", "levels: []", r"small\.yaml:10: search\.levels: .*at least 1"),
    ],
)
def test_what_is_wrong_in_the_file_is_said_with_its_place(tmp_path, old, new, message):
    with pytest.raises(InputError, match=message) as caught:
        load(tmp_path, SUITE.replace(old, new))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"faults": ["camra:blur"]}, "^--fault: no stream 'camra'; did you mean 'camera'"),
        ({"faults": ["camera"]}, "^--fault: 'camera' is not of the form"),
        ({"faults": ["camera:blurr"]}, "^--fault: no fault kind 'blurr'"),
        ({"threshold": 0.0}, "^--threshold: .*greater than 0"),
        ({"levels": [7]}, "^--level: .*less than or equal to 5"),
        ({"onsets": [-1.0]}, "^--onset: .*greater than or equal to 0"),
        ({"together": 4}, "^--together: there are only 3 faults; lower it"),
        ({"budget": 10}, "^--budget: a budget of 10 trials is too small"),
    ],
)
def test_what_is_wrong_in_an_option_is_said_with_its_name(tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        load(tmp_path, **options)


def test_a_plan_survives_its_file(tmp_path):
    plan = load(tmp_path)
    assert SearchPlan.model_validate_json(plan.to_json()) == plan


def test_a_suite_with_a_search_block_can_be_run(tmp_path):
    file = tmp_path / "small.yaml"
    file.write_text(SUITE)
    assert load_plan(file).arms == ["clean", "dark"]


def test_the_suite_that_reproduces_a_failure_runs_the_trials_that_confirmed_it(tmp_path):
    plan = load(tmp_path)
    combination = (Piece(0, 0.55, 1), Piece(1, 0.6, 0, 5.0))
    found = Confirmation(2, combination, 10, 50, 0.001, 0.0125)
    file = tmp_path / "found.yaml"
    file.write_text(found_suite(plan, found))
    again = load_plan(file, Overrides(agent="idle"))
    wanted = plan.confirmation(2, plan.space.specs(combination))
    faulted = [trial for trial in again.trials() if trial.arm == FOUND_ARM]
    assert {(trial.cell.name, trial.index, trial.seed, trial.faults) for trial in faulted} == {
        (trial.cell.name, trial.index, trial.seed, trial.faults) for trial in wanted
    }
    for cell, origin in zip(again.cells, plan.cells, strict=True):
        assert cell.gates[FOUND_ARM].min_success == 0.6
        for field in ("world_source", "world_hash", "task", "words", "robot", "control_rate", "sensors", "variation"):
            assert getattr(cell, field) == getattr(origin, field)


def test_a_combination_is_described_in_one_line(tmp_path):
    plan = load(tmp_path)
    text = describe(plan, (Piece(0, 0.55, 1), Piece(1, 0.6, 0, 5.0)))
    assert text == "camera:blackout@0.55 from event near_goal within 1.0 + weather:fog@L3 from 0 s for 5 s"
    assert describe(plan, ()) == "no fault"


def test_trials_of_a_scenario_have_the_seeds_of_a_run():
    plan = search_plan(cells=2)
    for trial in plan.probe("clean", ()):
        assert trial.seed == trial_seed(plan.seed, trial.cell.name, trial.index)
        assert json.loads(json.dumps(trial.seed)) == trial.seed


def test_an_arm_that_is_to_be_made_smaller_is_searched_part_by_part(tmp_path):
    plan = load(tmp_path, SUITE.replace("search:\n", ARMS), shrink="storm", threshold=0.7)
    assert [f"{fault.target}:{fault.kind}" for fault in plan.search.faults] == [
        "weather:fog",
        "command:cutout",
        "imu:bias",
    ]
    assert plan.search.threshold == 0.7
    assert plan.space.specs(plan.space.start) == (
        *plan.whole[:2],
        plan.whole[2].model_copy(update={"level": 5, "severity": None}),
    )
    assert plan.space.grid_arms == 6**3 - 1
    assert SearchPlan.model_validate_json(plan.to_json()) == plan


@pytest.mark.parametrize(
    ("arm", "message"),
    [
        ("strom", "^--shrink: no faulted arm 'strom'; did you mean 'storm'"),
        ("clean", "^--shrink: no faulted arm 'clean'"),
        ("twice", "^--shrink: the fault 'imu:bias' stands here twice"),
        ("given", "^--shrink: .* cannot be made smaller; give a level or severity"),
    ],
)
def test_an_arm_that_cannot_be_made_smaller_is_refused(tmp_path, arm, message):
    with pytest.raises(InputError, match=message):
        load(tmp_path, SUITE.replace("search:\n", ARMS), shrink=arm)
