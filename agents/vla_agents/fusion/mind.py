"""All of the fusion agent but the last step: from observations to the inputs of its control network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from vla_agents.classical.senses import Senses
from vla_agents.fusion.belief import FusionBelief
from vla_agents.fusion.control.inputs import SENSORS, Inputs, gather
from vla_agents.fusion.control.policy import Policy
from vla_agents.fusion.health import Health
from vla_agents.fusion.language.glossary import plainly
from vla_agents.fusion.language.reader import Intent, Meaning, Reader
from vla_agents.fusion.language.tokens import TokenEncoder
from vla_agents.fusion.perception.detector import Eye
from vla_agents.fusion.signs import SIGNS, Signs
from vla_agents.fusion.situation import Situation
from vla_agents.steering import STOP, Speeds

BROKEN, MENDED = 0.9, 0.3
"""Probability of a failure from which a sensor is not believed any more, and below which it is again ..."""
PROOF = 1.0
"""... after this much time on the move [s]: a camera that hangs looks well while the robot stands."""


class Networks(nn.Module):
    """Everything that was learned."""

    def __init__(self, reader: Reader, eye: Eye, health: Health, policy: Policy):
        super().__init__()
        self.reader, self.eye, self.health, self.policy = reader, eye, health, policy


@dataclass(frozen=True, slots=True)
class _Read:
    """What a sentence was read as."""

    intent: Intent
    text: Tensor
    queries: Any


class Mind:
    """Perceives one observation after another in a trial."""

    def __init__(self, networks: Networks, encoder: TokenEncoder):
        self._networks, self._encoder = networks, encoder
        self._signs = Signs()
        self.signs = np.zeros((len(SENSORS), 2 * SIGNS), np.float32)
        self.failing = np.zeros(len(SENSORS), np.float32)
        """How probably each sensor fails, in the order of ``SENSORS``."""
        self.broken: dict[str, float] = {}
        """Sensors that are not believed, and for how long they have worked since while the robot moved [s]."""
        self.believed: list[str] = []
        """Sensors that speak and are believed."""
        self._time = 0.0
        self.belief = FusionBelief(networks.eye)
        self.situation = Situation()
        self.meaning: Meaning | None = None
        self._words: str | None = None
        self._text = torch.zeros(networks.reader.width)

    @property
    def dead(self) -> bool:
        """Whether no sensor that tells of the world or of motion works."""
        return self.belief.senses.dead

    @property
    def intent(self) -> Intent:
        """What the words were taken to ask."""
        return self._read.intent

    def perceive(self, observation: Mapping[str, Any], asked: Speeds = STOP) -> Inputs:
        """Take in an observation; ``asked`` are the speeds that were asked for since the last one."""
        senses = self._believed(observation, Senses.of(observation), asked)
        self.belief.update(senses, asked)
        if senses.words != self._words:
            self._words = senses.words
            self._read = self._listen(senses.words)
            self.situation.say(self._read.intent, self._read.queries, self.belief)
        return gather(self.belief.senses, self.belief.sight, self._read.text, self.situation.update(self.belief, asked))

    @torch.inference_mode()
    def _believed(self, observation: Mapping[str, Any], senses: Senses, asked: Speeds) -> Senses:
        """Return the senses without those that probably fail."""
        self.signs = self._signs.update(observation, senses, asked)
        self.failing = torch.sigmoid(self._networks.health(torch.from_numpy(self.signs)[None]))[0].numpy()
        self._judge(senses.time, asked != STOP)
        self.believed = [name for name in SENSORS if name not in self.broken and getattr(senses, name) is not None]
        gone: dict[str, Any] = dict.fromkeys(self.broken)
        if "imu" in gone:
            gone["yaw_rate"] = None
        return replace(senses, **gone) if gone else senses

    def _judge(self, time: float, moved: bool) -> None:
        """Find out which sensors are broken, and which have mended."""
        passed, self._time = time - self._time, time
        for name, chance in zip(SENSORS, self.failing, strict=True):
            if chance >= BROKEN:
                self.broken[name] = 0.0
            elif name in self.broken:
                worked = self.broken[name] + passed * moved if chance < MENDED else 0.0
                self.broken[name] = worked
                if worked >= PROOF:
                    del self.broken[name]

    @torch.inference_mode()
    def _listen(self, words: str) -> _Read:
        self.meaning = meaning = self._networks.reader(self._encoder.encode([plainly(words)]))
        return _Read(Intent.of(meaning), meaning.pooled[0].clone(), meaning.queries[0].numpy())
