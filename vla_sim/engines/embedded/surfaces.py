"""Triangulated surfaces made here: cones, and primitives with texture coordinates as Gazebo lays them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.embedded import shapes
from vla_sim.sdf import scene

_SEGMENTS = 24


@dataclass(frozen=True, slots=True)
class Surface:
    """Vertices (n, 3), triangles (m, 3), and texture coordinates and normals per vertex, (n, 2) and (n, 3), or None."""

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    uv: NDArray[np.float64] | None = None
    normals: NDArray[np.float64] | None = None


def cone(radius: float, length: float) -> Surface:
    """Return a cone with its base at -length / 2 and its tip at +length / 2."""
    angles = np.linspace(0, 2 * np.pi, _SEGMENTS, endpoint=False)
    ring = np.stack([radius * np.cos(angles), radius * np.sin(angles), np.full(_SEGMENTS, -length / 2)], axis=1)
    vertices = np.concatenate([ring, [[0, 0, length / 2], [0, 0, -length / 2]]])
    this = np.arange(_SEGMENTS)
    following = (this + 1) % _SEGMENTS
    side = np.stack([this, following, np.full(_SEGMENTS, _SEGMENTS)], axis=1)
    base = np.stack([following, this, np.full(_SEGMENTS, _SEGMENTS + 1)], axis=1)
    return Surface(vertices, np.concatenate([side, base]))


def textured(geometry: scene.Geometry) -> Surface | None:
    """Return a primitive with texture coordinates, or None for one that has no natural ones.

    A box shows the whole picture upright on each side face, a cylinder around its side, a sphere in longitude and
    latitude; where a face is longer than a metre the picture repeats about once a metre.
    """
    match geometry:
        case scene.Box(size):
            return _box(np.asarray(size))
        case scene.Cylinder(radius, length):
            return _cylinder(radius, length)
        case scene.Sphere(radius):
            return _ellipsoid(np.full(3, radius))
        case scene.Ellipsoid(radii):
            return _ellipsoid(np.asarray(radii))
        case _:
            return None


def _box(size: NDArray[np.float64]) -> Surface:
    vertices: list[NDArray[np.float64]] = []
    normals: list[NDArray[np.float64]] = []
    uv: list[tuple[float, float]] = []
    faces: list[tuple[int, int, int]] = []
    # Normal, then the directions of u (right, seen from outside) and v (up).
    sides = [
        ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
        ((-1, 0, 0), (0, -1, 0), (0, 0, 1)),
        ((0, 1, 0), (-1, 0, 0), (0, 0, 1)),
        ((0, -1, 0), (1, 0, 0), (0, 0, 1)),
        ((0, 0, 1), (0, -1, 0), (1, 0, 0)),
        ((0, 0, -1), (0, -1, 0), (-1, 0, 0)),
    ]
    for normal, right, up in (tuple(np.array(v, dtype=float) for v in side) for side in sides):
        start = len(vertices)
        across, along = shapes.tiles(abs(float(right @ size))), shapes.tiles(abs(float(up @ size)))
        for u, v in ((0, 0), (1, 0), (1, 1), (0, 1)):
            vertices.append((normal + (2 * u - 1) * right + (2 * v - 1) * up) * size / 2)
            uv.append((u * across, v * along))
            normals.append(normal)
        faces += [(start, start + 1, start + 2), (start, start + 2, start + 3)]
    return Surface(np.array(vertices), np.array(faces), np.array(uv, dtype=float), np.array(normals))


def _cylinder(radius: float, length: float) -> Surface:
    u = np.linspace(0, 1, _SEGMENTS + 1)
    angles = 2 * np.pi * u
    around = np.stack([np.cos(angles), np.sin(angles), np.zeros_like(angles)], axis=1)
    across, along = shapes.tiles(2 * np.pi * radius), shapes.tiles(length)
    height = np.array([0, 0, length / 2])
    vertices: list[NDArray[np.float64]] = [around * radius - height, around * radius + height]
    uv = [np.stack([u * across, 0 * u], axis=1), np.stack([u * across, 0 * u + along], axis=1)]
    normals: list[NDArray[np.float64]] = [around, around]
    k, n = np.arange(_SEGMENTS), _SEGMENTS + 1
    faces = [np.stack([k, k + 1, k + 1 + n], axis=1), np.stack([k, k + 1 + n, k + n], axis=1)]
    for side, z in ((1.0, height), (-1.0, -height)):
        start = sum(len(block) for block in vertices)
        vertices += [around * radius + z, z[None]]
        rim = 0.5 + 0.5 * around[:, :2] * (1, side)
        uv += [rim * shapes.tiles(2 * radius), np.full((1, 2), 0.5) * shapes.tiles(2 * radius)]
        normals.append(np.repeat(np.array([[0.0, 0.0, side]]), n + 1, axis=0))
        fan = np.stack([start + k, start + k + 1, np.full(_SEGMENTS, start + n)], axis=1)
        faces.append(fan if side > 0 else fan[:, ::-1])
    return Surface(np.concatenate(vertices), np.concatenate(faces), np.concatenate(uv), np.concatenate(normals))


def _ellipsoid(radii: NDArray[np.float64]) -> Surface:
    rows = _SEGMENTS // 2
    across, along = np.meshgrid(np.linspace(0, 1, _SEGMENTS + 1), np.linspace(0, 1, rows + 1))
    u: NDArray[np.float64] = across.ravel()
    v: NDArray[np.float64] = along.ravel()
    longitude, latitude = 2 * np.pi * u, np.pi * (v - 0.5)
    unit = np.stack(
        [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)], axis=1
    )
    normals = unit / radii
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    n = _SEGMENTS + 1
    faces = []
    for row in range(rows):
        k = row * n + np.arange(_SEGMENTS)
        if row > 0:
            faces.append(np.stack([k, k + 1, k + 1 + n], axis=1))
        if row < rows - 1:
            faces.append(np.stack([k, k + 1 + n, k + n], axis=1))
    repeat = (shapes.tiles(2 * np.pi * float(radii[:2].max())), shapes.tiles(np.pi * float(radii.max())))
    return Surface(unit * radii, np.concatenate(faces), np.stack([u, v], axis=1) * repeat, normals)
