import pytest
from hypothesis import given
from hypothesis import strategies as st

from vla_sim.errors import InputError
from vla_sim.gz import from_text, message_type, to_text
from vla_sim.gz.definitions import PACKAGES
from vla_sim.gz.messages import _types


def test_every_message_is_there_in_both_packages():
    names = {name.rsplit(".msgs.", 1)[1] for name in _types()}
    assert {f"{package}.{name}" for package in PACKAGES for name in names} == set(_types())


# Bytes written by hand from the wire's field numbers: tag = number * 8 + wire type.
@pytest.mark.parametrize(
    ("name", "fields", "wire"),
    [
        ("gz.msgs.StringMsg", {"data": "hi"}, b"\x12\x02hi"),
        ("gz.msgs.Boolean", {"data": True}, b"\x10\x01"),
        ("gz.msgs.Time", {"sec": 1, "nsec": 2}, b"\x08\x01\x10\x02"),
        ("gz.msgs.WorldControl", {"pause": True, "multi_step": 100}, b"\x10\x01\x20\x64"),
        ("gz.msgs.WorldStatistics", {"paused": True, "iterations": 3}, b"\x28\x01\x30\x03"),
        (
            "gz.msgs.Image",
            {"width": 1, "height": 2, "data": b"x", "pixel_format_type": 3},
            b"\x10\x01\x18\x02\x2a\x01x\x30\x03",
        ),
        ("gz.msgs.LaserScan", {"ranges": [0.0]}, b"\x72\x08" + bytes(8)),
        ("gz.msgs.IMU", {"entity_name": "a", "angular_velocity": {}}, b"\x12\x01a\x2a\x00"),
        ("ignition.msgs.IMU", {"entity_name": "a", "angular_velocity": {}}, b"\x12\x01a\x22\x00"),
        ("ignition.msgs.IMU", {"linear_acceleration": {}}, b"\x2a\x00"),
        ("gz.msgs.IMU", {"linear_acceleration": {}}, b"\x3a\x00"),
        ("gz.msgs.EntityFactory", {"sdf": "s", "name": "n", "allow_renaming": True}, b"\x12\x01s\x42\x01n\x48\x01"),
    ],
)
def test_the_bytes_are_those_of_the_wire(name, fields, wire):
    assert message_type(name)(**fields).SerializeToString(deterministic=True) == wire


def test_what_is_not_defined_here_is_kept():
    wire = b"\x12\x02hi" + b"\xf8\x07\x05"  # Field 127.
    message = message_type("gz.msgs.StringMsg").FromString(wire)
    assert message.SerializeToString() == wire


def test_an_unknown_type_names_the_known_ones():
    with pytest.raises(InputError, match=r"Twst.*Twist"):
        message_type("gz.msgs.Twst")


@given(st.floats(allow_nan=False), st.text(), st.integers(-(2**31), 2**31 - 1))
def test_text_goes_there_and_back(x, name, nsec):
    message = message_type("gz.msgs.Pose")(name=name, position={"x": x}, header={"stamp": {"nsec": nsec}})
    assert from_text("gz.msgs.Pose", to_text(message)) == message


def test_text_of_another_type_is_bad_input():
    with pytest.raises(InputError, match="Twist"):
        from_text("gz.msgs.Twist", "lineal {x: 1}")
