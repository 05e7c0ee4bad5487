import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from vla_sim.errors import InputError
from vla_sim.faults import KINDS, FaultSpec, read_faults


@pytest.mark.parametrize(
    ("text", "label", "strength"),
    [
        ("camera:blackout", "camera:blackout@1.0", 1.0),
        ("camera:blackout@0.6", "camera:blackout@0.6", 0.6),
        ("lidar:dropout@L3", "lidar:dropout@L3", 0.6),
        ("robot/head/camera:blur@1", "robot/head/camera:blur@1.0", 1.0),
    ],
)
def test_short_form(text, label, strength):
    spec = FaultSpec.model_validate(text)
    assert (str(spec), spec.strength) == (label, strength)
    assert FaultSpec.model_validate(str(spec)) == spec


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"target": "camera", "kind": "blackuot"}, r"faults\.0: no fault kind 'blackuot'; use one of .*blackout"),
        (
            {"target": "camera", "kind": "blur", "parameters": {"sgima": 1.0}},
            r"no parameter 'sgima'; it has sigma \[px",
        ),
        (
            {"target": "camera", "kind": "blur", "parameters": {"sigma": -1.0}},
            r"'sigma' of kind 'blur' must be 0 \.\. 100",
        ),
        ({"target": "camera", "kind": "blur", "parameters": {"sigma": float("nan")}}, "must be 0"),
        (
            {"target": "camera", "kind": "blur", "level": 3, "severity": 0.5},
            "only one of severity, level and parameters",
        ),
        ({"target": "camera", "kind": "blur", "severity": 1.5}, r"faults\.0\.severity: .*less than or equal to 1"),
        ({"target": "camera", "kind": "blur", "level": 6}, r"faults\.0\.level"),
        ({"target": "camera", "kind": "blur", "onset": -1.0}, r"faults\.0\.onset"),
        ({"target": "camera", "kind": "blur", "duration": 0.0}, r"faults\.0\.duration"),
        ({"target": "camera", "kind": "blur", "duty": 0.5}, "duty needs a period"),
        ({"target": "camera", "kind": "blur", "colour": "red"}, r"faults\.0\.colour"),
        ({"kind": "blur"}, r"faults\.0\.target"),
        ("camera", "not of the form"),
        ("camera:blur@L9", r"faults\.0\.level"),
        ("camera:blur@1.2.3", "not of the form"),
        ("camera:blur@1.5", r"faults\.0\.severity"),
        (7, r"faults\.0"),
    ],
)
def test_errors_are_one_line_and_name_the_field(fault, message):
    with pytest.raises(InputError, match=message) as caught:
        read_faults([fault])
    assert "\n" not in str(caught.value)


@given(st.text(max_size=30))
def test_no_text_breaks_the_short_form(text):
    try:
        FaultSpec.model_validate(text)
    except ValidationError:
        return


def test_parameters_of_a_kind_that_several_modalities_have():
    assert FaultSpec(target="lidar", kind="dropout", parameters={"probability": 0.3}).label == (
        "lidar:dropout(probability=0.3)"
    )


def test_values_at_part_of_the_intensity():
    bias = KINDS["imu.bias"]
    assert FaultSpec(target="imu", kind="bias", parameters={"gyro": 0.4}).values(bias, 0.5) == {
        "gyro": 0.2,
        "accelerometer": 0.0,
    }
    assert FaultSpec(target="imu", kind="bias", level=5).values(bias, 0.6) == bias.at(0.6)
    scale = KINDS["depth.scale"]
    assert FaultSpec(target="depth", kind="scale", parameters={}).values(scale) == {"factor": 1.0}


def test_a_spec_survives_json():
    spec = FaultSpec(target="camera", kind="blur", level=2, onset=1.5, duration=2.0, period=0.5, duty=0.5)
    assert FaultSpec.model_validate_json(spec.model_dump_json()) == spec
    assert FaultSpec.model_validate(spec.model_dump(exclude_defaults=True)) == spec
