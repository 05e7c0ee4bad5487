"""The apartment: six rooms on 12 x 9 m, furnished, walls cut at 2 m as in a doll's house."""

from __future__ import annotations

import math

from builder import apartment_textures, furniture, sdf, walls
from builder.layout import Rect, arrange, free
from builder.mesh import Atlas, Mesh
from builder.objects import tags
from builder.piece import Put, footprints, meshes
from builder.place import Place
from builder.sdf import Look, Model
from builder.swatches import atlas as furniture_atlas
from builder.walls import Wall

HEIGHT = 2.0
NORTH, EAST, SOUTH, WEST = math.pi / 2, 0.0, -math.pi / 2, math.pi

ROOMS: dict[str, tuple[tuple[str, ...], Rect]] = {
    "living_room": (("living room", "lounge", "sitting room"), (-2.14, -4.5, 6.0, -0.56)),
    "kitchen": (("kitchen", "cooking area"), (0.96, -0.44, 6.0, 4.5)),
    "bedroom": (("bedroom", "sleeping room"), (-6.0, 1.16, -1.96, 4.5)),
    "bathroom": (("bathroom", "washroom"), (-1.84, 1.16, 0.84, 4.5)),
    "study": (("study", "home office"), (-6.0, -4.5, -2.26, -0.56)),
    "hallway": (("hallway", "corridor"), (-6.0, -0.44, 0.84, 1.04)),
}

DOORS: tuple[Rect, ...] = (
    (-4.4, 1.04, -3.3, 1.16),
    (-0.9, 1.04, 0.2, 1.16),
    (0.84, -0.44, 0.96, 0.9),
    (-5.2, -0.56, -4.1, -0.44),
    (-1.2, -0.56, 0.2, -0.44),
    (2.6, -0.56, 4.4, -0.44),
)
"""Bedroom, bathroom, kitchen, study, living room, and the opening between kitchen and living room."""

OUTER = (
    Wall((-6.15, 4.5, -1.9, 4.65), (("-y", "blue"),), (("-y", "window", -4.9),)),
    Wall((-1.9, 4.5, 0.9, 4.65), (("-y", "tiles"),), (("-y", "window", -0.5),)),
    Wall((0.9, 4.5, 6.15, 4.65), (("-y", "sage"),)),
    Wall((-6.15, 1.1, -6.0, 4.5), (("+x", "blue"),), (("+x", "picture", 2.9),)),
    Wall((-6.15, -0.5, -6.0, 1.1), (("+x", "sand"),), (("+x", "window", 0.3),)),
    Wall((-6.15, -4.5, -6.0, -0.5), (("+x", "rose"),), (("+x", "window", -1.3), ("+x", "picture", -3.8))),
    Wall((-6.15, -4.65, -2.2, -4.5), (("+y", "rose"),)),
    Wall((-2.2, -4.65, 6.15, -4.5), (("+y", "plaster"),), tuple(("+y", "window", x) for x in (-0.6, 2.2, 5.0))),
    Wall((6.0, -4.5, 6.15, -0.5), (("-x", "plaster"),), (("-x", "picture", -3.2), ("-x", "picture", -1.8))),
    Wall((6.0, -0.5, 6.15, 4.5), (("-x", "sage"),), (("-x", "window", 1.0), ("-x", "picture", 2.7))),
)
INNER = (
    Wall((-6.0, 1.04, -4.4, 1.16), (("+y", "blue"), ("-y", "sand")), (("+y", "frame", -4.4), ("-y", "frame", -4.4))),
    Wall(
        (-3.3, 1.04, -1.9, 1.16),
        (("+y", "blue"), ("-y", "sand")),
        (("+y", "frame", -3.3), ("-y", "frame", -3.3), ("-y", "picture", -2.3)),
    ),
    Wall((-1.9, 1.04, -0.9, 1.16), (("+y", "tiles"), ("-y", "sand")), (("+y", "frame", -0.9), ("-y", "frame", -0.9))),
    Wall((0.2, 1.04, 0.84, 1.16), (("+y", "tiles"), ("-y", "sand")), (("+y", "frame", 0.2), ("-y", "frame", 0.2))),
    Wall((-1.96, 1.16, -1.84, 4.5), (("-x", "blue"), ("+x", "tiles")), (("-x", "picture", 2.6),)),
    Wall((0.84, 0.9, 0.96, 4.5), (("-x", "tiles"), ("+x", "sage")), (("+x", "frame", 0.9), ("+x", "picture", 2.4))),
    Wall((-6.0, -0.56, -5.2, -0.44), (("+y", "sand"), ("-y", "rose")), (("+y", "frame", -5.2), ("-y", "frame", -5.2))),
    Wall((-4.1, -0.56, -2.2, -0.44), (("+y", "sand"), ("-y", "rose")), (("+y", "frame", -4.1), ("-y", "frame", -4.1))),
    Wall(
        (-2.2, -0.56, -1.2, -0.44), (("+y", "sand"), ("-y", "plaster")), (("+y", "frame", -1.2), ("-y", "frame", -1.2))
    ),
    Wall((0.2, -0.56, 0.9, -0.44), (("+y", "sand"), ("-y", "plaster")), (("+y", "frame", 0.2), ("-y", "frame", 0.2))),
    Wall((0.9, -0.56, 2.6, -0.44), (("+y", "sage"), ("-y", "plaster")), (("+y", "frame", 2.6), ("-y", "frame", 2.6))),
    Wall((4.4, -0.56, 6.0, -0.44), (("+y", "sage"), ("-y", "plaster")), (("+y", "frame", 4.4), ("-y", "frame", 4.4))),
    Wall(
        (-2.26, -4.5, -2.14, -0.56),
        (("-x", "rose"), ("+x", "plaster")),
        (("-x", "picture", -2.2), ("+x", "picture", -1.2)),
    ),
)

FURNITURE = (
    Put(furniture.sofa(), "sofa", 2.2, -4.02, NORTH),
    Put(furniture.coffee_table(), "coffee_table", 2.2, -2.75, NORTH),
    Put(furniture.television(), "television", 1.45, -0.77, SOUTH),
    Put(furniture.armchair(), "armchair", 4.35, -2.9, WEST),
    Put(furniture.bookshelf(), "bookshelf", -1.97, -2.6, EAST),
    Put(furniture.floor_lamp(), "floor_lamp", 3.65, -4.2),
    Put(furniture.plant(), "plant", -1.8, -4.15),
    Put(furniture.plant(), "tall_plant", 0.55, -4.15),
    Put(furniture.kitchen_row(), "kitchen_row", 3.3, 4.18, SOUTH),
    Put(furniture.fridge(), "fridge", 5.6, 4.15, SOUTH),
    Put(furniture.dining_table(), "dining_table", 3.7, 1.7, NORTH),
    Put(furniture.chair(), "chair_1", 3.3, 1.05, NORTH),
    Put(furniture.chair(), "chair_2", 4.1, 1.05, NORTH),
    Put(furniture.chair(), "chair_3", 3.3, 2.35, SOUTH),
    Put(furniture.chair(), "chair_4", 4.1, 2.35, SOUTH),
    Put(furniture.bed(), "bed", -4.93, 2.92, EAST),
    Put(furniture.nightstand(), "nightstand_1", -5.77, 1.72, EAST),
    Put(furniture.nightstand(), "nightstand_2", -5.77, 4.12, EAST),
    Put(furniture.wardrobe(), "wardrobe", -2.98, 4.19, SOUTH),
    Put(furniture.bathtub(), "bathtub", -0.96, 4.11, SOUTH),
    Put(furniture.toilet(), "toilet", 0.5, 3.5, WEST),
    Put(furniture.vanity(), "vanity", -1.59, 2.4, EAST),
    Put(furniture.shoe_bench(), "shoe_bench", -2.2, 0.87, SOUTH),
    Put(furniture.desk(), "desk", -5.64, -2.6, EAST),
    Put(furniture.office_chair(), "office_chair", -4.98, -2.55, WEST),
    Put(furniture.bookshelf(), "study_shelf", -4.2, -4.33, NORTH),
    Put(furniture.plant(), "study_plant", -5.72, -4.2),
)


FLOORS: dict[str, Rect] = {
    "living_floor": (-2.2, -4.5, 6.0, -0.5),
    "kitchen_floor": (0.9, -0.5, 6.0, 4.5),
    "bathroom_floor": (-1.9, 1.1, 0.9, 4.5),
    "hall_floor": (-6.0, -0.5, 0.9, 1.1),
    "study_floor": (-6.0, -4.5, -2.2, -0.5),
    "carpet": (-6.0, 1.1, -1.9, 4.5),
}
RUGS: dict[str, Rect] = {
    "rug": (0.8, -3.6, 3.6, -1.6),
    "runner": (-4.0, -0.1, -0.6, 0.6),
    "bath_mat": (-0.7, 2.9, 0.1, 3.5),
}


def _floors() -> tuple[Model, Mesh]:
    """Return the ground with all floors and rugs, and their mesh."""
    atlas = Atlas(1024, 768)
    for name, draw in apartment_textures.FLOORS.items():
        atlas.add(name, draw())
    mesh = Mesh(atlas)
    for name, rect in FLOORS.items():
        mesh.sheet(rect, 0.0, name)
    for name, rect in RUGS.items():
        mesh.sheet(rect, 0.004, name)
    ground = Model("ground").touch(sdf.plane((40, 40)), (0, 0, 0), mu=1.0)
    ground.see(sdf.plane((40, 40)), (0, 0, -0.03), Look("#7f8a76", roughness=1.0))
    look = Look(texture="materials/textures/apartment_floors.png", roughness=0.8)
    return ground.see(sdf.mesh("meshes/apartment_floors.obj"), (0, 0, 0), look), mesh


def _doorways(reach: float) -> list[Rect]:
    """Return the doorways with the floor before and behind them."""
    return [
        (a - (c - a < 0.2) * reach, b - (d - b < 0.2) * reach, c + (c - a < 0.2) * reach, d + (d - b < 0.2) * reach)
        for a, b, c, d in DOORS
    ]


def build() -> Place:
    """Return the apartment."""
    wall_model, wall_mesh, wall_image = walls.build("apartment", OUTER + INNER, HEIGHT, (1024, 640))
    ground, floors = _floors()
    blocked = footprints(FURNITURE)
    clear = [
        rect
        for name, (_, room) in ROOMS.items()
        if name != "hallway"
        for rect in free(room, [*blocked, *_doorways(0.35)], margin=0.5, least=0.4)
    ]
    spawn = [rect for _, room in ROOMS.values() for rect in free(room, blocked, margin=0.4, least=0.6)]
    parts = [
        sdf.sun((0.3, 0.45, -0.84), 0.6),
        ground.sdf(),
        wall_model.sdf(),
        *(thing.sdf() for thing in FURNITURE),
        sdf.include("robot", "model://rover", (-0.5, 0.3, 0, 0, 0, 0)),
        *arrange(clear, [(-0.5, 0.3, 1.0)], seed=11),
    ]
    semantics = {
        "description": "A furnished apartment: living room, kitchen, bedroom, bathroom, study and hallway.",
        "robot": "robot",
        "objects": tags(),
        "rooms": {name: {"words": words, "areas": [rect]} for name, (words, rect) in ROOMS.items()},
        "spawn": spawn,
        "clear": clear,
        "walls": {
            "kitchen_east": {"start": (6.0, -0.4), "end": (6.0, 3.6)},
            "kitchen_west": {"start": (0.96, 3.6), "end": (0.96, 1.0)},
            "living_east": {"start": (6.0, -4.4), "end": (6.0, -0.65)},
            "study_east": {"start": (-2.26, -4.4), "end": (-2.26, -0.65)},
        },
    }
    textures = {
        "apartment_floors": floors.atlas.image,
        "apartment_walls": wall_image,
        "furniture": furniture_atlas().image,
    }
    extra = {
        **meshes(FURNITURE),
        "meshes/apartment_floors.obj": floors.obj("apartment_floors"),
        "meshes/apartment_walls.obj": wall_mesh,
    }
    world = sdf.world("apartment", 0.55, (0.74, 0.82, 0.90), parts)
    return Place("apartment", world, semantics, textures, extra)
