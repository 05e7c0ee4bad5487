"""Open the left drawer."""

from __future__ import annotations

import math

from vla_sim.geometry import Pose
from vla_sim.kinematics import Chain
from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.goal import Goal
from vla_sim.tasks.language import say
from vla_sim.tasks.layout import NoRoomError
from vla_sim.tasks.manipulation.bench import Bench
from vla_sim.tasks.manipulation.conditions import JointBeyond
from vla_sim.tasks.manipulation.deeds import Work
from vla_sim.tasks.manipulation.handling_task import HandlingTask, fixtures_of, graspable, shuffled
from vla_sim.tasks.manipulation.language import noun_word
from vla_sim.tasks.plan import Pull
from vla_sim.tasks.semantics import Point
from vla_sim.tasks.task import Words

_DRAWS = 100
_SKEW = 0.15
_BACK = 0.16
"""How far [m] beyond the area in reach the chest may stand: its handles are before it."""


class OpenDrawer(HandlingTask):
    """Have the drawer that the words name open, by 8 cm for a second; the other one open fails.

    Chance: one of the drawers.
    """

    name = "open_drawer"
    names_things = False
    description = "Open the left or the right drawer, as the words say."
    needs = ("drawer",)

    def draw(self, bench: Bench, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty bench."""
        site, rng = bench.site, bench.rng
        chest = fixtures_of(site, "drawer")[0]
        drawers = site.fixtures[chest].drawers
        children = {side: Chain.to(site.world.model(chest), drawer.link) for side, drawer in drawers.items()}
        self._put(bench, chest, children)
        bench.clutter(shuffled(graspable(site), rng), 0, 4)
        sides = list(drawers)
        wanted = sides[int(rng.integers(len(sides)))]
        goals = {
            side: Goal(
                f"{side} drawer",
                JointBeyond(chest, drawer.joint, drawer.open),
                (Pull(chest, drawer.joint, drawer.handle, drawer.open + 0.015),),
            )
            for side, drawer in drawers.items()
        }
        drawer = drawers[wanted]
        deed = Work(chest, drawer.joint, drawer.open, drawer.handle, children[wanted])
        sentence = say(self.name, rng, words, side=wanted, drawer=noun_word("drawer", rng, words))
        return self.episode(bench, sentence, goals[wanted], list(goals.values()), deed)

    def _put(self, bench: Bench, chest: str, children: dict[str, Chain]) -> None:
        """Put the chest at the far side, facing the robot, so that its handles are in reach, shut and open."""
        site, rng = bench.site, bench.rng
        _, ymin, xmax, ymax = site.surfaces[bench.surface].area
        for _ in range(_DRAWS):
            point = (float(rng.uniform(xmax, xmax + _BACK)), float(rng.uniform(ymin, ymax)))
            yaw = math.pi + float(rng.uniform(-_SKEW, _SKEW))
            place = Pose.planar(*point, yaw)
            if all(site.within_reach(bench.surface, at) for at in self._handles(bench, chest, children, place)):
                bench.put_at(chest, point, yaw)
                return
        raise NoRoomError("no place from which the handles are in reach")

    def _handles(self, bench: Bench, chest: str, children: dict[str, Chain], place: Pose) -> list[Point]:
        """Return where the handles are when shut and when open."""
        points = []
        for side, drawer in bench.site.fixtures[chest].drawers.items():
            for opening in (0.0, drawer.open):
                link = children[side].forward(children[side].configuration({drawer.joint: opening}))
                x, y, z = (link[:3, :3] @ drawer.handle + link[:3, 3]).tolist()
                points.append(place.transform((x, y, z))[:2])
        return points
