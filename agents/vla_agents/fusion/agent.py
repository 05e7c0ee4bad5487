"""The fusion agent: hears a goal, sees with its sensors, drives a rover, and says how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vla_agents.fusion.caution import Caution
from vla_agents.fusion.checkpoint import SHIPPED, load_checkpoint
from vla_agents.fusion.confidence import Confidence
from vla_agents.fusion.control.policy import Decision
from vla_agents.fusion.mind import Mind
from vla_agents.fusion.steps import speeds_of
from vla_agents.steering import STOP, Speeds
from vla_sim.agent import Action


class FusionAgent:
    """A vision-language-action agent; actions are speeds (the continuous action space).

    Nothing in it is random. It goes slower the less sure it is, and stops where it is not, or where no sensor is left
    that tells of the world or of motion.

    Args:
        checkpoint: folder of a checkpoint; the shipped one unless given.
    """

    strategy: str | None = None
    """How its policy fuses the modalities; None: the checkpoint's default."""

    def __init__(self, checkpoint: str | Path = SHIPPED):
        torch.set_num_threads(1)
        self.networks, self._encoder, self.card = load_checkpoint(Path(checkpoint), self.strategy)
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Forget the last trial."""
        self.mind = Mind(self.networks, self._encoder)
        self.caution = Caution()
        self.decision: Decision | None = None
        self.confidence: Confidence | None = None
        self._asked: Speeds = STOP

    @torch.inference_mode()
    def act(self, observation: Mapping[str, Any]) -> Action:
        """Return the action for one control step."""
        inputs = self.mind.perceive(observation, self._asked)
        self.decision = self.networks.policy(inputs)
        self.confidence = Confidence.of(self.mind, self.decision)
        self._asked = self.caution.heed(self.mind, speeds_of(self.decision), self.confidence.pace)
        return np.array(self._asked, dtype=np.float32)


class EarlyAgent(FusionAgent):
    """The fusion agent with early fusion."""

    strategy = "early"


class IntermediateAgent(FusionAgent):
    """The fusion agent with intermediate fusion."""

    strategy = "intermediate"


class LateAgent(FusionAgent):
    """The fusion agent with late fusion."""

    strategy = "late"


class AttentionAgent(FusionAgent):
    """The fusion agent with fusion by attention."""

    strategy = "attention"
