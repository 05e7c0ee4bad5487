from __future__ import annotations

import math

import pytest

from tests.sdf.conftest import ReadModel, ReadWorld
from vla_sim.errors import InputError
from vla_sim.geometry import Pose
from vla_sim.sdf.scene import DiffDrive, Joint, JointPositionController, JointStatePublisher, OdometryPublisher

QUARTER = math.pi / 2
LINKS = f'<link name="a"><pose>1 0 0 0 0 0</pose></link><link name="b"><pose>1 1 0 0 0 {QUARTER}</pose></link>'


def joint(read_model: ReadModel, content: str, kind: str = "revolute", version: str = "1.9") -> Joint:
    text = f'<joint name="j" type="{kind}"><parent>a</parent><child>b</child>{content}</joint>'
    return read_model(LINKS + text, version).joints[0]


def xyz(read_model: ReadModel, axis: str, version: str = "1.9", pose: str = "") -> tuple[float, ...]:
    found = joint(read_model, f"{pose}<axis>{axis}</axis>", version=version).axis
    assert found is not None
    return tuple(round(value, 9) + 0.0 for value in found.xyz)


def test_axes_are_given_in_the_joint_or_in_a_named_frame(read_model: ReadModel) -> None:
    turned = f"<pose>0 0 0 0 0 {QUARTER}</pose>"
    assert xyz(read_model, "<xyz>2 0 0</xyz>", pose=turned) == (1, 0, 0)
    assert xyz(read_model, '<xyz expressed_in="__model__">1 0 0</xyz>') == (0, -1, 0)
    assert xyz(read_model, '<xyz expressed_in="__model__">1 0 0</xyz>', pose=turned) == (-1, 0, 0)
    assert xyz(read_model, '<xyz expressed_in="a">1 0 0</xyz>') == (0, -1, 0)
    assert xyz(read_model, '<xyz expressed_in="b">1 0 0</xyz>') == (1, 0, 0)
    assert xyz(read_model, "<xyz>1 0 0</xyz>", pose='<pose relative_to="__model__">0 0 0 0 0 0</pose>') == (1, 0, 0)


def test_axes_of_older_versions(read_model: ReadModel) -> None:
    in_model = "<xyz>1 0 0</xyz><use_parent_model_frame>1</use_parent_model_frame>"
    assert xyz(read_model, in_model, "1.6") == (0, -1, 0)
    assert xyz(read_model, "<xyz>1 0 0</xyz>", "1.6") == (1, 0, 0)
    assert xyz(read_model, "<xyz>1 0 0</xyz>", "1.4") == (0, -1, 0)
    assert xyz(read_model, in_model, "1.7") == (1, 0, 0)


def test_poses_are_in_the_child_link(read_model: ReadModel) -> None:
    axis = "<axis><xyz>0 0 1</xyz></axis>"
    assert joint(read_model, axis).pose == Pose()
    assert joint(read_model, axis + "<pose>0.1 0.2 0.3 0 0 0.4</pose>").pose == Pose.from_xyz_rpy(
        0.1, 0.2, 0.3, 0, 0, 0.4
    )
    in_parent = joint(read_model, axis + '<pose relative_to="a">0 0 0 0 0 0</pose>').pose
    assert in_parent.position == pytest.approx((-1, 0, 0))
    assert in_parent.yaw == pytest.approx(-QUARTER)


def test_limits_and_dynamics(read_model: ReadModel) -> None:
    found = joint(
        read_model,
        "<axis><xyz>0 0 1</xyz><limit><lower>-1</lower><upper>2</upper><effort>5</effort>"
        "<velocity>-1</velocity></limit>"
        "<dynamics><damping>0.1</damping><friction>0.2</friction><spring_stiffness>3</spring_stiffness>"
        "<spring_reference>0.5</spring_reference></dynamics></axis>",
    ).axis
    assert found is not None
    assert (found.lower, found.upper, found.effort, found.velocity) == (-1, 2, 5, math.inf)
    assert (found.damping, found.friction, found.spring_stiffness, found.spring_reference) == (0.1, 0.2, 3, 0.5)


@pytest.mark.parametrize("sizes", ["1e16", "1e+17", "inf", "1.79769e+308"])
def test_unlimited_joints(read_model: ReadModel, sizes: str) -> None:
    limit = f"<limit><lower>-{sizes}</lower><upper>{sizes}</upper></limit>"
    found = joint(read_model, f"<axis><xyz>0 0 1</xyz>{limit}</axis>").axis
    assert found is not None
    assert (found.lower, found.upper) == (-math.inf, math.inf)


def test_kinds(read_model: ReadModel) -> None:
    axis, axis2 = "<axis><xyz>0 0 1</xyz></axis>", "<axis2><xyz>0 1 0</xyz></axis2>"
    for kind in ("fixed", "ball"):
        assert joint(read_model, axis, kind).axis is None
    for kind in ("revolute", "continuous", "prismatic", "screw"):
        assert joint(read_model, axis, kind).axis2 is None
    for kind in ("universal", "revolute2"):
        found = joint(read_model, axis + axis2, kind).axis2
        assert found is not None
        assert found.xyz == (0, 1, 0)
    screw = "<screw_thread_pitch>0.5</screw_thread_pitch>"
    assert joint(read_model, axis + screw, "screw").thread_pitch == 0.5
    old = joint(read_model, axis + "<thread_pitch>-6.283185307179586</thread_pitch>", "screw")
    assert old.thread_pitch == pytest.approx(1.0)


def test_the_world_as_parent(read_model: ReadModel, read_world: ReadWorld) -> None:
    model = read_model(LINKS + '<joint name="j" type="fixed"><parent>world</parent><child>a</child></joint>')
    assert model.joints[0].parent == "world"
    world = read_world(
        f'<model name="m">{LINKS}</model><model name="n">{LINKS}</model>'
        '<joint name="j" type="fixed"><parent>world</parent><child>m::a</child></joint>'
        '<joint name="k" type="fixed"><parent>m::a</parent><child>n::a</child></joint>'
    )
    assert [(joint.name, joint.parent, joint.child) for joint in world.model("m").joints] == [("j", "world", "a")]
    assert [issue.element for issue in world.issues] == ["joint"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('<joint name="j" type="fixed"><parent>a</parent><child>c</child></joint>', "has no frame 'c'"),
        ('<joint name="j" type="fixed"><parent>c</parent><child>a</child></joint>', "has no frame 'c'"),
        ('<joint name="j" type="fixed"><parent>a</parent><child>a</child></joint>', "both 'a'"),
        ('<joint name="j" type="fixed"><parent>a</parent><child>world</child></joint>', "cannot be the child"),
        ('<joint name="j" type="fixed"><parent>a</parent></joint>', "<child> is missing"),
        ('<joint name="j" type="fixed"><parent/><child>a</child></joint>', "is empty"),
        ('<joint name="j"><parent>a</parent><child>b</child></joint>', 'needs a type="..."'),
        ('<joint name="j" type="rubber"><parent>a</parent><child>b</child></joint>', "'rubber' is unknown"),
        (
            '<joint name="j" type="revolute"><parent>a</parent><child>b</child><axis><xyz>0 0 0</xyz></axis></joint>',
            "zero vector",
        ),
        (
            '<joint name="j" type="prismatic"><parent>a</parent><child>b</child>'
            "<axis><xyz>0 0 1</xyz><limit><lower>1</lower><upper>0</upper></limit></axis></joint>",
            "leave the joint no position",
        ),
    ],
)
def test_joints_that_cannot_be(read_model: ReadModel, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_model(LINKS + text)


# --- plugins that drive joints --------------------------------------------------------------------------------------

WHEELS = LINKS + "".join(
    f'<joint name="{name}" type="continuous"><parent>a</parent><child>b</child><axis><xyz>0 1 0</xyz></axis></joint>'
    for name in ("left", "right")
)
DRIVE = "<left_joint>left</left_joint><right_joint>right</right_joint>"


def plugin(name: str, content: str) -> str:
    return f'<plugin filename="x" name="gz::sim::systems::{name}">{content}</plugin>'


def test_diff_drive(read_model: ReadModel) -> None:
    content = (
        DRIVE + "<wheel_separation>0.4</wheel_separation><wheel_radius>0.1</wheel_radius><topic>/cmd</topic>"
        "<max_linear_acceleration>1</max_linear_acceleration><min_velocity>-2</min_velocity>"
        "<max_velocity>2</max_velocity><max_angular_velocity>3</max_angular_velocity>"
    )
    (drive,) = read_model(WHEELS + plugin("DiffDrive", content)).plugins
    assert isinstance(drive, DiffDrive)
    assert (drive.left_joints, drive.right_joints) == (("left",), ("right",))
    assert (drive.wheel_separation, drive.wheel_radius, drive.topic) == (0.4, 0.1, "/cmd")
    assert (drive.min_linear_velocity, drive.max_linear_velocity) == (-2, 2)
    assert (drive.min_angular_velocity, drive.max_angular_velocity) == (-2, 3)
    assert (drive.max_linear_acceleration, drive.max_angular_acceleration) == (1, math.inf)
    (plain,) = read_model(WHEELS + plugin("DiffDrive", DRIVE)).plugins
    assert plain == DiffDrive(("left",), ("right",), 1.0, 0.2)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<left_joint>left</left_joint>", "at least one <right_joint>"),
        ("<left_joint>left</left_joint><right_joint>none</right_joint>", "no joint 'none'"),
        (DRIVE + "<wheel_radius>0</wheel_radius>", "above 0"),
        (DRIVE + "<max_velocity>-1</max_velocity>", "standing still"),
    ],
)
def test_drives_that_cannot_be(read_model: ReadModel, content: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_model(WHEELS + plugin("DiffDrive", content))


def test_controllers_and_odometry_in_a_nested_model(read_model: ReadModel) -> None:
    control = "<joint_name>left</joint_name><joint_name>right</joint_name><p_gain>3</p_gain><cmd_max>inf</cmd_max>"
    inner = WHEELS + plugin("JointPositionController", control)
    outer = plugin("OdometryPublisher", "<dimensions>3</dimensions>")
    model = read_model(f'<link name="base"/><model name="n">{inner}</model>{outer}')
    odometry, left, right = model.plugins
    assert odometry == OdometryPublisher(dimensions=3)
    assert left == JointPositionController("n::left", p_gain=3, cmd_max=math.inf)
    assert isinstance(right, JointPositionController)
    assert right.joint == "n::right"


def test_joint_state_publishers(read_model: ReadModel) -> None:
    every = read_model(WHEELS + plugin("JointStatePublisher", ""))
    assert every.plugins == (JointStatePublisher(),)
    some = "<joint_name>left</joint_name><update_rate>20</update_rate><topic>states</topic>"
    inner = WHEELS + plugin("JointStatePublisher", some)
    nested = read_model(f'<link name="base"/><model name="n">{inner}</model>')
    assert nested.plugins == (JointStatePublisher(("n::left",), 20.0, "states"),)
    with pytest.raises(InputError, match="no joint 'none'"):
        read_model(WHEELS + plugin("JointStatePublisher", "<joint_name>none</joint_name>"))


def test_other_plugins_are_issues(read_world: ReadWorld) -> None:
    provided = "".join(plugin(name, "<engine/>") for name in ("Physics", "Sensors", "UserCommands", "Contact", "Imu"))
    world = read_world(
        provided + plugin("Buoyancy", "") + f'<model name="m">{LINKS}{plugin("LiftDrag", "<a0>1</a0>")}</model>'
    )
    assert [issue.message.split("'")[1] for issue in world.issues] == ["Buoyancy", "LiftDrag"]
