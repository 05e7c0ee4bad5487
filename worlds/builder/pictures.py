"""Pictures of the named objects as a camera would take them: the fronts of the flat look-alikes.

A small sphere tracer draws the real object, standing on a grey floor before a pale wall.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from builder.objects import COLOURS, SIZES
from builder.textures import Image, rgb

Points = NDArray[np.float64]
Depths = NDArray[np.float64]
Distance = Callable[[Points], Depths]

SIDE = 256
VIEW = 0.56
"""Edge of the square that the picture shows, around the object [m]; the board is 0.5 m wide."""


def _ball(p: Points) -> Depths:
    radius = SIZES["ball"][0]
    away: Depths = np.linalg.norm(p - [0, 0, radius], axis=-1) - radius
    return away


def _cube(p: Points) -> Depths:
    half = SIZES["cube"][0] / 2
    turn = np.array([[0.82, -0.5724, 0], [0.5724, 0.82, 0], [0, 0, 1]])
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
    """Draw the object as seen from 2.5 m away at the rover's eye height, on a square of the board's size."""
    shape = _SHAPES[noun]
    eye = np.array([-2.5, 0.0, 0.42])
    grid = (np.arange(SIDE) + 0.5) / SIDE - 0.5
    y, z = np.meshgrid(-grid * VIEW, -grid * VIEW + 0.255)
    rays = np.stack([np.zeros_like(y), y, z], axis=-1) - eye
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)

    points = np.broadcast_to(eye, rays.shape).copy()
    for _ in range(90):
        points += rays * shape(points)[..., None]
    hit = shape(points) < 1e-3

    light = np.array([-0.55, 0.35, 0.76])
    lambert = np.clip(_normals(shape, points) @ light, 0, 1)
    body = np.multiply(rgb(COLOURS[colour]), (0.5 + 0.55 * lambert)[..., None])

    floor = eye + rays * (-eye[2] / np.minimum(rays[..., 2], -1e-6))[..., None]
    shade = 1 - 0.45 * np.exp(-np.maximum(shape(floor), 0) / 0.05)
    ground = np.where(floor[..., :1] < 0.9, np.array([150.0, 147.0, 141.0]) * shade[..., None], (206, 203, 196))
    image = np.where(hit[..., None], body, ground)
    image[:5] = image[-5:] = (240, 239, 235)
    image[:, :5] = image[:, -5:] = (240, 239, 235)
    return np.clip(np.round(image / 2) * 2, 0, 255).astype(np.uint8)
