"""The atlas that all furniture takes its looks from."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np

from builder.mesh import Atlas
from builder.textures import Image, clouds, fill, finish, generator, line, planks, rgb

COLOURS = {
    "white": "#efeeea",
    "cream": "#e6dccb",
    "grey": "#9a9da1",
    "graphite": "#4a4e55",
    "black": "#1d1e21",
    "steel": "#b4bac0",
    "oak": "#c79f6c",
    "walnut": "#6d4a32",
    "teak": "#a06c3f",
    "slate": "#566573",
    "navy": "#33435c",
    "sage": "#8fa38b",
    "leaf": "#4f7f45",
    "leaf_dark": "#3c6637",
    "clay": "#b46a4b",
    "mustard": "#c9a24a",
    "linen": "#d8d3c8",
    "water": "#a9cdd8",
    "rack_blue": "#2f5f96",
    "rack_orange": "#d97a34",
    "safety": "#e2b93b",
    "barrel_blue": "#2d6a8f",
    "barrel_green": "#4e7d52",
    "barrel_rust": "#9c4b33",
    "charger": "#5fd08a",
    "lamp": "#fbf1d2",
}


def _books() -> Image:
    width, height = 128, 192
    rng = generator("books")
    canvas = fill(width, height, "#5a3d2a")
    tones = ("#7b3b36", "#2f4f63", "#c8b48a", "#44604a", "#8c6d46", "#d7d0c2", "#3b3a4a", "#a3705a", "#6f7f8a")
    for shelf in range(5):
        top, bottom = shelf * 38 + 6, shelf * 38 + 37
        canvas[top:bottom, 5:-5] = rgb("#2f2018")
        x = 6
        while x < width - 12:
            wide, tall = int(rng.integers(4, 10)), int(rng.integers(20, 30))
            if rng.random() < 0.1:
                x += wide
                continue
            canvas[bottom - tall : bottom, x : min(x + wide, width - 6)] = rgb(tones[rng.integers(len(tones))])
            canvas[bottom - tall + 5 : bottom - tall + 7, x : min(x + wide, width - 6)] *= 1.2
            canvas[bottom - tall : bottom, x] *= 0.6
            x += wide
    return finish(canvas)


def _carton() -> Image:
    canvas = fill(96, 96, "#bd9563") + clouds(generator("carton"), 96, 96, 8, 6)
    canvas[42:54] = rgb("#d3b68a")
    canvas[60:82, 56:86] = rgb("#eeeae0")
    for bar in range(8):
        canvas[64:76, 59 + 3 * bar : 60 + 3 * bar + bar % 2] = rgb("#2c2a28")
    canvas[:2] = canvas[-2:] = rgb("#8a6a40")
    canvas[:, :2] = canvas[:, -2:] = rgb("#8a6a40")
    return finish(canvas)


def _cartons(name: str, columns: int, rows: int, width: int, height: int) -> Image:
    """Draw a stack of cartons of several browns."""
    rng = generator(name)
    canvas = fill(width, height, "#5f4a2f")
    for row in range(rows):
        for column in range(columns):
            y0, y1 = round(row * height / rows) + 1, round((row + 1) * height / rows) - 1
            x0, x1 = round(column * width / columns) + 1, round((column + 1) * width / columns) - 1
            canvas[y0:y1, x0:x1] = np.multiply(rgb("#bf9766"), rng.uniform(0.82, 1.1))
            middle = (y0 + y1) // 2
            canvas[middle - 2 : middle + 2, x0:x1] *= 1.12
            label = x0 + int(rng.integers(3, max(4, (x1 - x0) // 2)))
            canvas[y1 - 11 : y1 - 4, label : label + 11] = rgb("#ece8dd")
    return finish(canvas)


def _fabric(name: str, colour: str) -> Image:
    canvas = fill(64, 64, colour) + clouds(generator(name), 64, 64, 8, 6)
    canvas[::4] *= 0.94
    canvas[:, ::4] *= 0.94
    return finish(canvas)


def _wood(name: str, colour: str) -> Image:
    return planks(name, (0.9, 0.9), 107, colour, plank=0.225)


def _doors(colour: str, columns: int, width: int, height: int, handle: str = "#4a4a4a") -> Image:
    """Draw cupboard doors side by side."""
    canvas = fill(width, height, colour)
    for column in range(columns):
        x0, x1 = round(column * width / columns), round((column + 1) * width / columns)
        cv2.rectangle(canvas, (x0, 0), (x1 - 1, height - 1), tuple(0.72 * c for c in rgb(colour)), 1)
        cv2.rectangle(canvas, (x0 + 5, 6), (x1 - 6, height - 7), tuple(0.88 * c for c in rgb(colour)), 2)
        grip = x1 - 5 if column % 2 == 0 else x0 + 5
        line(canvas, (grip, height * 0.42), (grip, height * 0.56), handle, 2)
    return finish(canvas)


def _drawers(colour: str, rows: int) -> Image:
    canvas = fill(64, 64, colour)
    for row in range(rows):
        y0, y1 = round(row * 64 / rows), round((row + 1) * 64 / rows)
        cv2.rectangle(canvas, (1, y0 + 1), (62, y1 - 1), tuple(0.75 * c for c in rgb(colour)), 1)
        line(canvas, (26, (y0 + y1) / 2), (38, (y0 + y1) / 2), "#3d3a36", 2)
    return finish(canvas)


def _fridge() -> Image:
    canvas = fill(64, 160, "#cfd4d8") + clouds(generator("fridge"), 64, 160, 5, 4)
    canvas[58:60] = rgb("#7e858b")
    line(canvas, (56, 24), (56, 52), "#6b7278", 3)
    line(canvas, (56, 66), (56, 118), "#6b7278", 3)
    canvas[30:40, 14:24] = rgb("#e9d9a0")
    canvas[76:90, 16:28] = rgb("#f3f1ea")
    return finish(canvas)


def _hob() -> Image:
    canvas = fill(64, 64, "#202225")
    for centre, radius in (((18, 18), 11), ((46, 18), 8), ((18, 46), 8), ((46, 46), 11)):
        cv2.circle(canvas, centre, radius, rgb("#71767c"), 2)
    return finish(canvas)


def _oven() -> Image:
    canvas = fill(64, 64, "#c4c8cb")
    canvas[20:56, 8:56] = rgb("#2a2c30")
    line(canvas, (12, 16), (52, 16), "#77797c", 3)
    for knob in range(4):
        cv2.circle(canvas, (14 + 12 * knob, 7), 3, rgb("#3a3c40"), -1)
    return finish(canvas)


def _television() -> Image:
    """A sunset over hills on a screen."""
    height, width = 80, 128
    sky = np.linspace(0, 1, height)[:, None, None]
    canvas = (1 - sky) * np.array(rgb("#31507e")) + sky * np.array(rgb("#d99a63")) + np.zeros((height, width, 1))
    x = np.arange(width)
    for base, swing, colour in ((52, 7, "#5b5673"), (62, 5, "#3d4a50"), (70, 3, "#26352f")):
        ridge = base + swing * np.sin(x / (9.0 + swing)) + 2 * np.sin(x / 4.1 + base)
        canvas[np.arange(height)[:, None] > ridge[None]] = rgb(colour)
    cv2.circle(canvas, (88, 36), 6, rgb("#f6dfa8"), -1)
    canvas[:3] = canvas[-3:] = rgb("#101114")
    canvas[:, :3] = canvas[:, -3:] = rgb("#101114")
    return finish(canvas)


def _monitor() -> Image:
    canvas = fill(96, 64, "#1c2733")
    rng = generator("monitor")
    for row in range(9):
        start = 8 + 5 * int(rng.integers(0, 3))
        tone = ("#7fb2c9", "#c8cdd2", "#c9a26b")[row % 3]
        line(canvas, (start, 9 + 6 * row), (start + int(rng.integers(18, 60)), 9 + 6 * row), tone, 2)
    return finish(canvas)


def _duvet() -> Image:
    width, height = 128, 96
    canvas = fill(width, height, "#8fa0b5") + clouds(generator("duvet"), width, height, 7, 10)
    for stripe in range(0, width, 16):
        canvas[:, stripe : stripe + 5] *= 1.1
    canvas[:, :14] = rgb("#eef0f2")
    return finish(canvas, 4)


def _keyboard() -> Image:
    canvas = fill(64, 32, "#2b2d31")
    canvas[3:29:7, 3:61] = rgb("#4d5057")
    canvas[:, 3:61:6] = rgb("#2b2d31")
    return finish(canvas)


def _pallet_side() -> Image:
    """A pallet from the side: boards above and below three blocks, dark between."""
    canvas = fill(96, 16, "#2c241b")
    canvas[:4] = canvas[14:] = rgb("#bb9262")
    for left in (0, 40, 80):
        canvas[4:14, left : left + 16] = rgb("#8f6d44")
    return finish(canvas)


def _hazard() -> Image:
    y, x = np.mgrid[:64, :64]
    stripes = ((x + y) // 11) % 2 == 0
    return finish(np.where(stripes[..., None], np.array(rgb("#e8c02f")), np.array(rgb("#25262a"))).astype(float))


def _shutter() -> Image:
    """A roller door with its floor-edge seal."""
    width, height = 192, 160
    canvas = fill(width, height, "#b9c0c6")
    canvas[::8] *= 0.78
    canvas[1::8] *= 1.08
    canvas[-10:] = rgb("#33363b")
    canvas[40:60, 70:122] = rgb("#6f8796")
    canvas[:, :4] = canvas[:, -4:] = rgb("#5b6066")
    return finish(canvas)


def _charging() -> Image:
    """The front of a charger: a lightning bolt over two contact rails."""
    canvas = fill(64, 64, "#e9ecee")
    bolt = np.array([(36, 6), (20, 32), (31, 32), (26, 52), (45, 25), (33, 25)], np.int32)
    cv2.fillPoly(canvas, [bolt], rgb("#2fae62"))
    canvas[56:59, 10:54] = rgb("#c08a3e")
    canvas[:3] = canvas[-3:] = rgb("#3b4046")
    return finish(canvas)


_PICTURES: dict[str, Callable[[], Image]] = {
    "shutter": _shutter,
    "books": _books,
    "wardrobe": lambda: _doors("#cdbb9c", 4, 160, 160),
    "fridge_door": _fridge,
    "cupboards": lambda: _doors("#dfe3df", 6, 256, 72),
    "cartons_wide": lambda: _cartons("cartons_wide", 5, 2, 192, 96),
    "cartons": lambda: _cartons("cartons", 3, 3, 128, 128),
    "cartons_tall": lambda: _cartons("cartons_tall", 2, 4, 96, 128),
    "duvet": _duvet,
    "television": _television,
    "monitor": _monitor,
    "wood_oak": lambda: _wood("wood_oak", "#c79f6c"),
    "wood_walnut": lambda: _wood("wood_walnut", "#7a5539"),
    "wood_pale": lambda: _wood("wood_pale", "#dcc7a1"),
    "wood_pallet": lambda: planks("wood_pallet", (0.9, 0.9), 107, "#b98f5d", plank=0.11),
    "carton": _carton,
    "fabric_slate": lambda: _fabric("fabric_slate", "#5d6f80"),
    "fabric_sand": lambda: _fabric("fabric_sand", "#c9bda6"),
    "fabric_clay": lambda: _fabric("fabric_clay", "#b0705a"),
    "fabric_dark": lambda: _fabric("fabric_dark", "#43474d"),
    "oven": _oven,
    "hob": _hob,
    "drawers": lambda: _drawers("#c9a878", 3),
    "hazard": _hazard,
    "pallet_side": _pallet_side,
    "charging": _charging,
    "keyboard": _keyboard,
}


@cache
def atlas() -> Atlas:
    """Return the atlas, 1024 x 512 pixels: pictures first, then plain colours."""
    packed = Atlas(1024, 512)
    for name, draw in sorted(_PICTURES.items(), key=lambda item: -len(item[1]())):
        packed.add(name, draw())
    for name, colour in COLOURS.items():
        packed.add(name, finish(fill(16, 16, colour), 1))
    return packed
