"""The tabletop: what its file says fits the gripper, and what stands there behaves as it looks."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import pytest

from vla_sim import assets
from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.engines.engine import ModelState
from vla_sim.geometry import Pose
from vla_sim.sdf import load_world
from vla_sim.sdf.scene import Box, Cylinder, World
from vla_sim.tasks.semantics import Semantics, load_semantics

FILE = assets.WORLDS / "tabletop.sdf"
WIDEST = 0.085
"""What the gripper takes [m]."""


@pytest.fixture(scope="module")
def table() -> World:
    return load_world(FILE, strict=True)


@pytest.fixture(scope="module")
def tags() -> Semantics:
    return load_semantics(FILE)


@pytest.fixture(scope="module")
def engine(table: World) -> Iterator[EmbeddedEngine]:
    with EmbeddedEngine() as engine:
        engine.load(table, sensors=[])
        yield engine


def alone(tags: Semantics, **poses: Pose) -> dict[str, Pose | None]:
    return {**dict.fromkeys((*tags.objects, *tags.fixtures)), **poses}


def top(tags: Semantics, x: float, y: float, up: float = 0.0) -> Pose:
    return Pose((x, y, tags.surfaces["table"].height + up))


def states(engine: EmbeddedEngine, seconds: float) -> dict[str, ModelState]:
    engine.step(seconds)
    return dict(engine.truth().models)


def test_nothing_in_it_is_unsupported(table: World, engine: EmbeddedEngine) -> None:
    assert table.issues == ()
    assert list(engine.issues) == []


def test_every_colour_comes_in_every_shape(tags: Semantics) -> None:
    looks = {(tag.colour, tag.noun) for tag in tags.objects.values()}
    assert len(looks) == len(tags.objects) == 24
    assert {noun for _, noun in looks} == {"cup", "cube", "cylinder", "bottle"}
    assert {tag.noun for tag in tags.fixtures.values()} == {"tray", "bowl", "mat", "drawer", "button"}


def test_things_fit_the_gripper(table: World, tags: Semantics) -> None:
    for name, tag in tags.objects.items():
        (link,) = table.model(name).links
        assert 0.05 <= link.inertial.mass <= 0.3
        for collision in link.collisions:
            assert collision.surface.mu >= 0.6
            shape = collision.geometry
            assert isinstance(shape, Box | Cylinder)
            wide = min(shape.size[:2]) if isinstance(shape, Box) else 2 * shape.radius
            assert wide <= WIDEST
            high = shape.size[2] if isinstance(shape, Box) else shape.length
            assert collision.pose.position[2] + high / 2 <= (tag.height or 0.0) + 1e-6


def test_moments_of_inertia_are_those_of_a_body(table: World, tags: Semantics) -> None:
    for name in (*tags.objects, *tags.fixtures):
        model = table.model(name)
        for link in () if model.static else model.links:
            moments = link.inertial.inertia[:3]
            assert min(moments) > 0.0
            assert 2 * max(moments) <= sum(moments) + 1e-12, (name, link.name)


def test_everything_stands_where_the_file_puts_it(table: World, engine: EmbeddedEngine, tags: Semantics) -> None:
    engine.reset()
    there = states(engine, 2.0)
    for name in (*tags.objects, *tags.fixtures):
        assert math.dist(there[name].pose.position, table.model(name).pose.position) < 0.002, name


def test_things_of_the_file_do_not_touch(table: World, tags: Semantics) -> None:
    spots = {name: (table.model(name).pose.position, tag.radius) for name, tag in tags.objects.items()}
    for (one, (p, r)), (other, (q, s)) in itertools.combinations(spots.items(), 2):
        assert math.dist(p[:2], q[:2]) > r + s, (one, other)


@pytest.mark.parametrize("noun", ["cup", "cube", "cylinder", "bottle"])
@pytest.mark.parametrize("fixture", ["tray", "bowl"])
def test_what_is_let_go_over_it_stays_in(engine: EmbeddedEngine, tags: Semantics, noun: str, fixture: str) -> None:
    model = f"red_{noun}"
    poses = {fixture: top(tags, 0.5, 0.0), model: top(tags, 0.505, 0.005, 0.03)}
    engine.reset(alone(tags, **poses))
    pose = states(engine, 2.0)[model].pose
    assert math.dist(pose.position[:2], (0.5, 0.0)) < 0.03
    assert 0.005 < pose.position[2] - tags.surfaces["table"].height < 0.02


def test_drawers_stay_shut_by_themselves(engine: EmbeddedEngine, tags: Semantics) -> None:
    engine.reset(alone(tags, drawer_unit=top(tags, 0.75, 0.0)))
    joints = states(engine, 2.0)["drawer_unit"].joints
    assert set(joints) == {"left_slide", "right_slide"}
    assert max(map(abs, joints.values())) < 1e-3


@pytest.mark.parametrize("colour", ["red", "green", "blue"])
def test_a_button_springs_back(engine: EmbeddedEngine, tags: Semantics, colour: str) -> None:
    button = tags.fixtures[f"{colour}_button"]
    assert button.presses is not None
    name = f"{colour}_button"
    engine.reset(alone(tags, **{name: top(tags, 0.5, 0.0)}))
    free = states(engine, 1.0)[name].joints["press"]
    assert -0.002 < free <= 0.0
    engine.reset(alone(tags, **{name: top(tags, 0.5, 0.0), "red_bottle": top(tags, 0.5, 0.0, 0.046)}))
    assert states(engine, 1.0)[name].joints["press"] < button.presses.down


def test_left_is_left_as_one_looks_at_the_drawers(table: World) -> None:
    """They face the robot, which looks along x: the left one is at greater y."""
    unit = table.model("drawer_unit")
    left, right = (unit.pose * unit.link(f"{side}_drawer").pose for side in ("left", "right"))
    assert left.position[1] > right.position[1]
    assert left.position[0] < unit.pose.position[0]


def test_it_is_cheap_to_draw(table: World) -> None:
    assert sum(len(link.visuals) for model in table.models for link in model.links) <= 110
