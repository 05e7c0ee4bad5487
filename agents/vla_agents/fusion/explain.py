"""Why the fusion agent did what it did: how sure it is, what it plans in words, and where its goal's words look."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from vla_agents.fusion.confidence import Confidence
from vla_agents.fusion.control.sequence import PlannedAction
from vla_agents.fusion.mind import Mind
from vla_agents.fusion.perception.grounding import attention_map, grounded, over_frame
from vla_agents.fusion.signs import STREAMS
from vla_sim.explanation import Certainty, PlannedStep, SeenObject

_NAMED = {"reach": 1, "front": 1, "between": 2, "visit": 2, "avoid": 2}
"""Skills whose goals name things, and how many."""


def certainty_of(confidence: Confidence) -> Certainty:
    """Return a confidence in the terms of ``vla_sim.explanation``; there is no ``target`` while it goes to none."""
    parts = {
        "words": confidence.words,
        "sensing": confidence.sensing,
        "soundness": confidence.soundness,
        "control": confidence.control,
    }
    if confidence.target is not None:
        parts["target"] = confidence.target
    return Certainty(confidence.total, parts, {STREAMS[name]: sure for name, sure in confidence.sensors.items()})


def steps_of(sequence: list[PlannedAction]) -> tuple[PlannedStep, ...]:
    """Return a decoded sequence in the terms of ``vla_sim.explanation``."""
    return tuple(PlannedStep(each.word, each.index, each.probability, each.description) for each in sequence)


@torch.inference_mode()
def attention_of(mind: Mind) -> NDArray[np.float32] | None:
    """Return where in the newest picture (height, width) the things are that the goal names, 0..1.

    Of several things, the more probable one counts at each pixel; a goal that names none gives zeros. None without a
    picture that is believed.
    """
    sight, camera = mind.belief.sight, mind.belief.senses.camera
    if sight is None or camera is None:
        return None
    size = camera.shape[0], camera.shape[1]
    maps = [attention_map(sight, torch.from_numpy(mention)) for mention in _mentions(mind)]
    if not maps:
        return np.zeros(size, np.float32)
    return over_frame(torch.stack(maps).amax(0), size).numpy()


@torch.inference_mode()
def objects_of(mind: Mind) -> tuple[SeenObject, ...]:
    """Return the things in the newest picture that the goal names, with the goal's own words as the query."""
    sight, camera = mind.belief.sight, mind.belief.senses.camera
    if sight is None or camera is None:
        return ()
    size = camera.shape[0], camera.shape[1]
    best: dict[tuple[float, float, float, float], SeenObject] = {}
    for mention in _mentions(mind):
        for each in grounded(sight, torch.from_numpy(mention), mind.belief.senses.words, size):
            if each.box not in best or best[each.box].score < each.score:
                best[each.box] = SeenObject(each.query, each.box, each.score)
    return tuple(sorted(best.values(), key=lambda seen: -seen.score))


def _mentions(mind: Mind) -> list[NDArray[np.float32]]:
    """Return what the goal names, each mention (2, QUERY)."""
    return list(mind.queries[: _NAMED.get(mind.intent.skill, 0)])
