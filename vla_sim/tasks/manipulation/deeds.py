"""How far an arm has got with what it is asked: stages, each done to a share of 0..1, and the way that is left."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from vla_sim.geometry import Pose, Vector3
from vla_sim.kinematics import Chain
from vla_sim.tasks.goal import Condition
from vla_sim.tasks.manipulation.conditions import LIFT
from vla_sim.tasks.manipulation.things import middle, rise
from vla_sim.tasks.motion import Motion
from vla_sim.tasks.navmap import Field
from vla_sim.tasks.semantics import Point
from vla_sim.tasks.site import Site

_NEAR = 0.05
"""Ways shorter than this [m] are taken for this long, lest a share of them jumps."""


class Deed(Protocol):
    """A measure of what is left of a goal, in metres of the tool's way, and of its stages."""

    @property
    def unit(self) -> str:
        """``distance`` [m]."""
        ...

    def remaining(self, now: Motion, start: Motion) -> float:
        """Return what is left."""
        ...

    def spent(self, now: Motion, start: Motion) -> float:
        """Return the length of the tool's way so far."""
        ...

    def shares(self, now: Motion, start: Motion) -> Mapping[str, float]:
        """Return how much of each stage is done at this moment, 0..1, in their order."""
        ...


@dataclass(frozen=True, slots=True)
class Spot:
    """A point of the frame of a model."""

    on: str
    at: Point

    def point(self, now: Motion) -> Point:
        """Return it in the world."""
        x, y, _ = now.truth.models[self.on].pose.transform((*self.at, 0.0))
        return x, y


@dataclass(frozen=True, slots=True)
class Carry:
    """Take a thing and, if there is somewhere ``to`` put it, put it there, so that ``placed`` is met.

    Stages: ``reached``, ``grasped``, ``lifted``, ``placed``.
    """

    site: Site
    model: str
    placed: Condition | None = None
    to: Spot | None = None
    unit: str = "distance"

    def remaining(self, now: Motion, start: Motion) -> float:
        """Return the way of the tool to the thing and of the thing to its place, both straight [m]."""
        if self.placed is not None and self.placed.met(now, start):
            return 0.0
        reach = 0.0 if self.model in now.truth.held else _from_tool(now, middle(now, self.site, self.model))
        if self.to is None:
            return reach + max(LIFT - rise(now, start, self.site, self.model), 0.0)
        return reach + self._to_place(now)

    def spent(self, now: Motion, start: Motion) -> float:
        """Return the length of the tool's way so far [m]."""
        return now.tool_way - start.tool_way

    def shares(self, now: Motion, start: Motion) -> Mapping[str, float]:
        """Return how much of each stage is done."""
        stages = ("reached", "grasped", "lifted") if self.to is None else ("reached", "grasped", "lifted", "placed")
        if self.placed is not None and self.placed.met(now, start):
            return dict.fromkeys(stages, 1.0)
        if self.model not in now.truth.held:
            away = _from_tool(now, middle(now, self.site, self.model))
            away_first = _from_tool(start, middle(start, self.site, self.model))
            return dict.fromkeys(stages, 0.0) | {"reached": _share_done(away, away_first)}
        lifted = _share_lifted(now, start, self.site, self.model)
        shares = {"reached": 1.0, "grasped": 1.0, "lifted": lifted}
        if self.to is not None:
            shares["placed"] = 0.9 * _share_done(self._to_place(now), self._to_place(start)) if lifted >= 1.0 else 0.0
        return shares

    def _to_place(self, now: Motion) -> float:
        assert self.to is not None
        return math.dist(middle(now, self.site, self.model)[:2], self.to.point(now))


@dataclass(frozen=True, slots=True)
class Fetch:
    """Drive to a thing, take it, drive to where it belongs and put it there, so that ``placed`` is met.

    ``there`` and ``back`` measure the robot's ways to where it can take the thing and to where it can put it, ``trip``
    [m] is the way between. Stages: ``arrived``, ``grasped``, ``lifted``, ``returned``, ``placed``.
    """

    site: Site
    model: str
    placed: Condition
    there: Field
    back: Field
    trip: float
    unit: str = "distance"

    def remaining(self, now: Motion, start: Motion) -> float:
        """Return the robot's way to the thing and with it to its place [m]."""
        if self.placed.met(now, start):
            return 0.0
        if self.model in now.truth.held:
            return self.back.distance(now.x, now.y)
        return self.there.distance(now.x, now.y) + self.trip

    def spent(self, now: Motion, start: Motion) -> float:
        """Return the length of the robot's way so far [m]."""
        return now.travelled - start.travelled

    def shares(self, now: Motion, start: Motion) -> Mapping[str, float]:
        """Return how much of each stage is done."""
        stages = ("arrived", "grasped", "lifted", "returned", "placed")
        if self.placed.met(now, start):
            return dict.fromkeys(stages, 1.0)
        shares = dict.fromkeys(stages, 0.0)
        if self.model not in now.truth.held:
            first = self.there.distance(start.x, start.y)
            return shares | {"arrived": _share_done(self.there.distance(now.x, now.y), first)}
        lifted = _share_lifted(now, start, self.site, self.model)
        returned = _share_done(self.back.distance(now.x, now.y), self.trip) if lifted >= 1.0 else 0.0
        return shares | {"arrived": 1.0, "grasped": 1.0, "lifted": lifted, "returned": returned}


@dataclass(frozen=True, slots=True)
class Slide:
    """Push a thing to a place. Stages: ``reached``, ``placed``."""

    site: Site
    model: str
    placed: Condition
    to: Spot
    unit: str = "distance"

    def remaining(self, now: Motion, start: Motion) -> float:
        """Return the way of the tool to the thing and of the thing to its place, both straight [m]."""
        if self.placed.met(now, start):
            return 0.0
        here = middle(now, self.site, self.model)
        return _from_tool(now, here) + math.dist(here[:2], self.to.point(now))

    def spent(self, now: Motion, start: Motion) -> float:
        """Return the length of the tool's way so far [m]."""
        return now.tool_way - start.tool_way

    def shares(self, now: Motion, start: Motion) -> Mapping[str, float]:
        """Return how much of each stage is done."""
        if self.placed.met(now, start):
            return {"reached": 1.0, "placed": 1.0}
        here, first = (middle(moment, self.site, self.model) for moment in (now, start))
        reached = _share_done(_from_tool(now, here), _from_tool(start, first))
        placed = _share_done(math.dist(here[:2], self.to.point(now)), math.dist(first[:2], self.to.point(start)))
        return {"reached": max(reached, float(placed > 0.1)), "placed": 0.9 * placed}


@dataclass(frozen=True, slots=True)
class Work:
    """Bring a joint of a fixture to a position by ``grip``, a point of the frame of the joint's child.

    Stages: ``reached`` and ``worked``.
    """

    model: str
    joint: str
    position: float
    grip: Vector3
    child: Chain
    unit: str = "distance"

    def remaining(self, now: Motion, start: Motion) -> float:
        """Return the way of the tool to the grip and of the joint to its goal [m]."""
        left = 1.0 - self._done(now, start)
        return left * abs(self.position) + _from_tool(now, self.grip_point(now)) if left > 0.0 else 0.0

    def spent(self, now: Motion, start: Motion) -> float:
        """Return the length of the tool's way so far [m]."""
        return now.tool_way - start.tool_way

    def shares(self, now: Motion, start: Motion) -> Mapping[str, float]:
        """Return how much of each stage is done."""
        worked = self._done(now, start)
        reached = _share_done(_from_tool(now, self.grip_point(now)), _from_tool(start, self.grip_point(start)))
        return {"reached": 1.0 if worked >= 1.0 else reached, "worked": worked}

    def grip_point(self, now: Motion) -> Vector3:
        """Return where the grip is in the world."""
        state = now.truth.models[self.model]
        link = self.child.forward(self.child.configuration(state.joints))
        x, y, z = (link[:3, :3] @ self.grip + link[:3, 3]).tolist()
        pose: Pose = state.pose
        return pose.transform((x, y, z))

    def _done(self, now: Motion, start: Motion) -> float:
        here, first = (moment.truth.models[self.model].joints[self.joint] for moment in (now, start))
        return min(max((here - first) / (self.position - first), 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Several:
    """So many of some deeds, in any order: of each stage, the mean over those that have got farthest."""

    parts: Sequence[Carry]
    count: int
    unit: str = "distance"

    def remaining(self, now: Motion, start: Motion) -> float:
        """Return the sum of what is left of the nearest ones [m]."""
        return sum(sorted(part.remaining(now, start) for part in self.parts)[: self.count])

    def spent(self, now: Motion, start: Motion) -> float:
        """Return the length of the tool's way so far [m]."""
        return now.tool_way - start.tool_way

    def shares(self, now: Motion, start: Motion) -> Mapping[str, float]:
        """Return how much of each stage is done."""
        each = sorted((part.shares(now, start) for part in self.parts), key=lambda shares: -sum(shares.values()))
        best = each[: self.count]
        return {stage: sum(shares[stage] for shares in best) / len(best) for stage in best[0]}


def _from_tool(now: Motion, point: Vector3) -> float:
    assert now.tool is not None
    return math.dist(now.tool, point)


def _share_lifted(now: Motion, start: Motion, site: Site, model: str) -> float:
    return min(max(rise(now, start, site, model) / LIFT, 0.0), 1.0)


def _share_done(left: float, first: float) -> float:
    return min(max(1.0 - left / max(first, _NEAR), 0.0), 1.0)
