"""Training the sequence decoder: which words the teacher's next speeds are in the discrete action space.

The control network stays as it is; the decoder learns from the vectors that it fuses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from gymnasium.spaces import Discrete
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from vla_agents.actions import Encoder
from vla_agents.fusion.control.inputs import SENSORS
from vla_agents.fusion.control.policy import SCALE
from vla_agents.fusion.control.sequence import LONGEST, SequenceDecoder
from vla_agents.steering import STOP, Speeds
from vla_agents.training.fitting import fit
from vla_agents.training.imitation import rows_of
from vla_agents.training.rollouts import Rollouts
from vla_sim import seeding
from vla_sim.envs.vocabulary import WORDS


@dataclass(frozen=True, slots=True)
class SequenceRecipe:
    """What the training takes."""

    steps: int = 3_000
    batch: int = 512
    rate: float = 2e-3
    dropout: float = 0.12
    """Probability with which each sensor of a row is taken away."""
    draws: int = 4
    """Times that each step of the trials is labelled, each with something else owed at the beginning."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Sequences:
    """Labels: the words to come at some steps of trials.

    ``words`` (M, LONGEST), of which the first ``lengths`` (M,) hold, follow step ``rows`` (M,), at which ``owed``
    (M, 2) was left of driving and turning.
    """

    rows: Tensor
    owed: Tensor
    words: Tensor
    lengths: Tensor

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def of(cls, rollouts: Rollouts, draws: int, seed: int) -> Sequences:
        """Label all steps of some trials, ``draws`` times each."""
        rng = seeding.generator(seed, "sequences")
        speeds = next_speeds(rollouts.labels)
        rows = np.tile(np.arange(len(speeds)), draws)
        owed = rng.uniform(-1.0, 1.0, (len(rows), 2)).astype(np.float32)
        words = np.full((len(rows), LONGEST), WORDS.index("stop"))
        lengths = np.empty(len(rows), np.int64)
        for index, row in enumerate(rows):
            found = words_of([(v, w) for v, w in speeds[row].tolist()], (float(owed[index, 0]), float(owed[index, 1])))
            words[index, : len(found)] = found
            lengths[index] = len(found)
        return cls(*map(torch.from_numpy, (rows, owed, words, lengths)))


def trials_of(labels: Tensor) -> NDArray[np.int64]:
    """Return to which trial each step belongs (N,), given the labels (N, CHUNK, 2) of trials one after another.

    A step belongs to another trial than the one before where it does not go on as the labels of that one foretold. Two
    trials are taken for one only where both have the same speeds for CHUNK steps across the border; what follows then
    is what the padding of a chunk would have said.
    """
    apart = (labels[1:, :-1] != labels[:-1, 1:]).flatten(1).any(1)
    return np.concatenate([[0], np.cumsum(apart.numpy())]).astype(np.int64)


def next_speeds(labels: Tensor) -> NDArray[np.float64]:
    """Return the speeds [m/s, rad/s] of each step and the next ones (N, LONGEST, 2); after its end a trial stays so."""
    trials = trials_of(labels)
    last = np.searchsorted(trials, trials, side="right") - 1
    at = np.minimum(np.arange(len(trials))[:, None] + np.arange(LONGEST), last[:, None])
    return np.asarray((labels[:, 0].double() * SCALE).numpy()[at], np.float64)


def words_of(speeds: list[Speeds], owed: Speeds = STOP) -> list[int]:
    """Return the words that the discrete environment would be given for speeds, up to the first step that stands still.

    A pause within a slow motion is a ``stop`` too, but no end: it is the speeds that must be zero.
    """
    encoder = Encoder(Discrete(len(WORDS)), owed)
    words = []
    for each in speeds:
        words.append(int(encoder.encode(each)))
        if each == STOP:
            break
    return words


def sequence_loss(logits: Tensor, lengths: Tensor, words: Tensor, right: Tensor) -> Tensor:
    """Return the cross-entropy of the words that hold, and of the lengths; ``right`` (B,) are the right lengths."""
    holds = torch.arange(LONGEST) < right[:, None]
    each = F.cross_entropy(logits.flatten(0, 1), words.flatten(), reduction="none").view_as(words)
    return (each * holds).sum() / holds.sum() + 0.5 * F.cross_entropy(lengths, right - 1)


def train_sequence(
    decoder: SequenceDecoder,
    fusion: nn.Module,
    rollouts: Rollouts,
    recipe: SequenceRecipe,
    say: Callable[[str], None] = print,
) -> float:
    """Train the decoder in place on a fusion that stays as it is; return the mean loss of the last tenth."""
    rng = torch.Generator().manual_seed(seeding.derive_seed(recipe.seed, "sequence") % 2**63)
    sequences = Sequences.of(rollouts, recipe.draws, recipe.seed)
    fusion.eval()

    def batch_loss() -> Tensor:
        chosen = torch.randint(len(sequences), (recipe.batch,), generator=rng)
        missing = torch.rand((len(chosen), len(SENSORS)), generator=rng) < recipe.dropout
        with torch.no_grad():
            fused = fusion(rows_of(rollouts.inputs, sequences.rows[chosen]).without(missing)).vector
        words = sequences.words[chosen]
        logits, lengths = decoder(fused, sequences.owed[chosen], words)
        return sequence_loss(logits, lengths, words, sequences.lengths[chosen])

    return fit(decoder, batch_loss, recipe.steps, recipe.rate, say)


@dataclass(frozen=True, slots=True)
class SequenceScores:
    """Shares that are right: of the words that hold, of the first words, and of the lengths."""

    words: float
    first: float
    lengths: float


@torch.inference_mode()
def sequence_scores(decoder: SequenceDecoder, fusion: nn.Module, rollouts: Rollouts, seed: int = 0) -> SequenceScores:
    """Return how often the decoder agrees with the teacher on some trials, given the right words before each."""
    sequences = Sequences.of(rollouts, 1, seed)
    right, holding, lengths, first = 0, 0, 0, 0
    for chosen in torch.arange(len(sequences)).split(1024):
        words, right_lengths = sequences.words[chosen], sequences.lengths[chosen]
        fused = fusion(rows_of(rollouts.inputs, sequences.rows[chosen])).vector
        logits, length_logits = decoder(fused, sequences.owed[chosen], words)
        holds = torch.arange(LONGEST) < right_lengths[:, None]
        hits = logits.argmax(2) == words
        right += int((hits & holds).sum())
        holding += int(holds.sum())
        first += int(hits[:, 0].sum())
        lengths += int((length_logits.argmax(1) + 1 == right_lengths).sum())
    return SequenceScores(right / holding, first / len(sequences), lengths / len(sequences))
