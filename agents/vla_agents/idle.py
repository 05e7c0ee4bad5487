"""The agent that does nothing: what it scores, a task gives away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vla_agents.actions import Encoder
from vla_agents.steering import STOP
from vla_sim.agent import Action

if TYPE_CHECKING:
    from vla_sim.envs.env import VlaSimEnv


class Idle:
    """Stands still."""

    def attach(self, env: VlaSimEnv) -> None:
        """Take the environment, for the form of its actions."""
        self._encoder = Encoder(env.action_space)

    def reset(self, seed: int) -> None:
        """Forget the last trial."""

    def act(self, observation: Mapping[str, Any]) -> Action:
        """Return no motion."""
        return self._encoder.encode(STOP)
