"""What stands in the kitchen and beside it: tops at a height that the arm on the rover reaches down on."""

from __future__ import annotations

from functools import cache

from builder.piece import Piece, new

COUNTER_TOP = 0.76
SIDEBOARD_TOP = 0.75
TABLE_TOP = 0.74


@cache
def counter() -> Piece:
    """A low kitchen counter, 2.6 m wide and 0.62 m deep, with sink, hob and oven at its ends and a board of tiles."""
    mesh = new().box((0.52, 2.6, 0.1), (-0.03, 0, 0.05), "graphite")
    mesh.box((0.58, 0.6, 0.62), (0, 1.0, 0.41), "white", front="oven")
    mesh.box((0.58, 1.1, 0.62), (0, 0.15, 0.41), "white", front="drawers")
    mesh.box((0.58, 0.9, 0.62), (0, -0.85, 0.41), "white", front="cupboards")
    mesh.box((0.62, 2.6, 0.04), (0, 0, COUNTER_TOP - 0.02), "wood_oak")
    mesh.box((0.02, 2.6, 0.36), (-0.3, 0, COUNTER_TOP + 0.18), "cream")
    mesh.box((0.26, 0.54, 0.008), (-0.13, 1.0, COUNTER_TOP + 0.004), "black", top="hob")
    mesh.box((0.26, 0.5, 0.008), (-0.13, -0.95, COUNTER_TOP + 0.004), "steel")
    mesh.box((0.2, 0.42, 0.004), (-0.13, -0.95, COUNTER_TOP + 0.01), "grey")
    mesh.box((0.03, 0.03, 0.24), (-0.25, -0.95, COUNTER_TOP + 0.12), "steel")
    mesh.box((0.14, 0.03, 0.03), (-0.19, -0.95, COUNTER_TOP + 0.24), "steel", hide="")
    mesh.cylinder(0.06, 0.14, (-0.2, 0.42, COUNTER_TOP + 0.07), "barrel_rust")
    mesh.cylinder(0.05, 0.18, (-0.21, 0.26, COUNTER_TOP + 0.09), "sage")
    mesh.box((0.03, 0.3, 0.2), (-0.27, -0.2, COUNTER_TOP + 0.1), "wood_walnut")
    # The jars and the tap keep to the back: all that is touched there is one box.
    boxes = (((0.62, 2.6, COUNTER_TOP), (0, 0, COUNTER_TOP / 2)), ((0.04, 2.6, 0.36), (-0.29, 0, COUNTER_TOP + 0.18)))
    return Piece("counter", mesh, boxes)


@cache
def wall_shelf() -> Piece:
    """Two boards on a wall, 2.2 m wide, with crockery."""
    mesh = new()
    for height in (1.4, 1.72):
        mesh.box((0.22, 2.2, 0.03), (0, 0, height), "wood_walnut", hide="")
    for i, colour in enumerate(("cream", "clay", "white", "sage", "mustard", "white", "navy", "cream")):
        mesh.cylinder(0.055, 0.1 + 0.03 * (i % 3), (0, -0.95 + 0.27 * i, 1.47 + 0.015 * (i % 3)), colour)
    for i in range(4):
        mesh.cylinder(0.09, 0.06 + 0.02 * (i % 2), (0, -0.8 + 0.5 * i, 1.77 + 0.01 * (i % 2)), "white", top_radius=0.1)
    return Piece("wall_shelf", mesh, (((0.22, 2.2, 0.5), (0, 0, 1.63)),))


@cache
def breakfast_table() -> Piece:
    """A small table, 0.8 x 1.2 m."""
    mesh = new().box((0.8, 1.2, 0.04), (0, 0, TABLE_TOP - 0.02), "wood_pale", hide="")
    legs = tuple(
        ((0.06, 0.06, TABLE_TOP - 0.04), (x, y, (TABLE_TOP - 0.04) / 2)) for x in (-0.34, 0.34) for y in (-0.54, 0.54)
    )
    for size, at in legs:
        mesh.box(size, at, "white")
    return Piece("breakfast_table", mesh, (((0.8, 1.2, 0.04), (0, 0, TABLE_TOP - 0.02)), *legs))


@cache
def sideboard() -> Piece:
    """A chest to put things on, 1.5 m wide and 0.45 m deep."""
    mesh = new().box((0.4, 1.46, 0.08), (-0.01, 0, 0.04), "graphite")
    mesh.box((0.43, 1.48, 0.63), (0, 0, 0.395), "wood_walnut", front="wardrobe")
    mesh.box((0.45, 1.5, 0.04), (0, 0, SIDEBOARD_TOP - 0.02), "wood_walnut")
    return Piece("sideboard", mesh, (((0.45, 1.5, SIDEBOARD_TOP), (0, 0, SIDEBOARD_TOP / 2)),))


@cache
def pantry() -> Piece:
    """An open larder, 1.2 m wide, full of jars and boxes."""
    mesh = new().box((0.02, 1.2, 1.8), (-0.16, 0, 0.9), "wood_oak", hide="")
    for side in (-1, 1):
        mesh.box((0.34, 0.03, 1.8), (0, 0.585 * side, 0.9), "wood_oak")
    for height in (0.06, 0.5, 0.94, 1.38, 1.79):
        mesh.box((0.34, 1.2, 0.03), (0, 0, height), "wood_oak", hide="")
    jars = ("barrel_rust", "cream", "mustard", "leaf", "navy", "clay")
    for row, height in enumerate((0.515, 0.955, 1.395)):
        for i in range(6):
            tall = 0.16 + 0.04 * ((i + row) % 3)
            mesh.cylinder(0.065, tall, (0.02, -0.47 + 0.19 * i, height + tall / 2), jars[(i + 2 * row) % 6])
    for y, swatch in ((-0.3, "carton"), (0.25, "cartons")):
        mesh.box((0.26, 0.42, 0.28), (0.01, y, 0.215), swatch)
    return Piece("pantry", mesh, (((0.34, 1.2, 1.8), (0, 0, 0.9)),))
