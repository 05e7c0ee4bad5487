"""Which combination to look at next: a tree-structured Parzen estimator that learns which faults and onsets do harm.

Bergstra et al. 2011 (NeurIPS 24), as Optuna (Akiba et al. 2019, KDD) has it, seeded.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

from vla_sim.bench.search.space import Combination, Piece, Space
from vla_sim.errors import InputError
from vla_sim.seeding import derive_seed, generator

try:
    import optuna
except ImportError as error:
    raise InputError("the search needs optuna; run: pip install 'vla-sim[search]'") from error

_RANDOM_FIRST = 8
"""Proposals at random before any are learned from."""
_PATIENCE = 20
"""Proposals of nothing new after which the rest is gone through in order."""
_WORST = 1.0
"""What a proposal counts as that does nothing new: a success rate of one."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A combination to look at, and under what the estimator keeps it."""

    combination: Combination
    number: int | None


class Proposer:
    """Proposes combinations of ``size`` faults, each time the harshest that stay under a limit."""

    def __init__(self, space: Space, size: int, seed: int):
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._space = space
        self._size = size
        self._splits = generator(seed, "search", "split", size)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = optuna.samplers.TPESampler(
                n_startup_trials=_RANDOM_FIRST,
                multivariate=True,
                seed=derive_seed(seed, "search", "proposal", size) % 2**32,
            )
        self._study = optuna.create_study(sampler=sampler)

    def propose(self, limit: float, known: Callable[[Combination], bool | None]) -> Proposal | None:
        """Return a combination under a limit of total severity of which nothing is known; None if none is left."""
        for _ in range(_PATIENCE):
            number, combination = self._ask(limit)
            if combination is not None and known(combination) is None:
                return Proposal(combination, number)
            self._study.tell(number, _WORST)
        for combination in self._space.combinations(self._size, limit):
            if known(combination) is None:
                return Proposal(combination, None)
        return None

    def tell(self, proposal: Proposal, success: float) -> None:
        """Have the estimator learn the success rate of a proposal: the lower, the more like it will follow."""
        if proposal.number is not None:
            self._study.tell(proposal.number, success)

    def _ask(self, limit: float) -> tuple[int, Combination | None]:
        trial = self._study.ask()
        search = self._space.search
        chosen = sorted(
            (
                trial.suggest_categorical(f"fault_{slot}", range(len(search.faults))),
                trial.suggest_categorical(f"onset_{slot}", range(len(search.onsets))),
            )
            for slot in range(self._size)
        )
        splits = self._space.harshest_below(self._size, limit)
        if len({fault for fault, _ in chosen}) < self._size or not splits:
            return trial.number, None
        severities = splits[self._splits.integers(len(splits))]
        pieces = (Piece(fault, severity, onset) for (fault, onset), severity in zip(chosen, severities, strict=True))
        return trial.number, tuple(pieces)
