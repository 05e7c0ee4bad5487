"""Floors and rugs of the apartment."""

from __future__ import annotations

import cv2
import numpy as np

from builder.textures import Image, clouds, fill, finish, generator, planks, rgb, tiles


def carpet() -> Image:
    """Draw the bedroom's carpet."""
    width, height = 256, 212
    rng = generator("carpet")
    canvas = fill(width, height, "#b3a79a") + clouds(rng, width, height, 14, 5)
    canvas += rng.choice([-5.0, 0.0, 5.0], (height, width, 1))
    return finish(canvas)


def rug() -> Image:
    """Draw a woven rug with a border and diamonds, 2.8 x 2.0 m."""
    width, height = 256, 184
    canvas = fill(width, height, "#8c3f3a")
    y, x = np.mgrid[:height, :width]
    diamonds = (np.abs((x + 11) % 46 - 23) / 23 + np.abs((y + 10) % 46 - 23) / 23) < 0.72
    canvas[diamonds] = rgb("#d8c3a0")
    small = (np.abs((x + 11) % 46 - 23) / 23 + np.abs((y + 10) % 46 - 23) / 23) < 0.34
    canvas[small] = rgb("#3f5568")
    for inset, colour in ((0, "#3f5568"), (8, "#d8c3a0"), (12, "#8c3f3a")):
        mask = np.ones((height, width), bool)
        mask[inset + 4 : height - inset - 4, inset + 4 : width - inset - 4] = False
        mask[:inset] = mask[height - inset :] = False
        mask[:, :inset] = mask[:, width - inset :] = False
        canvas[mask] = rgb(colour)
    canvas[:, ::3] *= 0.95
    return finish(canvas)


def runner() -> Image:
    """Draw a striped runner, 3.4 x 0.8 m."""
    width, height = 256, 60
    canvas = fill(width, height, "#5d6f73")
    for stripe, colour in ((14, "#c9bfa8"), (20, "#a8654c"), (28, "#c9bfa8")):
        canvas[stripe : stripe + 3] = canvas[height - stripe - 3 : height - stripe] = rgb(colour)
    canvas[:, ::3] *= 0.94
    canvas[:, :3] = canvas[:, -3:] = rgb("#c9bfa8")
    return finish(canvas)


def round_mat() -> Image:
    """Draw the bath mat."""
    canvas = fill(64, 64, "#7fa3a8")
    for radius, colour in ((26, "#dfe9e8"), (19, "#7fa3a8"), (12, "#dfe9e8")):
        cv2.circle(canvas, (32, 32), radius, rgb(colour), -1)
    return finish(canvas)


FLOORS = {
    "living_floor": lambda: planks("living_floor", (8.2, 4.0), 70, "#c49a68"),
    "study_floor": lambda: planks("study_floor", (3.8, 4.0), 70, "#8f6a48"),
    "kitchen_floor": lambda: tiles("kitchen_floor", (5.1, 5.0), 50, ("#d8d2c6", "#c3bcae"), tile=0.5),
    "hall_floor": lambda: planks("hall_floor", (6.9, 1.6), 70, "#a9855c"),
    "bathroom_floor": lambda: tiles("bathroom_floor", (2.8, 3.4), 60, ("#aebfc4", "#e4e9ea"), tile=0.28),
    "carpet": carpet,
    "rug": rug,
    "runner": runner,
    "bath_mat": round_mat,
}
