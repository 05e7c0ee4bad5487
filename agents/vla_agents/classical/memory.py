"""Things that were seen, where they stand, and what they may be: lets the agent go on when it sees them no more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from vla_agents.classical.silhouette import Scores
from vla_agents.classical.vision import Sighting
from vla_agents.classical.words import NOUNS, Thing
from vla_agents.steering import Here

_SAME = 0.45
"""Two sightings of one colour within this distance [m], and a tenth of how far away they are, are one thing."""
_FORGET = 0.75
"""Weight of what was known of a shape against the newest look."""
_PATIENCE = 6
"""Pictures without a landmark that should be in them, after which it is forgotten."""
SURE = 0.75
"""Probability from which a thing counts as the one that is meant."""
POSSIBLE = 0.1
"""Probability from which a thing is worth a closer look."""


@dataclass(slots=True)
class Landmark:
    """A thing that was seen, in the frame of dead reckoning [m]."""

    colour: str
    x: float
    y: float
    weight: float = 0.0
    looks: int = 0
    scores: Scores = field(default_factory=lambda: np.zeros(len(NOUNS)))
    flatness: float = 0.0
    """Positive for a picture, negative for a solid thing."""
    missed: int = 0

    @property
    def point(self) -> tuple[float, float]:
        """Where it stands."""
        return self.x, self.y

    def probability(self, thing: Thing) -> float:
        """Return how probably this is what the words name."""
        if thing.colour not in (None, self.colour) or self.flatness >= 1.0:
            return 0.0
        if thing.noun is None:
            return 1.0
        shares = np.exp(self.scores - self.scores.max())
        return float(shares[NOUNS.index(thing.noun)] / shares.sum())


class Memory:
    """The landmarks of a trial."""

    def __init__(self) -> None:
        self.landmarks: list[Landmark] = []

    def note(self, sighting: Sighting, here: Here) -> Landmark:
        """Take in what was seen from a pose."""
        c, s = math.cos(here.yaw), math.sin(here.yaw)
        x, y = here.x + c * sighting.x - s * sighting.y, here.y + s * sighting.x + c * sighting.y
        away = math.hypot(sighting.x, sighting.y)
        landmark = self._known(sighting.colour, x, y, away)
        # A sighting counts by its accuracy, which falls with the square of the distance.
        weight = 1.0 / max(away, 0.5) ** 2
        landmark.weight = min(landmark.weight + weight, 8.0 * weight)
        share = weight / landmark.weight if landmark.looks else 1.0
        landmark.x += share * (x - landmark.x)
        landmark.y += share * (y - landmark.y)
        landmark.looks += 1
        landmark.missed = 0
        if sighting.scores is not None:
            landmark.scores = _FORGET * landmark.scores + sighting.scores
        if sighting.flat is not None:
            landmark.flatness = 0.8 * landmark.flatness + (0.5 if sighting.flat else -0.5)
        return landmark

    def best(self, thing: Thing) -> tuple[Landmark | None, float]:
        """Return the landmark that is most probably the thing, and its probability; None where none may be."""
        rated = [(mark.probability(thing), mark) for mark in self.landmarks if mark.looks >= 2]
        chance, mark = max(rated, key=lambda each: each[0], default=(0.0, None))
        return (mark, chance) if chance >= POSSIBLE else (None, 0.0)

    def doubt(self, missing: Sequence[Landmark]) -> None:
        """Take note of landmarks that are not seen where they should be; drop them after a while."""
        for mark in missing:
            mark.missed += 1
        self.landmarks = [mark for mark in self.landmarks if mark.missed < _PATIENCE]

    def _known(self, colour: str, x: float, y: float, away: float) -> Landmark:
        alike = [mark for mark in self.landmarks if mark.colour == colour]
        nearest = min(alike, key=lambda mark: math.dist(mark.point, (x, y)), default=None)
        if nearest is not None and math.dist(nearest.point, (x, y)) < _SAME + 0.1 * away:
            return nearest
        self.landmarks.append(Landmark(colour, x, y))
        return self.landmarks[-1]
