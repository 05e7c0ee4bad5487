"""Training a fusion of images and sentences to choose among the words of the vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vla_agents.fusion.hub import Held
from vla_agents.fusion.vision_language import Choice
from vla_sim import seeding
from vla_sim.envs.vocabulary import WORDS, Word
from vla_sim.errors import InputError


@dataclass(frozen=True, slots=True)
class Examples:
    """Images (N, H, W, 3) of bytes, what is said, and the word to do."""

    images: Tensor
    texts: Sequence[str]
    words: Sequence[Word]

    def __post_init__(self) -> None:
        """Check that there are as many of each.

        Raises:
            InputError: there are not, or a word is not of the vocabulary.
        """
        counts = len(self.images), len(self.texts), len(self.words)
        if len(set(counts)) > 1:
            raise InputError(f"{counts[0]} images, {counts[1]} texts and {counts[2]} words", field="examples")
        for word in self.words:
            if word not in WORDS:
                raise InputError(f"no word '{word}'; the vocabulary is {', '.join(WORDS)}", field="words")

    def take(self, rows: Sequence[int]) -> tuple[Tensor, list[str], Tensor]:
        """Return images, texts and indices of words of some rows."""
        wanted = torch.tensor([WORDS.index(self.words[row]) for row in rows])
        return self.images[list(rows)], [self.texts[row] for row in rows], wanted


@dataclass(frozen=True, slots=True)
class ChoosingRecipe:
    """What the training takes."""

    steps: int = 1_000
    batch: int = 32
    rate: float = 1e-3
    pretrained_rate: float = 1e-4
    """Rate of what was pretrained, where it learns too."""
    seed: int = 0


Chooser = Callable[[Tensor, list[str]], Choice]


def train_choosing(
    network: nn.Module, examples: Examples, recipe: ChoosingRecipe, say: Callable[[str], None] = print
) -> float:
    """Train a ``VisionLanguageActionFusion`` or ``SpatialVisionLanguageFusion`` in place; return its last mean loss."""
    draw = seeding.generator(recipe.seed, "choosing")
    groups = parameter_groups(network, recipe)
    params = [parameter for group in groups for parameter in group["params"]]
    optimiser = torch.optim.AdamW(groups, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, [group["lr"] for group in groups], total_steps=recipe.steps + 1, pct_start=0.1
    )
    network.train()
    mean = 0.0
    for step in range(recipe.steps):
        images, texts, wanted = examples.take(draw.integers(len(examples.words), size=recipe.batch).tolist())
        loss = F.cross_entropy(network(images, texts).action_logits, wanted)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(params, 1.0)
        optimiser.step()
        schedule.step()
        mean = float(loss.detach()) if step == 0 else 0.95 * mean + 0.05 * float(loss.detach())
        if (step + 1) % 100 == 0:
            say(f"step {step + 1}/{recipe.steps}: loss {mean:.4f}")
    network.eval()
    return mean


def parameter_groups(network: nn.Module, recipe: ChoosingRecipe) -> list[dict[str, Any]]:
    """Return the parameters that learn, what was pretrained apart from the rest, each with its rate."""
    held = {
        id(parameter) for module in network.modules() if isinstance(module, Held) for parameter in module.parameters()
    }
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    groups = [
        {"params": [each for each in learning if id(each) not in held], "lr": recipe.rate},
        {"params": [each for each in learning if id(each) in held], "lr": recipe.pretrained_rate},
    ]
    return [group for group in groups if group["params"]]


@torch.inference_mode()
def accuracy(network: Chooser, examples: Examples, batch: int = 64) -> float:
    """Return the share of the examples for which the right word is chosen."""
    right = 0
    for start in range(0, len(examples.words), batch):
        rows = range(start, min(start + batch, len(examples.words)))
        images, texts, wanted = examples.take(rows)
        right += int((network(images, texts).action_logits.argmax(-1) == wanted).sum())
    return right / max(len(examples.words), 1)
