import math
from dataclasses import replace
from pathlib import Path

import engine_scenes as scenes
import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.engines.embedded.inertia import principal
from vla_sim.engines.embedded.shapes import rotation_to
from vla_sim.engines.engine import Command
from vla_sim.errors import InputError
from vla_sim.geometry import Pose, rotate
from vla_sim.kinematics.arrangement import arrange
from vla_sim.sdf import scene

MOMENTS = st.floats(1e-4, 10.0)


@given(MOMENTS, MOMENTS, st.floats(0.01, 0.99), st.tuples(*[st.floats(-3, 3)] * 3))
def test_principal_moments_give_the_tensor_back(
    a: float, b: float, part: float, turn: tuple[float, float, float]
) -> None:
    c = abs(a - b) + part * (a + b - abs(a - b))
    axes = Pose.from_xyz_rpy(0, 0, 0, *turn).matrix()
    tensor = axes @ np.diag([a, b, c]) @ axes.T
    flat = (tensor[0, 0], tensor[1, 1], tensor[2, 2], tensor[0, 1], tensor[0, 2], tensor[1, 2])
    moments, rotation, problem = principal(scene.Inertial(1.0, Pose(), flat))
    found = Pose(rotation=rotation).matrix()
    assert problem == ""
    assert found @ np.diag(moments) @ found.T == pytest.approx(tensor, rel=1e-6, abs=1e-8)
    assert np.linalg.det(found) == pytest.approx(1.0)


@given(st.tuples(*[st.floats(-2, 2)] * 6))
def test_impossible_inertias_become_possible_ones(values: tuple[float, ...]) -> None:
    moments, _, _ = principal(scene.Inertial(1.0, Pose(), values))  # type: ignore[arg-type]
    a, b, c = sorted(moments)
    assert a > 0
    assert c <= a + b + 1e-9


@given(st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: math.dist(v, (0, 0, 0)) > 1e-3))
def test_rotation_to_takes_z_to_the_normal(normal: tuple[float, float, float]) -> None:
    length = math.dist(normal, (0, 0, 0))
    turned = rotate(rotation_to(normal), (0.0, 0.0, 1.0))
    assert turned == pytest.approx(tuple(value / length for value in normal), abs=1e-6)


def link(name: str, pose: Pose | None = None, size: float = 0.1) -> scene.Link:
    solid = scene.Box((size, size, size))
    inertia = (0.01, 0.01, 0.01, 0.0, 0.0, 0.0)
    return scene.Link(
        name,
        pose or Pose(),
        scene.Inertial(1.0, Pose(), inertia),
        (scene.Visual("v", Pose(), solid),),
    )


def joint(name: str, kind: scene.JointType, parent: str, child: str, **axis: float) -> scene.Joint:
    return scene.Joint(name, kind, parent, child, Pose(), scene.Axis((0.0, 1.0, 0.0), **axis))


def test_arrange_puts_parents_first_and_keeps_loops_apart() -> None:
    links = tuple(link(name) for name in "edcba")
    joints = (
        joint("ab", "revolute", "a", "b"),
        joint("bc", "fixed", "b", "c"),
        joint("ad", "revolute", "a", "d"),
        joint("cd", "revolute", "c", "d"),
        joint("we", "fixed", "world", "e"),
    )
    found = arrange(scene.Model("m", Pose(), links, joints))
    order = [placed.link.name for placed in found.placed]
    assert sorted(order) == list("abcde")
    assert order.index("a") < order.index("b") < order.index("c")
    assert [one.name for one in found.loops] == ["cd"]


def test_a_ring_of_joints_opens() -> None:
    links = tuple(link(name) for name in "abc")
    joints = tuple(joint(a + b, "revolute", a, b) for a, b in ("ab", "bc", "ca"))
    found = arrange(scene.Model("m", Pose(), links, joints))
    assert len(found.placed) == 3
    assert [one.name for one in found.loops] == ["ca"]


def load(*models: scene.Model, **options: object) -> EmbeddedEngine:
    engine = EmbeddedEngine()
    engine.load(scenes.world(*models, **options))
    return engine


def test_a_pendulum_swings_with_its_period() -> None:
    bob = scene.Link("bob", Pose((0.0, 0.0, 1.0)), scene.Inertial(1.0, Pose(), (1e-6, 1e-6, 1e-6, 0, 0, 0)))
    hinge = scene.Joint("hinge", "revolute", "world", "bob", Pose((0.0, 0.0, 1.0)), scene.Axis((0.0, 1.0, 0.0)))
    turned = scene.Joint("hinge", "revolute", "world", "bob", Pose((0.0, 0.0, 1.0)), scene.Axis((0.0, 1.0, 0.0)))
    assert hinge == turned
    tilted = replace(bob, inertial=replace(bob.inertial, pose=Pose((0.05, 0.0, 0.0))))
    with load(scene.Model("p", Pose(), (tilted,), (hinge,))) as engine:
        angles = []
        for _ in range(800):
            engine.step(0.005)
            angles.append(engine.truth().models["p"].joints["hinge"])
    speeds = np.diff(angles)
    turns = np.flatnonzero((speeds[:-1] < 0) & (speeds[1:] >= 0) | (speeds[:-1] > 0) & (speeds[1:] <= 0))
    length = math.hypot(1.0, 0.05)
    assert np.diff(turns).mean() * 0.005 * 2 == pytest.approx(2 * math.pi * math.sqrt(length / 9.8), rel=0.02)


def test_a_four_bar_loop_holds_together() -> None:
    corners = {"a": (0.0, 0.0), "b": (0.0, 1.0), "c": (1.0, 1.0)}
    links = tuple(link(name, Pose((x, 0.0, z + 2)), 0.05) for name, (x, z) in corners.items())
    at = scene.Axis((0.0, 1.0, 0.0))
    joints = (
        scene.Joint("wa", "revolute", "world", "a", Pose(), at),
        scene.Joint("ab", "revolute", "a", "b", Pose(), at),
        scene.Joint("bc", "revolute", "b", "c", Pose(), at),
        scene.Joint("wc", "revolute", "world", "c", Pose((0.0, 0.0, -1.0)), at),
    )
    with load(scene.Model("bars", Pose(), links, joints)) as engine:
        model = engine._running.built.model
        assert model.neq == 2
        engine.step(2.0)
        data = engine._running.data
        foot = data.xpos[3] + data.xmat[3].reshape(3, 3) @ (0, 0, -1.0)
        assert foot == pytest.approx((1.0, 0.0, 2.0), abs=0.02)


def test_what_is_not_simulated_is_an_issue() -> None:
    links = (link("a"), link("b"), link("c"))
    joints = (joint("turns", "screw", "a", "b"), joint("gone", "revolute", "a", "z"))
    broken = replace(links[2], inertial=scene.Inertial(1.0, Pose(), (1.0, 0.1, 0.1, 0, 0, 0)))
    with load(scene.Model("m", Pose((0, 0, 5.0)), (*links[:2], broken), joints)) as engine:
        text = "\n".join(map(str, engine.issues))
        assert "m/turns: a screw turns without moving along its axis" in text
        assert "m/gone: joins links that are not there" in text
        assert "triangle inequality" in text
        engine.step(0.5)


@pytest.mark.parametrize("static", [True, False])
@pytest.mark.parametrize(
    "geometry",
    [
        scene.Box((0.4, 0.3, 0.2)),
        scene.Sphere(0.2),
        scene.Cylinder(0.2, 0.4),
        scene.Capsule(0.1, 0.3),
        scene.Cone(0.2, 0.4),
        scene.Ellipsoid((0.1, 0.2, 0.3)),
        scene.Plane((0.0, 0.0, 1.0), (1.0, 2.0)),
    ],
    ids=lambda geometry: type(geometry).__name__,
)
def test_every_geometry_is_drawn_and_held_by_the_floor(geometry: scene.Geometry, static: bool, tmp_path: Path) -> None:
    trimesh.PointCloud([[0, 0, 0]])
    material = scene.Material(diffuse=(1.0, 0.0, 1.0, 1.0))
    one = scene.Link(
        "link",
        Pose(),
        scene.Inertial(1.0, Pose(), (0.02, 0.02, 0.02, 0, 0, 0)),
        (scene.Visual("v", Pose(), geometry, material),),
        (scene.Collision("c", Pose(), geometry),),
    )
    with load(scenes.ground(), scene.Model("thing", Pose((0, 0, 0.5)), (one,), static=static)) as engine:
        seen = engine.render(80, 80).astype(int)
        assert np.sum((seen[:, :, 0] > 60) & (seen[:, :, 1] < 40) & (seen[:, :, 2] > 60)) > 50
        engine.step(2.0)
        height = engine.truth().models["thing"].pose.position[2]
        assert (height == 0.5) if static else (-0.01 < height < 0.45)


def test_mesh_files(tmp_path: Path) -> None:
    file = tmp_path / "block.obj"
    trimesh.creation.box((1.0, 1.0, 1.0)).export(file)
    shape = scene.Mesh(file, (0.4, 0.4, 0.4))
    one = scene.Link(
        "link",
        Pose(),
        scene.Inertial(1.0, Pose(), (0.02, 0.02, 0.02, 0, 0, 0)),
        (scene.Visual("v", Pose(), shape),),
        (scene.Collision("c", Pose(), shape),),
    )
    with load(scenes.ground(), scene.Model("block", Pose((0, 0, 0.5)), (one,))) as engine:
        engine.step(2.0)
        assert engine.truth().models["block"].pose.position[2] == pytest.approx(0.2, abs=2e-3)


def test_bad_mesh_files_are_one_line(tmp_path: Path) -> None:
    def thing(file: Path, submesh: str | None = None) -> scene.Model:
        visual = scene.Visual("v", Pose(), scene.Mesh(file, submesh=submesh))
        return scene.Model("thing", Pose(), (scene.Link("link", Pose(), visuals=(visual,)),), static=True)

    garbage, empty, block = tmp_path / "a.stl", tmp_path / "b.obj", tmp_path / "c.obj"
    garbage.write_bytes(b"\x00\x01garbage" * 9)
    empty.write_text("# nothing\n")
    trimesh.creation.box().export(block)
    for model, words in (
        (thing(tmp_path / "none.obj"), "mesh file not found"),
        (thing(garbage), "mesh"),
        (thing(empty), "mesh"),
        (thing(block, "wheel"), "no submesh 'wheel'"),
    ):
        with pytest.raises(InputError, match=words) as caught:
            load(model)
        assert "\n" not in str(caught.value)


def test_a_missing_texture_is_one_line() -> None:
    material = scene.Material(texture=Path("/nowhere/a.png"))
    visual = scene.Visual("v", Pose(), scene.Box((1, 1, 1)), material)
    with pytest.raises(InputError, match=r"/nowhere/a.png: texture cannot be read"):
        load(scene.Model("thing", Pose(), (scene.Link("link", Pose(), visuals=(visual,)),), static=True))


def arm(**options: float | bool) -> scene.Model:
    """A bar of 0.5 m on a hinge, held horizontally by its controller."""
    bar = scene.Link("bar", Pose((0, 0, 1)), scene.Inertial(1.0, Pose((0.25, 0, 0)), (0.001, 0.02, 0.02, 0, 0, 0)))
    hinge = scene.Joint("hinge", "revolute", "world", "bar", Pose(), scene.Axis((0.0, -1.0, 0.0)))
    plugin = scene.JointPositionController("hinge", **options)  # type: ignore[arg-type]
    return scene.Model("arm", Pose(), (bar,), (hinge,), (plugin,))


@pytest.mark.parametrize(
    "options",
    [
        {"p_gain": 60.0, "i_gain": 60.0, "d_gain": 8.0, "i_max": 50.0, "i_min": -50.0},
        {"use_velocity_commands": True, "cmd_max": 1.5, "cmd_min": -1.5},
    ],
    ids=["pid", "velocity"],
)
def test_a_position_controller_reaches_its_target(options: dict[str, float]) -> None:
    with load(arm(**options)) as engine:
        engine.apply(Command(joints={"hinge": 0.8}))
        engine.step(6.0)
        assert engine.truth().models["arm"].joints["hinge"] == pytest.approx(0.8, abs=0.02)
        engine.reset()
        engine.apply(Command(joints={"hinge": -0.4}))
        engine.step(6.0)
        assert engine.truth().models["arm"].joints["hinge"] == pytest.approx(-0.4, abs=0.02)
        with pytest.raises(ValueError, match="joint 'elbow' has no position controller; there are: hinge"):
            engine.apply(Command(joints={"elbow": 0.0}))


def test_velocity_commands_keep_their_limit() -> None:
    with load(arm(use_velocity_commands=True, cmd_max=0.5, cmd_min=-0.5)) as engine:
        engine.step(0.2)
        engine.apply(Command(joints={"hinge": 1.0}))
        engine.step(1.0)
        assert engine.truth().models["arm"].joints["hinge"] == pytest.approx(0.5, abs=0.05)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from([0.0, 1e-9, 1e-3, 1.0, 1e5, 1e16, -1.0, math.inf, math.nan]), min_size=6, max_size=6))
def test_odd_numbers_load_or_are_one_line(numbers: list[float]) -> None:
    a, b, c, mass, mu, inertia = numbers
    solid = scene.Box((a, b, c))
    one = scene.Link(
        "link",
        Pose(),
        scene.Inertial(mass, Pose(), (inertia, inertia, inertia, 0, 0, 0)),
        (scene.Visual("v", Pose(), solid),),
        (scene.Collision("c", Pose(), solid, scene.Surface(mu, mu)),),
    )
    try:
        engine = load(scenes.ground(), scene.Model("thing", Pose((0, 0, 1)), (one,)))
    except InputError:
        return
    engine.close()
