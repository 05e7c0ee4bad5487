"""The last word on speeds: never into what the sensors see, back off where the robot is stuck, no driving unseeing."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from vla_agents.classical import rover
from vla_agents.classical.scan import Array
from vla_agents.fusion.belief import FusionBelief
from vla_agents.fusion.language.reader import Intent
from vla_agents.fusion.mind import Mind
from vla_agents.fusion.rules import onward
from vla_agents.fusion.situation import Situation
from vla_agents.steering import STOP, Here, Speeds, stopping_speed

_AHEAD = np.arange(0.1, 0.65, 0.1)
"""Times at which a motion is looked at beforehand [s]; the drive stops from full speed in half of the longest."""
_MARGIN = 0.02
"""Room about the hull that must stay free [m]."""
_SHARES = (1.0, 0.7, 0.4, 0.2, 0.0)
"""Shares of the forward speed that are tried, one after another."""
_PATIENCE, _RETREAT, _UNDO = 2.0, 0.9, 0.6
"""How long a robot that has a way to go may stand still [s], how long it then gets out of where it stands [s], and how
long it goes back from what it touched [s]."""
_HESITATION, _LED = 0.3, 1.0
"""How long a robot that has a way to go may stand until the rules lead it on, and for how long they do [s]."""
_LAST = 0.12
"""What is left of a line [m] when it is too late to steer: the robot would only turn at its end."""
_TEST: Speeds = (0.0, 1.2)
_WAYS_OUT: tuple[Speeds, ...] = ((-0.2, 0.0), (0.2, 0.0), (-0.15, 0.6), (-0.15, -0.6), (0.0, 0.8), (0.0, -0.8))


class Caution:
    """Watches over the control network's speeds, as a collision monitor does (Nav2 has one of that name).

    A motion is followed for half a second; where it would bring the hull to a point that LiDAR or depth camera see, the
    robot slows down, or only turns, or stands. One that touches something goes back the way it came, and one that
    stands for long on its way gets out of there; then it plans anew.
    """

    def __init__(self) -> None:
        self._past: deque[Here] = deque()
        self._until = -math.inf
        self._way_out: Speeds = STOP
        self._tried = 0
        self._led_until = -math.inf
        self._heard: Intent | None = None
        self._last: Speeds = STOP
        """The last motion before a touch."""

    def heed(self, mind: Mind, wanted: Speeds, pace: float = 1.0) -> Speeds:
        """Return what to do instead of ``wanted``, mostly the same; nothing where no sensor works.

        ``pace`` is the share of the forward speed that the agent's confidence allows.
        """
        if mind.dead:
            return STOP
        belief, situation = mind.belief, mind.situation
        here = belief.here
        if mind.intent is not self._heard:
            self._heard, self._until, self._led_until = mind.intent, -math.inf, -math.inf
        if here.time < self._until:
            return self._way_out
        if belief.senses.touched and wanted != STOP and self._last != STOP:
            belief.floor.touch(here, _touched(self._last))
            return self._retreat((-0.6 * self._last[0], -0.6 * self._last[1]), _UNDO, here, situation)
        near = _near(belief)
        if situation.looks_for_something and belief.senses.camera is None:
            # A camera that is not believed is put to the test by motion; one that shows nothing is not.
            tests = (_TEST, *_WAYS_OUT) if "camera" in mind.broken else ()
            return next((motion for motion in tests if _free(near, motion)), STOP)
        stood = self._stood(here, situation.under_way)
        if stood > _PATIENCE:
            return self._retreat(self._get_out(near), _RETREAT, here, situation)
        if stood > _HESITATION:
            self._led_until = here.time + _LED
        if here.time < self._led_until:
            wanted = onward(situation.latest)
        # Turning on the spot stays as it is: it is safe, and shows soonest which sensor it is that fails.
        speed, rate = (pace * wanted[0], wanted[1]) if pace > 0.0 else STOP
        if belief.blind:
            speed = min(speed, rover.CREEP)
        if (left := situation.line_left) is not None:
            speed = min(speed, max(stopping_speed(left, rover.LIMITS), rover.LIMITS.crawl))
            rate = 0.0 if abs(left) < _LAST else rate
        self._last = next((motion for share in _SHARES if _free(near, motion := (share * speed, rate))), STOP)
        return self._last

    def _retreat(self, way_out: Speeds, duration: float, here: Here, situation: Situation) -> Speeds:
        self._way_out, self._until, self._last = way_out, here.time + duration - 0.05, STOP
        self._past.clear()
        situation.plan_anew()
        return way_out

    def _stood(self, here: Here, under_way: bool) -> float:
        """Return for how long the robot has stood with a way to go [s]; dithering is standing."""
        if not under_way:
            self._past.clear()
            return 0.0
        self._past.append(here)
        for past in reversed(self._past):
            if math.dist(past.point, here.point) > 0.05 or abs(past.yaw - here.yaw) > 0.15:
                while self._past[0] is not past:
                    self._past.popleft()
                self._past.popleft()
                break
        return here.time - self._past[0].time

    def _get_out(self, near: Array) -> Speeds:
        """Return the next motion that is free, so that one which did not help is not tried twice in a row."""
        for _ in _WAYS_OUT:
            way_out = _WAYS_OUT[self._tried % len(_WAYS_OUT)]
            self._tried += 1
            if _free(near, way_out):
                return way_out
        return STOP


def _near(belief: FusionBelief) -> Array:
    """Return the points (n, 2) in the robot's frame that it could come to; what is at its hull already does not count.

    What only the depth camera sees, which looks ahead, is remembered while the robot passes it.
    """
    x, y = (np.concatenate(parts) for parts in zip(belief.obstacles(), belief.floor.near(belief.here), strict=True))
    aside, along = np.abs(y) - rover.HALF_WIDTH, np.abs(x) - rover.NOSE
    counts = (np.maximum(aside, along) > _MARGIN) & (np.maximum(aside, along) < 0.7)
    return np.stack([x[counts], y[counts]], 1)


def _touched(speeds: Speeds) -> list[tuple[float, float]]:
    """Return where the hull was probably touched while it moved, in its frame [m].

    Ahead or behind; where it but turned, at the front corner that moved outwards, as it drove there nose first.
    """
    speed, rate = speeds
    end, side = rover.NOSE + 0.05, rover.HALF_WIDTH
    if abs(speed) > 0.05:
        return [(math.copysign(end, speed), y) for y in (-side, 0.0, side)]
    return [(end, math.copysign(side, -rate))]


def _free(near: Array, speeds: Speeds) -> bool:
    """Return whether the hull stays clear of all points while the robot keeps to these speeds."""
    speed, rate = speeds
    if not len(near) or (abs(speed) < 1e-3 and abs(rate) < 1e-3):
        return True
    yaw = rate * _AHEAD
    half = speed * _AHEAD * np.sinc(yaw / (2 * math.pi))
    x, y = half * np.cos(yaw / 2), half * np.sin(yaw / 2)
    dx, dy = near[:, 0, None] - x, near[:, 1, None] - y
    along = np.abs(np.cos(yaw) * dx + np.sin(yaw) * dy) - rover.NOSE
    aside = np.abs(np.cos(yaw) * dy - np.sin(yaw) * dx) - rover.HALF_WIDTH
    return not bool((np.maximum(along, aside) < _MARGIN).any())
