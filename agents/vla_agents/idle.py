"""The agent that does nothing: what it scores, a task gives away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vla_sim.agent import Action

if TYPE_CHECKING:
    from vla_sim.envs.env import VlaSimEnv


class Idle:
    """Stands still, and leaves its joints where they are."""

    def attach(self, env: VlaSimEnv) -> None:
        """Take the environment, which knows how to do nothing."""
        self._env = env

    def reset(self, seed: int) -> None:
        """Forget the last trial."""

    def act(self, observation: Mapping[str, Any]) -> Action:
        """Return no motion."""
        action: Action = self._env.still
        return action
