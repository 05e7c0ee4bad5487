"""A piece of furniture: a mesh to see and a few boxes to touch, standing on its origin with its front along +x."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from builder import sdf
from builder.layout import Rect
from builder.mesh import Mesh
from builder.sdf import Look, Model, Vector
from builder.swatches import atlas

ATLAS = Look(texture="materials/textures/furniture.png", roughness=0.7)

Box = tuple[Vector, Vector]
"""Size and centre [m]."""


@dataclass(frozen=True)
class Piece:
    """One kind of thing; ``boxes`` may be empty for what lies flat on the floor."""

    name: str
    mesh: Mesh
    boxes: tuple[Box, ...]


def new() -> Mesh:
    """Return an empty mesh on the furniture's atlas."""
    return Mesh(atlas())


@dataclass(frozen=True)
class Put:
    """A piece at its place in a world."""

    piece: Piece
    name: str
    x: float
    y: float
    yaw: float = 0.0
    """Where the front looks [rad]."""

    def sdf(self) -> str:
        """Return the model."""
        model = Model(self.name, (self.x, self.y, 0, 0, 0, self.yaw))
        model.see(sdf.mesh(f"meshes/{self.piece.name}.obj"), (0, 0, 0), ATLAS)
        for size, at in self.piece.boxes:
            model.touch(sdf.box(size), at)
        return model.sdf()

    def footprint(self) -> Rect | None:
        """Return the rectangle around all that is touched."""
        cos, sin = abs(math.cos(self.yaw)), abs(math.sin(self.yaw))
        rects = []
        for (length, width, _), (dx, dy, _) in self.piece.boxes:
            x = self.x + dx * math.cos(self.yaw) - dy * math.sin(self.yaw)
            y = self.y + dx * math.sin(self.yaw) + dy * math.cos(self.yaw)
            wide, high = (length * cos + width * sin) / 2, (length * sin + width * cos) / 2
            rects.append((x - wide, y - high, x + wide, y + high))
        if not rects:
            return None
        columns = list(zip(*rects, strict=True))
        return (min(columns[0]), min(columns[1]), max(columns[2]), max(columns[3]))


def meshes(things: Iterable[Put]) -> dict[str, str]:
    """Return the mesh files that these things need, by their path beside the world."""
    pieces = {thing.piece.name: thing.piece for thing in things}
    return {f"meshes/{name}.obj": piece.mesh.obj(name) for name, piece in sorted(pieces.items())}


def footprints(things: Iterable[Put]) -> list[Rect]:
    """Return the footprints of the things that stand in the way."""
    return [rect for thing in things if (rect := thing.footprint()) is not None]
