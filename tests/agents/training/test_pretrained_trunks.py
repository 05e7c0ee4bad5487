"""The eye learns with a pretrained trunk in place of its stem, by the same training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from vla_agents.fusion.checkpoint import Card, load_checkpoint, new_networks, save_checkpoint
from vla_agents.fusion.language.tokens import PretrainedTokens
from vla_agents.fusion.perception.detector import STRIDE, Eye
from vla_agents.training.grounding import GroundingRecipe, train_grounding
from vla_agents.training.views import Views

from tests.agents.fusion import tiny

SIZE = 64
PAINTS = np.array([[200, 30, 30], [40, 60, 200], [40, 170, 60]])


def painted(count: int, seed: int) -> Views:
    """Views of one square each, of one of three colours, before a dim noise."""
    rng = np.random.default_rng(seed)
    frames = rng.integers(60, 110, (count, SIZE, SIZE, 3)).astype(np.uint8)
    cells = np.full((count, SIZE // STRIDE, SIZE // STRIDE), -1, np.int8)
    boxes = []
    for index in range(count):
        side = int(rng.integers(12, 24))
        left, top = (int(rng.integers(0, SIZE - side)) for _ in range(2))
        colour = int(rng.integers(3))
        frames[index, top : top + side, left : left + side] = PAINTS[colour]
        rows, columns = (slice((edge + 2) // STRIDE, (edge + side + 1) // STRIDE) for edge in (top, left))
        cells[index, rows, columns] = 0
        boxes.append((index, left, top, left + side, top + side, 2.0, colour, 0, 0.0))
    return Views(frames, np.zeros((count, SIZE, SIZE), np.float16), cells, np.array(boxes, np.float32))


def misses(eye: Eye, views: Views) -> float:
    """Return how far the cell that most looks like a thing lies from the middle of the square [pixels], the median."""
    frames = torch.from_numpy(views.frames).permute(0, 3, 1, 2) / 255.0
    with torch.inference_mode():
        best = eye.eval()(frames, torch.zeros(len(frames), 2, SIZE, SIZE)).thing.flatten(1).argmax(1).numpy()
    x, y = ((best % (SIZE // STRIDE)) + 0.5) * STRIDE, ((best // (SIZE // STRIDE)) + 0.5) * STRIDE
    boxes = views.boxes
    middles = (boxes[:, 1] + boxes[:, 3]) / 2, (boxes[:, 2] + boxes[:, 4]) / 2
    return float(np.median(np.hypot(x - middles[0], y - middles[1])))


@pytest.mark.slow
@pytest.mark.parametrize(("make", "trainable"), [(tiny.resnet, False), (tiny.clip, True)])
def test_an_eye_with_a_pretrained_trunk_learns_where_things_are(
    tmp_path: Path, make: Callable[[Path], str], trainable: bool
) -> None:
    card = Card(format=1, vision=make(tmp_path / "vision"), vision_trainable=trainable)
    torch.manual_seed(0)
    networks = new_networks(card, "attention")
    recipe = GroundingRecipe(epochs=4, batch=16, sentences=64)
    encoder = PretrainedTokens()
    before = misses(networks.eye, painted(64, 2))
    train_grounding(networks.eye, networks.reader, encoder, painted(320, 1), recipe, say=lambda line: None)
    after = misses(networks.eye, painted(64, 2))
    assert before > 10.0
    assert after < 5.0
    save_checkpoint(tmp_path / "it", card, networks, {"attention": networks.policy})
    assert misses(load_checkpoint(tmp_path / "it")[0].eye, painted(64, 2)) == after
