"""The judge of what an arm is asked, and what it must not do meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from vla_sim.tasks.goal import Goal
from vla_sim.tasks.manipulation.deeds import Deed
from vla_sim.tasks.manipulation.things import rise
from vla_sim.tasks.motion import Motion
from vla_sim.tasks.objective import HOLD, Reach
from vla_sim.tasks.site import Site


class Handle(Reach):
    """Meet a goal for ``hold`` [s] without a break, and do not do so with any of the others; progress is by stages."""

    def __init__(self, goal: Goal, others: Sequence[Goal], deed: Deed, hold: float = HOLD):
        super().__init__(goal, others, deed, hold)
        self._deed = deed

    def begin(self, start: Motion) -> None:
        """Start judging from this moment."""
        super().begin(start)
        shares = self._deed.shares(start, start)
        self.stages = dict.fromkeys(shares, 0.0)
        self._progress = 0.0

    def update(self, now: Motion) -> str | None:
        """Return ``success``, the reason of a failure, or None."""
        result = super().update(now)
        shares = self._deed.shares(now, self._start)
        self.stages = {stage: max(share, self.stages[stage]) for stage, share in shares.items()}
        self._progress = sum(shares.values()) / len(shares)
        return result

    @property
    def progress(self) -> float:
        """The mean over the stages of how much of each is done at the last update, 0..1."""
        return self._progress


@dataclass
class KeepDown:
    """Do not lift a thing by more than ``height`` [m]."""

    site: Site
    model: str
    height: float = 0.03
    _start: Motion | None = field(default=None, init=False)

    def begin(self, start: Motion) -> None:
        """Start watching from this moment."""
        self._start = start

    def broken(self, now: Motion) -> str | None:
        """Return ``lifted`` once it is higher."""
        assert self._start is not None
        return "lifted" if rise(now, self._start, self.site, self.model) > self.height else None
