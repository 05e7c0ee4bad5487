"""Sensors on joints, and what a contact sensor says beyond Gazebo."""

from __future__ import annotations

import math

import pytest

from tests.sdf.conftest import ReadModel, ReadWorld
from vla_sim.errors import InputError
from vla_sim.geometry import Pose
from vla_sim.sdf.scene import ContactSpec, ForceTorqueSpec, GaussianNoise, Sensor

LINKS = f'<link name="a"><pose>0 0 1 0 0 {math.pi / 2}</pose></link><link name="b"><pose>0 0 2 0 0 0</pose></link>'


def sensor(read_model: ReadModel, settings: str, pose: str = "") -> Sensor:
    text = (
        f'<joint name="j" type="fixed"><parent>a</parent><child>b</child>'
        f'<sensor name="s" type="force_torque">{pose}<update_rate>50</update_rate>{settings}</sensor></joint>'
    )
    model = read_model(LINKS + text)
    ((link, found),) = model.sensors()
    assert link.name == "b"
    return found


def test_axes_are_those_of_child_parent_or_sensor(read_model: ReadModel) -> None:
    pose = f"<pose>0.1 0 0 {math.pi / 2} 0 0</pose>"
    plain = sensor(read_model, "", pose)
    assert (plain.type, plain.update_rate, plain.spec) == ("force_torque", 50.0, ForceTorqueSpec())
    assert plain.pose == Pose((0.1, 0.0, 0.0))
    parent = sensor(read_model, "<force_torque><frame>parent</frame></force_torque>", pose).pose
    assert parent.yaw == pytest.approx(math.pi / 2)
    own = sensor(read_model, "<force_torque><frame>sensor</frame></force_torque>", pose).pose
    assert own.rpy[0] == pytest.approx(math.pi / 2)


def test_direction_and_noise(read_model: ReadModel) -> None:
    settings = (
        "<force_torque><measure_direction>parent_to_child</measure_direction>"
        '<force><x><noise type="gaussian"><stddev>0.5</stddev></noise></x></force></force_torque>'
    )
    spec = sensor(read_model, settings).spec
    assert spec == ForceTorqueSpec(True, (GaussianNoise(stddev=0.5), None, None, None, None, None))


@pytest.mark.parametrize("tag", ["frame", "measure_direction"])
def test_a_wrong_word_is_one_line(read_model: ReadModel, tag: str) -> None:
    with pytest.raises(InputError, match=f"<{tag}> is 'up'; use "):
        sensor(read_model, f"<force_torque><{tag}>up</{tag}></force_torque>")


def test_what_does_not_belong_there_is_an_issue(read_world: ReadWorld) -> None:
    on_joint = '<joint name="j" type="fixed"><parent>a</parent><child>b</child><sensor name="s" type="imu"/></joint>'
    on_link = '<link name="c"><sensor name="s" type="force_torque"/></link>'
    issues = [issue.message for issue in read_world(f'<model name="m">{LINKS}{on_joint}{on_link}</model>').issues]
    assert any("sensor type 'imu' is not simulated on a joint" in message for message in issues)
    assert any("'force_torque' is not simulated on a link; it belongs on a joint" in message for message in issues)


def test_a_contact_sensor_may_tell_its_force(read_model: ReadModel) -> None:
    pad = '<collision name="pad"><geometry><box><size>1 1 1</size></box></geometry></collision>'
    text = (
        f'<link name="l">{pad}<sensor name="s" type="contact"><contact><collision>pad</collision></contact>'
        '<vla_sim:force xmlns:vla_sim="https://vla-sim.org/sdf">true</vla_sim:force></sensor></link>'
    )
    ((_, found),) = read_model(text).sensors()
    assert found.spec == ContactSpec(("pad",), force=True)
