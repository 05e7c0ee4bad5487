"""The tabletop: a small room with a workbench, an arm at its edge, and what can be taken, filled and opened."""

from __future__ import annotations

import math

import numpy as np

from builder import furniture, sdf, tableware, walls
from builder.layout import Rect
from builder.mesh import Atlas
from builder.mesh import Mesh as Sheets
from builder.piece import Put, meshes
from builder.place import Place
from builder.sdf import Look, Model
from builder.swatches import atlas as furniture_atlas
from builder.textures import planks
from builder.walls import Wall

TOP = 0.75
"""Height of the table [m]."""
TABLE: Rect = (-0.25, -0.75, 0.95, 0.75)
AREA: Rect = (0.30, -0.40, 0.70, 0.40)
"""Where the arm reaches straight down, and its overhead camera sees."""
REACH = (0.30, 0.73)
"""Distances from the arm's foot at which its gripper points straight down [m]."""
ROOM: Rect = (-1.6, -2.0, 2.6, 2.0)

WALLS = (
    Wall((2.6, -2.0, 2.7, 2.0), (("-x", "sage"),), (("-x", "window", -0.6), ("-x", "picture", 1.1))),
    Wall((-1.7, 2.0, 2.7, 2.1), (("-y", "plaster"),), (("-y", "picture", 0.2), ("-y", "picture", 1.4))),
    Wall((-1.7, -2.1, 2.7, -2.0), (("+y", "plaster"),), (("+y", "window", 0.9),)),
    Wall((-1.7, -2.0, -1.6, 2.0), (("+x", "sage"),)),
)
FURNITURE = (
    Put(furniture.workbench(), "table", (TABLE[0] + TABLE[2]) / 2, 0.0),
    Put(furniture.bookshelf(), "bookshelf", 2.42, -1.35, math.pi),
    Put(furniture.plant(), "plant", 2.25, 1.6),
    Put(furniture.floor_lamp(), "floor_lamp", 2.3, 0.35),
    Put(furniture.shoe_bench(), "bench", 0.4, 1.82, -math.pi / 2),
)


def _floor() -> tuple[Model, Sheets]:
    """Return the ground with its boards, and their mesh."""
    swatches = Atlas(512, 512)
    size = (ROOM[2] - ROOM[0], ROOM[3] - ROOM[1])
    swatches.add("boards", planks("tabletop_floor", size, 110, "#b08a5e"))
    mesh = Sheets(swatches).sheet(ROOM, 0.0, "boards")
    ground = Model("ground").touch(sdf.plane((40, 40)), (0, 0, 0), mu=1.0)
    ground.see(sdf.plane((40, 40)), (0, 0, -0.03), Look("#8d8f8a", roughness=1.0))
    look = Look(texture="materials/textures/tabletop_floor.png", roughness=0.8)
    return ground.see(sdf.mesh("meshes/tabletop_floor.obj"), (0, 0, 0), look), mesh


def _fixtures() -> list[str]:
    """Return what stands on the table for good, at its places of the file."""
    parts = [
        tableware.tray((0.45, 0.2, TOP, 0, 0, math.pi / 2)).sdf(),
        tableware.bowl((0.46, -0.03, TOP, 0, 0, 0)).sdf(),
        tableware.drawer_unit((0.78, -0.02, TOP, 0, 0, math.pi)).sdf(),
    ]
    for i, colour in enumerate(tableware.MAT_COLOURS):
        parts.append(tableware.mat(colour, (0.62 - 0.17 * i, -0.25, TOP, 0, 0, 0)).sdf())
    for i, colour in enumerate(tableware.BUTTON_COLOURS):
        parts.append(tableware.button(colour, (0.85, 0.3 + 0.13 * i, TOP, 0, 0, math.pi)).sdf())
    return parts


def _things(seed: int) -> list[str]:
    """Return every thing to grasp, on a shelf of the table that the fixtures leave free."""
    rng = np.random.default_rng(seed)
    parts = []
    for row, noun in enumerate(tableware.NOUNS):
        for column, colour in enumerate(tableware.COLOURS):
            x = round(-0.17 + 0.1 * (column % 3) + 0.03 * (row % 2), 3)
            y = round((1 if column < 3 else -1) * (0.36 + 0.1 * row), 3)
            yaw = round(float(rng.uniform(-math.pi, math.pi)), 2)
            parts.append(tableware.thing(colour, noun, (x, y, TOP, 0, 0, yaw)).sdf())
    return parts


def build() -> Place:
    """Return the tabletop."""
    wall_model, wall_mesh, wall_image = walls.build("tabletop", WALLS, 2.2, (512, 512))
    ground, floor = _floor()
    parts = [
        sdf.sun((0.45, 0.3, -0.84), 0.6),
        ground.sdf(),
        wall_model.sdf(),
        *(thing.sdf() for thing in FURNITURE),
        *_fixtures(),
        *_things(seed=5),
        sdf.include("robot", "model://arm", (0, 0, TOP, 0, 0, 0)),
    ]
    semantics = {
        "description": "A workbench with an arm, cups, cubes, cylinders, bottles, a tray, a bowl, drawers and buttons.",
        "robot": "robot",
        "objects": tableware.object_tags(),
        "fixtures": tableware.fixture_tags(),
        "surfaces": {"table": {"area": AREA, "height": TOP, "reach": REACH}},
        "view": {"eye": (1.3, 0.75, 1.5), "at": (0.32, 0.0, 0.87)},
    }
    textures = {
        "tabletop_floor": floor.atlas.image,
        "tabletop_walls": wall_image,
        "furniture": furniture_atlas().image,
    }
    extra = {
        **meshes(FURNITURE),
        **tableware.meshes(),
        "meshes/tabletop_floor.obj": floor.obj("tabletop_floor"),
        "meshes/tabletop_walls.obj": wall_mesh,
    }
    world = sdf.world("tabletop", 0.62, (0.78, 0.84, 0.90), parts)
    return Place("tabletop", world, semantics, textures, extra)
