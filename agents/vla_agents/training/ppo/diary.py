"""What happens in the environments between two updates, written down for the curriculum, the curve and a resume."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.callbacks import BaseCallback

from vla_agents.training.ppo.curriculum import CALM, FaultCurriculum


class Diary(BaseCallback):
    """Keeps the actions of each episode that is going on, and how those ended that are over.

    It also gives torch its threads: one while simulations run beside it, ``threads`` for the update.
    """

    def __init__(self, curriculum: FaultCurriculum, actions: Sequence[Sequence[NDArray[np.float32]]], threads: int):
        super().__init__()
        self._curriculum, self._threads = curriculum, threads
        self.actions = [list(each) for each in actions]
        self._ends: Counter[str] = Counter()

    def _on_rollout_start(self) -> None:
        torch.set_num_threads(1)

    def _on_rollout_end(self) -> None:
        torch.set_num_threads(self._threads)

    def _on_step(self) -> bool:
        actions, dones, infos = (self.locals[name] for name in ("clipped_actions", "dones", "infos"))
        for index, (action, done, info) in enumerate(zip(actions, dones, infos, strict=True)):
            self.actions[index].append(np.array(action, np.float32))
            if done:
                self.actions[index] = []
                success = bool(info["success"])
                what = "calm" if self._curriculum.ended(index, success) == CALM else "troubled"
                self._ends.update({f"{what}_episodes": 1, f"{what}_successes": int(success)})
        return True

    def summary(self) -> dict[str, Any]:
        """Return episodes and successes, with and without faults, since the last summary."""
        names = [f"{what}_{count}" for what in ("calm", "troubled") for count in ("episodes", "successes")]
        told = {name: self._ends[name] for name in names}
        self._ends.clear()
        return told
