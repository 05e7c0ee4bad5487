"""Training the reader and the eye together: words and looks meet in one space.

The eye learns where things are from the simulator's own boxes; looks and mentions are pulled together where colour or
shape agree and apart where they do not, over all pairs of a batch (as in SigLIP, Zhai et al. 2023).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vla_agents.fusion.language.reader import Meaning, Reader
from vla_agents.fusion.language.tokens import TokenEncoder
from vla_agents.fusion.perception.detector import STRIDE, Eye, Sight, match_logits
from vla_agents.training.looks import disturb, disturb_depth
from vla_agents.training.paraphrasing import Language, ParaphrasingRecipe, train_paraphrasing
from vla_agents.training.sentences import Labels, Sentence, Speaker, kind_means
from vla_agents.training.views import FIELDS, Views
from vla_sim import seeding
from vla_sim.tasks.semantics import Room


@dataclass(frozen=True, slots=True)
class GroundingRecipe:
    """What the training takes."""

    epochs: int = 15
    batch: int = 48
    rate: float = 2e-3
    sentences: int = 6_000
    """Sentences that are drawn once; each batch takes as many of them as frames."""
    free: float = 0.5
    """Share of the words that are taken from the lexicon, beside the tasks' own."""
    seed: int = 0


def depth_input(metres: Tensor) -> Tensor:
    """Return depth images (B, H, W) [m] as the eye takes them (B, 2, H, W)."""
    known = (metres > 0.0).float()
    return torch.stack([metres.clamp(0.0, 10.0) / 10.0, known], 1)


class ViewBatches:
    """Views as tensors, with targets for the eye's maps made when they are asked for.

    ``as_input`` makes what the eye takes (B, 2, H, W) of the views' depth (B, H, W).
    """

    def __init__(self, views: Views, as_input: Callable[[Tensor], Tensor] = depth_input):
        self.views, self._as_input = views, as_input
        order = np.argsort(views.boxes[:, 0], kind="stable")
        self._boxes = views.boxes[order]
        self._first = np.searchsorted(self._boxes[:, 0], np.arange(len(views.frames) + 1))

    def __len__(self) -> int:
        return len(self.views.frames)

    def take(self, rows: np.ndarray) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Return frames, depth and targets of some views."""
        frames = torch.from_numpy(self.views.frames[rows]).permute(0, 3, 1, 2).float() / 255.0
        depth = self._as_input(torch.from_numpy(self.views.depth[rows]).float())
        cells = torch.from_numpy(self.views.cells[rows]).long()
        middles = (torch.arange(cells.shape[1]) + 0.5) * STRIDE
        thing = torch.zeros(cells.shape)
        values = torch.zeros((len(FIELDS) - 1, *cells.shape))
        for index, row in enumerate(rows):
            boxes = torch.from_numpy(self._boxes[self._first[row] : self._first[row + 1], 1:])
            if not len(boxes):
                continue
            x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
            spread = (0.12 * (boxes[:, 2:4] - boxes[:, :2]).amax(1)).clamp(min=0.45 * STRIDE)
            away = (middles[None, :, None] - y[:, None, None]) ** 2 + (middles[None, None, :] - x[:, None, None]) ** 2
            heat = torch.exp(-away / (2 * spread[:, None, None] ** 2))
            heat[torch.arange(len(boxes)), (y / STRIDE).long(), (x / STRIDE).long()] = 1.0
            thing[index] = heat.amax(0)
            values[:, index] = boxes[cells[index].clamp(min=0)].permute(2, 0, 1)
        return frames, depth, {"thing": thing, "cells": cells, "values": values}


def eye_loss(sight: Sight, target: dict[str, Tensor]) -> Tensor:
    """Return how wrong the maps are: focal loss on centres (Zhou et al. 2019), IoU and distances inside things."""
    heat, logit = target["thing"], sight.thing.float()
    chance = torch.sigmoid(logit)
    centre = heat > 0.999
    hit = (1 - chance) ** 2 * F.logsigmoid(logit) * centre
    miss = (1 - heat) ** 4 * chance**2 * F.logsigmoid(-logit) * ~centre
    loss = -(hit.sum() + miss.sum()) / centre.sum().clamp(min=1)
    inside = target["cells"] >= 0
    loss = loss + 2.0 * F.binary_cross_entropy_with_logits(
        sight.inside.float(), inside.float(), pos_weight=torch.tensor(4.0)
    )
    if not inside.any():
        return loss
    left, top, right, bottom, away, _, _, flat = (value[inside] for value in target["values"])
    grid = (torch.arange(heat.shape[1]) + 0.5) * STRIDE
    y, x = (axis.expand(heat.shape)[inside] for axis in (grid[None, :, None], grid[None, None, :]))
    wanted = torch.stack([x - left, y - top, right - x, bottom - y], 1).clamp(min=0.5)
    got = sight.box.float().permute(0, 2, 3, 1)[inside]
    return (
        loss
        + _iou_loss(got, wanted)
        + F.smooth_l1_loss(got / STRIDE, wanted / STRIDE)
        + F.smooth_l1_loss(sight.range.float()[inside], away.clamp(min=0.1).log(), beta=0.2)
        + 2.0 * F.binary_cross_entropy_with_logits(sight.flat.float()[inside], flat)
    )


def _iou_loss(got: Tensor, wanted: Tensor) -> Tensor:
    common = torch.minimum(got, wanted)
    overlap = (common[:, 0] + common[:, 2]) * (common[:, 1] + common[:, 3])
    areas = [(box[:, 0] + box[:, 2]) * (box[:, 1] + box[:, 3]) for box in (got, wanted)]
    return 1.0 - (overlap / (areas[0] + areas[1] - overlap).clamp(min=1e-3)).mean()


def reader_loss(meaning: Meaning, labels: Labels) -> Tensor:
    """Return how wrong the answers are, over the sentences that answer each."""

    def cross(logits: Tensor, wanted: Tensor) -> Tensor:
        return F.cross_entropy(logits.float(), wanted, ignore_index=-1) if (wanted >= 0).any() else logits.sum() * 0.0

    return (
        cross(meaning.skill, labels.skill)
        + cross(meaning.side, labels.side)
        + cross(meaning.metres, labels.metres)
        + cross(meaning.degrees, labels.degrees)
    )


def meeting_loss(
    sight: Sight, target: dict[str, Tensor], meaning: Meaning, labels: Labels, rng: torch.Generator
) -> Tensor:
    """Return how badly looks and mentions tell which colours and shapes agree, over all pairs of a batch."""
    inside = target["cells"] >= 0
    said = labels.mentions[..., 0] >= 0
    if not inside.any() or not said.any():
        return meaning.queries.sum() * 0.0
    looks = sight.looks.float().permute(0, 3, 4, 1, 2)[inside]
    kinds = torch.stack([target["values"][5][inside], target["values"][6][inside]], 1).long()
    chosen = torch.randperm(len(looks), generator=rng)[:512]
    logits = match_logits(looks[chosen][:, None], meaning.queries.float()[said][None])
    same = (kinds[chosen][:, None] == labels.mentions[said][None]).float()
    weight = torch.where(same > 0, torch.tensor([3.0, 2.0]), torch.tensor(1.0))
    return 4.0 * F.binary_cross_entropy_with_logits(logits, same, weight=weight)


def train_grounding(
    eye: Eye,
    reader: Reader,
    encoder: TokenEncoder,
    views: Views,
    recipe: GroundingRecipe,
    rooms: tuple[Room, ...] = (),
    say: Callable[[str], None] = print,
) -> None:
    """Train both in place, on seen words and pairs alone."""
    draw = seeding.generator(recipe.seed, "grounding")
    rng = torch.Generator().manual_seed(seeding.derive_seed(recipe.seed, "grounding") % 2**63)
    torch.manual_seed(recipe.seed)
    speaker = Speaker(draw, "seen", rooms, free=recipe.free)
    sentences = [speaker.draw() for _ in range(recipe.sentences)]
    reader.colours.means.copy_(kind_means(encoder)[0])
    reader.nouns.means.copy_(kind_means(encoder)[1])
    batches = ViewBatches(views)
    params = [*eye.parameters(), *reader.parameters()]
    optimiser = torch.optim.AdamW(params, recipe.rate, weight_decay=1e-4)
    steps = recipe.epochs * (len(batches) // recipe.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=steps + 1, pct_start=0.1)
    eye.train()
    reader.train()
    for epoch in range(recipe.epochs):
        order = draw.permutation(len(batches))
        total = np.zeros(3)
        count = len(order) // recipe.batch
        for at in range(count):
            frames, depth, target = batches.take(order[at * recipe.batch : (at + 1) * recipe.batch])
            if draw.random() < 0.5:
                frames, depth, target = mirrored(frames, depth, target)
            said = [sentences[int(draw.integers(len(sentences)))] for _ in range(2 * recipe.batch)]
            with torch.autocast("cpu", torch.bfloat16):
                sight = eye(disturb(frames, rng), disturb_depth(depth, rng))
                meaning = reader(encoder.encode([each.words for each in said]))
            labels = Labels.of(said)
            losses = (
                eye_loss(sight, target),
                reader_loss(meaning, labels),
                meeting_loss(sight, target, meaning, labels, rng),
            )
            optimiser.zero_grad()
            torch.stack(losses).sum().backward()
            nn.utils.clip_grad_norm_(params, 2.0)
            optimiser.step()
            schedule.step()
            total += [float(loss.detach()) for loss in losses]
        eyes, words, meeting = total / max(count, 1)
        say(f"epoch {epoch + 1}/{recipe.epochs}: eye {eyes:.3f}, reader {words:.3f}, meeting {meeting:.3f}")
    eye.eval()
    reader.eval()


def mirrored(frames: Tensor, depth: Tensor, target: dict[str, Tensor]) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    """Return a batch as seen in a mirror."""
    values = target["values"].flip(-1).clone()
    size = frames.shape[-1]
    values[0], values[2] = size - target["values"][2].flip(-1), size - target["values"][0].flip(-1)
    return (
        frames.flip(-1),
        depth.flip(-1),
        {"thing": target["thing"].flip(-1), "cells": target["cells"].flip(-1), "values": values},
    )


def reading_scores(reader: Reader, encoder: TokenEncoder, sentences: list[Sentence]) -> dict[str, float]:
    """Return the share of sentences whose skill, side, distance and angle are read right, each where it is said."""
    with torch.inference_mode():
        meaning = reader(encoder.encode([each.words for each in sentences]))
    labels = Labels.of(sentences)
    scores = {}
    for name in ("skill", "side", "metres", "degrees"):
        wanted: Tensor = getattr(labels, name)
        said = wanted >= 0
        scores[name] = float((getattr(meaning, name).argmax(-1)[said] == wanted[said]).float().mean())
    return scores


def train_reading(
    reader: Reader,
    encoder: TokenEncoder,
    recipe: ParaphrasingRecipe,
    rooms: tuple[Room, ...] = (),
    say: Callable[[str], None] = print,
) -> None:
    """Go on training a reader in place by words alone, on those that are seen and on the lexicon's."""
    draw = recipe.generator()
    freely, plainly = Speaker(draw, "seen", rooms, free=recipe.free), Speaker(draw, "seen", rooms)
    language = Language(freely, plainly, Labels.of, reader_loss)
    train_paraphrasing(reader, encoder, language, recipe, draw, say)
