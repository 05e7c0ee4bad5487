"""Rooms' walls as one mesh, painted wall by wall: skirting, door frames, windows and pictures cost no geometry."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from builder import sdf
from builder.layout import Rect
from builder.mesh import Atlas, Mesh
from builder.sdf import Look, Model
from builder.textures import Image, clouds, fill, finish, generator, rgb

SIDES = ("+x", "-x", "+y", "-y", "+z")
PIXELS = 48
"""Per metre."""

Decor = tuple[str, str, float]
"""Side (``+y`` ...), what it is (``window``, ``picture``, ``frame``), and where along the wall [m, world]."""


@dataclass(frozen=True)
class Wall:
    """A straight wall over ``rect``, painted on each long side in a style.

    A wall with one painted side is an outer one: it has no outside, so that one looks into the rooms from there.
    """

    rect: Rect
    styles: tuple[tuple[str, str], ...] = ()
    decor: tuple[Decor, ...] = ()

    @property
    def along_x(self) -> bool:
        """Whether it runs along x."""
        return self.rect[2] - self.rect[0] >= self.rect[3] - self.rect[1]

    @property
    def outer(self) -> bool:
        """Whether it is seen from one side only."""
        return len(self.styles) == 1

    @property
    def length(self) -> float:
        """Length of its painted sides [m]."""
        return max(self.rect[2] - self.rect[0], self.rect[3] - self.rect[1])


PAINTS = {
    "plaster": "#e8e2d6",
    "sage": "#c3cdb9",
    "blue": "#b9c6d3",
    "sand": "#e0cfb0",
    "rose": "#dcc3b6",
    "tiles": "#dfe8e9",
    "panel": "#c9ced2",
}


def _window(canvas: np.ndarray, x: int, height: int) -> None:
    wide, top, bottom = round(0.65 * PIXELS), round(0.22 * PIXELS), height - round(0.9 * PIXELS)
    canvas[top : bottom + 3, x - wide - 3 : x + wide + 3] = rgb("#fbfaf6")
    sky = np.linspace(0, 1, bottom - top - 3)[:, None, None]
    canvas[top + 3 : bottom, x - wide : x + wide] = (1 - sky) * np.array(rgb("#86b6dc")) + sky * np.array(
        rgb("#dcebf2")
    )
    canvas[bottom - 9 : bottom, x - wide : x + wide] = rgb("#7fa06d")
    canvas[top:bottom, x - 1 : x + 2] = rgb("#fbfaf6")


def _picture(canvas: np.ndarray, x: int, height: int, tone: int) -> None:
    wide, top, bottom = round(0.4 * PIXELS), round(0.35 * PIXELS), height - round(0.95 * PIXELS)
    canvas[top:bottom, x - wide : x + wide] = rgb("#3b332b")
    canvas[top + 2 : bottom - 2, x - wide + 2 : x + wide - 2] = rgb("#f3efe6")
    tones = ("#c0714f", "#3f6a7a", "#c9a24a", "#6f8a5f")
    cv2.circle(canvas, (x - 5, (top + bottom) // 2 - 2), 9, rgb(tones[tone % 4]), -1)
    cv2.rectangle(canvas, (x, (top + bottom) // 2), (x + 11, bottom - 8), rgb(tones[(tone + 1) % 4]), -1)


def _paint(name: str, style: str, length: float, height: float, marks: list[tuple[str, float]]) -> Image:
    """Draw one side; ``marks`` are what hangs there and how far from the left edge [m]."""
    columns, rows = max(4, round(length * PIXELS)), round(height * PIXELS)
    canvas = fill(columns, rows, PAINTS[style]) + clouds(generator(name), columns, rows, max(3, length * 2), 3)
    if style == "tiles":
        canvas[::12] = canvas[:, ::12] = rgb("#b7c4c6")
        canvas[rows // 2 - 3 : rows // 2 + 3] = rgb("#6f98a3")
    canvas[-6:] = rgb("#f6f4ee") if style != "panel" else rgb("#5c636a")
    canvas[-7] *= 0.8
    for index, (kind, along) in enumerate(marks):
        x = round(along * PIXELS)
        if kind == "window":
            _window(canvas, x, rows)
        elif kind == "picture":
            _picture(canvas, x, rows, index + len(name))
        else:
            canvas[:, max(0, x - 4) : x + 4] = rgb("#f8f6f1")
    return finish(canvas)


def build(name: str, walls: tuple[Wall, ...], height: float, atlas_size: tuple[int, int]) -> tuple[Model, str, Image]:
    """Return the model of all walls, its mesh file and its painted atlas."""
    atlas = Atlas(*atlas_size)
    atlas.add("cap", finish(fill(16, 16, "#6b655d"), 1))
    atlas.add("jamb", finish(fill(16, 16, "#f2efe8"), 1))
    painted = [(number, side, style, wall) for number, wall in enumerate(walls) for side, style in wall.styles]
    for number, side, style, wall in sorted(painted, key=lambda item: -item[3].length):
        low, high = (wall.rect[0], wall.rect[2]) if wall.along_x else (wall.rect[1], wall.rect[3])
        leftmost_low = side in ("-y", "+x")
        marks = [(kind, at - low if leftmost_low else high - at) for where, kind, at in wall.decor if where == side]
        key = f"{name} {number} {side}"
        atlas.add(key, _paint(key, style, high - low, height, marks))
    mesh, model = Mesh(atlas), Model("walls")
    for number, wall in enumerate(walls):
        a, b, c, d = wall.rect
        size, at = (c - a, d - b, height), ((a + c) / 2, (b + d) / 2, height / 2)
        own = {side: f"{name} {number} {side}" for side, _ in wall.styles}
        ends = ("+x", "-x") if wall.along_x else ("+y", "-y")
        own = {**dict.fromkeys(ends, "jamb"), **own}
        front, back, left, right = (own.get(side) for side in ("+x", "-x", "+y", "-y"))
        shown = {side for side, _ in wall.styles} | {"+z"} if wall.outer else set(SIDES)
        hidden = " ".join(sorted({*SIDES, "-z"} - shown))
        mesh.box(size, at, "cap", hide=hidden, front=front, back=back, left=left, right=right)
        model.touch(sdf.box(size), at)
    look = Look(texture=f"materials/textures/{name}_walls.png", roughness=0.95)
    model.see(sdf.mesh(f"meshes/{name}_walls.obj"), (0, 0, 0), look)
    return model, mesh.obj(f"{name}_walls"), atlas.image
