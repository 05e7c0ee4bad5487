"""Pictures of the named objects, life-size on thin boards cut out along the object's outline: flat look-alikes.

A small sphere tracer draws the real object as seen from far away at its own height.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from builder.mesh import Atlas, Mesh
from builder.objects import COLOURS, SIZES
from builder.textures import Image, rgb

Points = NDArray[np.float64]
Depths = NDArray[np.float64]
Distance = Callable[[Points], Depths]

SIDE = 256
VIEW = 0.5
"""Edge of the square that a picture covers [m]; the object stands on its lower edge."""
TURN = math.radians(35)
"""Heading of the cube, so that two of its faces show."""


def _ball(p: Points) -> Depths:
    radius = SIZES["ball"][0]
    away: Depths = np.linalg.norm(p - [0, 0, radius], axis=-1) - radius
    return away


def _cube(p: Points) -> Depths:
    half = SIZES["cube"][0] / 2
    cos, sin = math.cos(TURN), math.sin(TURN)
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    q = np.abs((p - [0, 0, half]) @ turn.T) - half
    away: Depths = np.linalg.norm(np.maximum(q, 0), axis=-1) + np.minimum(q.max(axis=-1), 0)
    return away


def _cylinder(p: Points) -> Depths:
    radius, length = SIZES["cylinder"]
    radial = np.hypot(p[..., 0], p[..., 1]) - radius
    along = np.abs(p[..., 2] - length / 2) - length / 2
    outside = np.hypot(np.maximum(radial, 0), np.maximum(along, 0))
    away: Depths = outside + np.minimum(np.maximum(radial, along), 0)
    return away


def _cone(p: Points) -> Depths:
    radius, length = SIZES["cone"]
    slope = np.hypot(radius, length)
    side = (np.hypot(p[..., 0], p[..., 1]) * length + (p[..., 2] - length) * radius) / slope
    away: Depths = np.maximum(side, -p[..., 2])
    return away


_SHAPES: dict[str, Distance] = {"ball": _ball, "cube": _cube, "cylinder": _cylinder, "cone": _cone}


def _normals(shape: Distance, p: Points) -> Points:
    step = 1e-4 * np.eye(3)
    gradient = np.stack([shape(p + step[i]) - shape(p - step[i]) for i in range(3)], axis=-1)
    unit: Points = gradient / np.maximum(np.linalg.norm(gradient, axis=-1, keepdims=True), 1e-9)
    return unit


def picture(colour: str, noun: str) -> Image:
    """Draw the object over ``VIEW`` x ``VIEW`` metres; the top left corner is bare cardboard, for the board's edge."""
    shape = _SHAPES[noun]
    grid = (np.arange(SIDE) + 0.5) / SIDE * VIEW
    y, z = np.meshgrid(VIEW / 2 - grid, VIEW - grid)
    points = np.stack([np.full_like(y, -0.5), y, z], axis=-1)
    for _ in range(90):
        points[..., 0] += np.minimum(shape(points), 1.0)
    hit = points[..., 0] < 1
    light = np.array([-0.5, 0.4, 0.77])
    lambert = np.where(hit, np.clip(_normals(shape, points) @ light, 0, 1), 0.4)
    image = np.multiply(rgb(COLOURS[colour]), (0.78 + 0.36 * lambert)[..., None])
    image[:16, :16] = rgb("#e4ddcf")
    return np.clip(np.round(image / 2) * 2, 0, 255).astype(np.uint8)


def outline(noun: str) -> list[tuple[float, float]]:
    """Return the object's outline (y, z) [m], counter-clockwise as seen from +x."""
    size, height = SIZES[noun]
    if noun == "ball":
        angles = np.arange(20) * (2 * math.pi / 20)
        return [(size * math.cos(a), size + size * math.sin(a)) for a in angles]
    if noun == "cone":
        return [(-size, 0), (size, 0), (0, height)]
    wide = size if noun == "cylinder" else size / 2 * (math.cos(TURN) + math.sin(TURN))
    return [(-wide, 0), (wide, 0), (wide, height), (-wide, height)]


def cutout(noun: str, image: Image, thickness: float) -> Mesh:
    """Return the board's mesh: the picture on both faces, cardboard along the edge."""
    atlas = Atlas(SIDE, SIDE)
    atlas.add("picture", image)
    mesh = Mesh(atlas)
    mesh.cutout(outline(noun), thickness, VIEW, "picture")
    return mesh
