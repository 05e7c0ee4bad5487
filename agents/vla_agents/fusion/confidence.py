"""How sure the agent is: of the words, of its sensors, of what to do; and how fast it may go with that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vla_agents.fusion.control.inputs import SENSORS
from vla_agents.fusion.control.policy import Decision

if TYPE_CHECKING:
    from vla_agents.fusion.mind import Mind

USUAL = 0.25
"""Standard deviation of the forward speed, in the network's terms, at which a decision counts for half. Of the steps
that the shipped network was trained on 99 % have less than a third of it."""
ENOUGH, LEAST, SLOWEST = 0.6, 0.2, 0.3
"""Confidence from which the robot goes at full speed, and confidence in words or sensors below which it stands still;
in between it goes no slower than the last one, a share of the speed: standing still does not lessen doubt."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """Probabilities, or numbers that are used like them, from 0 to 1.

    ``words``: that the kind of goal was read right. ``sensors``: by name, that each works. ``sensing``: of the
    sensors that are believed, the least of these: one that is known to have failed is not used, so that the doubt is
    greatest while it is not yet known. ``soundness``: of all sensors, the mean of these: what is lost is missed even
    where it is not used. ``target``: that the thing it goes to is the one that was named; ``None`` while
    it goes to none. ``control``: from the variance that the control network states for the speed (Kendall, Gal 2017).
    """

    words: float
    sensors: dict[str, float]
    sensing: float
    soundness: float
    target: float | None
    control: float

    @classmethod
    def of(cls, mind: Mind, decision: Decision) -> Confidence:
        """Take stock after a decision."""
        sensors = {name: 1.0 - float(chance) for name, chance in zip(SENSORS, mind.failing, strict=True)}
        sigma = float((0.5 * decision.log_variance[0, 0, 0]).exp())
        return cls(
            words=mind.intent.sure,
            sensors=sensors,
            sensing=min((sensors[name] for name in mind.believed), default=0.0),
            soundness=sum(sensors.values()) / len(sensors),
            target=mind.situation.target_chance,
            control=1.0 / (1.0 + (sigma / USUAL) ** 2),
        )

    @property
    def total(self) -> float:
        """All of it but the target's, which is looked at more closely by going there."""
        return self._trust * self.soundness

    @property
    def pace(self) -> float:
        """Share of the speed that is asked for at which to go."""
        return 0.0 if self.words * self.sensing < LEAST else max(SLOWEST, min(1.0, self._trust / ENOUGH))

    @property
    def _trust(self) -> float:
        """In what it goes by: what it does without makes it no slower."""
        return self.words * self.sensing * self.control
