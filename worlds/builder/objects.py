"""The 24 objects that goals name, and the flat pictures that pretend to be some of them."""

from __future__ import annotations

import math
from typing import Any

from builder import sdf
from builder.sdf import Look, Model

COLOURS = {
    "red": "#d01f26",
    "green": "#1d9a3c",
    "blue": "#1e50d2",
    "yellow": "#f5d21c",
    "purple": "#8a2cb9",
    "orange": "#f47a12",
}
NOUNS = ("cube", "ball", "cylinder", "cone")
SIZES: dict[str, tuple[float, float]] = {
    "cube": (0.31, 0.31),
    "ball": (0.19, 0.38),
    "cylinder": (0.15, 0.42),
    "cone": (0.20, 0.50),
}
"""Edge or radius, and height [m]: all reach above the rover's LiDAR at 0.25 m."""

RADIUS = {"cube": 0.22, "ball": 0.19, "cylinder": 0.15, "cone": 0.20}
"""Radius of the footprint [m], of the real thing as of its picture."""

HALF_WIDTH = {"cube": 0.215, "ball": 0.19, "cylinder": 0.15, "cone": 0.20}
THICKNESS = 0.03
"""Of a picture [m]."""

PICTURES = (
    ("red", "ball"),
    ("blue", "ball"),
    ("green", "cube"),
    ("orange", "cube"),
    ("purple", "cylinder"),
    ("yellow", "cylinder"),
    ("red", "cone"),
    ("blue", "cone"),
)


def _shape(noun: str) -> tuple[str, float]:
    """Return the geometry and the height of its centre."""
    size, height = SIZES[noun]
    if noun == "cube":
        return sdf.box((size, size, size)), size / 2
    if noun == "ball":
        return sdf.sphere(size), size
    if noun == "cylinder":
        return sdf.cylinder(size, height), height / 2
    return sdf.mesh("meshes/cone.obj"), 0.0


def model(colour: str, noun: str) -> Model:
    """Return one object, standing on its origin."""
    geometry, centre = _shape(noun)
    return Model(f"{colour}_{noun}").solid(geometry, (0, 0, centre), Look(COLOURS[colour], roughness=0.6))


def board(colour: str, noun: str) -> Model:
    """Return a life-size picture of the object on a thin upright board; it faces along x, both ways."""
    look = Look(texture="materials/textures/picture.png", roughness=0.6)
    height = SIZES[noun][1]
    model = Model(f"{colour}_{noun}_picture").see(sdf.mesh("meshes/picture.obj"), (0, 0, 0), look)
    return model.touch(sdf.box((THICKNESS, 2 * HALF_WIDTH[noun], height)), (0, 0, height / 2))


def cone_obj(sides: int = 24) -> str:
    """Return the cone as a Wavefront mesh: SDF has had a cone only since 1.11."""
    radius, height = SIZES["cone"]
    slope = math.hypot(radius, height)
    angles = [2 * math.pi * i / sides for i in range(sides)]
    lines = ["# Written by worlds/build.py: edit that, not this.", "o cone"]
    lines += [f"v {radius * math.cos(a):.5f} {radius * math.sin(a):.5f} 0" for a in angles]
    lines += [f"v 0 0 {height:g}", "v 0 0 0"]
    lines += [
        f"vn {height / slope * math.cos(a):.5f} {height / slope * math.sin(a):.5f} {radius / slope:.5f}" for a in angles
    ]
    lines += ["vn 0 0 -1"]
    for i in range(1, sides + 1):
        j = i % sides + 1
        lines.append(f"f {i}//{i} {j}//{j} {sides + 1}//{i}")
        lines.append(f"f {j}//{sides + 1} {i}//{sides + 1} {sides + 2}//{sides + 1}")
    return "\n".join(lines) + "\n"


def tags() -> dict[str, dict[str, Any]]:
    """Return the semantics of all objects and pictures."""
    named: dict[str, dict[str, Any]] = {
        f"{colour}_{noun}": {"colour": colour, "noun": noun, "radius": RADIUS[noun]}
        for noun in NOUNS
        for colour in COLOURS
    }
    for colour, noun in PICTURES:
        named[f"{colour}_{noun}_picture"] = {
            "colour": colour,
            "noun": noun,
            "radius": RADIUS[noun],
            "decoy": True,
        }
    return named
