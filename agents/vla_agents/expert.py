"""The scripted expert: knows where everything is, plans its way and drives it; shows that a trial can be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vla_agents.actions import Encoder
from vla_agents.goer import Surroundings
from vla_agents.manoeuvres import Driver, driver_for
from vla_agents.steering import STOP, Here, Limits
from vla_sim.agent import Action
from vla_sim.tasks.plan import Plan

if TYPE_CHECKING:
    from vla_sim.envs.env import VlaSimEnv


class Expert:
    """Carries out the plan of the goal as it stands, from ground truth; the observation is not looked at.

    It begins anew whenever the episode's plan is replaced, as when the words change.
    """

    def attach(self, env: VlaSimEnv) -> None:
        """Take the environment whose truth, site and episode the agent reads."""
        self._env: VlaSimEnv = getattr(env, "unwrapped", env)

    def reset(self, seed: int) -> None:
        """Forget the last trial."""
        self._plan: Plan | None = None
        self._drivers: list[Driver] = []
        self._encoder = Encoder(self._env.action_space)

    def choose_plan(self) -> Plan:
        """Return the plan to carry out now."""
        return self._env.episode.plan

    def act(self, observation: Mapping[str, Any]) -> Action:
        """Return the action for one control step."""
        env = self._env
        site, truth = env.site, env.truth
        plan = self.choose_plan()
        if plan is not self._plan:
            self._plan = plan
            present = tuple(site.present(env.episode.placements))
            scene = Surroundings(site, Limits.of(site.drive, coarse=self._encoder.discrete), present)
            self._drivers = [driver_for(step, scene) for step in plan]
        here = Here.of(truth, site.semantics.robot)
        while self._drivers:
            speeds = self._drivers[0].speeds(here, truth)
            if speeds is not None:
                return self._encoder.encode(speeds)
            self._drivers.pop(0)
        return self._encoder.encode(STOP)
