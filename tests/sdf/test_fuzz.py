"""Whatever the bytes, the reader returns a world or raises an InputError of one line; nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vla_sim.errors import InputError
from vla_sim.sdf import load_file
from vla_sim.sdf.scene import World
from vla_sim.seeding import generator

INNER = b"""<?xml version="1.0"?>
<sdf version="1.6">
  <model name="inner">
    <link name="l"><pose frame="f">0 0 1 0 0 0</pose>
      <visual name="v"><geometry><mesh><uri>meshes/cube.stl</uri></mesh></geometry></visual></link>
    <frame name="f"><pose>1 0 0 0 0 0</pose></frame>
    <link name="m"/>
    <joint name="j" type="revolute"><parent>l</parent><child>m</child>
      <axis><xyz>0 0 1</xyz><use_parent_model_frame>1</use_parent_model_frame></axis></joint>
  </model>
</sdf>
"""

WORLD = b"""<?xml version="1.0"?>
<sdf version="1.9">
  <world name="fuzz">
    <physics name="p" type="ode"><max_step_size>0.005</max_step_size><real_time_factor>1</real_time_factor></physics>
    <gravity>0 0 -9.8</gravity>
    <plugin filename="gz-sim-physics-system" name="gz::sim::systems::Physics"/>
    <scene><ambient>0.4 0.4 0.4 1</ambient><shadows>true</shadows></scene>
    <light name="sun" type="directional"><pose>0 0 10 0 0 0</pose><direction>0.1 0.2 -0.9</direction>
      <attenuation><range>100</range></attenuation><spot><inner_angle>0.1</inner_angle></spot></light>
    <frame name="corner"><pose degrees="true">1 2 0 0 0 90</pose></frame>
    <include merge="false"><uri>model://inner</uri><name>first</name>
      <pose relative_to="corner">1 0 0 0 0 0</pose></include>
    <include><uri>inner</uri><static>true</static><placement_frame>f</placement_frame><pose>0 0 0 0 0 0</pose></include>
    <model name="robot" canonical_link="base">
      <pose rotation_format="quat_xyzw">0 0 0.1 0 0 0 1</pose>
      <self_collide>false</self_collide>
      <link name="base">
        <inertial><mass>10</mass><pose>0 0 0.1 0 0 0</pose>
          <inertia><ixx>0.2</ixx><iyy>0.3</iyy><izz>0.4</izz><ixy>0</ixy></inertia></inertial>
        <collision name="c"><geometry><box><size>0.4 0.3 0.2</size></box></geometry>
          <surface><friction><ode><mu>0.8</mu></ode></friction><contact><ode><kp>1e6</kp></ode></contact></surface>
        </collision>
        <visual name="v"><geometry><cylinder><radius>0.2</radius><length>0.1</length></cylinder></geometry>
          <material><diffuse>1 0 0 1</diffuse><pbr><metal><albedo_map>none.png</albedo_map></metal></pbr></material>
        </visual>
        <sensor name="camera" type="camera"><update_rate>10</update_rate>
          <camera><horizontal_fov>1.2</horizontal_fov><image><width>96</width><height>96</height></image>
          <clip><near>0.05</near><far>20</far></clip><lens><intrinsics><fx>90</fx></intrinsics></lens></camera></sensor>
        <sensor name="lidar" type="gpu_lidar"><lidar><scan><horizontal><samples>360</samples>
          <min_angle>-3.1</min_angle><max_angle>3.1</max_angle></horizontal></scan>
          <range><min>0.1</min><max>8</max></range><noise><type>gaussian</type><stddev>0.01</stddev></noise></lidar>
        </sensor>
        <sensor name="imu" type="imu"><imu><angular_velocity><x><noise type="gaussian"><stddev>1e-3</stddev></noise>
          </x></angular_velocity></imu></sensor>
        <sensor name="bumper" type="contact"><contact><collision>c</collision></contact></sensor>
      </link>
      <link name="left"><pose relative_to="base">0 0.2 0 -1.57 0 0</pose>
        <inertial auto="true"><density>500</density></inertial>
        <collision name="c"><geometry><sphere><radius>0.1</radius></sphere></geometry></collision></link>
      <link name="right"><pose>0 -0.2 0 -1.57 0 0</pose></link>
      <model name="arm"><link name="upper"/><frame name="tip" attached_to="upper"/></model>
      <joint name="lj" type="revolute"><parent>base</parent><child>left</child>
        <axis><xyz expressed_in="__model__">0 1 0</xyz>
        <limit><lower>-1e16</lower><upper>1e16</upper></limit></axis></joint>
      <joint name="rj" type="continuous"><parent>base</parent><child>right</child><axis><xyz>0 0 1</xyz></axis></joint>
      <joint name="aj" type="fixed"><parent>base</parent><child>arm::tip</child></joint>
      <plugin filename="gz-sim-diff-drive-system" name="gz::sim::systems::DiffDrive">
        <left_joint>lj</left_joint><right_joint>rj</right_joint><wheel_separation>0.4</wheel_separation>
        <wheel_radius>0.1</wheel_radius><max_linear_velocity>1</max_linear_velocity></plugin>
    </model>
    <joint name="anchor" type="fixed"><parent>world</parent><child>first::l</child></joint>
  </world>
</sdf>
"""

GARBAGE = (
    *b"nan|inf|-inf|1e999|-1|0||1e308|99999999999999999999|abc|1e-320|0x10|1_0|true|1 2 3|1e17|world|__model__".split(
        b"|"
    ),
    *b"../../../etc/passwd|file:///etc/passwd|model://../x|https://a/b|0 0 0 0 0 0|1 0 0 0 0 0 0|::|a::b".split(b"|"),
    *b"&amp;|&lol;|]]>|<b/>|1.4|1.12|9.9|mesh|left|fuzz|\xff\xfe|\xd9\xa1".split(b"|"),
    b"9" * 400,
    b"a::" * 3000,
    b"<model name='x'>" * 60,
    b"<!DOCTYPE x>",
)

Mutation = Callable[[bytes, np.random.Generator], bytes]


def _replace(pattern: bytes, group: int) -> Mutation:
    """Return a mutation that puts garbage, or a like part of the same text, in the place of what a pattern finds."""

    def replace(text: bytes, rng: np.random.Generator) -> bytes:
        found = list(re.finditer(pattern, text))
        if not found:
            return text
        place = found[rng.integers(len(found))]
        new = (
            GARBAGE[rng.integers(len(GARBAGE))] if rng.random() < 0.3 else found[rng.integers(len(found))].group(group)
        )
        return text[: place.start(group)] + new + text[place.end(group) :]

    return replace


def _drop_tag(text: bytes, rng: np.random.Generator) -> bytes:
    tags = list(re.finditer(rb"<[^>]*>", text))
    if not tags:
        return text
    tag = tags[rng.integers(len(tags))]
    return text[: tag.start()] + text[tag.end() :]


def _truncate(text: bytes, rng: np.random.Generator) -> bytes:
    return text[: rng.integers(len(text) + 1)]


def _scramble(text: bytes, rng: np.random.Generator) -> bytes:
    data = bytearray(text)
    for _ in range(int(rng.integers(1, 6)) if data else 0):
        data[rng.integers(len(data))] = int(rng.integers(256))
    return bytes(data)


def _declare(text: bytes, rng: np.random.Generator) -> bytes:
    codecs = (b"utf-16", b"latin-1", b"koi8-r", b"utf-32", b"shift_jis", b"idna", b"base64", b"none")
    return text.replace(b"?>", b' encoding="%s"?>' % codecs[rng.integers(len(codecs))], 1)


_VALUES: tuple[Mutation, ...] = (
    _replace(rb">([^<>]+)<", 1),
    _replace(rb"=\"([^\"]*)\"", 1),
    _replace(rb"\s(\w+=\"[^\"]*\")", 1),
    _replace(rb"(<(\w+)[^<>]*>[^<>]*</\2>)", 1),
    _replace(rb"<(\w+)", 1),
)

_BYTES: tuple[Mutation, ...] = (
    _drop_tag,
    _truncate,
    _scramble,
    _declare,
)


def mutate(text: bytes, rng: np.random.Generator) -> bytes:
    """Return a text changed in one to three places; mostly in its values, which reach further than broken XML."""
    for _ in range(int(rng.integers(1, 4))):
        mutations = _VALUES if rng.random() < 0.8 else _BYTES
        text = mutations[rng.integers(len(mutations))](text, rng)
    return text


def read(text: bytes, folder: Path) -> World | InputError:
    path = folder / "mutant.sdf"
    path.write_bytes(text)
    try:
        return load_file(path)
    except InputError as error:
        line = str(error)
        assert "\n" not in line
        assert 0 < len(line) < 600
        return error


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("model.config", b'<model><sdf version="1.6">model.sdf</sdf></model>'), ("model.sdf", INNER)):
        path = tmp_path / "models" / "inner" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    (tmp_path / "models" / "inner" / "meshes").mkdir()
    (tmp_path / "models" / "inner" / "meshes" / "cube.stl").write_bytes(b"")
    return tmp_path


def test_the_text_that_is_mutated_is_sound(folder: Path) -> None:
    world = read(WORLD, folder)
    assert isinstance(world, World)
    assert [issue.element for issue in world.issues] == ["albedo_map"]
    assert len(world.models) == 3


@pytest.mark.parametrize("mutated", ["world", "included model"])
def test_mutated_worlds(folder: Path, mutated: str) -> None:
    inner = folder / "models" / "inner" / "model.sdf"
    read_count = 0
    for trial in range(1200):
        rng = generator(trial, "fuzz", mutated)
        text = mutate(WORLD if mutated == "world" else INNER, rng)
        if mutated == "world":
            outcome = read(text, folder)
        else:
            inner.write_bytes(text)
            outcome = read(WORLD, folder)
        read_count += isinstance(outcome, World)
    assert 120 < read_count < 1080, "a tenth at least should get through, and a tenth should not"


@given(st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_bytes(tmp_path: Path, text: bytes) -> None:
    assert isinstance(read(text, tmp_path), InputError)


@given(st.text(max_size=80))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_paths(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError):
        load_file(f"{tmp_path}/none/{name}")
    with pytest.raises(InputError):
        load_file(f"model://none-of-that-name/{name}", resource_paths=[tmp_path])
