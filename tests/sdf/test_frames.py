"""SDF's pose frame semantics: expected poses are worked out by hand from the specification's rules."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from tests.sdf.conftest import ReadModel, ReadWorld
from vla_sim.errors import InputError
from vla_sim.geometry import Pose
from vla_sim.sdf.scene import Model

QUARTER = math.pi / 2
BALL = "<geometry><sphere><radius>1</radius></sphere></geometry>"


def close(pose: Pose, x: float, y: float, z: float, yaw: float = 0.0) -> bool:
    return (
        pose.position == pytest.approx((x, y, z), abs=1e-9)
        and math.cos(pose.yaw - yaw) == pytest.approx(1.0)
        and pose.rpy[:2] == pytest.approx((0.0, 0.0), abs=1e-9)
    )


def test_a_plain_link_keeps_its_numbers_exactly(read_model: ReadModel) -> None:
    model = read_model(f'<pose>1 2 3 0 0 {QUARTER}</pose><link name="a"><pose>0.1 0.2 0.3 0 0 0.7</pose></link>')
    assert model.link("a").pose == Pose.from_xyz_rpy(0.1, 0.2, 0.3, 0, 0, 0.7)
    assert model.pose == Pose.from_xyz_rpy(1, 2, 3, 0, 0, QUARTER)


def test_relative_to_a_link_a_frame_and_a_joint(read_model: ReadModel) -> None:
    model = read_model(f"""
        <link name="a"><pose>1 0 0 0 0 {QUARTER}</pose></link>
        <link name="b"><pose relative_to="a">1 0 0 0 0 0</pose></link>
        <frame name="f" attached_to="b"><pose>0 0 1 0 0 {QUARTER}</pose></frame>
        <link name="c"><pose relative_to="f">1 0 0 0 0 0</pose></link>
        <joint name="j" type="fixed"><parent>a</parent><child>b</child><pose>0 2 0 0 0 0</pose></joint>
        <link name="d"><pose relative_to="j">0 0 0 0 0 0</pose></link>
        <link name="e"><pose relative_to="__model__">0 0 9 0 0 0</pose></link>
    """)
    assert close(model.link("b").pose, 1, 1, 0, QUARTER)
    assert close(model.link("c").pose, 0, 1, 1, math.pi)
    assert close(model.link("d").pose, -1, 1, 0, QUARTER)
    assert close(model.link("e").pose, 0, 0, 9)


def test_a_frame_may_be_placed_in_another_than_it_moves_with(read_model: ReadModel) -> None:
    model = read_model("""
        <link name="a"><pose>1 0 0 0 0 0</pose></link>
        <link name="b"><pose>0 5 0 0 0 0</pose></link>
        <frame name="f" attached_to="b"><pose relative_to="a">0 0 1 0 0 0</pose></frame>
        <link name="c"/>
        <joint name="j" type="fixed"><parent>f</parent><child>c</child></joint>
        <joint name="k" type="fixed"><parent>c</parent><child>f</child></joint>
    """)
    assert model.joints[0].parent == "b"
    assert model.joints[1].child == "b"
    assert close(model.joints[1].pose, 1, -5, 1)


def test_visuals_and_sensors_may_be_placed_in_any_frame(read_model: ReadModel) -> None:
    model = read_model(f"""
        <frame name="up"><pose>0 0 2 0 0 0</pose></frame>
        <link name="a"><pose>1 0 0 0 0 {QUARTER}</pose>
          <visual name="v"><pose relative_to="up">0 0 0 0 0 0</pose>{BALL}</visual>
          <collision name="c"><pose relative_to="a">1 0 0 0 0 0</pose>{BALL}</collision>
          <sensor name="s" type="imu"><pose relative_to="__model__">0 0 0 0 0 0</pose></sensor>
        </link>
    """)
    link = model.link("a")
    assert close(link.visuals[0].pose, 0, 1, 2, -QUARTER)
    assert close(link.collisions[0].pose, 1, 0, 0)
    assert close(link.sensors[0].pose, 0, 1, 0, -QUARTER)


NESTED = f"""
    <link name="base"/>
    <model name="arm"><pose>1 0 0 0 0 {QUARTER}</pose>
      <link name="upper"><pose>1 0 0 0 0 0</pose></link>
      <frame name="tip" attached_to="upper"><pose>0 0 1 0 0 0</pose></frame>
      <model name="hand"><pose relative_to="tip">0 0 1 0 0 0</pose>
        <link name="palm"/>
      </model>
    </model>
    <frame name="far" attached_to="arm::hand::palm"/>
    <link name="ring"><pose relative_to="arm::tip">0 0 0 0 0 0</pose></link>
    <joint name="shoulder" type="fixed"><parent>base</parent><child>arm</child></joint>
    <joint name="hold" type="fixed"><parent>far</parent><child>ring</child></joint>
"""


def test_nested_models_are_flattened(read_model: ReadModel) -> None:
    model = read_model(NESTED)
    assert [link.name for link in model.links] == ["base", "ring", "arm::upper", "arm::hand::palm"]
    assert close(model.link("arm::upper").pose, 1, 1, 0, QUARTER)
    assert close(model.link("arm::hand::palm").pose, 1, 1, 2, QUARTER)
    assert close(model.link("ring").pose, 1, 1, 1, QUARTER)
    shoulder, hold = model.joints
    assert (shoulder.parent, shoulder.child) == ("base", "arm::upper")
    assert close(shoulder.pose, -1, 0, 0)
    assert (hold.parent, hold.child) == ("arm::hand::palm", "ring")


def test_models_may_be_placed_in_each_others_frames(read_world: ReadWorld) -> None:
    world = read_world(f"""
        <frame name="corner"><pose>10 0 0 0 0 {QUARTER}</pose></frame>
        <model name="a"><pose relative_to="corner">1 0 0 0 0 0</pose>
          <link name="l"><pose>0 0 1 0 0 0</pose></link>
        </model>
        <model name="b"><pose relative_to="a::l">0 0 1 0 0 0</pose><link name="l"/></model>
    """)
    assert close(world.model("a").pose, 10, 1, 0, QUARTER)
    assert close(world.model("b").pose, 10, 1, 2, QUARTER)


def test_placement_frame(read_world: ReadWorld) -> None:
    world = read_world(f"""
        <model name="m" placement_frame="foot"><pose>5 0 0 0 0 {QUARTER}</pose>
          <link name="l"/><frame name="foot"><pose>1 0 -1 0 0 0</pose></frame>
        </model>
    """)
    assert close(world.model("m").pose, 5, -1, 1, QUARTER)


def test_frames_of_1_6_use_the_older_attribute(read_model: ReadModel) -> None:
    body = '<link name="a"><pose>1 0 0 0 0 0</pose></link><link name="b"><pose frame="a">1 0 0 0 0 0</pose></link>'
    assert close(read_model(body, "1.6").link("b").pose, 2, 0, 0)
    assert close(read_model(body, "1.7").link("b").pose, 1, 0, 0)


def test_names_with_scopes_are_plain_names_up_to_1_7(read_model: ReadModel) -> None:
    body = '<link name="a::b"/><link name="c"><pose relative_to="a::b">1 0 0 0 0 0</pose></link>'
    assert close(read_model(body, "1.7").link("c").pose, 1, 0, 0)
    with pytest.raises(InputError, match="'::'"):
        read_model(body, "1.8")


def test_canonical_links(read_model: ReadModel) -> None:
    two = '<link name="a"/><link name="b"/>'
    assert read_model(two).canonical_link == "a"
    assert read_model(two, attributes='canonical_link="b"').canonical_link == "b"
    nested = '<model name="n"><link name="x"/></model><link name="a"/>'
    assert read_model(nested).canonical_link == "a"
    assert read_model(nested, attributes='canonical_link="n::x"').canonical_link == "n::x"
    assert read_model('<model name="n"><link name="x"/></model>').canonical_link == "n::x"
    with pytest.raises(InputError, match="has no frame 'z'"):
        read_model(two, attributes='canonical_link="z"')
    with pytest.raises(InputError, match="has no frame 'f'"):
        read_model('<link name="a"/><frame name="f"/>', attributes='canonical_link="f"')


def test_a_nested_static_model_is_fixed_to_the_world(read_model: ReadModel) -> None:
    model: Model = read_model('<link name="a"/><model name="n"><static>true</static><link name="b"/></model>')
    assert not model.static
    assert [(joint.type, joint.parent, joint.child) for joint in model.joints] == [("fixed", "world", "n::b")]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('<link name="a"><pose relative_to="b">0 0 0 0 0 0</pose></link>', "has no frame 'b'"),
        ('<link name="a"><pose relative_to="a">0 0 0 0 0 0</pose></link>', "relative to itself"),
        (
            '<link name="a"><pose relative_to="b">0 0 0 0 0 0</pose></link>'
            '<link name="b"><pose relative_to="a">0 0 0 0 0 0</pose></link>',
            "relative to itself",
        ),
        (
            '<link name="a"/><frame name="f" attached_to="f"/>'
            '<joint name="j" type="fixed"><parent>a</parent><child>f</child></joint>',
            "itself",
        ),
        ('<link name="a"/><link name="a"/>', "'a' is taken"),
        ('<link name="a"/><frame name="a"/>', "'a' is taken"),
        ('<link name="world"/>', "is reserved"),
        ('<link name="__x__"/>', "is reserved"),
        ("<link/>", 'needs a name="..."'),
        (f'<link name="{"x" * 300}"/>', "longer than 256"),
        ('<link name="a"/><link name="b"><pose relative_to="world">0 0 0 0 0 0</pose></link>', "has no frame 'world'"),
    ],
)
def test_frames_that_make_no_sense(read_model: ReadModel, body: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_model(body)
    assert caught.value.line is not None
    assert caught.value.line >= 3


def test_long_chains_of_frames_do_not_recurse(read_model: ReadModel) -> None:
    count = 20_000
    frames = "".join(
        f'<frame name="f{n}" attached_to="f{n - 1}"><pose>0.001 0 0 0 0 0</pose></frame>' for n in range(1, count)
    )
    model = read_model(
        f'<link name="a"/><frame name="f0"/>{frames}<link name="b"><pose relative_to="f{count - 1}"/></link>'
        f'<joint name="j" type="fixed"><parent>b</parent><child>f{count - 1}</child></joint>'
    )
    assert close(model.link("b").pose, (count - 1) * 0.001, 0, 0)
    assert model.joints[0].child == "a"


def test_deeply_nested_models_are_refused(read_model: ReadModel) -> None:
    depth = 40
    opening = "".join(f'<model name="n{n}">' for n in range(depth))
    with pytest.raises(InputError, match="nested deeper"):
        read_model(opening + '<link name="a"/>' + "</model>" * depth)


place = st.tuples(*[st.floats(-5, 5)] * 3, *[st.floats(-math.pi, math.pi)] * 3)


@given(st.lists(st.tuples(st.integers(0, 100), place), min_size=1, max_size=12), st.randoms(use_true_random=False))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_tree_of_frames_in_any_order(
    read_model: ReadModel, tree: list[tuple[int, tuple[float, ...]]], order: random.Random
) -> None:
    """Frames that hang on one another, written in any order, stand where the product of the matrices puts them."""
    texts, expected = [], [np.eye(4)]
    for index, (pick, numbers) in enumerate(tree):
        parent = pick % (index + 1)
        relative_to = "__model__" if parent == 0 else f"n{parent}"
        texts.append(
            f'<link name="n{index + 1}"><pose relative_to="{relative_to}">{" ".join(map(repr, numbers))}</pose></link>'
        )
        local = np.eye(4)
        local[:3, :3] = Rotation.from_euler("xyz", numbers[3:]).as_matrix()
        local[:3, 3] = numbers[:3]
        expected.append(expected[parent] @ local)
    order.shuffle(texts)
    model = read_model("".join(texts))
    for index, matrix in enumerate(expected[1:], start=1):
        pose = model.link(f"n{index}").pose
        assert np.allclose(pose.matrix(), matrix[:3, :3], atol=1e-9)
        assert np.allclose(pose.position, matrix[:3, 3], atol=1e-9)


def test_named_frames_are_kept_with_the_link_that_they_move_with(read_model: ReadModel) -> None:
    model = read_model(f"""
        <link name="a"><pose>1 0 0 0 0 {QUARTER}</pose></link>
        <frame name="tip" attached_to="a"><pose>0 0 2 0 0 0</pose></frame>
        <frame name="beside" attached_to="tip"><pose relative_to="__model__">1 1 2 0 0 0</pose></frame>
        <model name="inner">
          <link name="c"/>
          <frame name="tip"><pose>0 3 0 0 0 0</pose></frame>
        </model>""")
    frames = {frame.name: frame for frame in model.frames}
    assert {name: frame.link for name, frame in frames.items()} == {"tip": "a", "beside": "a", "inner::tip": "inner::c"}
    assert close(frames["tip"].pose, 0, 0, 2)
    assert close(frames["beside"].pose, 1, 0, 2, -QUARTER)
    assert close(frames["inner::tip"].pose, 0, 3, 0)
