"""What the words mean on the table as it is: which thing is handled, and where it belongs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from vla_agents.fusion.arm.reading import NAMED, ArmIntent
from vla_agents.fusion.arm.rules import Skill, Thing
from vla_agents.fusion.arm.table import Track
from vla_agents.fusion.perception.detector import match

SKILLS: dict[str, Skill] = {
    "pick": "pick",
    "pick_at": "pick",
    "in": "put",
    "on": "put",
    "beside": "put",
    "between": "put",
    "stack": "put",
    "push": "push",
}
"""How each kind of goal is done; what is not in here, not at all."""
LEAST = 0.25
"""Least probability with which a thing is taken to be what is named."""
STAY = 0.15
"""Another thing has to be so much more probable before the mind is changed."""
FLOOR = 0.009
"""How high things stand in trays and bowls [m]."""
GAP = 0.065
"""Room to what a thing is put beside [m]."""
_DIRECTIONS = {"left": (0.0, 1.0), "right": (0.0, -1.0), "front": (-1.0, 0.0), "behind": (1.0, 0.0)}


@dataclass(slots=True)
class ArmGoal:
    """A sentence's meaning: ``queries`` (mentions, 2, QUERY), and what on the table it is taken to speak of."""

    intent: ArmIntent
    queries: NDArray[np.float32]
    target: Track | None = None
    others: tuple[Track | None, ...] = ()
    chance: float = 0.0
    """How probably the target is what is named."""

    @property
    def skill(self) -> Skill | None:
        """How it is done; None where it cannot be."""
        return SKILLS.get(self.intent.skill)

    def find(self, things: Sequence[Track], held: Track | None, least: float = LEAST) -> None:
        """Look for what is named among the things that are there; what is ``held`` stays the target.

        What is less probable than ``least`` is not taken for what is to be handled, unless it was before.
        """
        count = NAMED.get(self.intent.skill, 2)
        others = list(self.others) or [None] * (count - 1)
        for index in range(1, count):
            free = [track for track in things if track is not self.target or self.intent.skill == "pick_at"]
            others[index - 1] = _best(free, self._chances(index, free), others[index - 1])[0]
        self.others = tuple(others)
        if held is not None:
            self.target = held
            return
        free = [track for track in things if track not in self.others]
        chances = self._chances(0, free)
        if self.intent.skill == "pick_at":
            chances = chances * np.array([self._at_side(track) for track in free])
        self.target, self.chance = _best(free, chances, self.target, least)

    def place(self) -> Thing | None:
        """Return where the target belongs; None where that is not known, or nowhere."""
        others = self.others
        target = self.target
        if target is None or not others or any(track is None for track in others) or self.skill == "pick":
            return None
        first = others[0]
        assert first is not None
        match self.intent.skill:
            case "in":
                return Thing(first.x, first.y, FLOOR, first.radius)
            case "stack":
                return Thing(first.x, first.y, first.top, first.radius)
            case "beside":
                x, y = _DIRECTIONS[self.intent.side]
                away = first.radius + target.radius + GAP
                return Thing(first.x + x * away, first.y + y * away, 0.0, 0.0)
            case "between":
                second = others[1]
                assert second is not None
                return Thing((first.x + second.x) / 2, (first.y + second.y) / 2, 0.0, 0.0)
            case _:
                return Thing(first.x, first.y, 0.0, first.radius)

    def _chances(self, mention: int, things: Sequence[Track]) -> NDArray[np.float64]:
        if not things:
            return np.zeros(0)
        looks = torch.from_numpy(np.stack([track.looks for track in things]))
        return match(looks, torch.from_numpy(self.queries[mention])).numpy().astype(float)

    def _at_side(self, track: Track) -> float:
        """Return how well a thing stands at the side that is said of the other one."""
        other = self.others[0]
        if other is None:
            return 0.0
        way = np.array([track.x - other.x, track.y - other.y])
        along = float(way @ np.array(_DIRECTIONS[self.intent.side])) / max(math.hypot(*way), 1e-6)
        return min(max(along, 0.0), 1.0)


def _best(
    things: Sequence[Track], chances: NDArray[np.float64], before: Track | None, least: float = LEAST
) -> tuple[Track | None, float]:
    """Return the most probable thing, but the one from before unless it is clearly less so, and how probable it is."""
    if not len(things):
        return None, 0.0
    best = int(chances.argmax())
    for index, track in enumerate(things):
        if track is before and chances[index] > max(LEAST, chances[best] - STAY):
            return track, float(chances[index])
    return (things[best], float(chances[best])) if chances[best] >= least else (None, 0.0)
