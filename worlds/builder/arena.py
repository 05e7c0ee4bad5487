"""The arena: 10 x 10 m of open floor with low walls, two dividers and a slippery sheet."""

from __future__ import annotations

import math

from builder import arena_textures, sdf
from builder.layout import Rect, arrange, free
from builder.objects import tags
from builder.place import Place
from builder.sdf import Look, Model

HALF = 5.0
WALL = 0.15
HEIGHT = 1.0

DIVIDERS: tuple[Rect, ...] = ((-2.275, 0.55, -2.125, 3.05), (-2.85, -2.475, -0.35, -2.325))
SLIPPERY: Rect = (1.5, -3.9, 3.5, -0.4)


def _ground() -> Model:
    ground = Model("ground")
    ground.touch(sdf.plane((40, 40)), (0, 0, 0), mu=1.0)
    ground.see(sdf.plane((40, 40)), (0, 0, -0.02), Look("#8d9484", roughness=1.0))
    return ground.see(sdf.plane((10, 10)), (0, 0, 0), Look(texture="materials/textures/arena_floor.png", roughness=0.7))


def _walls() -> Model:
    look = Look(texture="materials/textures/arena_wall.png", roughness=0.9)
    walls = Model("walls")
    reach = HALF + WALL / 2
    for side in (-1, 1):
        walls.solid(sdf.box((2 * HALF + 2 * WALL, WALL, HEIGHT)), (0, side * reach, HEIGHT / 2), look)
        walls.solid(sdf.box((2 * HALF, WALL, HEIGHT)), (side * reach, 0, HEIGHT / 2), look, yaw=math.pi / 2)
    return walls


def _dividers() -> Model:
    look = Look(texture="materials/textures/divider.png", roughness=0.9)
    dividers = Model("dividers")
    for a, b, c, d in DIVIDERS:
        length, yaw = max(c - a, d - b), (math.pi / 2 if d - b > c - a else 0.0)
        dividers.solid(sdf.box((length, 0.15, 0.7)), ((a + c) / 2, (b + d) / 2, 0.35), look, yaw=yaw)
    return dividers


def _slippery() -> Model:
    a, b, c, d = SLIPPERY
    look = Look(texture="materials/textures/ice.png", roughness=0.1)
    return Model("ice").solid(sdf.box((c - a, d - b, 0.004)), ((a + c) / 2, (b + d) / 2, 0.002), look, mu=0.03)


def build() -> Place:
    """Return the arena."""
    bounds: Rect = (-HALF, -HALF, HALF, HALF)
    clear = free(bounds, [*DIVIDERS, SLIPPERY], margin=0.55)
    spawn = free(bounds, [*DIVIDERS, SLIPPERY], margin=0.6, least=0.8)
    parts = [
        sdf.sun((-0.35, 0.25, -0.9), 0.75),
        *(model().sdf() for model in (_ground, _walls, _dividers, _slippery)),
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
    return Place("arena", sdf.world("arena", 0.45, (0.71, 0.80, 0.89), parts), semantics, arena_textures.TEXTURES)
