"""How well the eye finds things, and how well words find them: scores on views that were not trained on."""

from __future__ import annotations

import numpy as np
import torch

from vla_agents.fusion.language.reader import Reader
from vla_agents.fusion.language.tokens import TokenEncoder
from vla_agents.fusion.perception.detector import Eye, Sight
from vla_agents.fusion.perception.grounding import pointed_at
from vla_agents.fusion.perception.things import peaks
from vla_agents.training.grounding import ViewBatches
from vla_agents.training.sentences import COLOUR_NAMES, NOUN_NAMES
from vla_agents.training.views import Views
from vla_sim.tasks.language import HELD_OUT_PAIRS, object_words, say
from vla_sim.tasks.semantics import ObjectTag
from vla_sim.tasks.task import Words

LEAST_HEIGHT = 5.0
"""Height of a box [pixels] from which a thing can be told from others."""


def _sights(eye: Eye, views: Views) -> list[Sight]:
    batches = ViewBatches(views)
    with torch.inference_mode():
        return [eye(*batches.take(np.array([row]))[:2]) for row in range(len(views.frames))]


def _iou(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    common = max(width, 0.0) * max(height, 0.0)
    return common / (sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)) - common)


def detection_scores(eye: Eye, views: Views, iou: float = 0.5) -> dict[str, float]:
    """Return precision and recall of boxes, and the median error of the distance where both agree."""
    hits, found, wanted, errors = 0, 0, 0, []
    for row, sight in enumerate(_sights(eye, views)):
        boxes = [box for box in views.boxes[views.boxes[:, 0] == row] if box[4] - box[2] >= LEAST_HEIGHT]
        wanted += len(boxes)
        left = list(boxes)
        for peak in peaks(sight):
            if peak.box[3] - peak.box[1] < LEAST_HEIGHT:
                continue
            found += 1
            best = max(left, key=lambda box: _iou(peak.box, tuple(box[1:5])), default=None)
            if best is not None and _iou(peak.box, tuple(best[1:5])) >= iou:
                hits += 1
                left = [box for box in left if box is not best]
                errors.append(abs(peak.range - best[5]) / best[5])
    return {
        "precision": hits / max(found, 1),
        "recall": hits / max(wanted, 1),
        "range_error": float(np.median(errors)) if errors else float("nan"),
        "boxes": float(wanted),
    }


def pointing_accuracy(
    eye: Eye,
    reader: Reader,
    encoder: TokenEncoder,
    views: Views,
    rng: np.random.Generator,
    words: Words = "seen",
    held_out_pairs: bool = False,
) -> tuple[int, int]:
    """Return how often the point lies in the box of what was named, and of how many times.

    Every thing that is not a picture, is large enough, and is the only one of its look in its frame is asked for once.
    """
    sights = _sights(eye, views)
    hits = count = 0
    for row, sight in enumerate(sights):
        boxes = views.boxes[views.boxes[:, 0] == row]
        for box in boxes:
            colour, noun = COLOUR_NAMES[int(box[6])], NOUN_NAMES[int(box[7])]
            alike = ((boxes[:, 6] == box[6]) & (boxes[:, 7] == box[7])).sum()
            held_out = (colour, noun) in HELD_OUT_PAIRS
            if alike != 1 or box[8] or box[4] - box[2] < LEAST_HEIGHT or held_out != held_out_pairs:
                continue
            name = object_words(ObjectTag(colour=colour, noun=noun, radius=0.2), rng, words)
            sentence = say("go_to_object", rng, words, object=name)
            with torch.inference_mode():
                mention = reader(encoder.encode([sentence])).queries[0, 0]
            x, y = pointed_at(sight, mention)
            slack = 2.0
            hits += bool(box[1] - slack <= x <= box[3] + slack and box[2] - slack <= y <= box[4] + slack)
            count += 1
    return hits, count
