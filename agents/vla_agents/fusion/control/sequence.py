"""The sequence decoder: fused modalities to the next words of the discrete vocabulary, and how many of them hold."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vla_agents.actions import MOTION
from vla_sim.envs.vocabulary import WORDS, Word

LONGEST = 10
"""Actions that a sequence has at most."""
PERIOD = 0.1
"""How long an action lasts [s]: one control step at the rate that the teacher's speeds were taken."""
_BEGIN = len(WORDS)
"""What stands before the first word."""
_STILL: dict[Word, str] = {
    "grasp_object": "close the gripper",
    "release_object": "open the gripper",
    "navigate_to": "drive through the gap ahead",
    "detect_object": "look",
    "speak": "speak",
    "stop": "stand still",
}


@dataclass(frozen=True, slots=True)
class PlannedAction:
    """An action that is meant to be done, and how sure the decoder is of it (0..1)."""

    word: Word
    probability: float

    @property
    def index(self) -> int:
        """The action of the discrete space."""
        return WORDS.index(self.word)

    @property
    def description(self) -> str:
        """What the action does, in words."""
        if self.word not in MOTION:
            return f"{_STILL[self.word]} for {PERIOD:g} s"
        speed, rate = MOTION[self.word]
        if speed:
            way, amount = "drive forward" if speed > 0 else "drive backward", f"{100 * PERIOD * abs(speed):.0f} cm"
        else:
            way, amount = "turn left" if rate > 0 else "turn right", f"{math.degrees(PERIOD * abs(rate)):.0f} degrees"
        return f"{way} for {PERIOD:g} s ({amount})"


class SequenceDecoder(nn.Module):
    """A recurrent decoder that is given its own last word, and a head that says how long the sequence is.

    Takes the fused vector (B, width) of a strategy and what is ``owed`` (B, 2) of driving and turning when the sequence
    begins, see ``DeltaSigma``: words move by fixed amounts, and the same intention needs other words after a surplus.
    """

    def __init__(self, width: int = 64, hidden: int = 128):
        super().__init__()
        self.start = nn.Sequential(nn.Linear(width + 2, hidden), nn.Tanh())
        self.last = nn.Embedding(len(WORDS) + 1, 32)
        self.gru = nn.GRU(32 + width + 2, hidden, batch_first=True)
        self.word = nn.Linear(hidden, len(WORDS))
        self.length = nn.Sequential(nn.Linear(width + 2, hidden), nn.SiLU(), nn.Linear(hidden, LONGEST))

    def forward(self, fused: Tensor, owed: Tensor, words: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits of each word, given the right ones before it, and of each length.

        ``words`` (B, LONGEST) are the right ones; logits are (B, LONGEST, len(WORDS)) and (B, LONGEST), where the first
        length is one action.
        """
        given = torch.cat([fused, owed], 1)
        before = torch.cat([torch.full_like(words[:, :1], _BEGIN), words[:, :-1]], 1)
        steps = torch.cat([self.last(before), given[:, None].expand(-1, before.shape[1], -1)], 2)
        states, _ = self.gru(steps, self.start(given)[None])
        return self.word(states), self.length(given)

    def decode(self, fused: Tensor, owed: Tensor) -> list[list[PlannedAction]]:
        """Return the sequence of each row: the most probable word at each place, as many as the length head says."""
        given = torch.cat([fused, owed], 1)
        lengths = (self.length(given).argmax(1) + 1).tolist()
        state, last = self.start(given)[None], torch.full((len(fused),), _BEGIN)
        sequences: list[list[PlannedAction]] = [[] for _ in lengths]
        for place in range(max(lengths, default=0)):
            hidden, state = self.gru(torch.cat([self.last(last), given], 1)[:, None], state)
            chances, last = self.word(hidden[:, 0]).softmax(1).max(1)
            for row, (chance, word) in enumerate(zip(chances.tolist(), last.tolist(), strict=True)):
                if place < lengths[row]:
                    sequences[row].append(PlannedAction(WORDS[word], chance))
        return sequences
