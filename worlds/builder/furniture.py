"""What stands in a home."""

from __future__ import annotations

from functools import cache

from builder.piece import Piece, new


@cache
def sofa() -> Piece:
    """A sofa for three, 2.1 m wide."""
    mesh = new().box((0.9, 2.1, 0.12), (0, 0, 0.1), "walnut")
    mesh.box((0.68, 1.74, 0.26), (0.09, 0, 0.29), "fabric_slate")
    for side in (-1, 0, 1):
        mesh.box((0.6, 0.56, 0.1), (0.12, 0.58 * side, 0.46), "fabric_slate")
    mesh.box((0.22, 2.1, 0.62), (-0.34, 0, 0.47), "fabric_slate")
    for side in (-1, 1):
        mesh.box((0.9, 0.18, 0.46), (0, 0.96 * side, 0.39), "fabric_slate")
        mesh.box((0.12, 0.4, 0.36), (-0.14, 0.6 * side, 0.66), "fabric_clay" if side > 0 else "fabric_sand")
    return Piece("sofa", mesh, (((0.9, 2.1, 0.6), (0, 0, 0.34)), ((0.22, 2.1, 0.3), (-0.34, 0, 0.66))))


@cache
def armchair() -> Piece:
    """An armchair, 0.85 m wide."""
    mesh = new().box((0.72, 0.5, 0.32), (0.04, 0, 0.28), "fabric_sand")
    mesh.box((0.18, 0.85, 0.75), (-0.31, 0, 0.5), "fabric_sand")
    for side in (-1, 1):
        mesh.box((0.75, 0.16, 0.48), (0.02, 0.345 * side, 0.36), "fabric_sand")
        for end in (-1, 1):
            mesh.box((0.06, 0.06, 0.12), (0.33 * end, 0.36 * side, 0.06), "walnut")
    return Piece("armchair", mesh, (((0.8, 0.85, 0.6), (0, 0, 0.34)),))


@cache
def coffee_table() -> Piece:
    """A low table, 1.0 x 0.6 m, with a book and a bowl."""
    mesh = new().box((0.6, 1.0, 0.05), (0, 0, 0.39), "wood_walnut", hide="")
    mesh.box((0.5, 0.9, 0.03), (0, 0, 0.16), "wood_walnut", hide="")
    for x in (-0.25, 0.25):
        for y in (-0.44, 0.44):
            mesh.box((0.05, 0.05, 0.37), (x, y, 0.185), "walnut")
    mesh.box((0.16, 0.23, 0.03), (0.05, -0.2, 0.43), "navy").box((0.14, 0.2, 0.025), (0.06, -0.19, 0.457), "mustard")
    mesh.cylinder(0.07, 0.06, (-0.05, 0.24, 0.445), "clay", top="cream", top_radius=0.11)
    return Piece("coffee_table", mesh, (((0.6, 1.0, 0.415), (0, 0, 0.2075)),))


@cache
def television() -> Piece:
    """A low cabinet, 1.6 m wide, with a television on it."""
    mesh = new().box((0.4, 1.6, 0.4), (0, 0, 0.25), "wood_oak", front="cupboards")
    mesh.box((0.34, 1.5, 0.05), (0, 0, 0.025), "graphite")
    mesh.box((0.2, 0.4, 0.03), (0, 0, 0.465), "black").box((0.04, 0.06, 0.1), (-0.03, 0, 0.5), "black")
    mesh.box((0.05, 1.15, 0.68), (-0.02, 0, 0.87), "black", front="television")
    return Piece("television", mesh, (((0.4, 1.6, 0.45), (0, 0, 0.225)), ((0.05, 1.15, 0.7), (-0.02, 0, 0.87))))


@cache
def bookshelf() -> Piece:
    """A full bookshelf, 1.2 m wide."""
    mesh = new().box((0.32, 1.2, 1.85), (0, 0, 0.925), "wood_walnut", front="books")
    mesh.box((0.2, 0.3, 0.2), (0, -0.3, 1.95), "cream").cylinder(0.09, 0.22, (0, 0.35, 1.96), "sage", top_radius=0.06)
    return Piece("bookshelf", mesh, (((0.32, 1.2, 1.85), (0, 0, 0.925)),))


@cache
def plant() -> Piece:
    """A leafy plant in a pot."""
    mesh = new().cylinder(0.15, 0.34, (0, 0, 0.17), "clay", top="walnut", top_radius=0.2)
    mesh.cylinder(0.025, 0.3, (0, 0, 0.45), "walnut", sides=6)
    for i, (x, y, z, r) in enumerate(((0, 0, 0.75, 0.3), (0.12, 0.08, 0.98, 0.24), (-0.1, 0.02, 1.12, 0.2))):
        mesh.cylinder(r, 0.3, (x, y, z), "leaf" if i % 2 else "leaf_dark", top_radius=0.0, sides=9)
    return Piece("plant", mesh, (((0.34, 0.34, 0.4), (0, 0, 0.2)), ((0.4, 0.4, 0.6), (0, 0, 0.8))))


@cache
def floor_lamp() -> Piece:
    """A standard lamp."""
    mesh = new().cylinder(0.15, 0.03, (0, 0, 0.015), "graphite").cylinder(0.015, 1.4, (0, 0, 0.72), "graphite", sides=6)
    mesh.cylinder(0.2, 0.3, (0, 0, 1.5), "lamp", top_radius=0.13)
    return Piece("floor_lamp", mesh, (((0.24, 0.24, 1.6), (0, 0, 0.8)),))


@cache
def kitchen_row() -> Piece:
    """A kitchen counter, 3.4 m wide, with sink, hob and oven, and cupboards above."""
    mesh = new().box((0.55, 3.4, 0.1), (-0.03, 0, 0.05), "graphite")
    mesh.box((0.6, 1.0, 0.76), (0, 1.2, 0.48), "white", front="drawers")
    mesh.box((0.6, 0.6, 0.76), (0, 0.4, 0.48), "white", front="oven")
    mesh.box((0.6, 1.8, 0.76), (0, -0.8, 0.48), "white", front="cupboards")
    mesh.box((0.63, 3.4, 0.04), (0.015, 0, 0.88), "wood_walnut")
    mesh.box((0.5, 0.54, 0.012), (0.02, 0.4, 0.906), "black", top="hob")
    mesh.box((0.4, 0.6, 0.012), (0.02, -0.8, 0.906), "steel", top="steel")
    mesh.box((0.3, 0.5, 0.004), (0.02, -0.8, 0.914), "grey").box((0.03, 0.03, 0.25), (-0.2, -0.8, 1.03), "steel")
    mesh.box((0.16, 0.03, 0.03), (-0.13, -0.8, 1.15), "steel", hide="")
    mesh.box((0.34, 3.4, 0.5), (-0.13, 0, 1.68), "white", front="cupboards", hide="")
    mesh.cylinder(0.08, 0.16, (0.05, 1.35, 0.98), "barrel_rust").cylinder(0.05, 0.22, (0.1, -1.45, 1.01), "sage")
    return Piece("kitchen_row", mesh, (((0.63, 3.4, 0.9), (0.015, 0, 0.45)), ((0.34, 3.4, 0.5), (-0.13, 0, 1.68))))


@cache
def fridge() -> Piece:
    """A fridge-freezer."""
    mesh = new().box((0.66, 0.7, 1.85), (0, 0, 0.925), "steel", front="fridge_door")
    return Piece("fridge", mesh, (((0.66, 0.7, 1.85), (0, 0, 0.925)),))


@cache
def dining_table() -> Piece:
    """A dining table, 0.9 x 1.7 m, laid with a bowl of fruit."""
    mesh = new().box((0.9, 1.7, 0.05), (0, 0, 0.725), "wood_oak", hide="")
    for x in (-0.38, 0.38):
        for y in (-0.78, 0.78):
            mesh.box((0.07, 0.07, 0.7), (x, y, 0.35), "oak")
    mesh.cylinder(0.09, 0.07, (0, 0.1, 0.785), "white", top="leaf", top_radius=0.15)
    legs = tuple(((0.07, 0.07, 0.7), (x, y, 0.35)) for x in (-0.38, 0.38) for y in (-0.78, 0.78))
    return Piece("dining_table", mesh, (((0.9, 1.7, 0.05), (0, 0, 0.725)), *legs))


@cache
def workbench() -> Piece:
    """A table to work at, 1.2 x 1.5 m, its top at 0.75 m."""
    mesh = new().box((1.2, 1.5, 0.04), (0, 0, 0.73), "teak", hide="+z")
    for i in range(5):
        mesh.sheet((-0.6, -0.75 + 0.3 * i, 0.6, -0.45 + 0.3 * i), 0.75, "wood_pale")
    legs = tuple(((0.07, 0.07, 0.71), (x, y, 0.355)) for x in (-0.54, 0.54) for y in (-0.69, 0.69))
    for size, at in legs:
        mesh.box(size, at, "steel")
    for y in (-0.69, 0.69):
        mesh.box((1.01, 0.04, 0.06), (0, y, 0.66), "steel")
    return Piece("workbench", mesh, (((1.2, 1.5, 0.04), (0, 0, 0.73)), *legs))


@cache
def chair() -> Piece:
    """A wooden chair; its back is at -x."""
    mesh = new().box((0.42, 0.42, 0.04), (0, 0, 0.45), "fabric_sand", hide="")
    for y in (-0.18, 0.18):
        mesh.box((0.04, 0.04, 0.43), (0.18, y, 0.215), "teak").box((0.04, 0.04, 0.9), (-0.19, y, 0.45), "teak")
    mesh.box((0.03, 0.36, 0.12), (-0.19, 0, 0.8), "teak", hide="").box(
        (0.03, 0.36, 0.08), (-0.19, 0, 0.6), "teak", hide=""
    )
    return Piece("chair", mesh, (((0.42, 0.42, 0.47), (0, 0, 0.235)), ((0.04, 0.42, 0.45), (-0.19, 0, 0.68))))


@cache
def bed() -> Piece:
    """A double bed, 1.7 x 2.1 m; its headboard is at -x."""
    mesh = new().box((2.0, 1.7, 0.26), (0.03, 0, 0.17), "wood_walnut")
    mesh.box((1.94, 1.6, 0.22), (0.04, 0, 0.4), "white", top="duvet")
    mesh.box((1.42, 1.66, 0.2), (0.31, 0, 0.43), "fabric_slate", top="duvet")
    mesh.box((0.08, 1.8, 1.0), (-1.0, 0, 0.5), "wood_walnut")
    for side in (-1, 1):
        mesh.box((0.4, 0.64, 0.14), (-0.68, 0.4 * side, 0.56), "white")
    return Piece("bed", mesh, (((2.08, 1.7, 0.5), (0, 0, 0.29)), ((0.08, 1.8, 1.0), (-1.0, 0, 0.5))))


@cache
def nightstand() -> Piece:
    """A bedside table with a lamp."""
    mesh = new().box((0.4, 0.45, 0.5), (0, 0, 0.25), "wood_oak", front="drawers")
    mesh.cylinder(0.06, 0.04, (-0.03, 0, 0.52), "graphite").cylinder(0.015, 0.2, (-0.03, 0, 0.62), "graphite", sides=6)
    mesh.cylinder(0.13, 0.18, (-0.03, 0, 0.78), "lamp", top_radius=0.08)
    return Piece("nightstand", mesh, (((0.4, 0.45, 0.5), (0, 0, 0.25)),))


@cache
def wardrobe() -> Piece:
    """A wardrobe of four doors, 2.0 m wide."""
    mesh = new().box((0.6, 2.0, 1.9), (0, 0, 0.95), "wood_pale", front="wardrobe")
    return Piece("wardrobe", mesh, (((0.6, 2.0, 1.9), (0, 0, 0.95)),))


@cache
def bathtub() -> Piece:
    """A bath, 1.7 m long along y, full of water."""
    mesh = new().box((0.75, 1.7, 0.52), (0, 0, 0.26), "white", hide="-z +z")
    for x in (-0.325, 0.325):
        mesh.box((0.1, 1.7, 0.06), (x, 0, 0.53), "white")
    for y in (-0.79, 0.79):
        mesh.box((0.55, 0.12, 0.06), (0, y, 0.53), "white")
    mesh.box((0.56, 1.48, 0.02), (0, 0, 0.44), "water").box((0.05, 0.16, 0.14), (-0.32, 0.5, 0.62), "steel")
    return Piece("bathtub", mesh, (((0.75, 1.7, 0.55), (0, 0, 0.275)),))


@cache
def toilet() -> Piece:
    """A toilet with its cistern at -x."""
    mesh = (
        new()
        .box((0.2, 0.4, 0.8), (-0.22, 0, 0.4), "white")
        .cylinder(0.15, 0.4, (0.08, 0, 0.2), "white", top_radius=0.2)
    )
    mesh.cylinder(0.2, 0.05, (0.08, 0, 0.425), "linen").box((0.12, 0.07, 0.01), (-0.22, 0, 0.805), "steel")
    return Piece("toilet", mesh, (((0.62, 0.4, 0.45), (-0.01, 0, 0.225)), ((0.2, 0.4, 0.4), (-0.22, 0, 0.6))))


@cache
def vanity() -> Piece:
    """A basin on a cabinet under a mirror."""
    mesh = new().box((0.45, 1.0, 0.8), (0, 0, 0.4), "wood_oak", front="cupboards")
    mesh.box((0.48, 1.04, 0.04), (0, 0, 0.82), "white").cylinder(
        0.16, 0.1, (0.02, 0, 0.89), "white", top="water", top_radius=0.2
    )
    mesh.box((0.03, 0.03, 0.22), (-0.17, 0, 0.95), "steel").box((0.12, 0.03, 0.03), (-0.12, 0, 1.05), "steel", hide="")
    mesh.box((0.03, 0.8, 0.75), (-0.21, 0, 1.5), "walnut", front="water", hide="")
    return Piece("vanity", mesh, (((0.48, 1.04, 0.84), (0, 0, 0.42)),))


@cache
def desk() -> Piece:
    """A desk, 1.4 m wide, with a computer; one sits at +x."""
    mesh = new().box((0.7, 1.4, 0.04), (0, 0, 0.72), "wood_pale", hide="")
    mesh.box((0.6, 0.4, 0.7), (0, 0.48, 0.35), "white", front="drawers").box(
        (0.6, 0.04, 0.7), (0, -0.66, 0.35), "white"
    )
    mesh.box((0.16, 0.24, 0.02), (-0.15, 0, 0.75), "black").box((0.03, 0.05, 0.2), (-0.18, 0, 0.84), "black")
    mesh.box((0.03, 0.66, 0.4), (-0.16, 0, 1.08), "black", front="monitor", hide="")
    mesh.box((0.14, 0.42, 0.02), (0.14, 0, 0.75), "keyboard").cylinder(0.04, 0.1, (0.1, -0.45, 0.79), "clay")
    return Piece("desk", mesh, (((0.7, 1.4, 0.76), (0, 0, 0.38)), ((0.1, 0.66, 0.5), (-0.16, 0, 1.0))))


@cache
def office_chair() -> Piece:
    """A swivel chair."""
    mesh = new()
    for i in range(5):
        mesh.box((0.3, 0.05, 0.05), (0, 0, 0.06), "black", yaw=i * 1.2566)
    mesh.cylinder(0.03, 0.36, (0, 0, 0.25), "graphite", sides=8).box(
        (0.48, 0.48, 0.08), (0, 0, 0.47), "fabric_dark", hide=""
    )
    mesh.box((0.07, 0.44, 0.55), (-0.22, 0, 0.8), "fabric_dark", hide="")
    return Piece("office_chair", mesh, (((0.5, 0.5, 0.5), (0, 0, 0.26)), ((0.07, 0.44, 0.6), (-0.22, 0, 0.8))))


@cache
def shoe_bench() -> Piece:
    """A bench with drawers for the hall."""
    mesh = (
        new()
        .box((0.32, 1.0, 0.42), (0, 0, 0.23), "wood_oak", front="cupboards")
        .box((0.32, 1.0, 0.05), (0, 0, 0.465), "fabric_clay")
    )
    mesh.box((0.24, 0.9, 0.02), (0, 0, 0.01), "graphite")
    return Piece("shoe_bench", mesh, (((0.32, 1.0, 0.49), (0, 0, 0.245)),))
