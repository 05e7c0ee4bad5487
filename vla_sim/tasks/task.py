"""The contract of a task: it samples episodes; an episode holds the goal's words, judges, and says when it is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import numpy as np

from vla_sim.engines.engine import Placements, Truth
from vla_sim.tasks.goal import Goal
from vla_sim.tasks.plan import Plan
from vla_sim.tasks.site import Site

Words = Literal["seen", "held_out", "held_out_pairs"]
"""Which goals are drawn: in paraphrases that may be learned from, in others, or in the former about things of
``HELD_OUT_PAIRS``."""


class Episode(Protocol):
    """One trial of one task, from its placements to its verdict. It reads ground truth only."""

    placements: Placements
    """Where the robot and the objects stand at the reset."""
    light: float | None
    """Light that the task needs (0: dark), or None where it does not care."""
    time_limit: float
    """Simulated time [s] after which the trial has failed with the reason ``timeout``."""
    chance: float
    """Probability that an able agent which ignores the words succeeds."""

    def begin(self, truth: Truth) -> None:
        """Start judging from this state."""
        ...

    def update(self, truth: Truth) -> None:
        """Judge one control step; may change the words, the progress and the verdict."""
        ...

    @property
    def words(self) -> str:
        """The goal in words, as it stands now."""
        ...

    @property
    def alternatives(self) -> Sequence[Goal]:
        """Goals that look equally plausible to an agent which ignores the words; the true one is among them."""
        ...

    @property
    def plan(self) -> Plan:
        """How the goal as it stands now is done: for privileged agents only."""
        ...

    @property
    def progress(self) -> float:
        """How much of the goal is done, 0..1; 1 exactly on success."""
        ...

    @property
    def verdict(self) -> str | None:
        """None while the trial runs, ``success``, or the reason of the failure (``timeout``, ``collision``, ...)."""
        ...

    def metrics(self) -> Mapping[str, float]:
        """Return path length, SPL, least clearance, collisions, time to success and the like."""
        ...

    def script(self) -> list[dict[str, object]]:
        """Return what was said and when: ``[{"time": 0.0, "words": "go to the red cube"}, ...]``."""
        ...


class Task(Protocol):
    """A kind of goal."""

    name: str
    description: str
    names_things: bool
    """Whether its words name things by colour and noun."""

    def unsupported(self, site: Site) -> str | None:
        """Return why this site cannot host the task (``no rooms``), or None."""
        ...

    def sample(self, site: Site, rng: np.random.Generator, words: Words = "seen") -> Episode:
        """Draw an episode that is solvable and, unless it must not be, starts with the target out of view."""
        ...
