"""An able agent that does not heed the words: bounds what can be had without them."""

from __future__ import annotations

from vla_agents.expert import Expert
from vla_sim.seeding import generator
from vla_sim.tasks.plan import Plan


class Blind(Expert):
    """The expert, pursuing one of the goals that look equally plausible, drawn once per trial, whatever is said."""

    def reset(self, seed: int) -> None:
        """Forget the last trial; the goal of the next one follows from the seed."""
        super().reset(seed)
        self._rng = generator(seed, "blind")
        self._chosen: Plan | None = None

    def choose_plan(self) -> Plan:
        """Return the plan of the goal that was drawn."""
        if self._chosen is None:
            goals = self._env.episode.alternatives
            self._chosen = goals[int(self._rng.integers(len(goals)))].plan
        return self._chosen
