"""The kitchen: its tables are where its file says, and within reach from the floor before them, through the doorway."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from vla_sim import assets
from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.envs.loading import load_site
from vla_sim.sdf import load_world
from vla_sim.sdf.scene import Box, World
from vla_sim.tasks.region import Ring, cells_of
from vla_sim.tasks.semantics import Point
from vla_sim.tasks.site import Site

FILE = assets.WORLDS / "kitchen.sdf"


@pytest.fixture(scope="module")
def world() -> World:
    return load_world(FILE, strict=True)


@pytest.fixture(scope="module")
def kitchen() -> Site:
    return load_site("kitchen")


@pytest.fixture(scope="module")
def engine(world: World) -> Iterator[EmbeddedEngine]:
    with EmbeddedEngine() as engine:
        engine.load(world, sensors=[])
        yield engine


def nowhere(model: str) -> Point:
    raise AssertionError(model)


def test_nothing_in_it_is_unsupported(world: World, engine: EmbeddedEngine) -> None:
    assert world.issues == ()
    assert list(engine.issues) == []


def test_everything_stays_where_the_file_puts_it(world: World, engine: EmbeddedEngine, kitchen: Site) -> None:
    engine.reset()
    engine.step(2.0)
    truth = engine.truth()
    for name in (*kitchen.objects, "robot"):
        assert math.dist(truth.models[name].pose.position, world.model(name).pose.position) < 0.003, name
    assert {name for pair in truth.contacts if "robot" in pair for name in pair} == {"robot", "ground"}


def test_each_strip_lies_on_its_top(world: World, kitchen: Site) -> None:
    for name, surface in kitchen.surfaces.items():
        model = world.model(name)
        tops = []
        for link in model.links:
            for collision in link.collisions:
                assert isinstance(collision.geometry, Box)
                pose = model.pose * link.pose * collision.pose
                if pose.position[2] + collision.geometry.size[2] / 2 == pytest.approx(surface.height):
                    tops.append((pose, collision.geometry.size))
        xmin, ymin, xmax, ymax = surface.area
        corners = [(x, y, surface.height) for x in (xmin, xmax) for y in (ymin, ymax)]
        ((pose, size),) = tops
        for corner in corners:
            x, y, _ = pose.inverse().transform(corner)
            assert abs(x) < size[0] / 2 - 0.02
            assert abs(y) < size[1] / 2 - 0.02


def test_every_place_is_reached_from_every_start(kitchen: Site) -> None:
    """From the spawn areas of both rooms, through the doorway, to where the arm reaches any point of any strip."""
    nav = kitchen.nav_map(dict.fromkeys(kitchen.objects))
    starts = [((a + c) / 2, (b + d) / 2) for a, b, c, d in kitchen.semantics.spawn]
    assert {kitchen.room_of(*start) for start in starts} == {"living_room", "kitchen"}
    connected = nav.connected(*starts[0])
    assert all(connected[nav.grid.cell(*start)] for start in starts)
    for surface in kitchen.surfaces.values():
        xmin, ymin, xmax, ymax = surface.area
        for x in np.linspace(xmin, xmax, 5):
            for y in np.linspace(ymin, ymax, 3):
                ring = Ring((float(x), float(y)), *surface.reach)
                assert (cells_of(ring, nav.grid, nowhere) & connected).sum() >= 5


def test_each_room_has_tables_and_names(kitchen: Site) -> None:
    rooms = [kitchen.room_of(*np.reshape(one.area, (2, 2)).mean(axis=0)) for one in kitchen.surfaces.values()]
    assert sorted(filter(None, rooms)) == ["kitchen", "kitchen", "living_room", "living_room"]
    names = [word for one in (*kitchen.surfaces.values(), *kitchen.rooms.values()) for word in one.words]
    assert len(names) == len(set(names))


def test_it_is_cheap_to_draw(world: World) -> None:
    assert sum(len(link.visuals) for model in world.models for link in model.links) <= 100
