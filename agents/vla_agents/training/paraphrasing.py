"""The reader goes on learning from words alone: what is said in other words is to be read as it is when said plainly.

Eye and control networks know a reader by its vectors of mentions and of the whole sentence. A reader that has learned
with them is the teacher, and reads each goal in the tasks' own words; its pupil, at first a copy, is given the same
goal in other words and has to come to the same vectors (distillation, Hinton et al. 2015). What its answers mean stays
as it is, so that all who have learned from the teacher understand the pupil.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vla_agents.fusion.language.slots import SlotReader
from vla_agents.fusion.language.tokens import TokenEncoder, Tokens
from vla_sim import seeding


class Said(Protocol):
    """What is asked, in words."""

    @property
    def words(self) -> str:
        """How it is said."""
        ...


class Told(Protocol):
    """What goals mean."""

    @property
    def mentions(self) -> Tensor:
        """Colour and noun by number (B, mentions, 2); -1 where they are not said."""
        ...


Goal = TypeVar("Goal", bound=Said)
Labels = TypeVar("Labels", bound=Told)


class Voice(Protocol[Goal]):
    """Draws goals and says them."""

    def draw(self) -> Goal:
        """Draw a goal and say it."""
        ...

    def say(self, goal: Goal) -> Goal:
        """Say a goal in words of one's own."""
        ...


@dataclass(frozen=True, slots=True)
class Language(Generic[Goal, Labels]):
    """A language to learn: who says goals freely and plainly, how their meaning is told, and compared with a reading.

    ``loss`` leaves out what is mentioned.
    """

    freely: Voice[Goal]
    plainly: Voice[Goal]
    labels: Callable[[list[Goal]], Labels]
    loss: Callable[[Any, Labels], Tensor]


@dataclass(frozen=True, slots=True)
class ParaphrasingRecipe:
    """What the training takes."""

    batches: int = 120
    """Batches of goals that are drawn once, and met again and again with other words left out."""
    batch: int = 192
    steps: int = 1_500
    rate: float = 1e-3
    free: float = 0.75
    """Share of the words that are taken from the lexicon, beside the tasks' own."""
    seed: int = 0

    def generator(self) -> np.random.Generator:
        """Return what goals and batches are drawn by."""
        return seeding.generator(self.seed, "paraphrasing")


@dataclass(frozen=True, slots=True)
class _Lesson(Generic[Labels]):
    """Goals in other words, what they mean, and the teacher's vectors (B, width) of the same goals said plainly."""

    tokens: Tokens
    labels: Labels
    pooled: Tensor


def train_paraphrasing(
    reader: SlotReader,
    encoder: TokenEncoder,
    language: Language[Goal, Labels],
    recipe: ParaphrasingRecipe,
    draw: np.random.Generator,
    say: Callable[[str], None] = print,
) -> None:
    """Train a reader in place; ``draw`` is the recipe's generator, by which the language's voices draw, too."""
    torch.manual_seed(seeding.derive_seed(recipe.seed, "paraphrasing") % 2**63)
    reader.eval()
    lessons = [_lesson(reader, encoder, language, recipe.batch) for _ in range(recipe.batches)]
    learned = [*reader.finding()]
    optimiser = torch.optim.AdamW(learned, recipe.rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=recipe.steps, pct_start=0.1)
    reader.train()
    losses: list[float] = []
    for step in range(1, recipe.steps + 1):
        loss = _loss(reader, lessons[int(draw.integers(len(lessons)))], language)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(learned, 2.0)
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()))
        if step % 500 == 0 or step == recipe.steps:
            say(f"other words: {step}/{recipe.steps} batches, loss {np.mean(losses[-500:]):.3f}")
    reader.eval()


def _lesson(reader: SlotReader, encoder: TokenEncoder, language: Language[Goal, Labels], count: int) -> _Lesson[Labels]:
    goals = [language.freely.draw() for _ in range(count)]
    plain = [language.plainly.say(goal) for goal in goals]
    with torch.no_grad():
        pooled = reader(encoder.encode([goal.words for goal in plain])).pooled
    return _Lesson(encoder.encode([goal.words for goal in goals]), language.labels(goals), pooled)


def _loss(reader: SlotReader, lesson: _Lesson[Labels], language: Language[Goal, Labels]) -> Tensor:
    """Return how far a reading is from what was meant, and from the teacher's vectors of whole sentences."""
    meaning = reader(lesson.tokens)
    mentions = lesson.labels.mentions
    named = (meaning.attention[:, -2 * mentions.shape[1] :] @ lesson.tokens.features).unflatten(1, (-1, 2))
    loss = language.loss(meaning, lesson.labels) + F.mse_loss(meaning.pooled, lesson.pooled)
    for half, kinds in enumerate(reader.kinds):
        wanted = mentions[..., half]
        loss = loss + F.cross_entropy(kinds.logits(named[:, :, half][wanted >= 0]), wanted[wanted >= 0])
    return loss
