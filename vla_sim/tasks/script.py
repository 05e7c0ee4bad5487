"""What is said to the robot and when: instructions in order, each coming at a time or by an event."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from vla_sim.tasks.motion import Motion
from vla_sim.tasks.objective import Objective
from vla_sim.tasks.rules import Rule
from vla_sim.tasks.site import Site


class Trigger(Protocol):
    """When an instruction is given."""

    def due(self, now: Motion, progress: float) -> bool:
        """Return whether it is time; ``progress`` is that of the instruction which holds so far."""
        ...


@dataclass(frozen=True, slots=True)
class At:
    """At a time since the trial began [s]."""

    time: float

    def due(self, now: Motion, progress: float) -> bool:
        """Return whether it is time."""
        return now.time >= self.time - 1e-6


@dataclass(frozen=True, slots=True)
class ComingNear:
    """When the gap between the robot's hull and a model is at most ``gap`` [m]."""

    site: Site
    model: str
    gap: float

    def due(self, now: Motion, progress: float) -> bool:
        """Return whether it is time."""
        away = math.dist((now.x, now.y), now.locate(self.model))
        return away - self.site.objects[self.model].radius - self.site.robot_radius <= self.gap


@dataclass(frozen=True, slots=True)
class Halfway:
    """When a share (0..1) of the instruction that holds so far is done."""

    share: float

    def due(self, now: Motion, progress: float) -> bool:
        """Return whether it is time."""
        return progress >= self.share


@dataclass(frozen=True, slots=True)
class Instruction:
    """Words, when they are said, and what they ask. The first instruction of a script is said at the start."""

    words: str
    objective: Objective
    when: Trigger = At(0.0)
    rules: tuple[Rule, ...] = ()
