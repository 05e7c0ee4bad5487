"""The agent: understands the words, keeps a belief from the sensors, and does one behaviour after another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from vla_agents.classical.approach import RADIUS, TYPICAL, Approach, Avoid
from vla_agents.classical.belief import Belief
from vla_agents.classical.between import Between
from vla_agents.classical.finding import finder_for
from vla_agents.classical.floor import Disc
from vla_agents.classical.moves import FollowWall, Stop, Straight, Turn
from vla_agents.classical.navigator import Recovery
from vla_agents.classical.rover import HULL
from vla_agents.classical.search import Search
from vla_agents.classical.senses import Senses
from vla_agents.classical.words import Request, Thing, understand
from vla_agents.steering import STOP, Speeds
from vla_sim.agent import Action

_BERTH = 0.5
"""Gap to keep from a thing to avoid, where the words do not say [m]."""
_LIKELY = 0.4
"""Probability from which a thing is kept away from."""
_SPARE = 0.15
"""Room beyond a gap that was asked for [m]."""
_DISTANCE = 1.0
"""How far to go where the words do not say [m]."""


class Behaviour(Protocol):
    """Carries out one part of what is asked."""

    def speeds(self, belief: Belief) -> Speeds | None:
        """Return what to do now, or None when done."""
        ...


class Classical:
    """Drives a rover by rules, from the observation alone; actions are speeds (the continuous action space).

    It understands goals about coloured things, turns, distances and walls; it knows no rooms, and wanders when it does
    not understand. A sensor that is silent, dark or lost is not used; when nothing is left it stops. Nothing in it is
    random.
    """

    def reset(self, seed: int) -> None:
        """Forget the last trial."""
        self._belief = Belief()
        self._recovery = Recovery()
        self._words: str | None = None
        self._behaviours: list[Behaviour] = []
        self._asked: Speeds = STOP

    def act(self, observation: Mapping[str, Any]) -> Action:
        """Return the action for one control step."""
        belief = self._belief
        belief.update(Senses.of(observation), self._asked)
        if belief.senses.words != self._words:
            self._words = belief.senses.words
            self._behaviours = behaviours_for(understand(self._words))
        self._asked = self._speeds()
        return np.array(self._asked, dtype=np.float32)

    def _speeds(self) -> Speeds:
        belief = self._belief
        if belief.senses.dead:
            return STOP
        while self._behaviours:
            if not isinstance(self._behaviours[0], Stop):
                retreat = self._recovery.speeds(belief)
                if retreat is not None:
                    return retreat
            speeds = self._behaviours[0].speeds(belief)
            if speeds is not None:
                self._recovery.note(belief.here, speeds)
                return speeds
            self._behaviours.pop(0)
        return STOP


def behaviours_for(request: Request) -> list[Behaviour]:
    """Return what to do one after another."""
    distance = _DISTANCE if request.distance is None else request.distance
    match request.action:
        case "reach":
            return [_approach(request.things[0], request.distance)]
        case "visit":
            return [_approach(thing) for thing in request.things]
        case "avoid":
            target, hazard = request.things[:2]
            gap = _BERTH if request.distance is None else request.distance
            return [Approach(finder_for(target, look_round=True), target.noun, avoid=_away_from(hazard, gap))]
        case "between":
            first, second = request.things[:2]
            return [Between(finder_for(first), finder_for(second))]
        case "wall":
            return [FollowWall(request.side or "left", distance)]
        case "turn":
            return [Turn(request.angle or 0.0)]
        case "straight":
            return [Straight(distance)]
        case "stop":
            return [Stop()]
        case "unknown":
            return [Search()]


def _approach(thing: Thing, gap: float | None = None) -> Approach:
    return Approach(finder_for(thing), thing.noun, gap)


def _away_from(hazard: Thing, gap: float) -> Avoid:
    """Keep a gap [m] from a thing, as soon as it is known where it stands."""
    away = HULL + gap + _SPARE + RADIUS.get(hazard.noun or "", TYPICAL)

    def discs(belief: Belief) -> list[Disc]:
        mark, chance = belief.memory.best(hazard)
        return [(*mark.point, away)] if mark is not None and chance >= _LIKELY else []

    return discs
