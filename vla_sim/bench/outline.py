"""Where a goal is, as outlines on the floor plan for maps of a trial."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from vla_sim.tasks.plan import Along, GoTo
from vla_sim.tasks.region import cells_of

if TYPE_CHECKING:
    from vla_sim.envs.env import VlaSimEnv

Outline = list[list[float]]
"""Corners [m] of a closed line."""


def goal_outlines(env: VlaSimEnv) -> list[Outline]:
    """Return the outlines of the places that the goal as it stands now asks for; none for a turn or a stop."""
    outlines: list[Outline] = []
    for step in getattr(env.episode, "plan", ()):
        if isinstance(step, GoTo):
            outlines += _region_outlines(env, step)
        elif isinstance(step, Along):
            outlines.append([[round(value, 2) for value in point] for point in (step.start, step.end)])
    return outlines


def _region_outlines(env: VlaSimEnv, step: GoTo) -> list[Outline]:
    grid = env.site.grid
    models = env.truth.models
    mask = cells_of(step.region, grid, lambda name: models[name].pose.position[:2])
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [
        [
            [round(float(grid.x0 + column * grid.step), 2), round(float(grid.y0 + row * grid.step), 2)]
            for column, row in cv2.approxPolyDP(contour, 1.0, True)[:, 0, :]
        ]
        for contour in contours
    ]
