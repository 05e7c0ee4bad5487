"""The faults on words, which are said once and count until others are said."""

from __future__ import annotations

from vla_sim.envs.lines import GoalLine
from vla_sim.report.ros2_messages import nanoseconds_of
from vla_sim.ros.readings import SECOND
from vla_sim.ros.relay.plan import RelayPlan

_MADE_UP = 100
"""Steps that are made up for at most after the clock has leapt."""


class SpokenWords:
    """Says the words anew once a control step, as the environment does, so that faults may come and go over them.

    New words are of the control step that ends now or comes next. What was said before the first one is heard in it.
    """

    def __init__(self, plan: RelayPlan):
        self.words = ""
        """As they were said last."""
        self.restart(plan, 0, "")

    def restart(self, plan: RelayPlan, epoch: int, heard: str) -> None:
        """Begin anew at a time [ns], with the words that have been heard so far."""
        self._epoch, self._period = epoch, nanoseconds_of(plan.period)
        self.injector = plan.injector()
        self._line = GoalLine(self.injector, heard)
        self._step = 0
        self.heard = heard
        """What the agent is to go by."""

    @property
    def script(self) -> list[dict[str, object]]:
        """What was heard and when [s since the schedules began], where a fault is on the words."""
        return self._line.script

    def say(self, words: str, now: int) -> None:
        """Take words that were said ``now`` [ns]."""
        self.words = words
        self._step = max(1, self._step, -((self._epoch - now) // self._period))
        self._hear()

    def advance(self, now: int) -> None:
        """Let faults come and go up to a time [ns]."""
        last = (now - self._epoch) // self._period
        while self.words and self._step < last:
            self._step = max(self._step + 1, last - _MADE_UP)
            self._hear()

    def _hear(self) -> None:
        self.heard = self._line.hear(self._step * self._period / SECOND, self.words)
