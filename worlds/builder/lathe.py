"""Round things turned on a lathe: a profile swept about the vertical axis, as a Wavefront mesh without a texture."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

Point = tuple[float, float]
Profile = Sequence[Point]
"""Points (radius, height) [m] from the axis below, up the outside, over the rim and back to the axis."""

_SHARP = math.cos(math.radians(40))
"""Where the profile turns by less than 40 degrees, the surface looks round."""


def turned(name: str, profile: Profile, sides: int = 24) -> str:
    """Return the mesh of a profile; its surface faces the right of the way along the profile."""
    corners: list[str] = []
    directions: list[str] = []
    faces: list[str] = []
    ring = [(math.cos(2 * math.pi * i / sides), math.sin(2 * math.pi * i / sides)) for i in range(sides)]
    for ((r0, z0), n0), ((r1, z1), n1) in _stretches(profile):
        first = len(corners) + 1
        for r, z, (out, up) in ((r0, z0, n0), (r1, z1, n1)):
            corners += [f"v {r * x:.5f} {r * y:.5f} {z:.5f}" for x, y in ring]
            directions += [f"vn {out * x:.4f} {out * y:.4f} {up:.4f}" for x, y in ring]
        for i in range(sides):
            j = (i + 1) % sides
            low, next_low, high, next_high = (first + k for k in (i, j, sides + i, sides + j))
            if r0 > 0:
                faces.append(_face(low, next_low, next_high))
            if r1 > 0:
                faces.append(_face(low, next_high, high))
    head = ["# Written by worlds/build.py: edit that, not this.", f"o {name}"]
    return "\n".join([*head, *corners, *directions, *faces]) + "\n"


def _face(*corners: int) -> str:
    return "f " + " ".join(f"{n}//{n}" for n in corners)


def _stretches(profile: Profile) -> Iterator[tuple[tuple[Point, Point], tuple[Point, Point]]]:
    """Yield each straight stretch as its two ends, each with its normal (outwards, up)."""
    ends = list(itertools.pairwise(profile))
    flat = []
    for (r0, z0), (r1, z1) in ends:
        length = math.hypot(r1 - r0, z1 - z0)
        flat.append(((z1 - z0) / length, (r0 - r1) / length))
    for i, (start, end) in enumerate(ends):
        before, after = (flat[k] if 0 <= k < len(flat) else None for k in (i - 1, i + 1))
        yield (start, _blend(flat[i], before)), (end, _blend(flat[i], after))


def _blend(normal: Point, other: Point | None) -> Point:
    if other is None or normal[0] * other[0] + normal[1] * other[1] < _SHARP:
        return normal
    out, up = normal[0] + other[0], normal[1] + other[1]
    length = math.hypot(out, up)
    return (out / length, up / length)
