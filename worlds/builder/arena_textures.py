"""Textures of the arena."""

from __future__ import annotations

import cv2
import numpy as np

from builder.textures import Image, clouds, concrete, fill, finish, generator, line, rgb


def floor() -> Image:
    """Draw a 10 x 10 m sports-hall floor: concrete slabs of 1 m, a court's ring and lines."""
    side = 1024
    metre = side / 10
    canvas = concrete("arena_floor", side, side, "#b7b4ac", 10)
    rng = generator("arena_slabs")
    for row in range(10):
        for column in range(10):
            slab = np.s_[
                round(row * metre) : round((row + 1) * metre), round(column * metre) : round((column + 1) * metre)
            ]
            canvas[slab] *= rng.uniform(0.965, 1.03)
    for joint in range(1, 10):
        line(canvas, (joint * metre, 0), (joint * metre, side), "#97948d", 1)
        line(canvas, (0, joint * metre), (side, joint * metre), "#97948d", 1)
    centre = (side // 2, side // 2)
    cv2.circle(canvas, centre, round(1.5 * metre), rgb("#f4f3ee"), 5)
    line(canvas, (side / 2, 0.5 * metre), (side / 2, side - 0.5 * metre), "#f4f3ee", 4)
    cv2.rectangle(
        canvas,
        (round(0.5 * metre),) * 2,
        (round(side - 0.5 * metre),) * 2,
        rgb("#f4f3ee"),
        5,
        cv2.LINE_AA,
    )
    cv2.circle(canvas, centre, round(0.16 * metre), rgb("#f4f3ee"), -1)
    return finish(canvas)


def wall() -> Image:
    """Draw 10 x 1 m of plywood hoarding: eight panels, a dark kick board, a hand rail."""
    width, height = 1024, 128
    rng = generator("arena_wall")
    canvas = fill(width, height, "#d9cdb8") + clouds(rng, width, height * 6, 40, 6)[::6]
    for panel in range(8):
        x = panel * width // 8
        canvas[:, x : x + width // 8] *= rng.uniform(0.95, 1.03)
        line(canvas, (x, 0), (x, height), "#8d8270", 2)
        for bolt in ((x + 10, 22), (x + 118, 22), (x + 10, 98), (x + 118, 98)):
            cv2.circle(canvas, bolt, 2, rgb("#7d776b"), -1)
    canvas[:11] = rgb("#4b4f56")
    canvas[-17:] = rgb("#3a3d43")
    canvas[-20:-17] = rgb("#f1efe8")
    return finish(canvas)


def divider() -> Image:
    """Draw 2.5 x 0.7 m of padded wall."""
    width, height = 512, 144
    canvas = fill(width, height, "#5f6670")
    rng = generator("divider")
    canvas += clouds(rng, width, height, 10, 6)
    for pad in range(5):
        x = round(pad * width / 5)
        canvas[:, x : x + 3] = rgb("#454a52")
        canvas[:, x + 3 : x + 5] = rgb("#767e89")
    canvas[:8] = rgb("#e6e2d6")
    canvas[-12:] = rgb("#33363b")
    return finish(canvas)


def ice() -> Image:
    """Draw a wet, slippery sheet with scratches and a warning border."""
    width, height = 256, 448
    rng = generator("ice")
    canvas = fill(width, height, "#bfe3ee") + clouds(rng, width, height, 6, 16) + clouds(rng, width, height, 24, 7)
    for _ in range(46):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        angle, length = rng.uniform(0, np.pi), rng.uniform(15, 90)
        end = (x + length * np.cos(angle), y + length * np.sin(angle))
        line(canvas, (x, y), end, "#eefaff", 1)
    cv2.rectangle(canvas, (4, 4), (width - 5, height - 5), rgb("#5aa4bd"), 5)
    return finish(canvas, 4)


def swatches() -> dict[str, Image]:
    """Return what walls, dividers and the slippery sheet are made of."""
    return {
        "wall": wall(),
        "divider": divider(),
        "ice": ice(),
        "cap": finish(fill(32, 32, "#4b4f56"), 1),
        "pad": finish(fill(32, 32, "#454a52"), 1),
    }
