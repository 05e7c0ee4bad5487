import contextlib
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vla_sim.bench.expand import load_plan, load_plan_and_lines
from vla_sim.errors import InputError

GOOD = """\
name: good
description: A suite in which everything is right.
seed: 3
defaults:
  world: arena
  trials: 4
  arms:
    dark: camera:blackout
    shaky:
      faults:
        - {target: imu, kind: spikes, onset: 2.0}
      severities: [0.2, 0.6]
scenarios:
  - task: go_to_object
    gates:
      clean: {min_success: 0.9}
      shaky: {min_resilience: 0.5}
  - name: held-out
    task: go_to_object
    words: [seen, held_out]
    variation: {light: [0.5, 1.5]}
    arms:
      noisy: [camera:gaussian_noise@L3, lidar:dropout@0.5]
"""


def load(folder: Path, text: str):
    path = folder / "suite.yaml"
    path.write_text(text, encoding="utf-8")
    return load_plan(path)


def test_a_good_suite_is_expanded(tmp_path):
    plan = load(tmp_path, GOOD)
    assert [cell.name for cell in plan.cells] == ["go_to_object-arena", "held-out-seen", "held-out-held_out"]
    first, second, third = plan.cells
    assert list(first.arms) == ["clean", "dark", "shaky@0.2", "shaky@0.6"]
    assert [fault.severity for fault in first.arms["shaky@0.6"]] == [0.6]
    assert first.arms["shaky@0.6"][0].onset == 2.0
    assert list(first.gates) == ["clean", "shaky@0.2", "shaky@0.6"]
    assert list(second.arms) == ["clean", "noisy"]
    assert (second.words, third.words) == ("seen", "held_out")
    assert second.trials == 4
    assert second.variation.light == (0.5, 1.5)


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("name: good", "nam: good", 1, "nam: unknown key 'nam'; did you mean 'name'?"),
        ("name: good\n", "", 1, "name: the key 'name' is missing"),
        ("name: good", "name: a good one", 1, "name: 'a good one' is no name"),
        ("seed: 3", "seed: -3", 3, "seed: Input should be greater than or equal to 0; it is -3"),
        ("seed: 3", "seed: three", 3, 'seed: Input should be a valid integer; it is "three"'),
        ("seed: 3", "seed: 3.5", 3, "seed: Input should be a valid integer"),
        ("seed: 3", "seed: 3\nseed: 4", 4, "seed: the key 'seed' stands here twice"),
        ("seed: 3", "seed: 3\n7: 4", 4, "a key must be text"),
        ("seed: 3", "seed: !!binary aGk=", 3, "seed: a value of type"),
        ("seed: 3", "seed: [", 5, "no valid YAML"),
        ("trials: 4", "trails: 4", 6, "defaults.trails: unknown key 'trails'; did you mean 'trials'?"),
        ("trials: 4", "trials: 0", 6, "defaults.trials: Input should be greater than or equal to 1"),
        ("trials: 4", "trials: '4'", 6, "defaults.trials: Input should be a valid integer"),
        ("trials: 4", "trials: 4\n  control_rate: .nan", 7, "defaults.control_rate"),
        ("trials: 4", "trials: 4\n  control_rate: -1", 7, "defaults.control_rate"),
        ("world: arena", "world: aren", 5, "defaults.world: no world 'aren'; did you mean 'arena'?"),
        ("world: arena", "world: []", 5, "defaults.world: "),
        ("world: arena", "world: arena\n  robot: tank", 6, "defaults.robot: no robot"),
        ("camera:blackout", "camera:blackut", 8, "defaults.arms.dark: no fault kind 'blackut'"),
        ("camera:blackout", "camrea:blackout", 8, "defaults.arms.dark: no stream 'camrea'; did you mean 'camera'?"),
        ("camera:blackout", "lidar:blur", 8, "the fault 'blur' does not fit 'lidar'"),
        ("camera:blackout", "camera", 8, "defaults.arms.dark: 'camera' is not of the form target:kind"),
        ("dark: camera", "clean: camera", 8, "defaults.arms.clean: the arm 'clean' has no faults"),
        (
            "onset: 2.0",
            "onst: 2.0",
            11,
            "defaults.arms.shaky.faults[0].onst: unknown key 'onst'; did you mean 'onset'?",
        ),
        ("onset: 2.0", "onset: soon", 11, "defaults.arms.shaky.faults[0].onset: Input should be a valid number"),
        ("onset: 2.0", "level: 6", 11, "defaults.arms.shaky.faults[0].level: Input should be less than or equal to 5"),
        ("[0.2, 0.6]", "[0.2, 1.6]", 12, "defaults.arms.shaky.severities[1]: Input should be less than or equal to 1"),
        ("[0.2, 0.6]", "[0.2, 0.2]", 9, "defaults.arms.shaky: the arm 'shaky@0.2' stands here twice"),
        ("severities:", "severity:", 12, "did you mean 'severities'?"),
        ("- task: go_to_object", "- task: go_to_objet", 14, "scenarios[0].task: no task 'go_to_objet'; did you mean"),
        ("- task: go_to_object", "- trials: 3", 14, "scenarios[0].task: the key 'task' is missing, here and in the"),
        ("min_success: 0.9", "min_succes: 0.9", 16, "scenarios[0].gates.clean.min_succes: unknown key"),
        ("min_success: 0.9", "min_success: 90", 16, "scenarios[0].gates.clean.min_success: Input should be less than"),
        ("min_success: 0.9", "min_resilience: 0.9", 16, "scenarios[0].gates.clean: resilience compares"),
        ("min_success: 0.9", "min_area: 0.9", 16, "scenarios[0].gates.clean.min_area: an area is that of an arm with"),
        ("shaky: {min", "shacky: {min", 17, "scenarios[0].gates.shacky: no arm 'shacky'"),
        ("[seen, held_out]", "[seen, unheard]", 20, "scenarios[1].words[1]: Input should be 'seen', 'held_out'"),
        ("- task: go_to_object", "- words: held_out_pairs\n    task: turn_by_angle", 14, "words name no thing"),
        ("words: [seen, held_out]", "words: [seen, seen]", 18, "two scenarios are called 'held-out-seen'"),
        ("{light: [0.5, 1.5]}", "{ligt: [0.5, 1.5]}", 21, "unknown key 'ligt'; did you mean 'light'?"),
        ("{light: [0.5, 1.5]}", "{light: [1.5, 0.5]}", 21, "scenarios[1].variation: light: the first number"),
        ("camera:gaussian_noise@L3", "camera:gaussian_noise@L9", 23, "scenarios[1].arms.noisy[0]"),
        ("words: [seen, held_out]", "sensors: [camera]", 23, "'lidar' is not among the scenario's sensors"),
        ("words: [seen, held_out]", "sensors: [camra]", 20, "scenarios[1].sensors: no stream 'camra'"),
    ],
)
def test_what_is_wrong_is_said_with_file_line_and_field(tmp_path, old, new, line, told):
    assert GOOD.count(old) >= 1
    with pytest.raises(InputError) as error:
        load(tmp_path, GOOD.replace(old, new, 1))
    message = str(error.value)
    assert message.startswith(f"{tmp_path / 'suite.yaml'}:{line}: ")
    assert told in message
    assert "\n" not in message


def test_the_gate_of_a_curve_stands_once_at_its_last_severity(tmp_path):
    text = GOOD.replace("[0.2, 0.6]", "[0.2, 1.0, 0.6]").replace(
        "min_resilience: 0.5", "min_success: 0.1, min_area: 0.5"
    )
    gates = load(tmp_path, text).cells[0].gates
    assert {arm: (gate.min_success, gate.min_area) for arm, gate in gates.items()} == {
        "clean": (0.9, None),
        "shaky@0.2": (0.1, None),
        "shaky@0.6": (0.1, None),
        "shaky@1": (0.1, 0.5),
    }


@pytest.mark.parametrize("severities", ["[0.6]", "[0.0, 0.6]"])
def test_the_gate_of_a_curve_needs_a_curve(tmp_path, severities):
    text = GOOD.replace("[0.2, 0.6]", severities).replace("min_resilience: 0.5", "min_area: 0.5")
    with pytest.raises(InputError, match=r"suite\.yaml:17: .*shaky\.min_area: an area is that of an arm with two"):
        load(tmp_path, text)


def test_a_fault_with_parameters_takes_no_severities(tmp_path):
    text = GOOD.replace("kind: spikes", "kind: spikes, parameters: {probability: 0.5}")
    with pytest.raises(InputError, match=r"has no severity|has no parameter"):
        load(tmp_path, text)


def test_a_suite_too_large_to_run_is_refused(tmp_path):
    severities = ", ".join(f"{index / 1000:g}" for index in range(1000))
    text = GOOD.replace("trials: 4", "trials: 100000").replace("0.2, 0.6", severities)
    with pytest.raises(InputError, match="1000000 is the limit"):
        load(tmp_path, text)


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("- a list", "a mapping of keys to values belongs here"),
        ("just words", "a mapping of keys to values belongs here"),
        (LAUGHS, "expand too far"),
        ("name: &x [*x]", "expand too far|no valid YAML"),
        ("[" * 3000, "nests too deeply|expand too far|no valid YAML"),
        ("a: " * 3000, "no valid YAML"),
        ("name: !!python/object/apply:os.system [ls]", "no valid YAML|belongs|name"),
        ("#" * 1_100_000, "larger than"),
        ("name: \x00", "no valid YAML"),
        ('name: "\\ud800"', "no valid Unicode|no name|no valid YAML"),
        ("seed: " + "9" * 5000, "no valid YAML|seed|missing"),
        ("--- {}\n--- {}", "no valid YAML"),
    ],
)
def test_files_that_are_no_suite(tmp_path, text, told):
    with pytest.raises(InputError, match=told):
        load(tmp_path, text)


def test_a_missing_file_and_a_folder_are_bad_input(tmp_path):
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            load_plan(path)


LINES = GOOD.splitlines()
SCRAPS = st.sampled_from(
    [*"{}[]:,&*!|>'\"#%@`-?\t\n 0", "null", "true", "1e999", "<<", "&a", "*a", "!!int", "  ", ".inf"]
)


@settings(max_examples=300, deadline=None)
@given(
    cuts=st.lists(
        st.tuples(st.integers(0, len(GOOD)), st.integers(0, 30), st.one_of(SCRAPS, st.text(max_size=6))),
        min_size=1,
        max_size=4,
    )
)
@example(cuts=[(0, len(GOOD), "")])
def test_no_mutation_of_a_suite_raises_anything_else(tmp_path_factory, cuts):
    text = GOOD
    for start, length, scrap in cuts:
        text = text[:start] + scrap + text[start + length :]
    folder = tmp_path_factory.mktemp("suite")
    path = folder / "suite.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with contextlib.suppress(InputError):
        assert load_plan(path).cells


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=200))
def test_no_bytes_raise_anything_else(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("suite") / "suite.yaml"
    path.write_bytes(data)
    with pytest.raises(InputError):
        load_plan(path)


ONSETS = """
name: onsets
scenarios:
  - world: arena
    task: go_to_object
    arms:
      late: {target: camera, kind: blackout, onset: {event: near_goal, within: 1.0}}
      group: {target: [camera, lidar], kind: frame_drop, duration: 1.0, recovery: 0.5}
      words: {target: goal, kind: typo, level: 2}
    stopping: {alpha: 0.1}
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("within: 1.0", "withn: 1.0", 7, "did you mean 'within'"),
        ("within: 1.0", "within: -1.0", 7, "onset.within"),
        ("{event: near_goal, within: 1.0}", "{event: near_goal}", 7, "'within' [m] belongs to"),
        ("{event: near_goal, within: 1.0}", "soon", 7, "onset"),
        ("[camera, lidar]", "[camera, sonar]", 8, "no stream 'sonar'"),
        ("[camera, lidar]", "camers", 8, "did you mean 'camera"),
        ("kind: frame_drop, duration: 1.0", "kind: gaussian_noise, duration: 1.0", 8, "does not fit 'lidar'"),
        ("target: goal, kind: typo", "target: goal, kind: blur", 9, "does not fit 'goal', which is language"),
        ("alpha: 0.1", "alpha: 2", 10, "less than 1"),
        ("alpha: 0.1", "alfa: 0.1", 10, "did you mean 'alpha'"),
    ],
)
def test_what_is_wrong_with_onsets_groups_and_stopping_is_said_at_its_line(tmp_path, old, new, line, told):
    assert load(tmp_path, ONSETS)
    with pytest.raises(InputError) as error:
        load(tmp_path, ONSETS.replace(old, new, 1))
    assert str(error.value).startswith(f"{tmp_path / 'suite.yaml'}:{line}: ")
    assert told in str(error.value)


def test_gates_know_their_line_in_scenarios_and_in_the_defaults(tmp_path):
    file = tmp_path / "suite.yaml"
    file.write_text(
        "name: lines\n"
        "defaults:\n"
        "  world: arena\n"
        "  task: turn_by_angle\n"
        "  gates:\n"
        "    clean: {min_success: 0.9}\n"
        "scenarios:\n"
        "  - name: plain\n"
        "  - name: own\n"
        "    arms:\n"
        "      bias: {faults: ['imu:bias'], severities: [0.2, 1.0]}\n"
        "    gates:\n"
        "      bias:\n"
        "        max_drop: 0.1\n"
        "        min_success: 0.5\n"
    )
    plan, lines = load_plan_and_lines(file)
    assert plan == load_plan(file)
    assert lines == {
        ("plain", "clean", "min_success"): 6,
        ("own", "bias@0.2", "max_drop"): 14,
        ("own", "bias@0.2", "min_success"): 15,
        ("own", "bias@1", "max_drop"): 14,
        ("own", "bias@1", "min_success"): 15,
    }
