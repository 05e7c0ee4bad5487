"""Another fault in each episode."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import gymnasium
import numpy as np

from vla_sim import seeding
from vla_sim.errors import InputError
from vla_sim.faults.spec import FaultLike, read_faults

Observation = dict[str, Any]


class RandomFault(gymnasium.Wrapper[Observation, Any, Observation, Any], gymnasium.utils.RecordConstructorArgs):
    """Adds one fault, drawn evenly from a list, to each episode with a probability: training for robustness.

    It comes after the environment's own faults; faults in the options of ``reset`` replace both. The draw comes from
    the seed of ``reset``; without one it goes on from the last. ``info["faults"]`` says what was drawn.

    >>> import gymnasium, vla_sim
    >>> from vla_sim.envs.wrappers import RandomFault
    >>> faults = ["lidar:dropout@L2", "lidar:blind_sector@L3"]
    >>> env = RandomFault(gymnasium.make("VlaSim/Arena-v0", sensors=["lidar"]), faults, probability=1.0)
    >>> _, info = env.reset(seed=1)
    >>> info["faults"][0]["kind"] in ("dropout", "blind_sector")
    True
    >>> env.close()
    """

    def __init__(self, env: gymnasium.Env[Observation, Any], faults: Iterable[FaultLike], probability: float = 0.5):
        self._candidates = read_faults(faults)
        if not self._candidates or not 0.0 <= probability <= 1.0:
            raise InputError("needs at least one fault and a probability of 0..1", field="RandomFault")
        gymnasium.utils.RecordConstructorArgs.__init__(
            self, faults=[fault.model_dump(exclude_none=True) for fault in self._candidates], probability=probability
        )
        super().__init__(env)
        self._probability = probability
        self._rng: np.random.Generator | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin an episode, perhaps with a fault."""
        if seed is not None or self._rng is None:
            unseeded = gymnasium.utils.seeding.np_random()[0]
            self._rng = unseeded if seed is None else seeding.generator(seed, "RandomFault")
        drawn = self._rng.random() < self._probability
        fault = self._candidates[int(self._rng.integers(len(self._candidates)))]
        if drawn:
            own = self.env.unwrapped.faults  # type: ignore[attr-defined]
            options = {"faults": [*own, fault], **(options or {})}
        return self.env.reset(seed=seed, options=options)
