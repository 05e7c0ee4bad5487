from __future__ import annotations

from pathlib import Path

import pytest

from tests.sdf.conftest import ReadWorld
from vla_sim import assets
from vla_sim.errors import InputError
from vla_sim.sdf import load_file, load_model, load_world
from vla_sim.sdf.scene import Physics, Plane, SceneLook, World

MODEL = '<sdf version="1.9"><model name="m"><pose>1 2 3 0 0 0</pose><link name="l"/></model></sdf>'


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_an_empty_world_takes_the_defaults_of_sdf(read_world: ReadWorld, tmp_path: Path) -> None:
    assert read_world("") == World("w", source=tmp_path / "world.sdf")


def test_what_a_world_states(read_world: ReadWorld) -> None:
    world = read_world("""
        <gravity>0 0 -1.6</gravity><magnetic_field>1e-5 0 0</magnetic_field>
        <physics name="slow" type="ode"><max_step_size>0.01</max_step_size></physics>
        <physics name="fast" type="ode" default="true"><max_step_size>0.005</max_step_size>
          <real_time_factor>0</real_time_factor><ode><solver/></ode></physics>
        <scene><ambient>0.1 0.2 0.3</ambient><background>1 1 1</background><shadows>false</shadows>
          <grid>0</grid><sky/></scene>
        <gui><plugin filename="x" name="y"/></gui>
    """)
    assert world.gravity == (0, 0, -1.6)
    assert world.magnetic_field == (1e-5, 0, 0)
    assert world.physics == Physics(0.005, 0.0)
    assert world.look == SceneLook((0.1, 0.2, 0.3, 1), (1, 1, 1, 1), shadows=False, grid=False, sky=True)
    assert world.issues == ()


def test_gravity_was_a_matter_of_physics_up_to_1_5(read_world: ReadWorld) -> None:
    old = '<physics type="ode"><gravity>0 0 -2</gravity></physics>'
    assert read_world(old, "1.5").gravity == (0, 0, -2)
    assert read_world(old, "1.6").gravity == (0, 0, -9.8)


@pytest.mark.parametrize("step", ["0", "-0.001", "2", "1e-9"])
def test_steps_that_no_engine_can_take(read_world: ReadWorld, step: str) -> None:
    with pytest.raises(InputError, match="<max_step_size>: is"):
        read_world(f"<physics><max_step_size>{step}</max_step_size></physics>")


def test_unsupported_elements_are_listed_in_order_or_are_errors(read_world: ReadWorld) -> None:
    body = """
        <wind><linear_velocity>1 0 0</linear_velocity></wind>
        <model name="m"><enable_wind>true</enable_wind><link name="l"><enable_wind>0</enable_wind>
          <velocity_decay/><pose>0 0 0 0 0 0</pose><pose>1 0 0 0 0 0</pose></link></model>
        <actor name="a"/><gz:note xmlns:gz="x">not of SDF</gz:note>
    """
    issues = read_world(body).issues
    assert [(issue.line, issue.element) for issue in issues] == [
        (4, "wind"),
        (5, "enable_wind"),
        (6, "velocity_decay"),
        (6, "pose"),
        (7, "actor"),
    ]
    assert "repeated" in issues[3].message
    assert str(issues[0]).endswith("world.sdf:4: <wind>: not supported; left out")
    with pytest.raises(InputError, match=r"world.sdf:4: <wind>: not supported"):
        read_world(body, strict=True)


def test_a_model_alone_is_shown_on_a_ground_plane(tmp_path: Path) -> None:
    path = write(tmp_path / "m" / "model.sdf", MODEL)
    for what in (path, path.parent, str(path)):
        world = load_file(what)
        ground, model = world.models
        assert isinstance(ground.links[0].collisions[0].geometry, Plane)
        assert ground.static
        assert (model.name, model.pose.position) == ("m", (1.0, 2.0, 3.0))
        assert len(world.lights) == 1
        assert load_model(what) == model


def test_models_by_uri(tmp_path: Path) -> None:
    write(tmp_path / "m" / "model.sdf", MODEL)
    assert load_model("model://m", resource_paths=[tmp_path]).name == "m"
    with pytest.raises(InputError, match="is not found"):
        load_model("model://none")


def test_files_of_the_wrong_kind(tmp_path: Path) -> None:
    model = write(tmp_path / "model.sdf", MODEL)
    with pytest.raises(InputError, match="holds no <world>"):
        load_world(model)
    with pytest.raises(InputError, match="holds no <model>"):
        load_file(write(tmp_path / "empty.sdf", '<sdf version="1.9"/>'))
    with pytest.raises(InputError, match="holds no <model>"):
        load_model(write(tmp_path / "world.sdf", '<sdf version="1.9"><world name="w"/></sdf>'))
    with pytest.raises(InputError, match="no model with a link"):
        load_model(write(tmp_path / "bare.sdf", '<sdf version="1.9"><model name="m"/></sdf>'))
    with pytest.raises(InputError, match="no such file"):
        load_file(tmp_path / "none.sdf")
    with pytest.raises(InputError, match=r"neither model.config nor model.sdf"):
        load_file(tmp_path / "..")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<robot name='r'/>", "is URDF"),
        ("<world name='w'/>", "is not SDF"),
        ("<sdf><world name='w'/></sdf>", 'needs a version="..."'),
        ("<sdf version='one'><world name='w'/></sdf>", "not of the form"),
        ("<sdf version='1.2'><world name='w'/></sdf>", "older than 1.4"),
        ("<sdf version='1.9'><world/></sdf>", 'needs a name="..."'),
    ],
)
def test_what_is_no_sdf(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_world(write(tmp_path / "w.sdf", text))


def test_a_newer_version_is_an_issue(read_world: ReadWorld) -> None:
    assert read_world("", "1.12").issues == ()
    assert [issue.element for issue in read_world("", "2.3").issues] == ["sdf"]


@pytest.mark.parametrize("path", sorted(assets.WORLDS.glob("*.sdf")), ids=lambda path: path.stem)
def test_the_worlds_of_this_project_hold_nothing_unsupported(path: Path) -> None:
    world = load_world(path, strict=True)
    assert world.model("robot").plugins
    sensors = {sensor.name for _, sensor in world.model("robot").sensors()}
    assert sensors >= {"camera", "depth", "lidar", "imu", "bumper"} or sensors >= {"overhead", "wrist", "wrist_force"}


@pytest.mark.parametrize("path", sorted(assets.ROBOTS.glob("*/model.sdf")), ids=lambda path: path.parent.name)
def test_the_robots_of_this_project_hold_nothing_unsupported(path: Path) -> None:
    assert load_model(path, strict=True).links
