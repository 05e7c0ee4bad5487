"""What an agent can say about itself, for monitors, diagnostics and people who look on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from vla_sim.agent import Agent


@dataclass(frozen=True, slots=True)
class Certainty:
    """How sure an agent is of its last action, from 0 to 1."""

    total: float
    parts: Mapping[str, float]
    """Of what, such as ``words``, ``sensing``, ``control``."""
    sensors: Mapping[str, float]
    """How probably each sensor works, by the name of its stream."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One action of a sequence: a word of the discrete vocabulary, its confidence 0..1, and what it does in words."""

    word: str
    index: int
    confidence: float
    description: str


@dataclass(frozen=True, slots=True)
class SeenObject:
    """A thing in the picture that the words name.

    ``query``: the words; ``box`` [pixels]: left, top, right, bottom; ``score``: 0..1.
    """

    query: str
    box: tuple[float, float, float, float]
    score: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an agent did what it did last."""

    sequence: tuple[PlannedStep, ...] = ()
    """What it means to do next; empty of an agent that does not plan in words."""
    attention: NDArray[np.float32] | None = None
    """Where in the camera's picture (height, width) the words look, 0..1; None without a picture."""
    objects: tuple[SeenObject, ...] = ()
    """The most probable first."""


@runtime_checkable
class CertainAgent(Agent, Protocol):
    """An agent that knows how sure it is."""

    def certainty(self) -> Certainty | None:
        """Return how sure it is of its last action; None before the first one. Cheap: asked for each action."""
        ...


@runtime_checkable
class ExplainingAgent(Agent, Protocol):
    """An agent that can be asked why."""

    def explain(self) -> Explanation:
        """Explain the last action. It may take its time, and changes nothing in what the agent does."""
        ...
