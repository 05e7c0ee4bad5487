"""What stands where on the table, remembered while the arm hides it, and carried along while it is in the grip."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vla_agents.fusion.arm.body import Lens
from vla_agents.fusion.arm.sighting import Sighting

SAME_PLACE = 0.05
"""Sightings of one thing are no farther apart than this [m]."""
ALIKE = 0.6
"""Least mean cosine between the looks of two sightings of one thing."""
SURE = 2
"""Sightings after which a thing is believed in."""
GONE = 3
"""Frames in which a thing should have been seen and was not, after which it is forgotten."""
_HIDDEN = 0.03
"""A place is hidden by what is so much nearer to the camera [m]."""
_KEEP = 0.7
_INNER = 6
"""What lies closer than this to an edge of the frame [pixels] need not be seen."""


@dataclass(slots=True)
class Track:
    """A thing: its middle and top [m] in the arm's frame, its radius [m], its looks (2, QUERY)."""

    x: float
    y: float
    top: float
    radius: float
    looks: NDArray[np.float32]
    size: float
    seen: float
    """When it was seen last [s]."""
    count: int = 1
    missed: int = 0


class Table:
    """Takes in the sightings of one frame after another."""

    def __init__(self) -> None:
        self.tracks: list[Track] = []

    @property
    def things(self) -> list[Track]:
        """What is believed in."""
        return [track for track in self.tracks if track.count >= SURE]

    def see(
        self,
        found: Sequence[Sighting],
        time: float,
        lens: Lens,
        depth: NDArray[np.float32] | None,
        joints: NDArray[np.float64],
        held: Track | None,
    ) -> None:
        """Take in what a frame shows; what is ``held`` is where the tool is, whatever the frame shows."""
        left = [track for track in self.tracks if track is not held]
        for one in sorted(found, key=lambda each: -each.score):
            if held is not None and math.hypot(one.x - held.x, one.y - held.y) < SAME_PLACE:
                continue
            near = [track for track in left if _same(track, one)]
            if near:
                track = min(near, key=lambda each: math.hypot(each.x - one.x, each.y - one.y))
                left.remove(track)
                _renew(track, one, time)
            elif one.whole:
                self.tracks.append(Track(one.x, one.y, one.top, one.radius, one.looks, one.size, time))
        for track in left:
            if _should_be_seen(track, lens, depth, joints):
                track.missed += 1
                if track.missed >= GONE:
                    self.tracks.remove(track)


def _same(track: Track, one: Sighting) -> bool:
    if math.hypot(track.x - one.x, track.y - one.y) > max(SAME_PLACE, 0.5 * track.radius):
        return False
    return float((track.looks * one.looks).sum(-1).mean()) > ALIKE


def _renew(track: Track, one: Sighting, time: float) -> None:
    track.missed, track.seen = 0, time
    track.count += 1
    # What is hidden in part seems to be elsewhere, and smaller.
    whole = one.whole and one.size > 0.8 * track.size
    if whole or math.hypot(track.x - one.x, track.y - one.y) > 0.03:
        keep = _KEEP if whole and math.hypot(track.x - one.x, track.y - one.y) < 0.015 else 0.0
        track.x, track.y = keep * track.x + (1 - keep) * one.x, keep * track.y + (1 - keep) * one.y
        track.radius = keep * track.radius + (1 - keep) * one.radius
        track.size = max(one.size, 0.9 * track.size)
        track.top = keep * track.top + (1 - keep) * one.top
    looks = 0.8 * track.looks + 0.2 * one.looks
    track.looks = looks / np.linalg.norm(looks, axis=-1, keepdims=True)


def _should_be_seen(track: Track, lens: Lens, depth: NDArray[np.float32] | None, joints: NDArray[np.float64]) -> bool:
    """Return whether a thing's place is in the frame and nothing before it."""
    frame = lens.at(joints)
    x, y, z = frame[:3, :3].T @ (np.array([track.x, track.y, track.top]) - frame[:3, 3])
    if x < 0.05:
        return False
    spec = lens.spec
    column, row = spec.cx - spec.fx * y / x, spec.cy - spec.fy * z / x
    inside = _INNER < column < spec.width - _INNER and _INNER < row < spec.height - _INNER
    if not inside or depth is None:
        return False
    part = depth[int(row) - 2 : int(row) + 3, int(column) - 2 : int(column) + 3]
    return bool(part.min() > x - _HIDDEN)
