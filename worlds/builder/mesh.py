"""Furniture as one mesh a piece: boxes and cylinders that take their looks from an atlas of swatches.

One mesh is one draw call and one thing to cast rays at, whatever detail it has; physics gets boxes beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from builder.sdf import Vector
from builder.textures import Image

Uv = tuple[float, float, float, float]
"""u0, v0, u1, v1 of a swatch; v grows upwards, as in Wavefront files."""


class Atlas:
    """Swatches packed into one image, row by row."""

    def __init__(self, width: int, height: int):
        self.image: Image = np.full((height, width, 3), 128, np.uint8)
        self._rects: dict[str, Uv] = {}
        self._x = self._y = self._row = 0

    def add(self, name: str, swatch: Image) -> None:
        """Pack a swatch; it is seen up to one pixel from its edge."""
        height, width = swatch.shape[:2]
        if self._x + width > self.image.shape[1]:
            self._x, self._y, self._row = 0, self._y + self._row, 0
        if self._y + height > self.image.shape[0]:
            raise ValueError(f"no room for {name} in the atlas")
        self.image[self._y : self._y + height, self._x : self._x + width] = swatch
        rows, columns = self.image.shape[:2]
        self._rects[name] = (
            (self._x + 1) / columns,
            1 - (self._y + height - 1) / rows,
            (self._x + width - 1) / columns,
            1 - (self._y + 1) / rows,
        )
        self._x += width
        self._row = max(self._row, height)

    def __getitem__(self, name: str) -> Uv:
        return self._rects[name]


_SIDES: dict[str, tuple[Vector, Vector]] = {
    "+x": ((1, 0, 0), (0, 1, 0)),
    "-x": ((-1, 0, 0), (0, -1, 0)),
    "+y": ((0, 1, 0), (-1, 0, 0)),
    "-y": ((0, -1, 0), (1, 0, 0)),
    "+z": ((0, 0, 1), (0, -1, 0)),
    "-z": ((0, 0, -1), (0, 1, 0)),
}
"""Normal of each side of a box, and the direction in which u grows, seen from outside."""


@dataclass
class Mesh:
    """A mesh that grows box by box; triangles share no corner, so edges stay sharp."""

    atlas: Atlas
    corners: list[str] = field(default_factory=list)
    uvs: list[str] = field(default_factory=list)
    normals: list[str] = field(default_factory=list)
    faces: list[str] = field(default_factory=list)

    def _polygon(self, points: list[np.ndarray], normals: list[np.ndarray], uvs: list[tuple[float, float]]) -> None:
        first = len(self.corners) + 1
        for point, normal, uv in zip(points, normals, uvs, strict=True):
            self.corners.append("v " + " ".join(f"{value + 0.0:.4f}" for value in point))
            self.normals.append("vn " + " ".join(f"{value + 0.0:.4f}" for value in normal))
            self.uvs.append("vt " + " ".join(f"{value:.5f}" for value in uv))
        for i in range(1, len(points) - 1):
            self.faces.append("f " + " ".join(f"{n}/{n}/{n}" for n in (first, first + i, first + i + 1)))

    def box(
        self,
        size: Vector,
        at: Vector,
        swatch: str,
        yaw: float = 0.0,
        hide: str = "-z",
        *,
        front: str | None = None,
        back: str | None = None,
        left: str | None = None,
        right: str | None = None,
        top: str | None = None,
    ) -> Mesh:
        """Add a box centred on ``at``; its front (+x), back, left (+y), right and top may have swatches of their own.

        Sides named in ``hide`` (``"-z +z"``) are left out.
        """
        own = {"+x": front, "-x": back, "+y": left, "-y": right, "+z": top, "-z": None}
        turn = np.array([[math.cos(yaw), -math.sin(yaw), 0], [math.sin(yaw), math.cos(yaw), 0], [0, 0, 1]])
        half = np.array(size) / 2
        for side, (n, u) in _SIDES.items():
            if side in hide.split():
                continue
            normal, along = np.array(n, float), np.array(u, float)
            up = np.cross(normal, along)
            points = [
                turn @ (half * (normal + a * along + b * up)) + at for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
            ]
            u0, v0, u1, v1 = self.atlas[own[side] or swatch]
            self._polygon(points, [turn @ normal] * 4, [(u0, v0), (u1, v0), (u1, v1), (u0, v1)])
        return self

    def sheet(self, rect: tuple[float, float, float, float], height: float, swatch: str) -> Mesh:
        """Add a rectangle (xmin, ymin, xmax, ymax) that faces up; its swatch's top is at ymax."""
        a, b, c, d = rect
        u0, v0, u1, v1 = self.atlas[swatch]
        points = [np.array((x, y, height)) for x, y in ((a, b), (c, b), (c, d), (a, d))]
        self._polygon(points, [np.array([0.0, 0.0, 1.0])] * 4, [(u0, v0), (u1, v0), (u1, v1), (u0, v1)])
        return self

    def cutout(self, outline: list[tuple[float, float]], thickness: float, view: float, swatch: str) -> Mesh:
        """Add an upright board around x = 0, cut along a convex ``outline`` (y, z), counter-clockwise from +x.

        The swatch covers ``view`` x ``view`` metres on both faces, its lower edge on the floor; the board's edge takes
        the colour of its top left corner.
        """
        u0, v0, u1, v1 = self.atlas[swatch]
        corner = (0.97 * u0 + 0.03 * u1, 0.03 * v0 + 0.97 * v1)
        for side in (1, -1):
            ring = outline[::side]
            points = [np.array([side * thickness / 2, y, z]) for y, z in ring]
            uvs = [(u0 + (u1 - u0) * (0.5 + side * y / view), v0 + (v1 - v0) * z / view) for y, z in ring]
            self._polygon(points, [np.array([side, 0.0, 0.0])] * len(ring), uvs)
        for (y0, z0), (y1, z1) in zip(outline, [*outline[1:], outline[0]], strict=True):
            edge = [(-1, y0, z0), (-1, y1, z1), (1, y1, z1), (1, y0, z0)]
            points = [np.array([side * thickness / 2, y, z]) for side, y, z in edge]
            normal = np.array([0.0, z1 - z0, y0 - y1])
            self._polygon(points, [normal / np.linalg.norm(normal)] * 4, [corner] * 4)
        return self

    def cylinder(
        self,
        radius: float,
        length: float,
        at: Vector,
        swatch: str,
        top: str | None = None,
        top_radius: float | None = None,
        sides: int = 12,
    ) -> Mesh:
        """Add an upright cylinder or cone frustum centred on ``at``, closed above; ``top`` is the lid's swatch."""
        upper = radius if top_radius is None else top_radius
        u0, v0, u1, v1 = self.atlas[swatch]
        slope = (radius - upper) / length
        ring = [np.array([math.cos(a), math.sin(a), 0.0]) for a in np.linspace(0, 2 * math.pi, sides + 1)]
        down, rise = np.array([0, 0, -length / 2]), np.array([0, 0, length / 2])
        centre, lean = np.array(at, float), np.array([0, 0, slope])
        for i in range(sides):
            a, b = ring[i], ring[i + 1]
            points = [centre + radius * a + down, centre + radius * b + down, centre + upper * b + rise]
            normals = [n / np.linalg.norm(n) for n in (a + lean, b + lean)]
            s, t = u0 + (u1 - u0) * i / sides, u0 + (u1 - u0) * (i + 1) / sides
            uvs = [(s, v0), (t, v0), (t, v1)]
            if upper > 0:
                self._polygon([*points, centre + upper * a + rise], [*normals, normals[1], normals[0]], [*uvs, (s, v1)])
            else:
                self._polygon(points, [*normals, normals[1]], uvs)
        if upper > 0:
            u0, v0, u1, v1 = self.atlas[top or swatch]
            lid = [centre + upper * a + rise for a in ring[:-1]]
            across = [((a[1] + 1) / 2 * (u1 - u0) + u0, (a[0] + 1) / 2 * (v1 - v0) + v0) for a in ring[:-1]]
            self._polygon(lid, [np.array([0.0, 0.0, 1.0])] * sides, across)
        return self

    def obj(self, name: str) -> str:
        """Return the Wavefront file."""
        head = ["# Written by worlds/build.py: edit that, not this.", f"o {name}"]
        return "\n".join([*head, *self.corners, *self.uvs, *self.normals, *self.faces]) + "\n"
