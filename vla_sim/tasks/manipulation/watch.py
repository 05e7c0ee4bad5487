"""What is kept an eye on while an arm works: what it drops, knocks into and moves aside, and how hard."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from vla_sim.engines.engine import Placements
from vla_sim.engines.streams import force_sources
from vla_sim.tasks.manipulation.things import middle, settled
from vla_sim.tasks.motion import Motion
from vla_sim.tasks.site import Site
from vla_sim.tasks.watch import Collisions

FALL = 0.03
"""A thing that comes to rest this far [m] below where it was let go was dropped."""
OFF = 0.1
"""A thing this far [m] below the surface, the lowest one where there are several, has fallen off it."""
MOVED = 0.03
"""A thing that no goal is about and that is moved by more than this [m] was disturbed."""


class HandlingWatch:
    """Watches an arm at a table: it may touch what stands there, not the table or the room.

    Fails for ``collision``, and for ``off_table`` when a thing has fallen off. Metrics: ``path_length`` (of the tool),
    ``collisions``, ``contact_time``, ``grasps``, ``drops``, ``disturbed`` (things moved that were not ``meant`` to
    be), and the greatest forces [N]: ``wrist_force_peak`` on any wrist, ``grip_force_peak`` on any pad while something
    was in the grip.
    """

    def __init__(self, site: Site, surfaces: Iterable[str], placements: Placements, meant: Iterable[str]):
        self._site = site
        self._bottom = min(site.surfaces[surface].height for surface in surfaces) - OFF
        self._things = tuple(name for name in site.objects if placements.get(name) is not None)
        self._bystanders = tuple(name for name in self._things if name not in set(meant))
        self._floor = site.ground - set(site.surfaces)
        self._graspable = frozenset((*site.objects, *site.fixtures))
        self._allowed = {site.robot.name, *self._graspable}
        modalities = {name: source.stream.modality for name, source in force_sources(site.world).items()}
        self._wrists = tuple(name for name, modality in modalities.items() if modality == "wrench")
        self._pads = tuple(name for name, modality in modalities.items() if modality == "force")

    def begin(self, start: Motion) -> None:
        """Start watching from this moment."""
        self._start = self._now = start
        self._collisions = Collisions()
        self._held: frozenset[str] = frozenset()
        self._heights: dict[str, tuple[float, float]] = {}
        """Of what is held: in the step before, and now."""
        self._falling: dict[str, float] = {}
        self._disturbed: set[str] = set()
        self._grasps = self._drops = 0
        self._wrist_peak = self._grip_peak = 0.0

    def update(self, now: Motion) -> str | None:
        """Return ``collision``, ``off_table`` or None."""
        self._now = now
        self._count_grasps(now)
        self._wrist_peak = max(self._wrist_peak, _greatest(now, self._wrists))
        if now.truth.held & self._graspable:
            self._grip_peak = max(self._grip_peak, _greatest(now, self._pads))
        for name in self._bystanders:
            if math.dist(middle(now, self._site, name), middle(self._start, self._site, name)) > MOVED:
                self._disturbed.add(name)
        if any(now.truth.models[name].pose.position[2] < self._bottom for name in self._things):
            return "off_table"
        return self._collisions.update(now, self._touching(now))

    def metrics(self) -> Mapping[str, float]:
        """Return the measures."""
        return {
            "path_length": self._now.tool_way,
            **self._collisions.metrics(),
            "grasps": float(self._grasps),
            "drops": float(self._drops),
            "disturbed": float(len(self._disturbed)),
            "wrist_force_peak": self._wrist_peak,
            "grip_force_peak": self._grip_peak,
        }

    def _touching(self, now: Motion) -> list[str]:
        robot = self._site.robot.name
        touched = {name for pair in now.truth.contacts if robot in pair for name in pair}
        return sorted(touched - self._allowed - self._floor)

    def _count_grasps(self, now: Motion) -> None:
        held = frozenset(now.truth.held) & frozenset(self._things)
        self._grasps += len(held - self._held)
        for name in self._held - held:
            # What was let go within a step was still felt in it, and fell for the rest of it.
            self._falling[name] = max(self._heights[name])
        for name in held:
            self._falling.pop(name, None)
            height = middle(now, self._site, name)[2]
            before = self._heights[name][1] if name in self._held else height
            self._heights[name] = before, height
        for name in [name for name in self._falling if settled(now, name)]:
            if self._falling.pop(name) - middle(now, self._site, name)[2] > FALL:
                self._drops += 1
        self._held = held


def _greatest(now: Motion, streams: Iterable[str]) -> float:
    """Return the greatest force [N] of these streams since the moment before."""
    return max((now.truth.forces.get(name, 0.0) for name in streams), default=0.0)
