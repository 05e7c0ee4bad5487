from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.sdf.conftest import ReadWorld
from vla_sim.errors import InputError
from vla_sim.sdf import load_model, load_world
from vla_sim.sdf.plugins import system_name
from vla_sim.sdf.scene import DiffDrive

LINK = '<link name="l"><pose>0 0 1 0 0 0</pose></link>'


def write_model(folder: Path, body: str = LINK, *, name: str = "box", version: str = "1.9", config: str = "") -> Path:
    """Write a model folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.sdf").write_text(f'<sdf version="{version}"><model name="{name}">{body}</model></sdf>')
    (folder / "model.config").write_text(config or f'<model><sdf version="{version}">model.sdf</sdf></model>')
    return folder


def include(uri: str, more: str = "", attributes: str = "") -> str:
    return f"<include {attributes}><uri>{uri}</uri>{more}</include>"


@pytest.mark.parametrize("uri", ["model://box", "models/box", "box", "models/box/model.sdf", "file://models/box"])
def test_models_are_found_beside_the_world(tmp_path: Path, read_world: ReadWorld, uri: str) -> None:
    write_model(tmp_path / "models" / "box")
    assert [model.name for model in read_world(include(uri)).models] == ["box"]


def test_models_are_found_on_the_paths_of_the_environment_and_of_the_caller(
    tmp_path: Path, read_world: ReadWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_model(tmp_path / "one" / "box", name="from_environment")
    write_model(tmp_path / "two" / "box", name="from_caller")
    with pytest.raises(InputError, match=r"world.sdf:3: <uri>: 'model://box' is not found"):
        read_world(include("model://box"))
    monkeypatch.setenv("GZ_SIM_RESOURCE_PATH", os.pathsep.join(["", str(tmp_path / "none"), str(tmp_path / "one")]))
    assert read_world(include("model://box")).models[0].name == "from_environment"
    world = load_world(tmp_path / "world.sdf", resource_paths=[tmp_path / "two"])
    assert world.models[0].name == "from_caller"


def test_an_include_overrides_name_pose_static_and_adds_plugins(tmp_path: Path, read_world: ReadWorld) -> None:
    wheels = (
        '<link name="l"/><link name="a"/><link name="b"/>'
        '<joint name="left" type="continuous"><parent>l</parent><child>a</child><axis><xyz>0 1 0</xyz></axis></joint>'
        '<joint name="right" type="continuous"><parent>l</parent><child>b</child><axis><xyz>0 1 0</xyz></axis></joint>'
    )
    write_model(tmp_path / "models" / "cart", "<static>true</static><pose>9 9 9 0 0 0</pose>" + wheels)
    drive = (
        '<plugin filename="gz-sim-diff-drive-system" name="gz::sim::systems::DiffDrive">'
        "<left_joint>left</left_joint><right_joint>right</right_joint></plugin>"
    )
    more = f"<name>cart_2</name><pose>1 2 3 0 0 0</pose><static>false</static>{drive}"
    world = read_world(include("model://cart", more) + include("model://cart"))
    first, second = world.models
    assert (first.name, first.pose.position, first.static) == ("cart_2", (1.0, 2.0, 3.0), False)
    assert isinstance(first.plugins[0], DiffDrive)
    assert (second.name, second.pose.position, second.static, second.plugins) == ("box", (9.0, 9.0, 9.0), True, ())
    assert world.issues == ()


def test_placement_frame_of_an_include(tmp_path: Path, read_world: ReadWorld) -> None:
    write_model(tmp_path / "models" / "box")
    world = read_world(include("model://box", "<pose>5 0 0 0 0 0</pose><placement_frame>l</placement_frame>"))
    assert world.models[0].pose.position == (5.0, 0.0, -1.0)
    with pytest.raises(InputError, match="needs a <pose>"):
        read_world(include("model://box", "<placement_frame>l</placement_frame>"))


def test_merge_moves_everything_into_the_holder(tmp_path: Path, read_world: ReadWorld) -> None:
    write_model(
        tmp_path / "models" / "arm",
        LINK + '<link name="m"><pose relative_to="l">1 0 0 0 0 0</pose></link><frame name="f"/>'
        '<joint name="j" type="revolute"><parent>l</parent><child>m</child>'
        '<axis><xyz expressed_in="__model__">0 0 1</xyz></axis></joint>',
    )
    turned = "<pose>10 0 0 1.5707963267948966 0 0</pose>"
    world = read_world(
        '<model name="robot"><link name="base"/>'
        + include("model://arm", turned, 'merge="true"')
        + '<joint name="k" type="fixed"><parent>base</parent><child>l</child></joint>'
        '<link name="n"><pose relative_to="f">0 0 0 0 0 0</pose></link></model>'
    )
    (model,) = world.models
    assert [link.name for link in model.links] == ["base", "l", "m", "n"]
    assert model.link("l").pose.position == pytest.approx((10, -1, 0))
    assert model.link("m").pose.position == pytest.approx((11, -1, 0))
    assert model.link("n").pose.position == pytest.approx((10, 0, 0))
    axis = model.joints[0].axis
    assert axis is not None
    assert axis.xyz == pytest.approx((0, 0, 1))


def test_merging_may_not_bring_the_same_name_twice(tmp_path: Path, read_world: ReadWorld) -> None:
    write_model(tmp_path / "models" / "box")
    merged = include("model://box", attributes='merge="true"')
    with pytest.raises(InputError, match="second 'l'"):
        read_world(f'<model name="m">{LINK}{merged}</model>')


def test_the_newest_version_that_can_be_read_is_picked(tmp_path: Path) -> None:
    config = (
        '<model><sdf version="1.6">old.sdf</sdf><sdf version="1.9">model.sdf</sdf>'
        '<sdf version="1.10">new.sdf</sdf><sdf version="3.0">far.sdf</sdf></model>'
    )
    folder = write_model(tmp_path / "box", config=config)
    for name in ("old", "new", "far"):
        (folder / f"{name}.sdf").write_text(f'<sdf version="1.6"><model name="{name}">{LINK}</model></sdf>')
    assert load_model(folder).name == "new"


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("<model/>", "lists no model file"),
        ('<model><sdf version="1.9">none.sdf</sdf></model>', "is not found in the model's folder"),
        ('<model><sdf version="1.9">../../secret.sdf</sdf></model>', "leads out of the model's folder"),
        ("<model", "not well-formed"),
    ],
)
def test_broken_model_configs(tmp_path: Path, config: str, message: str) -> None:
    folder = write_model(tmp_path / "models" / "box", config=config)
    with pytest.raises(InputError, match=message):
        load_model(folder)


def test_circles(tmp_path: Path, read_world: ReadWorld) -> None:
    write_model(tmp_path / "models" / "a", include("model://b"), name="a")
    write_model(tmp_path / "models" / "b", include("model://a"), name="b")
    with pytest.raises(InputError, match=r"b/model.sdf:1: <uri>: 'model://a' includes itself"):
        read_world(include("model://a"))


def test_deep_includes(tmp_path: Path, read_world: ReadWorld) -> None:
    for n in range(40):
        write_model(tmp_path / "models" / f"m{n}", include(f"model://m{n + 1}"), name=f"m{n}")
    with pytest.raises(InputError, match="nested deeper"):
        read_world(include("model://m0"))


def test_include_bombs(tmp_path: Path, read_world: ReadWorld) -> None:
    for n in range(10):
        ten = "".join(include(f"model://m{n + 1}", f"<name>c{k}</name>") for k in range(10))
        write_model(tmp_path / "models" / f"m{n}", ten, name=f"m{n}")
    write_model(tmp_path / "models" / "m10", LINK)
    with pytest.raises(InputError, match="includes more than 5000 files"):
        read_world(include("model://m0"))


@pytest.mark.parametrize(
    "uri",
    [
        "../../../../../../etc/passwd",
        "model://../../../../../../../../etc/passwd",
        "model://box/../../../../../../../../../../etc/passwd",
        "/etc/passwd",
        "file:///etc/passwd",
        "file://../../../../../../../../../etc/passwd",
    ],
)
def test_no_uri_leads_out_of_the_resource_folders(tmp_path: Path, read_world: ReadWorld, uri: str) -> None:
    write_model(tmp_path / "models" / "box")
    mesh = f"<geometry><mesh><uri>{uri}</uri></mesh></geometry>"
    texture = (
        "<geometry><sphere><radius>1</radius></sphere></geometry>"
        f"<material><pbr><metal><albedo_map>{uri}</albedo_map></metal></pbr></material>"
    )
    for body in (
        include(uri),
        f'<model name="m"><link name="l"><visual name="v">{mesh}</visual></link></model>',
        f'<model name="m"><link name="l"><collision name="v">{mesh}</collision></link></model>',
        f'<model name="m"><link name="l"><visual name="v">{texture}</visual></link></model>',
    ):
        with pytest.raises(InputError, match="leads out of the resource folders"):
            read_world(body)


def test_an_absolute_path_inside_a_resource_folder_is_fine(tmp_path: Path, read_world: ReadWorld) -> None:
    folder = write_model(tmp_path / "models" / "box")
    assert read_world(include(str(folder))).models[0].name == "box"
    assert read_world(include(f"file://{folder}")).models[0].name == "box"


@pytest.mark.parametrize(
    "uri", ["", "model://", "/", "ftp://x/y", "x" * 5000, "model://" + "a/" * 3000, "a\ud7ffb", "%00"]
)
def test_uris_that_name_nothing(read_world: ReadWorld, uri: str) -> None:
    with pytest.raises(InputError, match=r"^.*world.sdf:3: <uri>: ") as caught:
        read_world(include(uri))
    assert len(str(caught.value)) < 400


def test_models_on_the_web_are_issues_unless_gazebo_has_them(
    tmp_path: Path, read_world: ReadWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = include("https://fuel.gazebosim.org/1.0/OpenRobotics/models/Coffee%20Table")
    world = read_world(body)
    assert world.models == ()
    assert [(issue.line, issue.element) for issue in world.issues] == [(3, "include")]
    with pytest.raises(InputError, match="are not fetched"):
        read_world(body, strict=True)
    cached = tmp_path / "cache/fuel.gazebosim.org/openrobotics/models/coffee table"
    write_model(cached / "2", name="table_2")
    write_model(cached / "10", name="table_10")
    monkeypatch.setenv("GZ_FUEL_CACHE_PATH", str(tmp_path / "cache"))
    assert [model.name for model in read_world(body).models] == ["table_10"]
    older = include("https://fuel.gazebosim.org/1.0/OpenRobotics/models/Coffee Table/2")
    assert [model.name for model in read_world(older).models] == ["table_2"]
    escape = include(
        "https://fuel.gazebosim.org/1.0/a/models/b/1/files/..%2F..%2F..%2F..%2F..%2F..%2F..%2Fetc%2Fpasswd"
    )
    assert read_world(escape).models == ()


def test_includes_of_lights_and_actors(tmp_path: Path, read_world: ReadWorld) -> None:
    (tmp_path / "lamp.sdf").write_text('<sdf version="1.9"><light name="lamp" type="point"/></sdf>')
    (tmp_path / "actor.sdf").write_text('<sdf version="1.9"><actor name="walker"/></sdf>')
    (tmp_path / "empty.sdf").write_text('<sdf version="1.9"/>')
    world = read_world(include("lamp.sdf") + include("actor.sdf"))
    assert [light.name for light in world.lights] == ["lamp"]
    assert [issue.message for issue in world.issues] == ["including a <actor> is not supported; left out"]
    with pytest.raises(InputError, match="holds no <model> to include"):
        read_world(include("empty.sdf"))


def test_issues_name_the_included_file(tmp_path: Path, read_world: ReadWorld) -> None:
    folder = write_model(tmp_path / "models" / "box", LINK + "\n<gripper name='g'/>")
    world = read_world(include("model://box") + include("model://box", "<name>again</name>"))
    (issue,) = world.issues
    assert (issue.file, issue.line, issue.element) == (str(folder / "model.sdf"), 2, "gripper")


def test_two_models_may_not_share_a_name(tmp_path: Path, read_world: ReadWorld) -> None:
    write_model(tmp_path / "models" / "box")
    with pytest.raises(InputError, match="the name 'box' is taken in 'w'"):
        read_world(include("model://box") + include("model://box"))


def test_plugin_names_of_every_age(tmp_path: Path) -> None:
    from vla_sim.sdf.document import Node

    for attributes in (
        {"name": "gz::sim::systems::DiffDrive", "filename": "gz-sim-diff-drive-system"},
        {"name": "ignition::gazebo::systems::DiffDrive", "filename": "libignition-gazebo-diff-drive-system.so"},
        {"name": "drive", "filename": "ignition-gazebo6-diff-drive-system"},
        {"filename": "libgz-sim8-diff-drive-system.so"},
    ):
        assert system_name(Node("plugin", attributes, tmp_path, 1)) == "DiffDrive"
