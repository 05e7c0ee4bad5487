"""What stands on a table: cups, cubes, cylinders and bottles to grasp, and what they are put in, on and beside."""

from __future__ import annotations

import math
from typing import Any

from builder import lathe, sdf
from builder.machine import Link, Machine, Slide, box_inertia, cylinder_inertia
from builder.objects import COLOURS
from builder.piece import ATLAS, new
from builder.sdf import Look, Pose

NOUNS = ("cup", "cube", "cylinder", "bottle")
RADIUS = {"cup": 0.033, "cube": 0.032, "cylinder": 0.021, "bottle": 0.029}
"""Radius of the footprint [m]."""
HEIGHT = {"cup": 0.075, "cube": 0.045, "cylinder": 0.07, "bottle": 0.165}
"""Height [m]: all but bottles pass under the palm of a hand that grasps a cube."""
MASS = {"cup": 0.12, "cube": 0.1, "cylinder": 0.12, "bottle": 0.2}
SCALES = (0.88, 1.0, 0.94, 1.03, 0.91, 0.97)
GRIP = 0.9
"""Friction of what is grasped; of two surfaces the smaller one holds."""

MAT_COLOURS = ("red", "blue", "yellow")
MAT_RADIUS = 0.075
BUTTON_COLOURS = ("red", "green", "blue")

_CUP = ((0, 0), (0.027, 0), (0.0285, 0.003), (0.033, 0.075), (0.0305, 0.075), (0.0265, 0.006), (0, 0.006))
_BOTTLE = (
    (0, 0),
    (0.026, 0),
    (0.0285, 0.004),
    (0.0285, 0.095),
    (0.026, 0.108),
    (0.014, 0.124),
    (0.0125, 0.13),
    (0.0125, 0.148),
    (0.0145, 0.15),
    (0.0145, 0.163),
    (0.013, 0.165),
    (0, 0.165),
)
_BOWL = ((0, 0), (0.045, 0), (0.062, 0.014), (0.086, 0.055), (0.081, 0.055), (0.057, 0.016), (0.05, 0.01), (0, 0.01))
BOWL_INNER = 0.055
"""Radius of the bowl's flat bottom [m]."""
BOWL_RADIUS, BOWL_HEIGHT = 0.086, 0.055

TRAY = (0.30, 0.22)
"""Outer edges of the tray [m]: x, y."""
TRAY_WALL, TRAY_HEIGHT, TRAY_FLOOR = 0.008, 0.03, 0.008

UNIT = (0.20, 0.31, 0.13)
"""The drawer unit: depth (x), width (y), height (z) [m]; its drawers are at +x."""
BOARD = 0.008
TRAVEL = 0.12
STANDOFF = 0.07
"""From the front of a drawer to the middle of its handle [m]: a finger of an open hand fits between."""
HANDLE_HEIGHT = 0.10
"""So high that the palm of the hand that pulls it passes over the unit [m]."""

PLUNGER_TRAVEL, PLUNGER_TOP = 0.008, 0.045


def meshes() -> dict[str, str]:
    """Return the mesh files of the things here, by their path beside the world."""
    turned = {"cup": _CUP, "bottle": _BOTTLE, "bowl": _BOWL}
    files = {f"meshes/{name}.obj": lathe.turned(name, profile) for name, profile in turned.items()}
    return {**files, "meshes/tray.obj": _tray_mesh(), "meshes/drawer_unit.obj": _unit_mesh()}


def scale(colour: str, noun: str) -> float:
    """Return the size of a thing as a share of that of its kind: no two colours of a kind are of one size."""
    turn = 2 * NOUNS.index(noun) + tuple(COLOURS).index(colour)
    return SCALES[turn % len(SCALES)]


def size(colour: str, noun: str) -> tuple[float, float]:
    """Return the radius of the footprint and the height of a thing [m]."""
    factor = scale(colour, noun)
    return round(RADIUS[noun] * factor, 4), round(HEIGHT[noun] * factor, 4)


def thing(colour: str, noun: str, pose: Pose) -> Machine:
    """Return one thing to grasp, standing on its origin."""
    look = Look(COLOURS[colour], roughness=0.4)
    factor = scale(colour, noun)
    radius, height = size(colour, noun)
    mass = round(MASS[noun] * factor**3, 3)
    link = Link("link", mass=mass, inertia=cylinder_inertia(mass, radius, height), centre=round(height / 2, 4))
    match noun:
        case "cube":
            link.inertia = box_inertia(mass, (height, height, height))
            link.solid(sdf.box((height, height, height)), (0, 0, height / 2), look, GRIP)
        case "cylinder":
            link.solid(sdf.cylinder(round(0.02 * factor, 4), height), (0, 0, height / 2), look, GRIP)
        case "cup":
            # Hollow to see, solid to touch: nothing is put into a cup.
            link.see(sdf.mesh("meshes/cup.obj", (factor, factor, factor)), (0, 0, 0), look)
            link.touch(sdf.cylinder(round(0.031 * factor, 4), height), (0, 0, height / 2), GRIP)
        case _:
            link.centre = round(0.36 * height, 4)
            link.see(sdf.mesh("meshes/bottle.obj", (factor, factor, factor)), (0, 0, 0), look)
            body = round(0.64 * height, 4)
            neck = round(height - body, 4)
            link.touch(sdf.cylinder(round(0.0285 * factor, 4), body), (0, 0, body / 2), GRIP)
            link.touch(sdf.cylinder(round(0.0135 * factor, 4), neck), (0, 0, body + neck / 2), GRIP)
    return Machine(f"{colour}_{noun}", pose, (link,))


def tray(pose: Pose) -> Machine:
    """Return the tray: a floor and four walls."""
    link = Link("link", mass=0.6, inertia=box_inertia(0.6, (*TRAY, TRAY_HEIGHT)), centre=0.01)
    link.see(sdf.mesh("meshes/tray.obj"), (0, 0, 0), ATLAS)
    for size, at in _tray_boards():
        link.touch(sdf.box(size), at, 0.7)
    return Machine("tray", pose, (link,))


def _tray_boards() -> list[tuple[sdf.Vector, sdf.Vector]]:
    length, width = TRAY
    walls = [((length, width, TRAY_FLOOR), (0.0, 0.0, TRAY_FLOOR / 2))]
    for side in (-1, 1):
        walls.append(((TRAY_WALL, width, TRAY_HEIGHT), (side * (length - TRAY_WALL) / 2, 0.0, TRAY_HEIGHT / 2)))
        walls.append(
            ((length - 2 * TRAY_WALL, TRAY_WALL, TRAY_HEIGHT), (0.0, side * (width - TRAY_WALL) / 2, TRAY_HEIGHT / 2))
        )
    return walls


def _tray_mesh() -> str:
    mesh = new()
    (floor, at), *walls = _tray_boards()
    mesh.box(floor, at, "walnut", hide="-z", top="fabric_dark")
    for size, at in walls:
        mesh.box(size, at, "walnut")
    return mesh.obj("tray")


def bowl(pose: Pose, sides: int = 12) -> Machine:
    """Return the bowl: a flat bottom within a ring of boards."""
    link = Link("link", mass=0.4, inertia=cylinder_inertia(0.4, 0.07, BOWL_HEIGHT), centre=0.02)
    link.see(sdf.mesh("meshes/bowl.obj"), (0, 0, 0), Look("#efeeea", roughness=0.3))
    link.touch(sdf.cylinder(BOWL_INNER + 0.002, 0.01), (0, 0, 0.005), 0.7)
    # Two rings, the upper one wider, follow the flare.
    for radius, low, high in ((0.064, 0.004, 0.03), (0.079, 0.026, BOWL_HEIGHT)):
        edge = 2 * (radius + 0.006) * math.tan(math.pi / sides)
        for i in range(sides):
            yaw = 2 * math.pi * i / sides
            at = (radius * math.cos(yaw), radius * math.sin(yaw), (low + high) / 2)
            link.touch(sdf.box((0.012, edge, high - low)), at, 0.7, yaw)
    return Machine("bowl", pose, (link,))


def mat(colour: str, pose: Pose) -> sdf.Model:
    """Return a round mat: a mark on the table, too thin to be felt."""
    look = Look(COLOURS[colour], roughness=0.95)
    return sdf.Model(f"{colour}_mat", pose).see(sdf.cylinder(MAT_RADIUS, 0.0016), (0, 0, 0.0008), look)


def _unit_boards() -> list[tuple[sdf.Vector, sdf.Vector]]:
    depth, width, height = UNIT
    boards = [
        ((depth, width, BOARD), (0.0, 0.0, BOARD / 2)),
        ((depth, width, BOARD), (0.0, 0.0, height - BOARD / 2)),
        ((BOARD, width, height - 2 * BOARD), ((BOARD - depth) / 2, 0.0, height / 2)),
    ]
    for y in (-(width - BOARD) / 2, 0.0, (width - BOARD) / 2):
        boards.append(((depth - BOARD, BOARD, height - 2 * BOARD), (BOARD / 2, y, height / 2)))
    return boards


def _unit_mesh() -> str:
    mesh = new()
    for size, at in _unit_boards():
        mesh.box(size, at, "wood_oak", hide="")
    return mesh.obj("drawer_unit")


def _drawer(side: str) -> Link:
    depth, width, height = UNIT
    y = (-1 if side == "left" else 1) * (width - BOARD) / 4
    wide, tall, deep = (width - 3 * BOARD) / 2 - 0.004, height - 2 * BOARD - 0.006, depth - BOARD - 0.006
    link = Link(
        f"{side}_drawer", (depth / 2, y, BOARD + 0.003, 0, 0, 0), mass=0.5, inertia=box_inertia(0.5, (deep, wide, tall))
    )
    front, grip = Look("#f2efe8", roughness=0.5), Look("#4a4e55", roughness=0.3, metalness=0.6)
    wall = 0.006
    boards = [
        ((0.012, wide, tall), (-0.006, 0.0, tall / 2)),
        ((deep, wide, wall), (-deep / 2, 0.0, wall / 2)),
        ((wall, wide, tall * 0.7), (-deep + wall / 2, 0.0, tall * 0.35)),
    ]
    boards += [((deep, wall, tall * 0.7), (-deep / 2, s * (wide - wall) / 2, tall * 0.35)) for s in (-1, 1)]
    for size, at in boards:
        link.solid(sdf.box(size), at, front)
    up = HANDLE_HEIGHT - BOARD - 0.003
    link.solid(sdf.box((0.010, 0.09, 0.012)), (STANDOFF, 0, up), grip, GRIP)
    for end in (-0.04, 0.04):
        link.solid(sdf.box((STANDOFF, 0.008, 0.008)), (STANDOFF / 2, end, up), grip)
    return link


def drawer_unit(pose: Pose) -> Machine:
    """Return a cabinet of two drawers side by side, which slide out along +x."""
    cabinet = Link("cabinet", mass=6.0, inertia=box_inertia(6.0, UNIT), centre=0.05)
    cabinet.see(sdf.mesh("meshes/drawer_unit.obj"), (0, 0, 0), ATLAS)
    for size, at in _unit_boards():
        cabinet.touch(sdf.box(size), at, 0.8)
    slides = tuple(
        Slide(f"{side}_slide", "cabinet", f"{side}_drawer", (1, 0, 0), 0.0, TRAVEL, damping=8.0, friction=1.5)
        for side in ("left", "right")
    )
    return Machine("drawer_unit", pose, (cabinet, _drawer("left"), _drawer("right")), slides)


def button(colour: str, pose: Pose) -> Machine:
    """Return a push button: a plunger on a spring in a box."""
    case = Link("case", mass=1.0, inertia=box_inertia(1.0, (0.08, 0.08, 0.03)), centre=0.015)
    case.solid(sdf.box((0.08, 0.08, 0.03)), (0, 0, 0.015), Look("#3a3d42", roughness=0.6), 0.8)
    case.see(sdf.cylinder(0.029, 0.003), (0, 0, 0.0315), Look("#c9ccd0", roughness=0.3, metalness=0.6))
    plunger = Link(
        "plunger", (0, 0, 0.03, 0, 0, 0), mass=0.02, inertia=cylinder_inertia(0.02, 0.024, 0.03), centre=0.005
    )
    plunger.solid(sdf.cylinder(0.024, 0.02), (0, 0, 0.005), Look(COLOURS[colour], roughness=0.4))
    slide = Slide("press", "case", "plunger", (0, 0, 1), -PLUNGER_TRAVEL, 0.0, damping=4.0, stiffness=300.0)
    return Machine(f"{colour}_button", pose, (case, plunger), (slide,))


def object_tags() -> dict[str, dict[str, Any]]:
    """Return the semantics of what can be grasped."""
    tags: dict[str, dict[str, Any]] = {}
    for noun in NOUNS:
        for colour in COLOURS:
            radius, height = size(colour, noun)
            tags[f"{colour}_{noun}"] = {"colour": colour, "noun": noun, "radius": radius, "height": height}
    return tags


def fixture_tags() -> dict[str, dict[str, Any]]:
    """Return the semantics of what things are put in or on, opened or pressed."""
    inner = (TRAY[0] - 2 * TRAY_WALL, TRAY[1] - 2 * TRAY_WALL)
    tags: dict[str, dict[str, Any]] = {
        "tray": {
            "noun": "tray",
            "radius": round(math.hypot(*TRAY) / 2, 3),
            "height": TRAY_HEIGHT,
            "holds": {"size": inner, "floor": TRAY_FLOOR},
        },
        "bowl": {
            "noun": "bowl",
            "radius": BOWL_RADIUS,
            "height": BOWL_HEIGHT,
            "holds": {"radius": BOWL_INNER, "floor": 0.01},
        },
    }
    for colour in MAT_COLOURS:
        tags[f"{colour}_mat"] = {"colour": colour, "noun": "mat", "radius": MAT_RADIUS, "marks": MAT_RADIUS}
    depth, width, height = UNIT
    handle = (STANDOFF, 0.0, round(HANDLE_HEIGHT - BOARD - 0.003, 4))
    tags["drawer_unit"] = {
        "noun": "drawer",
        "radius": round(math.hypot(depth / 2 + STANDOFF + TRAVEL, width / 2), 3),
        "height": height,
        "drawers": {
            side: {"joint": f"{side}_slide", "link": f"{side}_drawer", "handle": handle, "open": 0.08}
            for side in ("left", "right")
        },
    }
    for colour in BUTTON_COLOURS:
        tags[f"{colour}_button"] = {
            "colour": colour,
            "noun": "button",
            "radius": 0.057,
            "height": PLUNGER_TOP,
            "presses": {"joint": "press", "link": "plunger", "top": (0.0, 0.0, 0.015), "down": -0.005},
        }
    return tags
