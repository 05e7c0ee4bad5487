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
GONE, GONE_STILL = 3, 25
"""Frames in which a thing should have been seen and was not, after which it is forgotten; and for one that is still."""
STILL = 0.052
"""What has a larger radius than this [m], more than the gripper can take, stays where it is."""
_HIDDEN = 0.03
"""A place is hidden by what is so much nearer to the camera [m]."""
_AROUND = np.array([(0, 0, 0), (1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0)], float)
_WHOLE, _MOSTLY = 0.93, 0.8
"""Share of its radius that is seen of a thing that nothing hides: of one that is still, and of one that may move."""
_KEEP, _SLOWLY = 0.7, 0.97
"""What is kept of where something was taken to be at each sighting; of how large it was, where it seems smaller."""
_CLOSE, _FAR = 0.015, 0.03
"""Distances [m] within which a thing was seen with some error, and beyond which it was moved."""
_INNER = 6
"""What lies closer than this to an edge of the frame [pixels] need not be seen."""


@dataclass(slots=True, eq=False)
class Track:
    """A thing: its middle and top [m] in the arm's frame, its radius [m], its looks (2, QUERY)."""

    x: float
    y: float
    top: float
    radius: float
    looks: NDArray[np.float32]
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
                _renew(track, one)
            elif one.whole:
                self.tracks.append(Track(one.x, one.y, one.top, one.radius, one.looks))
        for track in left:
            if _should_be_seen(track, lens, depth, joints):
                track.missed += 1
                if track.missed >= (GONE_STILL if track.radius > STILL else GONE):
                    self.tracks.remove(track)


def _same(track: Track, one: Sighting) -> bool:
    if math.hypot(track.x - one.x, track.y - one.y) > max(SAME_PLACE, track.radius):
        return False
    return float((track.looks * one.looks).sum(-1).mean()) > ALIKE


def _renew(track: Track, one: Sighting) -> None:
    track.missed = 0
    track.count += 1
    looks = 0.8 * track.looks + 0.2 * one.looks
    track.looks = looks / np.linalg.norm(looks, axis=-1, keepdims=True)
    still = track.radius > STILL
    moved = math.hypot(track.x - one.x, track.y - one.y)
    # What is hidden in part seems to be elsewhere, and smaller.
    whole = one.whole and one.radius > (_WHOLE if still else _MOSTLY) * track.radius
    if not whole and (still or moved < _FAR):
        return
    keep = _KEEP if whole and (still or moved < _CLOSE) else 0.0
    track.x, track.y = keep * track.x + (1 - keep) * one.x, keep * track.y + (1 - keep) * one.y
    if whole:
        track.top = keep * track.top + (1 - keep) * one.top
    keep = _KEEP if one.radius > track.radius else _SLOWLY
    track.radius = keep * track.radius + (1 - keep) * one.radius


def _should_be_seen(track: Track, lens: Lens, depth: NDArray[np.float32] | None, joints: NDArray[np.float64]) -> bool:
    """Return whether a thing's place is in the frame with nothing before it: all of it, if it is large."""
    if depth is None:
        return False
    frame = lens.at(joints)
    reach = track.radius if track.radius > STILL else 0.0
    middle = np.array([track.x, track.y, track.top])
    places = middle + reach * _AROUND
    return all(_is_in_view(place, lens, depth) for place in (places - frame[:3, 3]) @ frame[:3, :3])


def _is_in_view(place: NDArray[np.float64], lens: Lens, depth: NDArray[np.float32]) -> bool:
    x, y, z = place.tolist()
    if x < 0.05:
        return False
    spec = lens.spec
    column, row = spec.cx - spec.fx * y / x, spec.cy - spec.fy * z / x
    if not (_INNER < column < spec.width - _INNER and _INNER < row < spec.height - _INNER):
        return False
    part = depth[int(row) - 2 : int(row) + 3, int(column) - 2 : int(column) + 3]
    return bool(part.min() > x - _HIDDEN)
