"""The fusion agent in the discrete action space: it plans a sequence of words, and does the first few of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from vla_agents.actions import MOTION, DeltaSigma
from vla_agents.fusion.agent import FusionAgent
from vla_agents.fusion.checkpoint import SHIPPED, load_sequence
from vla_agents.fusion.confidence import Confidence
from vla_agents.fusion.control.inputs import Inputs
from vla_agents.fusion.control.sequence import PlannedAction
from vla_agents.fusion.language.reader import Intent
from vla_agents.fusion.steps import speeds_of
from vla_agents.steering import STOP, Speeds
from vla_sim.agent import Action
from vla_sim.envs.vocabulary import Word

REPLAN = 3
"""Actions of a sequence that are done before the next one is planned."""


class DiscreteFusionAgent(FusionAgent):
    """A fusion agent whose actions are words of the discrete vocabulary.

    New words end a sequence at once; so does its own length.

    Args:
        checkpoint: folder of a checkpoint with a sequence decoder; the shipped one unless given.
    """

    action_type = "discrete"

    def __init__(self, checkpoint: str | Path = SHIPPED):
        self._decoder = load_sequence(Path(checkpoint))
        super().__init__(checkpoint)

    def reset(self, seed: int) -> None:
        """Forget the last trial."""
        super().reset(seed)
        self.sequence: list[PlannedAction] = []
        """What was planned last."""
        self._done = 0
        self._heard: Intent | None = None
        self._account = DeltaSigma()

    @torch.inference_mode()
    def act(self, observation: Mapping[str, Any]) -> Action:
        """Return the action for one control step."""
        self._inputs = inputs = self.mind.perceive(observation, self._asked)
        fused = self.networks.policy.fusion(inputs)
        self.decision = self.networks.policy.decide(fused)
        self.confidence = Confidence.of(self.mind, self.decision)
        if self.mind.intent is not self._heard or self._done >= min(REPLAN, len(self.sequence)):
            self._heard = self.mind.intent
            self.sequence = self._decoder.decode(fused.vector, torch.tensor([self._account.owed]))[0]
            self._done = 0
        planned = self.sequence[self._done]
        self._done += 1
        self._account.ask(STOP if self.mind.dead else speeds_of(self.decision))
        wanted = MOTION.get(planned.word, STOP)
        allowed = self.caution.heed(self.mind, wanted)
        if allowed != wanted:
            planned = PlannedAction(_nearest(allowed), 1.0)
        self._account.pay(planned.word)
        self._asked = MOTION.get(planned.word, STOP)
        return planned.index

    def _planned(self, inputs: Inputs) -> list[PlannedAction]:
        """Return what is left of the sequence, the action that is being done first."""
        return self.sequence[self._done - 1 :]


def _nearest(speeds: Speeds) -> Word:
    """Return the word that comes nearest to some speeds, in which a metre counts as much as a radian."""
    return min((*MOTION, "stop"), key=lambda word: math.dist(MOTION.get(word, STOP), speeds))
