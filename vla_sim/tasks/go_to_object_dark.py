"""It is dark: go to the object on your left."""

from __future__ import annotations

import math

import numpy as np

from vla_sim.geometry import Pose
from vla_sim.tasks.candidates import approach, choose_objects, measure_way, time_for, too_few_objects
from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.language import BEARINGS, say
from vla_sim.tasks.layout import Layout, NoRoomError, Where
from vla_sim.tasks.navmap import Array, Mask
from vla_sim.tasks.objective import Reach
from vla_sim.tasks.sampled import SampledTask
from vla_sim.tasks.script import Instruction
from vla_sim.tasks.semantics import Point
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Words

SIDES = {"front": 0.0, "left": 90.0, "back": 180.0, "right": -90.0}
"""Bearings that are asked for, as the robot stands at the start [degrees, left positive]."""
SPREAD = 20.0
"""How far off its bearing an object may stand [degrees]."""
QUADRANT = 40.0
"""Within this of the bearing, nothing that stands still may be nearer than the object [degrees]."""
NEAREST, FARTHEST = 1.2, 3.5
"""Distance of the objects from the start [m]."""


class GoToObjectDark(SampledTask):
    """Without light, come to the nearest thing to the left, to the right, in front or behind, as seen from the start.

    What a thing is cannot be told without light, but where it stands can, from the LiDAR alone: each object is in sight
    and is the nearest thing on its side. Standing at another one fails. Chance: one of the objects.
    """

    name = "go_to_object_dark"
    description = "In the dark, go to the object that stands to the stated side."

    def missing(self, site: Site) -> str | None:
        """Return what this site has not that the task needs, or None."""
        return too_few_objects(site, 3)

    def draw(self, layout: Layout, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty layout."""
        site, rng = layout.site, layout.rng
        robot = layout.start(margin=0.15)
        models = choose_objects(site, rng, len(SIDES))
        stand: dict[str, str] = {}
        for side in rng.permutation(list(SIDES)).tolist():
            if len(stand) < len(models) and self._put(layout, robot, models[len(stand)], side):
                stand[side] = models[len(stand)]
        if len(stand) < 2:
            raise NoRoomError("fewer than two objects find room around the start")
        sides = list(stand)
        side = sides[int(rng.integers(len(sides)))]
        goals = {each: approach(site, model, list(stand.values())) for each, model in stand.items()}
        measure, way = measure_way(layout, layout.nav_map(), goals[side], goals.values(), least=0.3)
        sentence = say("go_to_thing_at", rng, words, bearing=BEARINGS[side].pick(rng, words))
        return ScriptedEpisode(
            site,
            layout.placements,
            [Instruction(sentence, Reach(goals[side], list(goals.values()), measure))],
            list(goals.values()),
            time_limit=time_for(site, way),
            chance=1 / len(goals),
            light=0.0,
        )

    def _put(self, layout: Layout, robot: Pose, model: str, side: str) -> bool:
        """Put an object to a side of the robot where nothing else stands nearer; return whether there was room."""
        x, y, _ = robot.position
        free = _free_ahead(layout.site, (x, y), robot.yaw + math.radians(SIDES[side]))
        try:
            layout.put(model, where=_sector((x, y), robot.yaw + math.radians(SIDES[side]), min(free - 0.05, FARTHEST)))
        except NoRoomError:
            return False
        return True


def _free_ahead(site: Site, start: Point, direction: float) -> float:
    """Return how far the nearest thing that stands still is, in the quarter of the circle about a direction [m]."""
    reach = np.arange(0.2, FARTHEST + 0.6, site.grid.step)
    angles = direction + np.radians(np.arange(-QUADRANT, QUADRANT + 1.0, 3.0))
    x = start[0] + reach[:, None] * np.cos(angles)
    y = start[1] + reach[:, None] * np.sin(angles)
    blocked = site.hides(x, y).any(axis=1)
    return float(reach[int(blocked.argmax())]) if blocked.any() else math.inf


def _sector(start: Point, direction: float, farthest: float) -> Where:
    def inside(x: Array, y: Array) -> Mask:
        dx, dy = x - start[0], y - start[1]
        away = np.hypot(dx, dy)
        along = dx * math.cos(direction) + dy * math.sin(direction)
        return np.asarray((away >= NEAREST) & (away <= farthest) & (along >= away * math.cos(math.radians(SPREAD))))

    return inside
