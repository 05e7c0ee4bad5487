"""What the next episode of each environment will be, decided in the main process before a worker needs to know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from gymnasium.vector import AutoresetMode

from vla_sim import seeding


class NextEpisode(NamedTuple):
    """What ``reset`` is called with; None for what is left to the environment."""

    seed: int | None = None
    options: Mapping[str, Any] | None = None


Curriculum = Callable[[int, int, np.random.Generator], NextEpisode]
"""Decides an episode by environment, number of the episode since that environment's seed, and a generator of its own.

It is called in the main process, in the order in which episodes are needed; the generator depends on the environment's
seed and the episode's number alone. It may know of the results so far: with autoreset in the next step, of all of them;
in the same step, of all but the one that ends meanwhile, as the worker must know what follows before it is over.
"""


class Schedule:
    """Keeps the episodes' numbers, and asks a curriculum or takes orders."""

    def __init__(self, num_envs: int, curriculum: Curriculum | None, mode: AutoresetMode):
        self._curriculum, self._mode = curriculum, mode
        self._seeds, self._numbers = [0] * num_envs, [-1] * num_envs
        self._orders: dict[int, NextEpisode] = {}
        self._due: set[int] = set()

    def order(self, index: int, episode: NextEpisode) -> None:
        """Set what an environment's next episode will be, whatever the curriculum would say."""
        self._orders[index] = episode

    def at_reset(self, index: int, seed: int | None, options: Mapping[str, Any], fallback: int) -> NextEpisode:
        """Return the episode that a reset begins.

        Options of the reset come before planned ones; a planned seed comes before the reset's, which seeds the plan.

        Args:
            index: of the environment.
            seed: None to go on.
            options: of the reset.
            fallback: what the curriculum's generator is seeded with where no seed was ever given.
        """
        if seed is not None:
            self._seeds[index], self._numbers[index] = seed, -1
        elif self._numbers[index] < 0:
            self._seeds[index] = fallback
        self._due.discard(index)
        planned = self._orders.pop(index) if index in self._orders else self._plan(index)
        merged = {**(planned.options or {}), **options}
        return NextEpisode(planned.seed if planned.seed is not None else seed, merged or None)

    def began(self, index: int) -> None:
        """Take note that an episode has begun."""
        self._numbers[index] += 1
        if self._mode is AutoresetMode.SAME_STEP:
            self._due.add(index)

    def ended(self, index: int) -> None:
        """Take note that an episode has ended whose successor has not begun."""
        if self._mode is AutoresetMode.NEXT_STEP:
            self._due.add(index)

    def decide(self) -> None:
        """Ask the curriculum for what is due. Where it raises, what it said before is kept."""
        for index in sorted(self._due):
            if self._curriculum is not None and index not in self._orders:
                self._orders[index] = self._plan(index)
            self._due.discard(index)

    def news(self, indices: Iterable[int]) -> dict[int, NextEpisode]:
        """Return what the worker of these environments must hear before they go on."""
        return {index: self._orders.pop(index) for index in indices if index in self._orders}

    def _plan(self, index: int) -> NextEpisode:
        if self._curriculum is None:
            return NextEpisode()
        number = self._numbers[index] + 1
        return self._curriculum(index, number, seeding.generator(self._seeds[index], "curriculum", number))
