from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vla_sim.errors import InputError
from vla_sim.sdf import values
from vla_sim.sdf.document import Node, parse_document

finite = st.floats(-1e6, 1e6)
angle = st.floats(-math.pi, math.pi)


def node(text: str, attributes: str = "") -> Node:
    return parse_document(f"<p><v {attributes}>{text}</v></p>".encode(), Path("f.sdf"))


@given(finite)
def test_numbers_are_read_back_exactly(value: float) -> None:
    assert values.number(node(repr(value)), "v", 0.0) == value


@pytest.mark.parametrize("text", ["nan", "inf", "1e999", "1_0", "0x10", "one", "1 2", "١", "1,5", "--1", "9" * 400])
def test_what_is_no_finite_number(text: str) -> None:
    with pytest.raises(InputError, match=r"^f.sdf:1: <v>: "):
        values.number(node(text), "v", 0.0)


def test_bounds() -> None:
    with pytest.raises(InputError, match="must be above 0"):
        values.number(node("0"), "v", 1.0, above=0)
    with pytest.raises(InputError, match="must be at least 0"):
        values.number(node("-1"), "v", 1.0, least=0)
    with pytest.raises(InputError, match="at most"):
        values.number(node("-1e9"), "v", 1.0)
    assert values.number(node(""), "v", 1.5, above=0) == 1.5


@pytest.mark.parametrize(
    ("text", "expected"),
    [("inf", math.inf), ("-inf", -math.inf), ("1e16", math.inf), ("-1e+16", -math.inf), ("-3", -3.0), ("", 7.0)],
)
def test_limits_may_be_infinite(text: str, expected: float) -> None:
    assert values.limit(node(text), "v", 7.0) == expected


def test_integers() -> None:
    assert values.integer(node("640.0"), "v", 1, least=1, most=1000) == 640
    for text in ("1.5", "0", "1001", "1e300"):
        with pytest.raises(InputError):
            values.integer(node(text), "v", 1, least=1, most=1000)


@pytest.mark.parametrize(("text", "expected"), [("true", True), ("1", True), ("False", False), ("0", False)])
def test_flags(text: str, expected: bool) -> None:
    assert values.flag(node(text), "v", not expected) is expected


def test_a_flag_that_is_none() -> None:
    with pytest.raises(InputError, match="true or false"):
        values.flag(node("yes"), "v", False)


def test_colours_are_clamped_and_opaque_by_default() -> None:
    assert values.colour(node("2 -1 0.5"), "v", (0, 0, 0, 0)) == (1.0, 0.0, 0.5, 1.0)
    assert values.colour(node("0 0 0 0.25"), "v", (0, 0, 0, 0)) == (0.0, 0.0, 0.0, 0.25)


@given(st.tuples(finite, finite, finite), angle, st.floats(-1.5, 1.5), angle)
def test_radians_degrees_and_quaternions_say_the_same(
    position: tuple[float, float, float], roll: float, pitch: float, yaw: float
) -> None:
    place = " ".join(map(repr, position))
    radians = values.pose(node(f"{place} {roll!r} {pitch!r} {yaw!r}").children[0])
    angles = " ".join(repr(math.degrees(value)) for value in (roll, pitch, yaw))
    degrees = values.pose(node(f"{place} {angles}", 'degrees="true"').children[0])
    w, x, y, z = radians.rotation
    quaternion = values.pose(
        node(f"{place} {2 * x!r} {2 * y!r} {2 * z!r} {2 * w!r}", 'rotation_format="quat_xyzw"').children[0]
    )
    assert degrees.position == quaternion.position == radians.position == position
    assert degrees.rotation == pytest.approx(radians.rotation, abs=1e-12)
    assert quaternion.rotation == pytest.approx(radians.rotation, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "attributes", "message"),
    [
        ("1 2 3", "", "needs 6 numbers"),
        ("1 2 3 0 0 0 1", "", "needs 6 numbers"),
        ("0 0 0 0 0 0", 'rotation_format="quat_xyzw"', "needs 7 numbers"),
        ("0 0 0 0 0 0 0", 'rotation_format="quat_xyzw"', "zero quaternion"),
        ("0 0 0 0 0 0 1", 'rotation_format="quat_xyzw" degrees="true"', "drop it"),
        ("0 0 0 0 0 0", 'rotation_format="matrix"', "is unknown"),
        ("0 0 0 0 0 0", 'degrees="maybe"', "true or false"),
        ("0 0 1e9 0 0 0", "", "at most"),
    ],
)
def test_poses_that_are_none(text: str, attributes: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        values.pose(node(text, attributes).children[0])
