"""The arena: 10 x 10 m of open floor with low walls, two dividers and a slippery sheet."""

from __future__ import annotations

from builder import arena_textures, sdf
from builder.layout import Rect, arrange, free
from builder.mesh import Atlas, Mesh
from builder.objects import tags
from builder.place import Place
from builder.sdf import Look, Model, Vector

HALF = 5.0
WALL = 0.15
HEIGHT = 1.0
DIVIDER_HEIGHT = 0.7

DIVIDERS: tuple[Rect, ...] = ((-2.275, 0.55, -2.125, 3.05), (-2.85, -2.475, -0.35, -2.325))
SLIPPERY: Rect = (1.5, -3.9, 3.5, -0.4)


def _floor() -> Mesh:
    """Return the floor with the slippery sheet on it."""
    images = {"floor": arena_textures.floor(), "ice": arena_textures.swatches()["ice"]}
    atlas = Atlas(images["floor"].shape[1], sum(image.shape[0] for image in images.values()))
    for name, image in images.items():
        atlas.add(name, image)
    mesh = Mesh(atlas).sheet((-HALF, -HALF, HALF, HALF), 0.0, "floor")
    return mesh.sheet(SLIPPERY, 0.003, "ice")


def _barriers() -> tuple[Model, Mesh]:
    """Return walls and dividers, and their mesh: a skin of their boxes, so that engines may cast rays on those."""
    atlas = Atlas(1024, 640)
    for name, image in arena_textures.swatches().items():
        if name != "ice":
            atlas.add(name, image)
    mesh, model = Mesh(atlas), Model("barriers")
    reach, long = HALF + WALL / 2, 2 * HALF + 2 * WALL
    for sign in (-1, 1):
        sides: tuple[tuple[Vector, Vector], ...] = (
            ((long, WALL, HEIGHT), (0, sign * reach, HEIGHT / 2)),
            ((WALL, 2 * HALF, HEIGHT), (sign * reach, 0, HEIGHT / 2)),
        )
        for size, at in sides:
            mesh.box(size, at, "wall", top="cap")
            model.touch(sdf.box(size), at)
    for a, b, c, d in DIVIDERS:
        block, middle = (c - a, d - b, DIVIDER_HEIGHT), ((a + c) / 2, (b + d) / 2, DIVIDER_HEIGHT / 2)
        mesh.box(block, middle, "divider", top="pad")
        model.touch(sdf.box(block), middle)
    look = Look(texture="materials/textures/arena_barriers.png", roughness=0.8)
    return model.see(sdf.mesh("meshes/arena_barriers.obj"), (0, 0, 0), look), mesh


def _ground() -> Model:
    ground = Model("ground").touch(sdf.plane((40, 40)), (0, 0, 0), mu=1.0)
    ground.see(sdf.plane((40, 40)), (0, 0, -0.03), Look("#8d9484", roughness=1.0))
    look = Look(texture="materials/textures/arena_floor.png", roughness=0.7)
    return ground.see(sdf.mesh("meshes/arena_floor.obj"), (0, 0, 0), look)


def _slippery() -> Model:
    """Return the sheet: a slab let into the floor, whose edge stands out by too little to catch a caster."""
    a, b, c, d = SLIPPERY
    return Model("ice").touch(sdf.box((c - a, d - b, 0.02)), ((a + c) / 2, (b + d) / 2, -0.009), mu=0.03)


def build() -> Place:
    """Return the arena."""
    floor, (barriers, barrier_mesh) = _floor(), _barriers()
    bounds: Rect = (-HALF, -HALF, HALF, HALF)
    clear = free(bounds, [*DIVIDERS, SLIPPERY], margin=0.55)
    spawn = free(bounds, [*DIVIDERS, SLIPPERY], margin=0.6, least=0.8)
    parts = [
        sdf.sun((-0.35, 0.25, -0.9), 0.55),
        *(model.sdf() for model in (_ground(), barriers, _slippery())),
        sdf.include("robot", "model://rover", (0, 0, 0, 0, 0, 0)),
        *arrange(clear, [(0, 0, 1.4)], seed=7),
    ]
    semantics = {
        "description": "An open arena with low walls, two dividers and a slippery sheet.",
        "robot": "robot",
        "objects": tags(),
        "spawn": spawn,
        "clear": clear,
        "walls": {
            "north": {"start": (HALF, HALF), "end": (-HALF, HALF)},
            "west": {"start": (-HALF, HALF), "end": (-HALF, -HALF)},
            "south": {"start": (-HALF, -HALF), "end": (HALF, -HALF)},
            "east": {"start": (HALF, -HALF), "end": (HALF, HALF)},
        },
        "slippery": [SLIPPERY],
    }
    textures = {"arena_floor": floor.atlas.image, "arena_barriers": barrier_mesh.atlas.image}
    extra = {
        "meshes/arena_floor.obj": floor.obj("arena_floor"),
        "meshes/arena_barriers.obj": barrier_mesh.obj("arena_barriers"),
    }
    return Place("arena", sdf.world("arena", 0.5, (0.71, 0.80, 0.89), parts), semantics, textures, extra)
