"""Whether something is in the grip, from touch and from how far the fingers could close."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vla_agents.fusion.arm.senses import ArmSenses

APART = 0.005
"""Fingers that stay so much wider than they were told [m] have something between them."""
LEAST = 0.008
"""No thing is narrower than this [m]."""
_MEMORY = 6
"""Observations that are remembered."""
_STUCK = 0.02
"""Fingers that were told to close by this much [m] and did not move at all say nothing."""


@dataclass(slots=True)
class Grip:
    """Follows the gripper from one observation to the next.

    Attributes:
        width: how far it is open [m], or was told to be where its joints say nothing.
        touches: what the pads say, None where they say nothing; ``stops``: what the fingers say.
        held: whether something is held, as far as can be told.
    """

    width: float = 0.1
    touches: bool | None = None
    stops: bool | None = None
    held: bool = False
    _told: deque[float] = field(default_factory=lambda: deque(maxlen=_MEMORY))
    _seen: deque[float] = field(default_factory=lambda: deque(maxlen=_MEMORY))

    def update(self, senses: ArmSenses, told: float) -> None:
        """Take in an observation; ``told`` is the width that the gripper was told before it [m]."""
        self.touches = None if senses.touch is None else bool(senses.touch.all())
        self._told.append(told)
        self.stops = None
        self.width = told
        if senses.joints is not None:
            self.width = float(senses.joints[6:, 0].sum())
            self._seen.append(self.width)
            if not self._is_stuck():
                self.stops = self._has_stopped(senses.joints)
        if self.stops is None:
            self.held = bool(self.touches)
        elif self.touches is None or self.touches == self.stops:
            self.held = self.stops
        else:
            # Pads may be dead or stuck; fingers that stand apart against what they are told are better proof.
            self.held = self.stops and self.width - told > 1.5 * APART

    def _has_stopped(self, joints: NDArray[np.float64]) -> bool:
        return self.width - self._told[-1] > APART and self.width > LEAST and float(np.abs(joints[6:, 1]).max()) < 0.03

    def _is_stuck(self) -> bool:
        if len(self._seen) < _MEMORY:
            return False
        return max(self._told) - min(self._told) > _STUCK and max(self._seen) - min(self._seen) < 1e-6
