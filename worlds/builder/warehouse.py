"""The warehouse: 20 x 14 m with pallet racks, loading dock, packing area, charging station and office corner."""

from __future__ import annotations

import math

import cv2
import numpy as np

from builder import furniture, sdf, storage, walls
from builder.layout import Rect, arrange, free
from builder.mesh import Atlas, Mesh
from builder.objects import tags
from builder.piece import Put, footprints, meshes
from builder.place import Place
from builder.sdf import Look, Model
from builder.swatches import atlas
from builder.textures import Image, clouds, concrete, finish, generator, line, rgb
from builder.walls import Wall

HEIGHT = 2.6
HALF = (10.0, 7.0)
NORTH, EAST, SOUTH, WEST = math.pi / 2, 0.0, -math.pi / 2, math.pi

RACK_Y = 2.6
RACK_X = (-5.6, -2.4, 0.8, 4.0)
"""Racks run along y around ``RACK_Y``; aisles of 2.1 m lie between them."""

ZONES: dict[str, tuple[tuple[str, ...], Rect]] = {
    "aisle_one": (("aisle one", "first aisle"), (-5.05, -0.4, -2.95, 5.6)),
    "aisle_two": (("aisle two", "second aisle"), (-1.85, -0.4, 0.25, 5.6)),
    "aisle_three": (("aisle three", "third aisle"), (1.35, -0.4, 3.45, 5.6)),
    "loading_dock": (("loading dock", "dock", "loading bay"), (-9.9, -6.9, -4.6, -2.8)),
    "packing_area": (("packing area", "packing station"), (-2.6, -6.9, 2.6, -3.4)),
    "charging_station": (("charging station", "charging point", "charger"), (7.4, -2.2, 9.9, 0.6)),
    "office": (("office", "office corner"), (5.66, 3.26, 10.0, 7.0)),
}

OUTER = (
    Wall((-10.15, 7.0, 5.6, 7.15), (("-y", "panel"),)),
    Wall((5.6, 7.0, 10.15, 7.15), (("-y", "plaster"),), (("-y", "window", 7.8),)),
    Wall((-10.15, -7.15, 10.15, -7.0), (("+y", "panel"),)),
    Wall((-10.15, -7.0, -10.0, 7.0), (("+x", "panel"),)),
    Wall((10.0, -7.0, 10.15, 3.2), (("-x", "panel"),)),
    Wall((10.0, 3.2, 10.15, 7.0), (("-x", "plaster"),), (("-x", "picture", 5.2),)),
)
OFFICE = (
    Wall((5.54, 3.2, 5.66, 7.0), (("-x", "panel"), ("+x", "sand")), (("-x", "window", 5.2), ("+x", "window", 5.2))),
    Wall((5.54, 3.14, 6.6, 3.26), (("-y", "panel"), ("+y", "sand")), (("-y", "frame", 6.6), ("+y", "frame", 6.6))),
    Wall(
        (7.9, 3.14, 10.0, 3.26),
        (("-y", "panel"), ("+y", "sand")),
        (("-y", "frame", 7.9), ("+y", "frame", 7.9), ("-y", "window", 9.0), ("+y", "window", 9.0)),
    ),
)
OFFICE_DOOR: Rect = (6.6, 3.14, 7.9, 3.26)

THINGS = (
    *(
        Put(storage.rack_a() if i % 2 else storage.rack_b(), f"rack_{i + 1}", x, RACK_Y, 0.0)
        for i, x in enumerate(RACK_X)
    ),
    Put(storage.dock_door(), "dock_door_1", -9.9, -4.9, EAST),
    Put(storage.dock_door(), "dock_door_2", -6.8, -6.9, NORTH),
    Put(storage.stack(), "stack_1", -9.2, -1.6),
    Put(storage.tall_stack(), "tall_stack", -9.2, 0.2),
    Put(storage.pallets(), "pallets", -9.2, 1.9),
    Put(storage.barrels(), "barrels", -9.15, 5.9),
    Put(storage.stack(), "stack_2", -9.2, 4.0, WEST),
    Put(storage.forklift(), "forklift", -3.5, -5.6, NORTH),
    Put(storage.packing_bench(), "packing_bench_1", -0.9, -6.4, NORTH),
    Put(storage.packing_bench(), "packing_bench_2", 1.75, -6.4, NORTH),
    Put(storage.stack(), "stack_3", 3.6, -6.2, NORTH),
    Put(storage.charger(), "charger_1", 9.78, -1.5, WEST),
    Put(storage.charger(), "charger_2", 9.78, -0.1, WEST),
    Put(storage.guard(), "guard_1", -5.6, -1.0, NORTH),
    Put(storage.guard(), "guard_2", 4.0, -1.0, NORTH),
    Put(storage.column(), "column_1", -3.6, -3.1),
    Put(storage.column(), "column_2", 3.6, -3.1),
    Put(storage.tall_stack(), "tall_stack_2", 9.2, -6.2),
    Put(storage.barrels(), "barrels_2", 7.5, -6.2),
    Put(furniture.desk(), "desk", 9.62, 5.6, WEST),
    Put(furniture.office_chair(), "office_chair", 8.95, 5.6, EAST),
    Put(furniture.bookshelf(), "bookshelf", 6.6, 6.83, SOUTH),
    Put(furniture.plant(), "plant", 9.65, 3.65),
)


def floor() -> Image:
    """Draw the 20 x 14 m floor: sealed concrete, yellow lanes, a hatched dock, a green charging bay, tyre marks."""
    scale = 50
    width, height = 20 * scale, 14 * scale
    canvas = concrete("warehouse_floor", width, height, "#a9a8a4", 18)
    rng = generator("warehouse_marks")

    def pixel(x: float, y: float) -> tuple[int, int]:
        return round((x + 10) * scale), round((7 - y) * scale)

    def frame(rect: Rect, colour: str, thick: int = 4) -> None:
        cv2.rectangle(canvas, pixel(rect[0], rect[3]), pixel(rect[2], rect[1]), rgb(colour), thick)

    for joint in range(1, 5):
        line(canvas, (joint * 200, 0), (joint * 200, height), "#918f8a", 1)
    for joint in range(1, 4):
        line(canvas, (0, joint * 175), (width, joint * 175), "#918f8a", 1)
    for _ in range(26):
        x, y = rng.uniform(-9, 9), rng.uniform(-6, -0.8)
        cv2.ellipse(
            canvas,
            pixel(x, y),
            (int(rng.integers(40, 160)),) * 2,
            0,
            int(rng.integers(0, 300)),
            int(rng.integers(300, 340)),
            rgb("#9b9a96"),
            2,
        )
    dock, bay = ZONES["loading_dock"][1], ZONES["charging_station"][1]
    left, top = pixel(dock[0], dock[3])
    right, bottom = pixel(dock[2], dock[1])
    for x in range(left - (bottom - top), right, 44):
        for offset in range(9):
            for step in range(bottom - top):
                column = x + offset + step
                if left <= column < right:
                    canvas[bottom - step - 1, column] = rgb("#c9b163")
    frame(dock, "#e8c12c", 6)
    frame(ZONES["packing_area"][1], "#e8c12c")
    a, b = pixel(bay[0], bay[3]), pixel(bay[2], bay[1])
    canvas[a[1] : b[1], a[0] : b[0]] = canvas[a[1] : b[1], a[0] : b[0]] * 0.45 + np.multiply(rgb("#7fb58f"), 0.55)
    frame(bay, "#f2f2ee", 5)
    for x in RACK_X:
        frame((x - 0.75, RACK_Y - 3.15, x + 0.75, RACK_Y + 3.15), "#e8c12c")
    for y in (-2.6, -1.7):
        line(canvas, pixel(-8.3, y), pixel(7.3, y), "#e8c12c", 4)
    line(canvas, pixel(-8.3, -1.7), pixel(-8.3, 6.6), "#e8c12c", 4)
    line(canvas, pixel(5.0, -1.7), pixel(5.0, 6.6), "#e8c12c", 4)
    return finish(canvas + clouds(rng, width, height, 120, 3), 4)


def office_floor() -> Image:
    """Draw grey carpet tiles, 4.4 x 3.8 m."""
    canvas = clouds(generator("office_floor"), 220, 190, 40, 5) + rgb("#7d858c")
    canvas[::25] *= 0.88
    canvas[:, ::25] *= 0.88
    return finish(canvas)


def _ground() -> tuple[Model, Mesh]:
    """Return the ground with its floors, and their mesh."""
    floors = Atlas(1024, 1024)
    floors.add("hall", floor())
    floors.add("office", office_floor())
    mesh = Mesh(floors).sheet((-10, -7, 10, 7), 0.0, "hall").sheet((5.6, 3.2, 10, 7), 0.004, "office")
    ground = Model("ground").touch(sdf.plane((60, 60)), (0, 0, 0), mu=1.0)
    ground.see(sdf.plane((60, 60)), (0, 0, -0.03), Look("#6f7379", roughness=1.0))
    look = Look(texture="materials/textures/warehouse_floors.png", roughness=0.5)
    return ground.see(sdf.mesh("meshes/warehouse_floors.obj"), (0, 0, 0), look), mesh


def build() -> Place:
    """Return the warehouse."""
    wall_model, wall_mesh, wall_image = walls.build("warehouse", OUTER + OFFICE, HEIGHT, (1024, 1024))
    ground, floors = _ground()
    solid = [wall.rect for wall in OFFICE]
    blocked = [*footprints(THINGS), *solid]
    bounds: Rect = (-HALF[0], -HALF[1], *HALF)
    a, b, c, d = OFFICE_DOOR
    clear = free(bounds, [*blocked, (a, b - 0.6, c, d + 0.6)], margin=0.55, least=0.7)
    spawn = free(bounds, blocked, margin=0.45, least=0.9)
    parts = [
        sdf.sun((-0.25, 0.4, -0.88), 0.5),
        ground.sdf(),
        wall_model.sdf(),
        *(thing.sdf() for thing in THINGS),
        sdf.include("robot", "model://rover", (-6.8, -2.15, 0, 0, 0, 0)),
        *arrange(clear, [(-6.8, -2.15, 1.2)], seed=5),
    ]
    semantics = {
        "description": "A warehouse: aisles of pallet racks, loading dock, packing area, charging station and office.",
        "robot": "robot",
        "objects": tags(),
        "rooms": {name: {"words": words, "areas": [rect]} for name, (words, rect) in ZONES.items()},
        "spawn": spawn,
        "clear": clear,
        "walls": {
            "north": {"start": (5.5, 7.0), "end": (-8.4, 7.0)},
            "east": {"start": (10.0, -5.5), "end": (10.0, -2.3)},
            "rack_1_west": {"start": (-6.15, -0.4), "end": (-6.15, 5.6)},
            "rack_2_east": {"start": (-1.85, 5.6), "end": (-1.85, -0.4)},
        },
    }
    textures = {
        "warehouse_floors": floors.atlas.image,
        "warehouse_walls": wall_image,
        "furniture": atlas().image,
    }
    extra = {
        **meshes(THINGS),
        "meshes/warehouse_floors.obj": floors.obj("warehouse_floors"),
        "meshes/warehouse_walls.obj": wall_mesh,
    }
    world = sdf.world("warehouse", 0.62, (0.62, 0.68, 0.74), parts)
    return Place("warehouse", world, semantics, textures, extra)
