"""Training an arm's reader and eye together, as a rover's: words and looks meet in one space."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vla_agents.fusion.arm.reading import ArmMeaning, ArmReader
from vla_agents.fusion.arm.sighting import relief
from vla_agents.fusion.language.tokens import TokenEncoder
from vla_agents.fusion.perception.detector import Eye, Sight, match, match_logits
from vla_agents.training.arm.sentences import PLAIN, ArmLabels, ArmSentence, ArmSpeaker, kind_means
from vla_agents.training.grounding import GroundingRecipe, ViewBatches, eye_loss, mirrored
from vla_agents.training.looks import disturb, disturb_depth
from vla_agents.training.paraphrasing import Language, ParaphrasingRecipe, train_paraphrasing
from vla_agents.training.sentences import UNKNOWN
from vla_agents.training.views import Views
from vla_sim import seeding


def reader_loss(meaning: ArmMeaning, labels: ArmLabels) -> Tensor:
    """Return how wrong the answers are, over the sentences that answer each."""
    loss = F.cross_entropy(meaning.skill.float(), labels.skill)
    if (labels.side != UNKNOWN).any():
        loss = loss + F.cross_entropy(meaning.side.float(), labels.side, ignore_index=UNKNOWN)
    said = labels.mentions[..., 1] != UNKNOWN
    coloured = (labels.mentions[..., 0] != PLAIN).float()
    return loss + F.binary_cross_entropy_with_logits(meaning.coloured.float()[said], coloured[said])


def meeting_loss(
    sight: Sight, target: dict[str, Tensor], meaning: ArmMeaning, labels: ArmLabels, rng: torch.Generator
) -> Tensor:
    """Return how badly looks and mentions tell which colours and shapes agree, over all pairs of a batch."""
    inside = target["cells"] >= 0
    said = labels.mentions[..., 1] != UNKNOWN
    looks = sight.looks.float().permute(0, 3, 4, 1, 2)[inside]
    kinds = torch.stack([target["values"][5][inside], target["values"][6][inside]], 1).long()
    chosen = torch.randperm(len(looks), generator=rng)[:512]
    logits = match_logits(looks[chosen][:, None], meaning.queries.float()[said][None])
    same = (kinds[chosen][:, None] == labels.mentions[said][None]).float()
    known = torch.stack(
        [
            (kinds[chosen][:, None, 0] != PLAIN) & (labels.mentions[said][None, :, 0] != PLAIN),
            torch.ones_like(same[..., 1], dtype=torch.bool),
        ],
        -1,
    )
    weight = torch.where(same > 0, torch.tensor([3.0, 4.0]), torch.tensor(1.0)) * known
    return 4.0 * F.binary_cross_entropy_with_logits(logits, same, weight=weight)


def train_grounding(
    eye: Eye,
    reader: ArmReader,
    encoder: TokenEncoder,
    views: Views,
    recipe: GroundingRecipe,
    say: Callable[[str], None] = print,
) -> None:
    """Train both in place, on seen words and pairs alone."""
    draw = seeding.generator(recipe.seed, "arm-grounding")
    rng = torch.Generator().manual_seed(seeding.derive_seed(recipe.seed, "arm-grounding") % 2**63)
    torch.manual_seed(recipe.seed)
    speaker = ArmSpeaker(draw, "seen", free=recipe.free)
    sentences = [speaker.draw() for _ in range(recipe.sentences)]
    for kinds, means in zip((reader.colours, reader.nouns), kind_means(encoder), strict=True):
        kinds.means.copy_(means)
    batches = ViewBatches(views, _relief)
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
            labels = ArmLabels.of(said)
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


def train_reading(
    reader: ArmReader, encoder: TokenEncoder, recipe: ParaphrasingRecipe, say: Callable[[str], None] = print
) -> None:
    """Go on training a reader in place by words alone, on those that are seen and on the lexicon's."""
    draw = recipe.generator()
    freely, plainly = ArmSpeaker(draw, "seen", free=recipe.free), ArmSpeaker(draw, "seen")
    language = Language(freely, plainly, ArmLabels.of, reader_loss)
    train_paraphrasing(reader, encoder, language, recipe, draw, say)


def _relief(heights: Tensor) -> Tensor:
    return relief(heights, torch.ones_like(heights))


def reading_scores(reader: ArmReader, encoder: TokenEncoder, sentences: list[ArmSentence]) -> dict[str, float]:
    """Return the share of sentences whose skill, side and naming of colours are read right, where they are said."""
    with torch.inference_mode():
        meaning = reader(encoder.encode([each.words for each in sentences]))
    labels = ArmLabels.of(sentences)
    sided, named = labels.side != UNKNOWN, labels.mentions[..., 1] != UNKNOWN
    coloured = (meaning.coloured > 0.0) == (labels.mentions[..., 0] != PLAIN)
    return {
        "skill": float((meaning.skill.argmax(-1) == labels.skill).float().mean()),
        "side": float((meaning.side.argmax(-1)[sided] == labels.side[sided]).float().mean()),
        "coloured": float(coloured[named].float().mean()),
    }


def finding_score(
    eye: Eye, reader: ArmReader, encoder: TokenEncoder, views: Views, sentences: list[ArmSentence]
) -> float:
    """Return in how many views the cell that best matches a name shows what it names, where one such thing is there."""
    batches = ViewBatches(views, _relief)
    labels = ArmLabels.of(sentences)
    right: list[bool] = []
    with torch.inference_mode():
        queries = reader(encoder.encode([each.words for each in sentences])).asked()
        for row in range(len(batches)):
            frames, depth, target = batches.take(np.array([row]))
            sight = eye(frames, depth)
            kinds = target["values"][5:7, 0].long()
            inside = target["cells"][0] >= 0
            for index in range(row, len(sentences), max(len(sentences) // 8, 1)):
                kind = labels.mentions[index, 0]
                if kind[1] == UNKNOWN or kind[0] == PLAIN:
                    continue
                shows = inside & (kinds[0] == kind[0]) & (kinds[1] == kind[1])
                if int(shows.sum()) < 2:
                    continue
                heat = torch.sigmoid(sight.thing[0]) * match(sight.looks[0].permute(2, 3, 0, 1), queries[index, 0])
                right.append(bool(shows.flatten()[int(heat.argmax())]))
    return sum(right) / max(len(right), 1)
