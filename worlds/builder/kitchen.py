"""The kitchen: two rooms with a wide doorway between them, tables along the walls, and what is fetched from them."""

from __future__ import annotations

import math

import numpy as np

from builder import furniture, kitchen_furniture, sdf, tableware, walls
from builder.layout import Rect, free
from builder.mesh import Atlas
from builder.mesh import Mesh as Sheets
from builder.piece import Put, footprints, meshes
from builder.place import Place
from builder.sdf import Look, Model
from builder.swatches import atlas as furniture_atlas
from builder.textures import planks, tiles
from builder.walls import Wall

HEIGHT = 2.0
NORTH, EAST, SOUTH, WEST = math.pi / 2, 0.0, -math.pi / 2, math.pi

ROOMS: dict[str, tuple[tuple[str, ...], Rect]] = {
    "living_room": (("living room", "lounge", "sitting room"), (-4.4, -2.4, -0.06, 2.4)),
    "kitchen": (("kitchen", "cooking area"), (0.06, -2.4, 4.0, 2.4)),
}
DOOR: Rect = (-0.06, -0.8, 0.06, 0.6)
REACH = (0.34, 0.58)
"""Distances from the rover's origin, well within what the arm reaches straight down: it looks at what it takes."""
SURFACES: dict[str, tuple[tuple[str, ...], Rect, float]] = {
    "counter": (("counter", "worktop"), (0.75, 1.83, 2.75, 1.95), kitchen_furniture.COUNTER_TOP),
    "breakfast_table": (("breakfast table", "small table"), (3.2, -1.35, 3.32, -0.45), kitchen_furniture.TABLE_TOP),
    "dining_table": (("dining table", "big table"), (-3.5, 1.15, -2.3, 1.27), 0.75),
    "sideboard": (("sideboard", "chest"), (-4.12, -1.45, -4.0, -0.35), kitchen_furniture.SIDEBOARD_TOP),
}
"""Names, and the strip along the edge that is in reach from the floor before it, by model."""

WALLS = (
    Wall((-4.5, 2.4, -0.06, 2.5), (("-y", "sand"),), (("-y", "window", -2.9), ("-y", "picture", -1.2))),
    Wall((-0.06, 2.4, 4.1, 2.5), (("-y", "tiles"),)),
    Wall((-4.5, -2.5, -0.06, -2.4), (("+y", "sand"),), (("+y", "picture", -2.6), ("+y", "picture", -1.4))),
    Wall((-0.06, -2.5, 4.1, -2.4), (("+y", "sage"),), (("+y", "window", 3.1),)),
    Wall((-4.5, -2.4, -4.4, 2.4), (("+x", "sand"),), (("+x", "picture", -0.9), ("+x", "window", 1.2))),
    Wall((4.0, -2.4, 4.1, 2.4), (("-x", "sage"),), (("-x", "window", -0.9), ("-x", "picture", 0.9))),
    Wall(
        (-0.06, -2.4, 0.06, DOOR[1]),
        (("-x", "sand"), ("+x", "sage")),
        (("-x", "frame", DOOR[1]), ("+x", "frame", DOOR[1]), ("-x", "picture", -1.6)),
    ),
    Wall(
        (-0.06, DOOR[3], 0.06, 2.4),
        (("-x", "sand"), ("+x", "sage")),
        (("-x", "frame", DOOR[3]), ("+x", "frame", DOOR[3]), ("+x", "picture", 1.5)),
    ),
)
FURNITURE = (
    Put(kitchen_furniture.counter(), "counter", 1.75, 2.09, SOUTH),
    Put(kitchen_furniture.wall_shelf(), "wall_shelf", 1.75, 2.28, SOUTH),
    Put(furniture.fridge(), "fridge", 3.5, 2.05, SOUTH),
    Put(kitchen_furniture.breakfast_table(), "breakfast_table", 3.55, -0.9),
    Put(furniture.chair(), "chair_1", 3.62, -1.68, NORTH),
    Put(furniture.chair(), "chair_2", 3.62, -0.12, SOUTH),
    Put(kitchen_furniture.pantry(), "pantry", 1.5, -2.21, NORTH),
    Put(furniture.dining_table(), "dining_table", -2.9, 1.55, NORTH),
    Put(furniture.chair(), "chair_3", -3.3, 2.16, SOUTH),
    Put(furniture.chair(), "chair_4", -2.5, 2.16, SOUTH),
    Put(kitchen_furniture.sideboard(), "sideboard", -4.17, -0.9),
    Put(furniture.sofa(), "sofa", -2.0, -1.93, NORTH),
    Put(furniture.floor_lamp(), "floor_lamp", -3.4, -2.15),
    Put(furniture.plant(), "plant", -0.4, 2.05),
)


def _floors() -> tuple[Model, Sheets]:
    """Return the ground with boards, tiles and a rug, and their mesh."""
    swatches = Atlas(1024, 512)
    living, cooking = (-4.4, -2.4, 0.0, 2.4), (0.0, -2.4, 4.0, 2.4)
    swatches.add("boards", planks("kitchen_boards", (4.4, 4.8), 100, "#b58a5c"))
    swatches.add("tiles", tiles("kitchen_tiles", (4.0, 4.8), 100, ("#d9d4c8", "#b9c4bf")))
    swatches.add("rug", planks("kitchen_rug", (1.0, 0.3), 90, "#7f8fa0", plank=0.05))
    mesh = Sheets(swatches)
    mesh.sheet(living, 0.0, "boards").sheet(cooking, 0.0, "tiles").sheet((-3.0, -1.3, -1.0, 0.2), 0.004, "rug")
    ground = Model("ground").touch(sdf.plane((40, 40)), (0, 0, 0), mu=1.0)
    ground.see(sdf.plane((40, 40)), (0, 0, -0.03), Look("#7f8a76", roughness=1.0))
    look = Look(texture="materials/textures/kitchen_floors.png", roughness=0.8)
    return ground.see(sdf.mesh("meshes/kitchen_floors.obj"), (0, 0, 0), look), mesh


def _things(seed: int) -> list[str]:
    """Return every thing to grasp, in two rows along the counter and the dining table."""
    rng = np.random.default_rng(seed)
    parts = []
    for row, noun in enumerate(tableware.NOUNS):
        surface = ("counter", "dining_table")[row % 2]
        _, (x0, y0, x1, _), height = SURFACES[surface]
        for column, colour in enumerate(tableware.COLOURS):
            x = round(x0 + 0.06 + column * (x1 - x0 - 0.12) / 5, 3)
            y = round(y0 + 0.12 * (row // 2), 3)
            yaw = round(float(rng.uniform(-math.pi, math.pi)), 2)
            parts.append(tableware.thing(colour, noun, (x, y, height, 0, 0, yaw)).sdf())
    return parts


def build() -> Place:
    """Return the kitchen."""
    wall_model, wall_mesh, wall_image = walls.build("kitchen", WALLS, HEIGHT, (1024, 640))
    ground, floors = _floors()
    blocked = footprints(FURNITURE)
    parts = [
        sdf.sun((0.3, 0.45, -0.84), 0.6),
        ground.sdf(),
        wall_model.sdf(),
        *(thing.sdf() for thing in FURNITURE),
        *_things(seed=5),
        sdf.include("robot", "model://mobile_arm", (-1.6, -0.1, 0, 0, 0, 0)),
    ]
    semantics = {
        "description": "A kitchen and a living room, an arm on a rover, and things to fetch from table to table.",
        "robot": "robot",
        "objects": tableware.object_tags(),
        "rooms": {name: {"words": words, "areas": [rect]} for name, (words, rect) in ROOMS.items()},
        "spawn": [rect for _, room in ROOMS.values() for rect in free(room, blocked, margin=0.6, least=0.5)],
        "surfaces": {
            name: {"words": words, "area": area, "height": height, "reach": REACH}
            for name, (words, area, height) in SURFACES.items()
        },
    }
    textures = {
        "kitchen_floors": floors.atlas.image,
        "kitchen_walls": wall_image,
        "furniture": furniture_atlas().image,
    }
    extra = {
        **meshes(FURNITURE),
        **tableware.meshes(),
        "meshes/kitchen_floors.obj": floors.obj("kitchen_floors"),
        "meshes/kitchen_walls.obj": wall_mesh,
    }
    world = sdf.world("kitchen", 0.58, (0.74, 0.82, 0.90), parts)
    return Place("kitchen", world, semantics, textures, extra)
