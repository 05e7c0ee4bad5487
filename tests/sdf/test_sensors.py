from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sdf.conftest import ReadModel, ReadWorld
from vla_sim.errors import InputError
from vla_sim.geometry import Pose
from vla_sim.sdf.document import parse_document
from vla_sim.sdf.reading import Reading
from vla_sim.sdf.resources import Resources
from vla_sim.sdf.scene import CameraSpec, ContactSpec, GaussianNoise, ImuSpec, LidarSpec, Sensor
from vla_sim.sdf.sensors import read_sensor


def sensor(kind: str, content: str, more: str = "") -> Sensor:
    text = f'<sensor name="s" type="{kind}"><update_rate>10</update_rate><topic>t</topic>{more}{content}</sensor>'
    found = read_sensor(parse_document(text.encode(), Path("f.sdf")), Pose(), ("body", "nose"), Reading(Resources([])))
    assert found is not None
    return found


def camera(content: str, kind: str = "camera") -> CameraSpec:
    spec = sensor(kind, f"<camera>{content}</camera>").spec
    assert isinstance(spec, CameraSpec)
    return spec


def lidar(horizontal: str, more: str = "", reach: str = "<min>0.1</min><max>8</max>") -> LidarSpec:
    scan = f"<scan><horizontal>{horizontal}</horizontal>{more}</scan><range>{reach}</range>"
    spec = sensor("gpu_lidar", f"<lidar>{scan}</lidar>").spec
    assert isinstance(spec, LidarSpec)
    return spec


@pytest.mark.parametrize(
    ("stated", "kind"),
    [
        ("camera", "camera"),
        ("depth", "depth_camera"),
        ("depth_camera", "depth_camera"),
        ("rgbd", "rgbd_camera"),
        ("rgbd_camera", "rgbd_camera"),
    ],
)
def test_old_and_new_names_of_cameras(stated: str, kind: str) -> None:
    found = sensor(stated, "<camera/>")
    assert (found.type, found.update_rate, found.topic) == (kind, 10.0, "t")


@pytest.mark.parametrize("stated", ["ray", "gpu_ray", "lidar", "gpu_lidar"])
@pytest.mark.parametrize("tag", ["ray", "lidar"])
def test_old_and_new_names_of_lidars(stated: str, tag: str) -> None:
    content = f"<{tag}><scan><horizontal/></scan><range><max>5</max></range></{tag}>"
    found = sensor(stated, content)
    assert found.type == "lidar"
    assert isinstance(found.spec, LidarSpec)
    assert found.spec.horizontal_samples == 640


@given(st.integers(1, 4000), st.integers(1, 4000), st.floats(0.05, 3.0))
def test_pinhole_intrinsics(width: int, height: int, fov: float) -> None:
    image = f"<image><width>{width}</width><height>{height}</height></image>"
    spec = camera(f"<horizontal_fov>{fov!r}</horizontal_fov>{image}")
    assert spec.fx == spec.fy
    assert 2 * math.atan(spec.width / (2 * spec.fx)) == pytest.approx(fov)
    assert (spec.cx, spec.cy) == (width / 2, height / 2)


def test_stated_intrinsics_come_first() -> None:
    lens = "<lens><intrinsics><fx>100</fx><fy>110</fy><cx>50</cx><cy>40</cy></intrinsics></lens>"
    spec = camera(f"<image><width>96</width><height>96</height></image>{lens}")
    assert (spec.fx, spec.fy, spec.cx, spec.cy) == (100.0, 110.0, 50.0, 40.0)


def test_clips_and_noise_of_cameras() -> None:
    content = (
        "<clip><near>0.05</near><far>20</far></clip><noise><type>gaussian</type><stddev>0.01</stddev></noise>"
        "<depth_camera><clip><near>0.2</near><far>6</far></clip></depth_camera>"
    )
    spec = camera(content, "rgbd_camera")
    assert (spec.near, spec.far, spec.depth_near, spec.depth_far) == (0.05, 20.0, 0.2, 6.0)
    assert spec.noise == GaussianNoise(stddev=0.01)
    plain = camera("", "depth_camera")
    assert (plain.width, plain.height, plain.near, plain.far) == (320, 240, 0.1, 100.0)
    assert (plain.depth_near, plain.depth_far, plain.noise) == (None, None, None)


@pytest.mark.parametrize(
    "content",
    [
        "<image><width>0</width></image>",
        "<image><width>8193</width></image>",
        "<image><height>10.5</height></image>",
        "<horizontal_fov>0</horizontal_fov>",
        "<horizontal_fov>3.2</horizontal_fov>",
        "<clip><near>0</near></clip>",
        "<clip><near>5</near><far>5</far></clip>",
        "<noise><type>gaussian</type><stddev>-1</stddev></noise>",
        "<lens><intrinsics><fx>0</fx></intrinsics></lens>",
    ],
)
def test_cameras_that_cannot_be(content: str) -> None:
    with pytest.raises(InputError, match=r"^f.sdf:1: "):
        camera(content)


def test_lidars() -> None:
    horizontal = "<samples>360</samples><min_angle>-3.14</min_angle><max_angle>3.1</max_angle>"
    vertical = "<vertical><samples>16</samples><min_angle>-0.2</min_angle><max_angle>0.2</max_angle></vertical>"
    spec = lidar(horizontal, vertical, "<min>0.1</min><max>8</max><resolution>0.01</resolution>")
    assert spec == LidarSpec(360, -3.14, 3.1, 16, -0.2, 0.2, 0.1, 8.0, 0.01)
    assert lidar("<samples>100</samples><resolution>0.5</resolution>").horizontal_samples == 50


@pytest.mark.parametrize(
    ("horizontal", "more", "reach"),
    [
        ("<samples>0</samples>", "", "<max>8</max>"),
        ("<samples>2000000</samples>", "", "<max>8</max>"),
        ("<samples>2000</samples>", "<vertical><samples>2000</samples></vertical>", "<max>8</max>"),
        ("<samples>2000</samples><resolution>1000</resolution>", "", "<max>8</max>"),
        ("<min_angle>1</min_angle><max_angle>-1</max_angle>", "", "<max>8</max>"),
        ("", "", "<min>8</min><max>8</max>"),
        ("", "", "<min>-1</min><max>8</max>"),
        ("", "", ""),
    ],
)
def test_lidars_that_cannot_be(horizontal: str, more: str, reach: str) -> None:
    with pytest.raises(InputError, match=r"^f.sdf:1: "):
        lidar(horizontal, more, reach)


def test_imus() -> None:
    assert sensor("imu", "").spec == ImuSpec()
    noise = '<noise type="gaussian"><mean>0.1</mean><stddev>0.2</stddev><bias_mean>0.3</bias_mean></noise>'
    spec = sensor(
        "imu",
        f"<imu><angular_velocity><x>{noise}</x></angular_velocity>"
        f'<linear_acceleration><z>{noise}</z><y><noise type="none"/></y></linear_acceleration></imu>',
    ).spec
    expected = GaussianNoise(mean=0.1, stddev=0.2, bias_mean=0.3)
    assert spec == ImuSpec((expected, None, None), (None, None, expected))


def test_contacts() -> None:
    found = sensor("contact", "<contact><collision>nose</collision><topic>/bump</topic></contact>")
    assert (found.spec, found.topic) == (ContactSpec(("nose",)), "/bump")
    assert sensor("contact", "").spec == ContactSpec()


def test_what_is_not_simulated_is_an_issue(read_world: ReadWorld) -> None:
    world = read_world(
        '<model name="m"><link name="l">'
        '<sensor name="gps" type="navsat"/>'
        '<sensor name="c" type="contact"><contact><collision>none</collision></contact></sensor>'
        '<sensor name="i" type="imu"><always_on>1</always_on><visualize>1</visualize><stamp>x</stamp></sensor>'
        "</link></model>"
    )
    assert [held.name for held in world.models[0].links[0].sensors] == ["i"]
    assert [issue.element for issue in world.issues] == ["sensor", "collision", "stamp"]


def test_sensors_need_a_name_a_type_and_a_sane_rate(read_model: ReadModel) -> None:
    for text in (
        '<sensor type="imu"/>',
        '<sensor name="a"/>',
        '<sensor name="a" type="imu"/><sensor name="a" type="imu"/>',
        '<sensor name="a" type="imu"><update_rate>-1</update_rate></sensor>',
        '<sensor name="a" type="imu"><update_rate>1e9</update_rate></sensor>',
        '<sensor name="a" type="camera"/>',
        '<sensor name="a" type="lidar"/>',
    ):
        with pytest.raises(InputError, match=r"world.sdf:4: <"):
            read_model(f'<link name="l">{text}</link>')
