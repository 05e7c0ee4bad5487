"""Where the robot stands with its goal, in numbers: what of the past and of the map the control network is told.

None of these numbers says what to do. They hold the ways, angles and distances that are left by each of several
estimates (gyro, wheels, what was asked for, the map), which agree as long as every sensor works.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vla_agents.classical import rover
from vla_agents.classical.finding import ByBearing
from vla_agents.classical.floor import Disc
from vla_agents.classical.navigator import Navigator
from vla_agents.classical.scan import Array
from vla_agents.classical.search import Search
from vla_agents.classical.senses import Senses
from vla_agents.classical.wall import WallLine
from vla_agents.fusion.belief import FusionBelief
from vla_agents.fusion.features import FEATURES, PLACE_OF, SIZE
from vla_agents.fusion.language.reader import Intent
from vla_agents.fusion.memory import POSSIBLE, SURE, Thing
from vla_agents.fusion.tally import Tally
from vla_agents.standing import Standing
from vla_agents.steering import STOP, Here, Speeds, wrap

RADIUS = 0.18
"""Half of how wide a thing is [m]."""
AT = 0.18
"""Gap between hull and thing at which the robot is at it [m]."""
SPARE = 0.15
"""Room beyond a gap that the words ask for [m]."""
LANE = 0.6
"""Distance from a wall at which to follow it [m]."""
HOLD = 1.3
"""How long to stand at a thing before going on [s]."""
_ARRIVED, _NEARLY = 0.14, 0.4
"""How far from its place the robot stands at it [m], and from where it needs no planned way to come there [m]."""
_SHORT = 0.05
"""How much of a line may be left [m]; more than that it may have gone too far, as back is slower."""
_IN_VAIN, _CERTAIN = 2.5, 0.65
"""How long to stand at a thing before others are looked for [s], where even from near it is less probable than this to
be the one that is meant. Things that were meant have 0.66 and more by then."""


@dataclass(slots=True)
class _Goal:
    """What is kept from when words are said until other words are."""

    intent: Intent
    queries: Array
    start: Here
    tally: Tally = field(default_factory=Tally)
    search: Search = field(default_factory=Search)
    navigator: Navigator = field(default_factory=Navigator)
    leg: int = 0
    standing: Standing = field(default_factory=lambda: Standing(HOLD))
    target: tuple[float, float] | None = None
    doubted: list[Thing] = field(default_factory=list)
    """Things that were come to, and that even then were not sure to be meant: others are looked for first."""
    in_vain: Standing = field(default_factory=lambda: Standing(_IN_VAIN))
    bearing: ByBearing | None = None
    wall: WallLine | None = None
    seeking: bool = False
    """Whether the search goes on at this step."""


class Situation:
    """Follows the goal from step to step; ``update`` returns ``FEATURES`` as numbers of about one."""

    def __init__(self) -> None:
        self._goal: _Goal | None = None
        self._yaw_wheels: float | None = None
        self._time: float | None = None
        self._stood_since = 0.0
        self.latest = np.zeros(SIZE, np.float32)
        """The features of the last update."""

    def say(self, intent: Intent, queries: Array, belief: FusionBelief) -> None:
        """Take new words; ``queries`` (mentions, 2, QUERY) are what they name."""
        self._goal = _Goal(intent, queries, belief.here)
        if intent.skill == "bearing":
            self._goal.bearing = ByBearing(intent.side)  # type: ignore[arg-type]
        if intent.skill == "wall":
            self._goal.wall = WallLine("right" if intent.side == "right" else "left")

    def update(self, belief: FusionBelief, asked: Speeds = STOP) -> NDArray[np.float32]:
        """Return the features after an observation; ``asked`` are the speeds that were asked for since the last one."""
        assert self._goal is not None
        goal, here, senses = self._goal, belief.here, belief.senses
        dt = 0.0 if self._time is None else senses.time - self._time
        self._time = senses.time
        self._count(goal.tally, senses, asked, dt)
        if not here.still:
            self._stood_since = senses.time
        values = dict.fromkeys(FEATURES, 0.0)
        values[f"skill_{goal.intent.skill}"] = 1.0
        goal.seeking = False
        match goal.intent.skill:
            case "turn":
                self._turn(goal, values)
            case "straight":
                self._line(goal, values, here, (goal.start.x, goal.start.y), goal.start.yaw)
            case "wall":
                self._wall(goal, values, belief)
            case "stop":
                pass
            case "room":
                self._seek(goal, values, belief)
            case _:
                self._go(goal, values, belief)
        self._motion(values, belief, goal)
        self.latest = np.array([values[name] for name in FEATURES], dtype=np.float32).clip(-4.0, 4.0)
        return self.latest

    @property
    def under_way(self) -> bool:
        """Whether there is a way to go, or to turn."""
        if self._goal is None:
            return False
        if self.line_left is not None:
            return not -_ARRIVED < self.line_left < _SHORT
        if self.looks_for_something and self._told("to_look_round") > 0.0:
            return True
        left = min(self._told("way_left"), self._told("target_left"))
        return self._told("way_known") > 0.0 and (self._goal.seeking or left > _ARRIVED)

    @property
    def line_left(self) -> float | None:
        """What is left of a line that is to be driven, by the map [m]; None where none is."""
        return self._told("line_left_map") if self._told("line_known") else None

    @property
    def target_chance(self) -> float | None:
        """How probably the thing that is gone to is the one that was named; None while nothing is."""
        return self._told("target_chance") if self._told("target_known") else None

    @property
    def looks_for_something(self) -> bool:
        """Whether something is looked for with the eyes."""
        return self._goal is not None and self._goal.seeking and self._goal.bearing is None

    def _told(self, name: str) -> float:
        return float(self.latest[PLACE_OF[name]])

    def plan_anew(self) -> None:
        """Look for another way at the next step."""
        if self._goal is not None:
            self._goal.navigator.renew()
            self._goal.search.navigator.renew()

    # --- motion -------------------------------------------------------------------------------------------------------

    def _count(self, tally: Tally, senses: Senses, asked: Speeds, dt: float) -> None:
        before, self._yaw_wheels = self._yaw_wheels, None if senses.odometry is None else senses.odometry.yaw
        turned = None if before is None or self._yaw_wheels is None else wrap(self._yaw_wheels - before)
        tally.count(senses, asked, dt, turned)

    def _motion(self, values: dict[str, float], belief: FusionBelief, goal: _Goal) -> None:
        senses = belief.senses
        values["since_words"] = min(senses.time - goal.start.time, 4.0) / 4.0
        values["stood"] = min(senses.time - self._stood_since, 2.0)
        x, y = belief.obstacles()
        in_the_way = x[(np.abs(y) < rover.HALF_WIDTH + 0.05) & (x > 0.1)]
        values["room_ahead"] = min(float(in_the_way.min()) - rover.NOSE if in_the_way.size else 2.0, 2.0)
        values["blind"] = float(belief.blind)

    # --- turning and lines --------------------------------------------------------------------------------------------

    @staticmethod
    def _turn(goal: _Goal, values: dict[str, float]) -> None:
        angle = math.radians(goal.intent.degrees) * (1.0 if goal.intent.side == "left" else -1.0)
        values["turn_left_gyro"] = angle - goal.tally.gyro
        values["turn_left_wheels"] = angle - goal.tally.wheels
        values["turn_left_asked"] = angle - goal.tally.asked

    @staticmethod
    def _line(goal: _Goal, values: dict[str, float], here: Here, start: tuple[float, float], direction: float) -> None:
        dx, dy = here.x - start[0], here.y - start[1]
        c, s = math.cos(direction), math.sin(direction)
        length = goal.intent.metres
        values["line_known"] = 1.0
        values["line_left_map"] = length - (dx * c + dy * s)
        values["line_left_wheels"] = length - goal.tally.way_wheels
        values["line_left_asked"] = length - goal.tally.way_asked
        values["line_across"] = dy * c - dx * s
        values["line_aside_map"] = wrap(direction - here.yaw)
        values["line_aside_gyro"] = wrap(direction - goal.start.yaw - goal.tally.gyro)
        values["line_aside_wheels"] = wrap(direction - goal.start.yaw - goal.tally.wheels)

    def _wall(self, goal: _Goal, values: dict[str, float], belief: FusionBelief) -> None:
        assert goal.wall is not None
        goal.wall.update(belief)
        if goal.wall.known:
            lane = goal.wall.point_beside(goal.start, LANE)
            self._line(goal, values, belief.here, lane, goal.wall.heading)

    # --- going somewhere ----------------------------------------------------------------------------------------------

    def _go(self, goal: _Goal, values: dict[str, float], belief: FusionBelief) -> None:
        skill = goal.intent.skill
        if skill == "visit":
            self._next_leg(goal, belief)
        target, chance = self._target(goal, belief)
        keep_out = self._hazard(goal, values, belief) if skill == "avoid" else []
        if skill == "avoid" and not keep_out and not goal.search.looked_round:
            # What it should keep away from may stand behind it.
            target = None
        values["second_leg"] = float(goal.leg)
        if target is None:
            goal.target = None
            self._seek(goal, values, belief, keep_out)
            return
        if goal.target is None or math.dist(goal.target, target) > 0.1:
            goal.navigator.renew()
            goal.target = target
        here = belief.here
        radius = RADIUS if skill != "between" else 0.0
        away = rover.HULL + radius + (goal.intent.metres if skill == "front" else AT)
        away = away if skill != "between" else 0.0
        x, y = _from(here, target)
        values["target_known"], values["target_chance"] = 1.0, chance
        values["target_x"], values["target_y"] = x / 2, y / 2
        values["target_left"] = math.hypot(x, y) - away
        values["target_sin"], values["target_cos"] = y / max(math.hypot(x, y), 0.05), x / max(math.hypot(x, y), 0.05)
        values["to_face"] = float(skill == "front")
        if chance < _CERTAIN and goal.bearing is None:
            self._doubt(goal, belief, values["target_left"])
        reached = values["target_left"] < _NEARLY
        if not goal.navigator.plan(belief, _places(belief, target, radius, away), keep_out) and not reached:
            # No way is known yet: there may be one through what was not looked at.
            values["target_known"] = 0.0
            self._seek(goal, values, belief, keep_out)
            return
        _tell_way(goal.navigator, values, here)

    def _target(self, goal: _Goal, belief: FusionBelief) -> tuple[tuple[float, float] | None, float]:
        if goal.bearing is not None:
            mark = goal.bearing.find(belief)
            return (None, 0.0) if mark is None else (mark.point, 1.0)
        first, chance = self._thing(goal, belief, goal.leg)
        if first is None or goal.intent.skill != "between":
            return (None if first is None else first.point), chance
        second, other = self._thing(goal, belief, 1)
        if second is None:
            return None, 0.0
        return ((first.x + second.x) / 2, (first.y + second.y) / 2), min(chance, other)

    @staticmethod
    def _thing(goal: _Goal, belief: FusionBelief, mention: int) -> tuple[Thing | None, float]:
        """Return the thing that a mention names; one that is not sure only after looking round."""
        thing, chance = belief.things.best(goal.queries[mention], goal.doubted)
        if thing is None or (chance < SURE and not goal.search.looked_round):
            return None, chance
        return thing, chance

    @staticmethod
    def _hazard(goal: _Goal, values: dict[str, float], belief: FusionBelief) -> list[Disc]:
        thing, chance = belief.things.best(goal.queries[1])
        if thing is None or chance < POSSIBLE:
            return []
        x, y = _from(belief.here, thing.point)
        away = rover.HULL + RADIUS + goal.intent.metres
        values["hazard_known"], values["hazard_x"], values["hazard_y"] = chance, x / 2, y / 2
        values["hazard_gap"] = math.hypot(x, y) - away
        return [(*thing.point, away + SPARE)]

    @staticmethod
    def _seek(goal: _Goal, values: dict[str, float], belief: FusionBelief, keep_out: list[Disc] | None = None) -> None:
        goal.seeking = True
        values["seeking"] = 1.0
        along = goal.search.update(belief)
        if not goal.search.looked_round:
            goal.doubted.clear()
        values["to_look_round"] = 0.0 if along else 0.2 + 0.4 * goal.search.left
        if goal.bearing is not None:
            towards = goal.bearing.left(belief.here)
            values["target_sin"], values["target_cos"] = math.sin(towards), math.cos(towards)
        elif along:
            _tell_way(goal.search.navigator, values, belief.here)

    @staticmethod
    def _doubt(goal: _Goal, belief: FusionBelief, left: float) -> None:
        """Go on looking after a while at a thing that is not surely meant even from near; of two, the less sure one."""
        if abs(left) > _ARRIVED:
            goal.in_vain = Standing(_IN_VAIN)
        elif goal.in_vain.enough(belief.here):
            mentions = (0, 1) if goal.intent.skill == "between" else (goal.leg,)
            named = [belief.things.best(goal.queries[mention], goal.doubted) for mention in mentions]
            thing, _ = min(named, key=lambda each: each[1])
            if thing is not None:
                goal.doubted.append(thing)
            goal.in_vain = Standing(_IN_VAIN)

    def _next_leg(self, goal: _Goal, belief: FusionBelief) -> None:
        """Go on to the second thing after standing at the first."""
        first, _ = belief.things.best(goal.queries[0])
        if goal.leg or first is None:
            return
        here = belief.here
        left = math.dist(first.point, (here.x, here.y)) - rover.HULL - RADIUS - AT
        if left > _ARRIVED or not here.still:
            goal.standing = Standing(HOLD)
        elif goal.standing.enough(here):
            goal.leg, goal.target = 1, None
            goal.search = Search()


def _from(here: Here, point: tuple[float, float]) -> tuple[float, float]:
    """Return a point in the robot's frame."""
    dx, dy = point[0] - here.x, point[1] - here.y
    c, s = math.cos(here.yaw), math.sin(here.yaw)
    return c * dx + s * dy, c * dy - s * dx


def _tell_way(navigator: Navigator, values: dict[str, float], here: Here) -> None:
    aim = navigator.aim(here)
    if aim is None:
        return
    (x, y), left = _from(here, aim[0]), aim[1]
    values["way_known"], values["way_x"], values["way_y"], values["way_left"] = 1.0, 2 * x, 2 * y, min(left, 3.0)


def _places(belief: FusionBelief, target: tuple[float, float], radius: float, away: float) -> Callable[[], Array]:
    """Return where the robot may stand: around a thing with nothing between, or at a place itself."""

    def around() -> Array:
        if away <= 0.0:
            return np.array([target])
        angles = np.linspace(-math.pi, math.pi, 48, endpoint=False)
        rays = np.column_stack([np.cos(angles), np.sin(angles)])
        places = np.array(target) + away * rays
        return places[belief.floor.open_between(np.array(target) + (radius + 0.15) * rays, places)]

    return around
