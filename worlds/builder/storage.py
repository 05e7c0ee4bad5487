"""What stands in a warehouse."""

from __future__ import annotations

from functools import cache

from builder.mesh import Mesh
from builder.piece import Piece, new

RACK = (1.1, 6.0, 2.2)
"""Depth, length and height of a rack [m]; it runs along y."""


def _pallet(mesh: Mesh, x: float, y: float, z: float) -> None:
    mesh.box((1.0, 1.2, 0.14), (x, y, z + 0.07), "pallet_side", top="wood_pallet")


def _rack(name: str, loads: tuple[str, ...]) -> Piece:
    """Return a pallet rack of four bays and two levels: ``loads`` are swatches, ground level first, ``""`` is empty."""
    mesh = new()
    _, length, height = RACK
    bay = length / 4
    for i in range(5):
        for x in (-0.48, 0.48):
            mesh.box((0.09, 0.08, height), (x, (i - 2) * bay, height / 2), "rack_blue", hide="-z +z")
        mesh.box((0.96, 0.04, 0.05), (0, (i - 2) * bay, 0.8), "rack_blue", hide="-z -x +x")
    for x in (-0.48, 0.48):
        mesh.box((0.05, length, 0.12), (x, 0, 1.12), "rack_orange")
        mesh.box((0.05, length, 0.12), (x, 0, 2.08), "rack_orange")
    mesh.box((0.95, length, 0.03), (0, 0, 1.17), "wood_pallet", hide="")
    for i, load in enumerate(loads):
        level, column = divmod(i, 4)
        if not load:
            continue
        y, z = (column - 1.5) * bay, 1.185 * level
        _pallet(mesh, 0, y, z)
        tall = (0.82, 0.7, 0.6)[(i + len(name)) % 3]
        mesh.box((0.96, 1.16, tall), (0, y, z + 0.14 + tall / 2), load)
    return Piece(name, mesh, ((RACK, (0, 0, height / 2)),))


@cache
def rack_a() -> Piece:
    """A full rack."""
    return _rack(
        "rack_a",
        ("cartons", "cartons_tall", "barrel_blue", "cartons_wide", "cartons_tall", "", "cartons_wide", "cartons"),
    )


@cache
def rack_b() -> Piece:
    """Another full rack."""
    return _rack(
        "rack_b", ("cartons_wide", "cartons", "cartons_tall", "slate", "", "cartons_wide", "cartons", "cartons_tall")
    )


@cache
def stack() -> Piece:
    """A pallet of cartons, some on top."""
    mesh = new()
    _pallet(mesh, 0, 0, 0)
    mesh.box((0.94, 1.14, 0.6), (0, 0, 0.44), "cartons_wide")
    mesh.box((0.4, 0.5, 0.36), (-0.2, -0.25, 0.92), "carton", yaw=0.15).box(
        (0.36, 0.36, 0.3), (0.2, 0.3, 0.89), "carton", yaw=-0.2
    )
    return Piece("stack", mesh, (((1.0, 1.2, 0.74), (0, 0, 0.37)), ((0.9, 1.1, 0.36), (0, 0, 0.92))))


@cache
def tall_stack() -> Piece:
    """A pallet stacked high."""
    mesh = new()
    _pallet(mesh, 0, 0, 0)
    mesh.box((0.96, 1.16, 1.3), (0, 0, 0.79), "cartons_tall", left="cartons", right="cartons")
    return Piece("tall_stack", mesh, (((1.0, 1.2, 1.44), (0, 0, 0.72)),))


@cache
def pallets() -> Piece:
    """Five empty pallets in a pile."""
    mesh = new()
    for i in range(5):
        _pallet(mesh, 0.02 * (i % 2), 0.015 * (i % 3), 0.14 * i)
    return Piece("pallets", mesh, (((1.04, 1.24, 0.7), (0, 0, 0.35)),))


@cache
def barrels() -> Piece:
    """Four drums, two by two."""
    mesh = new()
    for i, colour in enumerate(("barrel_blue", "barrel_green", "barrel_blue", "barrel_rust")):
        x, y = (i % 2 - 0.5) * 0.62, (i // 2 - 0.5) * 0.62
        mesh.cylinder(0.29, 0.88, (x, y, 0.44), colour, top="graphite", sides=14)
        for z in (0.3, 0.6):
            mesh.cylinder(0.3, 0.03, (x, y, z), colour, sides=14)
    return Piece("barrels", mesh, (((1.2, 1.2, 0.88), (0, 0, 0.44)),))


@cache
def column() -> Piece:
    """A concrete column with a hazard band."""
    mesh = new().box((0.4, 0.4, 2.8), (0, 0, 1.4), "grey", hide="-z").box((0.42, 0.42, 0.9), (0, 0, 0.45), "hazard")
    return Piece("column", mesh, (((0.42, 0.42, 2.8), (0, 0, 1.4)),))


@cache
def dock_door() -> Piece:
    """A roller door in its frame with bumpers, 2.8 m wide; it opens along +x."""
    mesh = new().box((0.08, 2.8, 2.3), (0, 0, 1.15), "steel", front="shutter")
    for y in (-1.5, 1.5):
        mesh.box((0.16, 0.2, 2.4), (0.02, y, 1.2), "hazard")
    mesh.box((0.16, 3.2, 0.2), (0.02, 0, 2.4), "graphite", hide="")
    return Piece("dock_door", mesh, (((0.2, 3.2, 2.5), (0.0, 0, 1.25)),))


@cache
def charger() -> Piece:
    """A charging cabinet; a robot drives up to its front at +x."""
    mesh = new().box((0.35, 0.7, 1.1), (0, 0, 0.55), "graphite", front="charging")
    mesh.box((0.25, 0.5, 0.06), (0.3, 0, 0.03), "steel").cylinder(0.05, 0.08, (0, 0, 1.14), "charger")
    return Piece("charger", mesh, (((0.35, 0.7, 1.1), (0, 0, 0.55)), ((0.25, 0.5, 0.06), (0.3, 0, 0.03))))


@cache
def packing_bench() -> Piece:
    """A workbench, 2.4 m long along y, with a roll of paper, cartons and a lamp bar."""
    mesh = new().box((0.8, 2.4, 0.06), (0, 0, 0.87), "wood_oak", hide="")
    for x in (-0.35, 0.35):
        for y in (-1.12, 1.12):
            mesh.box((0.07, 0.07, 0.84), (x, y, 0.42), "graphite", hide="-z +z")
    mesh.box((0.7, 2.2, 0.03), (0, 0, 0.2), "steel", hide="").box((0.5, 0.6, 0.4), (0, -0.6, 0.42), "carton")
    mesh.box((0.36, 0.4, 0.3), (0, 0.75, 1.05), "carton", yaw=0.3).box(
        (0.3, 0.4, 0.24), (0.05, -0.8, 1.02), "carton", yaw=-0.2
    )
    for y in (-1.1, 1.1):
        mesh.box((0.05, 0.05, 0.9), (-0.36, y, 1.35), "steel")
    mesh.box((0.12, 2.3, 0.06), (-0.3, 0, 1.82), "lamp", hide="")
    return Piece("packing_bench", mesh, (((0.8, 2.4, 0.9), (0, 0, 0.45)), ((0.15, 2.3, 0.9), (-0.34, 0, 1.4))))


@cache
def guard() -> Piece:
    """A crash barrier, 1.6 m long along y."""
    mesh = new()
    for y in (-0.7, 0.7):
        mesh.box((0.1, 0.1, 0.45), (0, y, 0.225), "black")
    for z in (0.2, 0.38):
        mesh.box((0.08, 1.6, 0.12), (0, 0, z), "safety", hide="")
    return Piece("guard", mesh, (((0.1, 1.6, 0.45), (0, 0, 0.225)),))


@cache
def forklift() -> Piece:
    """A parked forklift truck, forks at +x."""
    mesh = new().box((1.3, 0.95, 0.55), (-0.2, 0, 0.45), "safety").box((0.45, 0.95, 0.4), (-0.7, 0, 0.85), "graphite")
    mesh.box((0.45, 0.5, 0.1), (-0.2, 0, 0.78), "fabric_dark").box((0.1, 0.5, 0.4), (-0.42, 0, 1.0), "fabric_dark")
    for x in (0.36, -0.78):
        for y in (-0.42, 0.42):
            mesh.box((0.06, 0.06, 1.0), (x, y, 1.45), "black")
    mesh.box((1.25, 0.92, 0.05), (-0.2, 0, 1.96), "black", hide="")
    for y in (-0.3, 0.3):
        mesh.box((0.1, 0.1, 1.9), (0.53, y, 0.97), "graphite").box((0.95, 0.12, 0.05), (1.05, y, 0.08), "graphite")
    mesh.box((0.06, 0.8, 0.1), (0.59, 0, 0.5), "graphite", hide="")
    for x in (-0.6, 0.3):
        for y in (-0.46, 0.46):
            mesh.box((0.44, 0.16, 0.36), (x, y, 0.18), "black")
    body, forks = ((1.5, 1.0, 2.0), (-0.17, 0, 1.0)), ((0.95, 0.75, 0.12), (1.05, 0, 0.08))
    return Piece("forklift", mesh, (body, forks))
