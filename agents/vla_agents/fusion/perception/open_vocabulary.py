"""Detectors by ``from_pretrained`` for queries in words: OWL-ViT and OWLv2 take any words, DETR those of its labels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from vla_agents.fusion.hub import kind_of, load_pretrained, load_tokenizer
from vla_agents.fusion.perception.grounding import LEAST_AREA, MOST_AREA, GroundedBox, cut
from vla_agents.fusion.perception.pretrained import Preprocess, unit_frames
from vla_agents.fusion.perception.things import overlap
from vla_sim.errors import InputError

FIELD = "detector"
"""What a user sets to a detector."""
OVERLAP = 0.45
"""Intersection over union above which the less certain of two boxes of a query is left out."""
_OWLS = {"owlvit": "OwlViTForObjectDetection", "owlv2": "Owlv2ForObjectDetection"}
_GREY = 0.5
"""What OWLv2 fills a frame up with to a square."""


class Detector(Protocol):
    """Finds in frames what queries name."""

    def find(
        self, frame: NDArray[np.uint8], queries: Sequence[str], threshold: float | None = None
    ) -> list[GroundedBox]:
        """Return boxes of a frame (H, W, 3) for all queries, the most probable first.

        ``threshold`` is the least score that a box is kept with; None: the detector's own.
        """
        ...


class OpenVocabularyDetector:
    """OWL-ViT or OWLv2 (Minderer et al. 2022, 2023): any words; a score is a probability for each query by itself.

    Args:
        source: a folder with the model and its tokenizer, or a name on a model hub.

    Raises:
        InputError: the model or its tokenizer cannot be loaded.
    """

    threshold = 0.1

    def __init__(self, source: str):
        kind = kind_of(source, FIELD)
        self._model = load_pretrained(_OWLS.get(kind, _OWLS["owlv2"]), source, tuple(_OWLS), FIELD)
        self._tokenizer = load_tokenizer(source, FIELD)
        config: Any = self._model.config
        self._squares = kind == "owlv2"
        self._preprocess = Preprocess.clip((config.vision_config.image_size,) * 2)
        self._longest = int(config.text_config.max_position_embeddings)

    @torch.inference_mode()
    def find(
        self, frame: NDArray[np.uint8], queries: Sequence[str], threshold: float | None = None
    ) -> list[GroundedBox]:
        """Return boxes of a frame (H, W, 3) for all queries, the most probable first.

        Raises:
            InputError: the frame is no picture, or a query is empty.
        """
        _checked(queries)
        pixels, size = _frame(frame)
        if not queries:
            return []
        if self._squares:
            longer = max(size)
            pixels = F.pad(pixels, (0, longer - size[1], 0, longer - size[0]), value=_GREY)
        batch = self._tokenizer(
            list(queries), padding="max_length", truncation=True, max_length=self._longest, return_tensors="pt"
        )
        said = {name: batch[name] for name in ("input_ids", "attention_mask")}
        output = self._model(pixel_values=self._preprocess(pixels), **said)
        scores = torch.sigmoid(output.logits[0])
        boxes = _corners(output.pred_boxes[0], (pixels.shape[2], pixels.shape[3]))
        least = self.threshold if threshold is None else threshold
        found = [_kept(query, boxes, scores[:, index], size, least) for index, query in enumerate(queries)]
        return sorted((box for each in found for box in each), key=lambda box: -box.score)


class ClosedSetDetector:
    """DETR (Carion et al. 2020): the labels it was trained on; a query finds the labels that stand in it as words.

    "the red car" finds cars, of whatever colour; plurals are understood by their s.

    Args:
        source: a folder with the model, or a name on a model hub.

    Raises:
        InputError: the model cannot be loaded.
    """

    threshold = 0.5

    def __init__(self, source: str):
        self._model = load_pretrained("DetrForObjectDetection", source, ("detr",), FIELD)
        self.labels = {int(index): str(name) for index, name in self._model.config.id2label.items()}

    def named(self, query: str) -> list[int]:
        """Return the indices of the labels that a query names.

        Raises:
            InputError: it names none.
        """
        indices = [
            index
            for index, label in self.labels.items()
            if re.search(rf"\b{re.escape(label.lower())}s?\b", query.lower())
        ]
        if not indices:
            known = ", ".join(list(self.labels.values())[:12])
            raise InputError(
                f"'{query}' names none of the {len(self.labels)} labels ({known}): use OWL-ViT for any words",
                field="query",
            )
        return indices

    @torch.inference_mode()
    def find(
        self, frame: NDArray[np.uint8], queries: Sequence[str], threshold: float | None = None
    ) -> list[GroundedBox]:
        """Return boxes of a frame (H, W, 3) for all queries, the most probable first.

        Raises:
            InputError: the frame is no picture, or a query is empty or names no label.
        """
        _checked(queries)
        named = [self.named(query) for query in queries]
        pixels, size = _frame(frame)
        if not queries:
            return []
        output = self._model(pixel_values=Preprocess.imagenet(_shorter_edge(size))(pixels))
        chances = output.logits[0].softmax(-1)
        boxes = _corners(output.pred_boxes[0], size)
        least = self.threshold if threshold is None else threshold
        found = [
            _kept(query, boxes, chances[:, indices].amax(1), size, least)
            for query, indices in zip(queries, named, strict=True)
        ]
        return sorted((box for each in found for box in each), key=lambda box: -box.score)


def pretrained_detector(source: str) -> Detector:
    """Return the detector for a pretrained model of either family.

    Raises:
        InputError: the model cannot be loaded, or is of neither family.
    """
    kind = kind_of(source, FIELD)
    if kind in _OWLS:
        return OpenVocabularyDetector(source)
    if kind == "detr":
        return ClosedSetDetector(source)
    raise InputError(f"'{source}' is a model of the kind '{kind}': give an OWL-ViT, OWLv2 or DETR", field=FIELD)


def _checked(queries: Sequence[str]) -> None:
    for query in queries:
        if not query.strip():
            raise InputError("a query is empty: say what to look for", field="query")


def _frame(frame: NDArray[np.uint8]) -> tuple[Tensor, tuple[int, int]]:
    """Return a frame (H, W, 3) as a batch of one (1, 3, H, W) in 0..1, and its height and width."""
    pixels = unit_frames(torch.from_numpy(np.ascontiguousarray(frame))[None])
    return pixels, (pixels.shape[2], pixels.shape[3])


def _shorter_edge(size: tuple[int, int], shorter: int = 800, longer: int = 1333) -> tuple[int, int]:
    """Return the size that DETR is given a frame in: its shorter edge of 800 pixels, its longer one of at most 1333."""
    edge = min(shorter, round(longer * min(size) / max(size)))
    return edge * size[0] // min(size), edge * size[1] // min(size)


def _corners(boxes: Tensor, size: tuple[int, int]) -> Tensor:
    """Return boxes (N, 4) of middle, width and height in shares of a size (height, width) as their corners [pixels]."""
    x, y, width, height = boxes.unbind(-1)
    corners = torch.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], -1)
    return corners * corners.new_tensor([size[1], size[0], size[1], size[0]])


def _kept(query: str, boxes: Tensor, scores: Tensor, size: tuple[int, int], threshold: float) -> list[GroundedBox]:
    """Return the boxes of one query that are certain enough and that no better one covers, cut at the frame's edges."""
    kept: list[GroundedBox] = []
    for index in scores.argsort(descending=True).tolist():
        score = float(scores[index])
        if score < threshold:
            break
        left, top, right, bottom = boxes[index].tolist()
        box, area = cut((left, top, right, bottom), size)
        if LEAST_AREA <= area <= MOST_AREA and all(overlap(box, other.box) <= OVERLAP for other in kept):
            kept.append(GroundedBox(query, box, score, area))
    return kept
