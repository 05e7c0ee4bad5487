"""What the worlds' things are called agrees with where they stand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.ndimage import label

from vla_sim import assets
from vla_sim.sdf import load_world
from vla_sim.sdf.scene import Box, World
from vla_sim.tasks.semantics import Rect, Semantics, load_semantics

COLOURS = ("red", "green", "blue", "yellow", "purple", "orange")
NOUNS = ("cube", "ball", "cylinder", "cone")
EXTENT = {"arena": (-5, -5, 5, 5), "apartment": (-6, -4.5, 6, 4.5), "warehouse": (-10, -7, 10, 7)}


def inside(rect: Rect, outer: Rect) -> bool:
    return rect[0] >= outer[0] and rect[1] >= outer[1] and rect[2] <= outer[2] and rect[3] <= outer[3]


def holds(rect: Rect, x: float, y: float) -> bool:
    return rect[0] <= x <= rect[2] and rect[1] <= y <= rect[3]


def overlap(a: Rect, b: Rect) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


def obstacles(world: World, semantics: Semantics) -> list[tuple[str, Rect]]:
    """Axis-aligned rectangles around every fixed box that stands on the floor, with its model's name."""
    found = []
    for model in world.models:
        if model.name in (*semantics.objects, semantics.robot, "ice"):
            continue
        for link in model.links:
            for collision in link.collisions:
                if not isinstance(collision.geometry, Box):
                    continue
                pose = model.pose * link.pose * collision.pose
                length, width, height = collision.geometry.size
                if pose.position[2] - height / 2 > 0.5:
                    continue
                cos, sin = abs(math.cos(pose.yaw)), abs(math.sin(pose.yaw))
                wide, high = (length * cos + width * sin) / 2, (length * sin + width * cos) / 2
                x, y, _ = pose.position
                found.append((model.name, (x - wide, y - high, x + wide, y + high)))
    return found


def distance(rect: Rect, x: float, y: float) -> float:
    return math.hypot(max(rect[0] - x, 0, x - rect[2]), max(rect[1] - y, 0, y - rect[3]))


def test_all_objects_are_there(semantics: Semantics) -> None:
    named = {f"{colour}_{noun}" for colour in COLOURS for noun in NOUNS}
    real = {name for name, tag in semantics.objects.items() if not tag.decoy}
    assert real == named
    assert all(name == f"{semantics.objects[name].colour}_{semantics.objects[name].noun}" for name in real)


def test_decoys_show_an_object(semantics: Semantics) -> None:
    decoys = {name: tag for name, tag in semantics.objects.items() if tag.decoy}
    assert len(decoys) >= 6
    for name, tag in decoys.items():
        assert name == f"{tag.colour}_{tag.noun}_picture"
        assert f"{tag.colour}_{tag.noun}" in semantics.objects
    assert {tag.noun for tag in decoys.values()} == set(NOUNS)


def test_names_are_models_of_the_world(world: World, semantics: Semantics) -> None:
    models = {model.name for model in world.models}
    assert {semantics.robot, *semantics.objects} <= models


def test_areas_lie_in_the_world(name: str, semantics: Semantics) -> None:
    areas = [*semantics.spawn, *semantics.clear, *semantics.slippery]
    areas += [area for room in semantics.rooms.values() for area in room.areas]
    for area in areas:
        assert area[2] - area[0] > 0.3
        assert area[3] - area[1] > 0.3
        assert inside(area, EXTENT[name])


def test_rooms_do_not_overlap(semantics: Semantics) -> None:
    areas = [area for room in semantics.rooms.values() for area in room.areas]
    assert all(overlap(a, b) == 0 for a, b in itertools.combinations(areas, 2))
    words = [word for room in semantics.rooms.values() for word in room.words]
    assert len(words) == len(set(words))


def test_rooms_can_be_stood_in(name: str, semantics: Semantics) -> None:
    assert len(semantics.rooms) >= {"arena": 0, "apartment": 6, "warehouse": 7}[name]
    for key, room in semantics.rooms.items():
        assert sum(overlap(area, spawn) for area in room.areas for spawn in semantics.spawn) > 1.0, key


def test_objects_stand_where_objects_may_stand(world: World, semantics: Semantics) -> None:
    for name in semantics.objects:
        x, y, z = world.model(name).pose.position
        assert z == 0
        assert any(holds(rect, x, y) for rect in semantics.clear), name


def test_clear_areas_keep_off_everything_fixed(world: World, semantics: Semantics) -> None:
    """Whatever the point, the largest footprint stands free with 20 cm to spare, a rover's half width and a bit."""
    widest = max(tag.radius for tag in semantics.objects.values())
    for rect in semantics.clear:
        grown = (rect[0] - widest - 0.2, rect[1] - widest - 0.2, rect[2] + widest + 0.2, rect[3] + widest + 0.2)
        for name, obstacle in obstacles(world, semantics):
            assert overlap(grown, obstacle) == 0, (rect, name)
        assert all(overlap(rect, patch) == 0 for patch in semantics.slippery)


def test_objects_do_not_touch_each_other_or_the_robot(world: World, semantics: Semantics) -> None:
    spots = {name: (world.model(name).pose.position, tag.radius) for name, tag in semantics.objects.items()}
    spots["robot"] = (world.model("robot").pose.position, 0.3)
    for (a, (p, r)), (b, (q, s)) in itertools.combinations(spots.items(), 2):
        assert math.dist(p[:2], q[:2]) > r + s + 0.1, (a, b)


def test_everything_can_be_reached(name: str, world: World, semantics: Semantics) -> None:
    """A disc of the rover's reach (0.3 m) can roll from the start to every spawn area, clear area and room."""
    cell = 0.05
    x0, y0, x1, y1 = EXTENT[name]
    x, y = np.meshgrid(np.arange(x0, x1, cell), np.arange(y0, y1, cell), indexing="ij")
    open_cells = (x > x0 + 0.3) & (x < x1 - 0.3) & (y > y0 + 0.3) & (y < y1 - 0.3)
    for _, (a, b, c, d) in obstacles(world, semantics):
        dx, dy = np.maximum(np.maximum(a - x, x - c), 0), np.maximum(np.maximum(b - y, y - d), 0)
        open_cells &= np.hypot(dx, dy) > 0.3
    islands, _ = label(open_cells)
    start = world.model("robot").pose.position
    home = islands[int((start[0] - x0) / cell), int((start[1] - y0) / cell)]
    assert home != 0
    reached = islands == home
    for area in (*semantics.spawn, *semantics.clear):
        centre = ((area[0] + area[2]) / 2, (area[1] + area[3]) / 2)
        assert reached[int((centre[0] - x0) / cell), int((centre[1] - y0) / cell)], area
    for key, room in semantics.rooms.items():
        within = [reached & (x > a) & (x < c) & (y > b) & (y < d) for a, b, c, d in room.areas]
        assert any(mask.any() for mask in within), key


def test_walls_to_follow_have_a_wall_behind_and_room_before(world: World, semantics: Semantics) -> None:
    """On the right of each run something stands within 15 cm; on the left there is a free lane of 80 cm."""
    fixed = obstacles(world, semantics)
    assert len(semantics.walls) >= 4
    for name, wall in semantics.walls.items():
        (x0, y0), (x1, y1) = wall.start, wall.end
        length = math.dist(wall.start, wall.end)
        assert length >= 2.5, name
        along = ((x1 - x0) / length, (y1 - y0) / length)
        left = (-along[1], along[0])
        steps = int(length / 0.1)
        for i in range(1, steps):
            x, y = x0 + along[0] * 0.1 * i, y0 + along[1] * 0.1 * i
            assert any(distance(rect, x, y) < 0.15 for _, rect in fixed), (name, x, y)
            if 0.5 < 0.1 * i < length - 0.5:
                for off in (0.2, 0.4, 0.6, 0.8):
                    u, v = x + left[0] * off, y + left[1] * off
                    assert all(distance(rect, u, v) > 0.1 for _, rect in fixed), (name, u, v)


def test_the_arena_is_slippery_where_it_says() -> None:
    file = assets.WORLDS / "arena.sdf"
    (patch,) = load_semantics(file).slippery
    assert patch[2] - patch[0] >= 1.5
    assert patch[3] - patch[1] >= 3.0
    (collision,) = load_world(file).model("ice").links[0].collisions
    assert collision.surface.mu <= 0.05
    x, y, _ = collision.pose.position
    assert isinstance(collision.geometry, Box)
    length, width, _ = collision.geometry.size
    assert (x - length / 2, y - width / 2, x + length / 2, y + width / 2) == pytest.approx(patch)
