"""What the fusion agent has learned apart from driving, measured on data that it was not trained on, as JSON.

    python -m vla_agents.training.report [CHECKPOINT]

Pointing by words and boxes by world, words read right, sensors that fail found, doubt while they do; each with its
number of samples.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

from vla_agents.fusion.agent import FusionAgent
from vla_agents.fusion.checkpoint import SHIPPED, load_checkpoint
from vla_agents.training.doubt import doubt_scores
from vla_agents.training.grounding import reading_scores
from vla_agents.training.recipe import RECIPES, rooms
from vla_agents.training.rollouts import Rollouts, collect_rollouts
from vla_agents.training.scores import detection_scores, pointing_accuracy
from vla_agents.training.sentences import Speaker
from vla_agents.training.views import collect_views
from vla_agents.training.vigilance import vigilance_scores
from vla_sim import seeding
from vla_sim.tasks.task import Words

SEED = 77_000
"""Seeds of the test data start here; training uses others."""
SPLITS: dict[str, tuple[Words, bool]] = {
    "seen words": ("seen", False),
    "seen words, held-out pairs": ("seen", True),
    "held-out words": ("held_out", False),
}


def measure(checkpoint: Path, views: int = 600, sentences: int = 600, frames: int = 2_500) -> dict[str, object]:
    """Return all scores of a checkpoint."""
    torch.set_num_threads(1)
    networks, encoder, _ = load_checkpoint(checkpoint)
    worlds = RECIPES["full"].worlds
    seen = {world: collect_views(world, views, SEED) for world in worlds}
    pointing = {}
    for name, (words, held_out) in SPLITS.items():
        draws = [
            pointing_accuracy(
                networks.eye, networks.reader, encoder, seen[world], seeding.generator(SEED, name), words, held_out
            )
            for world in worlds
        ]
        hits, count = (sum(each) for each in zip(*draws, strict=True))
        pointing[name] = {"share": round(hits / max(count, 1), 4), "count": count}
    reading = {}
    for name, (words, held_out) in SPLITS.items():
        voice = Speaker(seeding.generator(SEED, "words", name), words, rooms(), held_out)
        scores = reading_scores(networks.reader, encoder, [voice.draw() for _ in range(sentences)])
        reading[name] = {part: round(share, 4) for part, share in scores.items()}
    trials = [collect_rollouts(world, networks, encoder, frames, SEED, by_learner=1.0)[0] for world in worlds]
    failing = vigilance_scores(networks.health, Rollouts.joined(trials))
    return {
        "pointing": pointing,
        "boxes": {world: detection_scores(networks.eye, seen[world]) for world in worlds},
        "reading": reading,
        "failing_sensors": {
            score.sensor: {
                "auroc": round(score.auroc, 4),
                "ece": round(score.ece, 4),
                "reliability": [(round(chance, 3), round(share, 3), count) for chance, share, count in score.curve],
            }
            for score in failing
        },
        "doubt": doubt_scores(FusionAgent(checkpoint), worlds, frames, SEED),
    }


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]) if len(sys.argv) > 1 else SHIPPED), indent=2))
