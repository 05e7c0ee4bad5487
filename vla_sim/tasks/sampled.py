"""What the tasks have in common: an episode is drawn again until a draw works out."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.layout import Layout, attempt
from vla_sim.tasks.pairs import drawn
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Words


class SampledTask(ABC):
    """A task for a robot that drives, whose ``draw`` may give up with a NoRoomError."""

    name: str
    description: str
    names_things = True

    def unsupported(self, site: Site) -> str | None:
        """Return why this site cannot host the task, or None."""
        if not site.drives:
            return "the robot does not drive"
        if not site.semantics.spawn:
            return "no area where the robot may start ('spawn')"
        return self.missing(site)

    @abstractmethod
    def missing(self, site: Site) -> str | None:
        """Return what this site has not that the task needs, or None."""

    @abstractmethod
    def draw(self, layout: Layout, words: Words) -> ScriptedEpisode:
        """Draw an episode on an empty layout.

        Raises:
            NoRoomError: this draw did not work out; another may.
        """

    def sample(self, site: Site, rng: np.random.Generator, words: Words = "seen") -> ScriptedEpisode:
        """Draw an episode.

        Raises:
            InputError: the site has too little room.
        """
        return attempt(self.name, site, lambda: drawn(lambda: self.draw(Layout(site, rng), words), site, words))
