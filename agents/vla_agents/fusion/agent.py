"""The fusion agent: hears a goal, sees with its sensors, drives a rover, and says how sure it is."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vla_agents.fusion.batching import Batched, InTurn
from vla_agents.fusion.caution import Caution
from vla_agents.fusion.checkpoint import SHIPPED, load_checkpoint, load_sequence
from vla_agents.fusion.confidence import Confidence
from vla_agents.fusion.control.inputs import Inputs
from vla_agents.fusion.control.policy import Decision
from vla_agents.fusion.control.sequence import PlannedAction, SequenceDecoder
from vla_agents.fusion.explain import attention_of, certainty_of, objects_of, steps_of
from vla_agents.fusion.mind import Mind, Networks
from vla_agents.fusion.steps import speeds_of
from vla_agents.steering import STOP, Speeds
from vla_sim.agent import Action
from vla_sim.explanation import Certainty, Explanation


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
        self._folder = Path(checkpoint)
        self.networks, self._encoder, self.card = load_checkpoint(self._folder, self.strategy)
        self._policy = self.networks.policy
        """The policy in torch, whatever runs it from step to step."""
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Forget the last trial."""
        self.mind = Mind(self.networks, self._encoder)
        self.caution = Caution()
        self.decision: Decision | None = None
        self.confidence: Confidence | None = None
        self._asked: Speeds = STOP
        self._inputs: Inputs | None = None

    @torch.inference_mode()
    def act(self, observation: Mapping[str, Any]) -> Action:
        """Return the action for one control step."""
        self._inputs = inputs = self.mind.perceive(observation, self._asked)
        self.decision = self.networks.policy(inputs)
        self.confidence = Confidence.of(self.mind, self.decision)
        self._asked = self.caution.heed(self.mind, speeds_of(self.decision), self.confidence.pace)
        return np.array(self._asked, dtype=np.float32)

    def held(self) -> None:
        """Take note that the robot stood still instead of doing the last action."""
        self._asked = STOP

    def twins(self, most: int) -> Callable[[], FusionAgent]:
        """Return what makes agents that share this one's networks; up to ``most`` of their calls go through at once."""
        own, encoder = self.networks, InTurn(self._encoder)
        shared = Networks(own.reader, *(Batched(each, most) for each in (own.eye, own.health, own.policy)))  # type: ignore[arg-type]

        def twin() -> FusionAgent:
            made = copy.copy(self)
            made.networks, made._encoder = shared, encoder
            made.reset(0)
            return made

        return twin

    def certainty(self) -> Certainty | None:
        """Return how sure it is of its last action; None before the first one."""
        return None if self.confidence is None else certainty_of(self.confidence)

    def explain(self) -> Explanation:
        """Explain the last action; empty before the first one."""
        if self._inputs is None:
            return Explanation()
        return Explanation(steps_of(self._planned(self._inputs)), attention_of(self.mind), objects_of(self.mind))

    @torch.inference_mode()
    def _planned(self, inputs: Inputs) -> list[PlannedAction]:
        """Return the decoder's sequence; empty where the checkpoint has none that fits the policy."""
        if self._sequence is None:
            return []
        return self._sequence.decode(self._policy.fusion(inputs).vector, torch.zeros(1, 2))[0]

    @cached_property
    def _sequence(self) -> SequenceDecoder | None:
        fits = self.card.sequence and self.strategy in (None, self.card.strategies[0])
        return load_sequence(self._folder) if fits else None


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
