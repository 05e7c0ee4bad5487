"""Things that were seen, where they stand and what they look like: words that come later can still ask for them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vla_agents.fusion.perception.detector import SHARPNESS
from vla_agents.fusion.perception.things import Array, Detection
from vla_agents.steering import Here

_SAME, _SAME_SHARE = 0.45, 0.1
"""Two sightings this near to each other [m], and a share of how far away they are, may be of one thing ..."""
_ALIKE = 0.3
"""... if the cosine of their colours is at least this."""
_PATIENCE = 6
"""Frames without a thing that should be in them, after which it is forgotten."""
_FLAT_MOST = 6.0
_FLAT_COUNTS = 0.2
"""Share of its chance that a picture keeps: where nothing else looks alike, it is more probably the thing after all."""
_RARE, _PRIOR = 2.4, 1.0
"""Log odds against a picture in the views that the eye has learned from, which it answers with, and before a trial: two
sightings of a board are told from two of a thing by how much more often the one of them looks like that."""
SURE, POSSIBLE = 0.5, 0.2
"""Probability from which a thing is the one that is meant, and from which it may be."""
_MOST = 40


@dataclass(slots=True)
class Thing:
    """A thing in the frame of dead reckoning [m]."""

    x: float
    y: float
    looks: Array
    """Sum of the looks of all sightings, each by its weight (2, QUERY)."""
    weight: float = 0.0
    count: int = 0
    flatness: float = 0.0
    """Logarithm of how much more its sightings speak for a picture than for a thing."""
    missed: int = 0

    @property
    def point(self) -> tuple[float, float]:
        """Where it stands."""
        return self.x, self.y

    def chance(self, query: Array) -> float:
        """Return how probably it is what a mention (2, QUERY) names; a picture of it counts for less.

        A half of the mention that is zeros agrees with everything.
        """
        agreement = (self.looks * query).sum(axis=1) / np.maximum(np.sqrt((self.looks**2).sum(axis=1)), 1e-6)
        halves = np.where(query.any(axis=1), 1.0 / (1.0 + np.exp(-SHARPNESS * (agreement - 0.5))), 1.0)
        solid = 1.0 / (1.0 + math.exp(self.flatness - _PRIOR))
        return float(halves[0] * halves[1]) * (_FLAT_COUNTS + (1.0 - _FLAT_COUNTS) * solid)


class Things:
    """The things of a trial."""

    def __init__(self) -> None:
        self.all: list[Thing] = []

    def note(self, seen: Detection, here: Here) -> Thing:
        """Take in a detection made from a pose."""
        c, s = math.cos(here.yaw), math.sin(here.yaw)
        x, y = here.x + c * seen.x - s * seen.y, here.y + s * seen.x + c * seen.y
        away = math.hypot(seen.x, seen.y)
        thing = self._known(x, y, away, seen.looks)
        weight = 1.0 / max(away, 0.5) ** 2
        thing.weight = min(thing.weight + weight, 8.0 * weight)
        share = weight / thing.weight if thing.count else 1.0
        thing.x += share * (x - thing.x)
        thing.y += share * (y - thing.y)
        # Looks count by how much of them was seen: the square of the height in pixels, a cut thing for little.
        thing.looks += seen.looks * seen.score * min(seen.height, 30.0) ** 2 * (1.0 if seen.whole else 0.2)
        if 1.0 < away < 5.0 and seen.whole:
            step = math.log(max(seen.flat, 1e-3) / max(1.0 - seen.flat, 1e-3)) + _RARE
            thing.flatness = max(-_FLAT_MOST, min(_FLAT_MOST, 0.85 * thing.flatness + 0.5 * step / max(away, 1.0)))
        thing.count += 1
        thing.missed = 0
        return thing

    def best(self, query: Array, doubted: Sequence[Thing] = ()) -> tuple[Thing | None, float]:
        """Return the thing that a mention most probably names, and how probably; None where none may be.

        What is ``doubted`` is left out.
        """
        rated = [
            (thing.chance(query), thing)
            for thing in self.all
            if thing.count >= 2 and not any(thing is other for other in doubted)
        ]
        chance, thing = max(rated, key=lambda each: each[0], default=(0.0, None))
        return (thing, chance) if chance >= POSSIBLE else (None, chance)

    def doubt(self, missing: Sequence[Thing]) -> None:
        """Take note of things that are not seen where they should be; drop them after a while."""
        for thing in missing:
            thing.missed += 1
        self.all = [thing for thing in self.all if thing.missed < _PATIENCE]

    def _known(self, x: float, y: float, away: float, looks: Array) -> Thing:
        near = [
            thing
            for thing in self.all
            if math.dist(thing.point, (x, y)) < _SAME + _SAME_SHARE * away
            and _cosine(thing.looks[0], looks[0]) > _ALIKE
        ]
        if near:
            return min(near, key=lambda thing: math.dist(thing.point, (x, y)))
        if len(self.all) >= _MOST:
            self.all.remove(min(self.all, key=lambda thing: thing.count))
        self.all.append(Thing(x, y, np.zeros_like(looks)))
        return self.all[-1]


def _cosine(one: Array, other: Array) -> float:
    return float(one @ other) / max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-6)
