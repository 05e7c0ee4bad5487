"""Geometry, surfaces, materials, lights and inertias."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st

from tests.sdf.conftest import ReadModel, ReadWorld
from vla_sim.errors import InputError
from vla_sim.geometry import Pose
from vla_sim.sdf import scene
from vla_sim.sdf.document import Node
from vla_sim.sdf.inertial import tensor
from vla_sim.sdf.solids import combine, solid_of

HERE = Node("collision", {}, Path("f.sdf"), 1)


def link_with(content: str) -> str:
    return f'<link name="l">{content}</link>'


def visual(geometry: str, more: str = "") -> str:
    return link_with(f'<visual name="v"><geometry>{geometry}</geometry>{more}</visual>')


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("<box><size>1 2 3</size></box>", scene.Box((1, 2, 3))),
        ("<sphere><radius>2</radius></sphere>", scene.Sphere(2)),
        ("<cylinder><radius>2</radius><length>3</length></cylinder>", scene.Cylinder(2, 3)),
        ("<capsule><radius>2</radius><length>3</length></capsule>", scene.Capsule(2, 3)),
        ("<cone><radius>2</radius><length>3</length></cone>", scene.Cone(2, 3)),
        ("<ellipsoid><radii>1 2 3</radii></ellipsoid>", scene.Ellipsoid((1, 2, 3))),
        ("<plane><normal>0 0 2</normal><size>4 5</size></plane>", scene.Plane((0, 0, 1), (4, 5))),
        ("<plane/>", scene.Plane((0, 0, 1), (1, 1))),
    ],
)
def test_shapes(read_model: ReadModel, text: str, shape: scene.Geometry) -> None:
    assert read_model(visual(text)).links[0].visuals[0].geometry == shape


@pytest.mark.parametrize(
    "text",
    [
        "<box><size>1 2</size></box>",
        "<box><size>1 2 -3</size></box>",
        "<box><size>1 2 0</size></box>",
        "<box><size>1 2 1e30</size></box>",
        "<sphere><radius>nan</radius></sphere>",
        "<cylinder><radius>1</radius><length>-1</length></cylinder>",
        "<plane><normal>0 0 0</normal></plane>",
        "<mesh/>",
        "<mesh><uri>none.obj</uri></mesh>",
        "<pyramid/>",
        "",
    ],
)
def test_shapes_that_make_no_sense(read_model: ReadModel, text: str) -> None:
    with pytest.raises(InputError, match=r"world\.sdf:[34]: "):
        read_model(visual(text))


def test_shapes_that_are_not_supported_are_left_out(read_world: ReadWorld) -> None:
    world = read_world(f'<model name="m">{visual("<heightmap><uri>x.png</uri></heightmap>")}</model>')
    assert world.models[0].links[0].visuals == ()
    assert [(issue.line, issue.element) for issue in world.issues] == [(3, "heightmap")]


def test_meshes(tmp_path: Path, read_world: ReadWorld) -> None:
    (tmp_path / "cube.obj").write_text("")
    (tmp_path / "cube.glb").write_text("")
    mesh = "<mesh><uri>cube.obj</uri><scale>1 -2 3</scale><submesh><name>top</name><center>1</center></submesh></mesh>"
    world = read_world(f'<model name="m">{visual(mesh)}</model>')
    expected = scene.Mesh(tmp_path / "cube.obj", (1, -2, 3), "top", True)
    assert world.models[0].links[0].visuals[0].geometry == expected
    world = read_world(f'<model name="m">{visual("<mesh><uri>cube.glb</uri></mesh>")}</model>')
    assert [issue.element for issue in world.issues] == ["mesh"]
    with pytest.raises(InputError, match="must differ from zero"):
        read_world(f'<model name="m">{visual("<mesh><uri>cube.obj</uri><scale>1 0 1</scale></mesh>")}</model>')


def test_surfaces(read_model: ReadModel) -> None:
    shape = "<geometry><sphere><radius>1</radius></sphere></geometry>"

    def surface(text: str) -> scene.Surface:
        collision = f'<collision name="c">{shape}<surface>{text}</surface></collision>'
        return read_model(link_with(collision)).links[0].collisions[0].surface

    assert surface("") == scene.Surface()
    ode = (
        "<friction><ode><mu>0.4</mu><mu2>0.3</mu2></ode><torsional><coefficient>0.1</coefficient></torsional>"
        "</friction><bounce><restitution_coefficient>0.5</restitution_coefficient></bounce>"
        "<contact><ode><kp>1e6</kp><kd>10</kd></ode></contact>"
    )
    assert surface(ode) == scene.Surface(0.4, 0.3, 0.1, 0.5, 1e6, 10.0)
    assert surface("<friction><bullet><friction>0.2</friction></bullet></friction>").mu == 0.2
    with pytest.raises(InputError, match="at least 0"):
        surface("<friction><ode><mu>-1</mu></ode></friction>")


def test_materials(tmp_path: Path, read_model: ReadModel) -> None:
    (tmp_path / "wood.png").write_bytes(b"")

    def material(text: str) -> scene.Material:
        more = f"<material>{text}</material>"
        found = read_model(visual("<sphere><radius>1</radius></sphere>", more)).links[0].visuals[0].material
        assert found is not None
        return found

    red = (1.0, 0.0, 0.0, 1.0)
    assert material("<diffuse>1 0 0</diffuse>").diffuse == red
    assert material("<diffuse>1 0 0</diffuse>").ambient == red
    assert material("<ambient>1 0 0</ambient>").diffuse == red
    assert material("<script><name>Gazebo/Red</name></script>").diffuse == red
    pbr = "<pbr><metal><albedo_map>wood.png</albedo_map><roughness>0.8</roughness></metal></pbr>"
    assert material(pbr) == scene.Material(
        ambient=(1, 1, 1, 1), diffuse=(1, 1, 1, 1), texture=tmp_path / "wood.png", metalness=0.5, roughness=0.8
    )


def test_missing_textures_and_unknown_scripts_are_issues(read_world: ReadWorld) -> None:
    sphere = "<sphere><radius>1</radius></sphere>"
    for text, element in (
        ("<pbr><metal><albedo_map>none.png</albedo_map></metal></pbr>", "albedo_map"),
        ("<script><name>Mine/Own</name></script>", "script"),
        ("<pbr><metal><normal_map>n.png</normal_map></metal></pbr>", "normal_map"),
    ):
        world = read_world(f'<model name="m">{visual(sphere, f"<material>{text}</material>")}</model>')
        assert [issue.element for issue in world.issues] == [element]


def test_lights(read_world: ReadWorld) -> None:
    world = read_world("""
        <light name="sun" type="directional"><pose>0 0 10 0 0 0</pose><direction>0 0 -2</direction>
          <cast_shadows>1</cast_shadows><intensity>0.5</intensity></light>
        <light name="off" type="point"><light_on>false</light_on></light>
        <light name="lamp" type="spot"><spot><inner_angle>0.1</inner_angle><outer_angle>0.5</outer_angle></spot>
          <attenuation><range>7</range><constant>0.2</constant></attenuation></light>
    """)
    sun, lamp = world.lights
    assert (sun.direction, sun.cast_shadows, sun.intensity, sun.pose.position) == ((0, 0, -1), True, 0.5, (0, 0, 10))
    assert (lamp.spot_outer, lamp.attenuation_range, lamp.attenuation) == (0.5, 7.0, (0.2, 1.0, 0.0))
    with pytest.raises(InputError, match="already"):
        read_world('<light name="a" type="point"/><light name="a" type="point"/>')
    with pytest.raises(InputError, match="unknown"):
        read_world('<light name="a" type="laser"/>')


# --- inertia --------------------------------------------------------------------------------------------------------


def test_stated_inertias(read_model: ReadModel) -> None:
    text = (
        "<inertial><mass>2</mass><pose>1 0 0 0 0 0</pose><inertia><ixx>1</ixx><iyy>2</iyy><izz>2.5</izz>"
        "<ixy>0.1</ixy></inertia></inertial>"
    )
    inertial = read_model(link_with(text)).links[0].inertial
    assert inertial == scene.Inertial(2.0, Pose((1.0, 0.0, 0.0)), (1.0, 2.0, 2.5, 0.1, 0.0, 0.0))
    assert read_model(link_with("")).links[0].inertial == scene.Inertial()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<mass>0</mass>", "above 0"),
        ("<mass>-1</mass>", "above 0"),
        ("<mass>1e300</mass>", "at most"),
        ("<inertia><ixx>0</ixx><iyy>1</iyy><izz>1</izz></inertia>", "positive definite"),
        ("<inertia><ixx>1</ixx><iyy>1</iyy><izz>1</izz><ixy>2</ixy></inertia>", "positive definite"),
        ("<inertia><ixx>1</ixx><iyy>1</iyy><izz>3</izz></inertia>", "triangle inequality"),
    ],
)
def test_bodies_that_cannot_be(read_model: ReadModel, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_model(link_with(f"<inertial>{text}</inertial>"))


def test_static_bodies_may_have_any_inertia(read_model: ReadModel) -> None:
    inertial = "<inertial><mass>0</mass><inertia><ixx>0</ixx></inertia></inertial>"
    assert read_model("<static>true</static>" + link_with(inertial)).links[0].inertial.mass == 0.0


length = st.floats(0.05, 5.0)


def solids() -> st.SearchStrategy[tuple[scene.Geometry, trimesh.Trimesh]]:
    """Shapes, each with a fine mesh of the same body made by another library."""

    def cylinder(r: float, h: float) -> tuple[scene.Geometry, trimesh.Trimesh]:
        return scene.Cylinder(r, h), trimesh.creation.cylinder(r, h, sections=128)

    def cone(r: float, h: float) -> tuple[scene.Geometry, trimesh.Trimesh]:
        mesh = trimesh.creation.cone(r, h, sections=128)
        mesh.apply_translation([0, 0, -h / 2])
        return scene.Cone(r, h), mesh

    def capsule(r: float, h: float) -> tuple[scene.Geometry, trimesh.Trimesh]:
        mesh = trimesh.creation.capsule(h, r, count=[96, 96])
        mesh.apply_translation(-mesh.bounds.mean(axis=0))
        return scene.Capsule(r, h), mesh

    def ellipsoid(a: float, b: float, c: float) -> tuple[scene.Geometry, trimesh.Trimesh]:
        mesh = trimesh.creation.icosphere(4)
        mesh.apply_scale([a, b, c])
        return scene.Ellipsoid((a, b, c)), mesh

    def box(a: float, b: float, c: float) -> tuple[scene.Geometry, trimesh.Trimesh]:
        return scene.Box((a, b, c)), trimesh.creation.box([a, b, c])

    two, three = st.tuples(length, length), st.tuples(length, length, length)
    return st.one_of(
        two.map(lambda s: cylinder(*s)),
        two.map(lambda s: cone(*s)),
        two.map(lambda s: capsule(*s)),
        three.map(lambda s: ellipsoid(*s)),
        three.map(lambda s: box(*s)),
    )


@given(solids())
def test_automatic_inertia_agrees_with_the_integral_over_a_mesh(case: tuple[scene.Geometry, trimesh.Trimesh]) -> None:
    geometry, mesh = case
    solid = solid_of(geometry, HERE)
    assert solid is not None
    assert solid.mass == pytest.approx(mesh.volume, rel=0.01)
    scale = float(np.abs(mesh.bounds).max())
    assert solid.centre == pytest.approx(mesh.center_mass, abs=0.005 * scale)
    assert np.allclose(solid.inertia, mesh.moment_inertia, rtol=0.02, atol=0.01 * np.abs(solid.inertia).max())


@given(length, length, st.floats(-3, 3), st.floats(-3, 3))
def test_two_half_boxes_make_one(side: float, height: float, yaw: float, shift: float) -> None:
    whole = solid_of(scene.Box((2 * side, side, height)), HERE)
    half = solid_of(scene.Box((side, side, height)), HERE)
    assert whole is not None
    assert half is not None
    joined = combine([half.moved(Pose((side / 2, 0, 0))), half.moved(Pose((-side / 2, 0, 0)))])
    place = Pose.from_xyz_rpy(shift, 1, 2, 0.3, 0.2, yaw)
    joined, whole = joined.moved(place), whole.moved(place)
    assert joined.mass == pytest.approx(whole.mass)
    assert joined.centre == pytest.approx(whole.centre)
    assert np.allclose(joined.inertia, whole.inertia)


def test_automatic_inertia_in_a_file(read_model: ReadModel) -> None:
    collisions = (
        '<collision name="a"><density>500</density><geometry><box><size>1 1 1</size></box></geometry></collision>'
        '<collision name="b"><pose>2 0 0 0 0 0</pose><geometry><box><size>1 1 1</size></box></geometry></collision>'
    )
    text = f'<inertial auto="true"><density>1500</density></inertial>{collisions}'
    inertial = read_model(link_with(text)).links[0].inertial
    assert inertial.mass == pytest.approx(2000)
    assert inertial.pose.position == pytest.approx((1.5, 0, 0))
    assert tensor(inertial.inertia)[1, 1] == pytest.approx(2000 / 6 + 500 * 1.5**2 + 1500 * 0.5**2)
    scaled = text.replace("<density>1500", "<mass>20</mass><density>1500", 1)
    assert read_model(link_with(scaled)).links[0].inertial.mass == pytest.approx(20)
    with pytest.raises(InputError, match="needs a <collision> with a volume"):
        read_model(link_with('<inertial auto="true"/>'))


def test_automatic_inertia_of_a_mesh(tmp_path: Path, read_model: ReadModel) -> None:
    trimesh.creation.box([1, 2, 3]).export(tmp_path / "box.stl")
    (tmp_path / "broken.stl").write_bytes(b"solid nothing at all")
    collision = '<collision name="a"><geometry><mesh><uri>{}</uri><scale>2 1 1</scale></mesh></geometry></collision>'
    auto = '<inertial auto="true"><density>10</density></inertial>'
    inertial = read_model(link_with(auto + collision.format("box.stl"))).links[0].inertial
    assert inertial.mass == pytest.approx(120)
    assert inertial.inertia[0] == pytest.approx(120 * (4 + 9) / 12)
    with pytest.raises(InputError, match=r"broken.stl"):
        read_model(link_with(auto + collision.format("broken.stl")))
    assert math.isfinite(inertial.mass)
