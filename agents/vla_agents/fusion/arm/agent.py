"""The fusion agent with an arm: hears a goal, sees from above and from the wrist, feels, and moves the tool."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vla_agents.fusion.arm.checkpoint import SHIPPED, load_checkpoint
from vla_agents.fusion.arm.inputs import SENSORS
from vla_agents.fusion.arm.mind import ArmMind
from vla_agents.fusion.arm.policy import SCALE, ArmDecision
from vla_agents.fusion.arm.rules import OPEN, Motion
from vla_agents.fusion.arm.steps import Told
from vla_sim.agent import Action
from vla_sim.explanation import Certainty

USUAL = 0.25
"""Standard deviation of a motion, in the network's terms, at which a decision counts for half."""
LEAST = 0.3
"""Certainty of the words below which the arm keeps still."""
STREAMS = {"overhead": "overhead", "wrist": "wrist", "force": "wrist_force", "touch": "touch", "joints": "joints"}
"""What the modalities are called in an observation, and among the targets of faults."""
_PERIOD = 0.1


class ArmFusionAgent:
    """A vision-language-action agent for an arm at a table; actions are motions of the tool.

    Nothing in it is random. It keeps still where the words ask for what it cannot do, or it does not understand them.

    Args:
        checkpoint: folder of a checkpoint; the shipped one unless given.
    """

    action_type = "end_effector"
    strategy: str | None = None
    """How its policy fuses the modalities; None: the checkpoint's default."""

    def __init__(self, checkpoint: str | Path = SHIPPED):
        torch.set_num_threads(1)
        self.networks, self._encoder, self.card = load_checkpoint(Path(checkpoint), self.strategy)
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Forget the last trial."""
        self.mind, self.told = ArmMind(self.networks, self._encoder), Told()
        self.decision: ArmDecision | None = None
        self._sensors: dict[str, float] = {}
        self._time: float | None = None

    @torch.inference_mode()
    def act(self, observation: Mapping[str, Any]) -> Action:
        """Return the action for one control step."""
        inputs = self.mind.perceive(observation, self.told.joints, self.told.width)
        self._sensors = dict(zip(map(STREAMS.__getitem__, SENSORS), inputs.present[0].float().tolist(), strict=True))
        self.decision = self.networks.policy(inputs)
        return self.told.act(self._motion(), self._period())

    def certainty(self) -> Certainty | None:
        """Return how sure it is of its last action; None before the first one."""
        goal, decision = self.mind.goal, self.decision
        if goal is None or decision is None:
            return None
        sigma = float((0.5 * decision.log_variance[0, 0]).exp().mean())
        parts = {"words": goal.intent.sure, "control": 1.0 / (1.0 + (sigma / USUAL) ** 2)}
        if goal.skill is not None:
            parts["target"] = goal.chance
        return Certainty(parts["words"] * parts["control"], parts, self._sensors)

    def _motion(self) -> Motion:
        """Return what the decision says for this step."""
        assert self.decision is not None
        assert self.mind.goal is not None
        if self.mind.goal.skill is None or self.mind.goal.intent.sure < LEAST:
            return Motion(0.0, 0.0, 0.0, 0.0, self.told.width)
        x, y, z, turn, change = (self.decision.motions[0, 0] * SCALE).tolist()
        return Motion(x, y, z, turn, min(max(self.told.width + change, 0.0), OPEN))

    def _period(self) -> float:
        """Return how long actions hold [s]: the time between the last two observations."""
        assert self.mind.senses is not None
        now, before = self.mind.senses.time, self._time
        self._time = now
        return _PERIOD if before is None or now <= before else float(np.clip(now - before, 0.02, 0.5))
