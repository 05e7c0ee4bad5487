"""Small pictures of a red and a blue square side by side, with what is said and what is to be done."""

from __future__ import annotations

import numpy as np
import torch
from vla_agents.training.choosing import Examples

from vla_sim.envs.vocabulary import Word

SAID = ("go to the red cube", "please go to the blue cube", "stop")
RED, BLUE = (220, 30, 30), (30, 60, 220)


def squares(count: int, seed: int) -> Examples:
    """Turn to the side of the square that is named, or stop.

    Neither picture nor words suffice: who knows the words alone is right in two thirds of the cases.
    """
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 60, (count, 32, 32, 3)).astype(np.uint8)
    texts: list[str] = []
    words: list[Word] = []
    for image in images:
        on_the_right = int(rng.integers(2))
        for index, colour in enumerate((RED, BLUE)):
            top, left = int(rng.integers(2, 20)), int(rng.integers(1, 6)) + (16 if index == on_the_right else 0)
            image[top : top + 9, left : left + 9] = colour
        said = int(rng.integers(3))
        texts.append(SAID[said])
        words.append("stop" if said == 2 else "turn_right" if said == on_the_right else "turn_left")
    return Examples(torch.from_numpy(images), texts, words)
