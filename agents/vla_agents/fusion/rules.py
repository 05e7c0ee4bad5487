"""How to come to something, by rules on the situation alone: what the control network learns, where nothing fails."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vla_agents.classical import rover
from vla_agents.fusion.features import PLACE_OF
from vla_agents.steering import STOP, Here, Speeds, spin, stopping_speed, toward

_HERE = Here(0.0, 0.0, 0.0, True, 0.0)
_LOOK_RATE = 1.2
"""Rate of looking round [rad/s]."""
CLOSE, AIM = 0.1, 0.08
"""How near to the place is near enough [m], and how well to face a thing [rad]."""


def come(situation: NDArray[np.float32]) -> Speeds:
    """Return the speeds that look for a thing, come to it, face it if asked to, and stop there."""

    def told(name: str) -> float:
        return float(situation[PLACE_OF[name]])

    towards = math.atan2(told("target_sin"), told("target_cos"))
    if told("seeking"):
        if told("skill_bearing"):
            return spin(towards, rover.LIMITS) if abs(towards) > rover.LIMITS.aim else STOP
        along = None if told("to_look_round") else _follow(told("way_known"), situation)
        return along or (0.0, _LOOK_RATE)
    if not told("target_known"):
        return STOP
    left = told("target_left")
    if left >= CLOSE:
        return _follow(told("way_known"), situation) or toward(
            _HERE, (2 * told("target_x"), 2 * told("target_y")), rover.LIMITS, 0.2
        )
    if told("to_face") and abs(towards) > AIM:
        return spin(towards, rover.LIMITS)
    return (-0.1, 0.0) if told("to_face") and left < -CLOSE else STOP


def onward(situation: NDArray[np.float32]) -> Speeds:
    """Return speeds that get on, at a walking pace: along the line that is to be driven, else as ``come`` says.

    Beyond the end of the line they lead back.
    """
    if not situation[PLACE_OF["line_known"]]:
        return come(situation)
    if situation[PLACE_OF["line_left_map"]] < 0.0:
        return -0.1, 1.5 * float(situation[PLACE_OF["line_aside_map"]])
    aside = float(situation[PLACE_OF["line_aside_map"]]) - math.atan(1.5 * float(situation[PLACE_OF["line_across"]]))
    return (0.2, 1.5 * aside) if abs(aside) < 0.6 else spin(aside, rover.LIMITS)


def _follow(known: float, situation: NDArray[np.float32]) -> Speeds | None:
    if not known:
        return None
    x, y, left, room = (float(situation[PLACE_OF[name]]) for name in ("way_x", "way_y", "way_left", "room_ahead"))
    most = max(stopping_speed(left, rover.LIMITS), 0.08)
    speed, rate = toward(_HERE, (x / 2, y / 2), rover.LIMITS, most)
    return min(speed, stopping_speed(room - 0.05, rover.LIMITS)), rate
