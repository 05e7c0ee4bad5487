"""An arm that is told where to be: plans its motions and goes them step by step, watching what it holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vla_sim.engines.engine import Truth
from vla_sim.envs.body import FINGERS, Body
from vla_sim.geometry import Pose
from vla_sim.kinematics import Chain
from vla_sim.kinematics.differential import deviation, refine
from vla_sim.kinematics.inverse import solve
from vla_sim.kinematics.transforms import Array, transform_of
from vla_sim.planning.collision import CollisionScene
from vla_sim.planning.route import plan_route
from vla_sim.planning.trajectory import Trajectory, time_path
from vla_sim.sdf.scene import World

PACE = 0.6
"""Share of the joints' speed limits that is used."""
ACCELERATION = 5.0
"""Of a joint [rad/s^2]."""
CLEARANCES = (0.012, 0.005, 0.001)
"""Distances [m] kept from everything on the way; the next one where there is no way at the one before."""
GRIPPER_SPEED = 0.15
"""Change of the gripper's width [m/s]: slow enough not to knock over what it closes on."""
STOWED = np.array([-0.08, 0.0, 0.12])
"""From where the tool is in the file's pose to where it is while the robot drives [m], in the robot's frame."""
_LINE_STEP = 0.005
_LINE_PIECE = 20
"""Points of a straight line that are solved for at once, from the one before them."""
_OFF_LINE = 2e-3
"""Greatest deviation from a straight line [m and rad]."""
_JUMP = 0.2
"""A joint that turns more than this [rad] between two points of a straight line has gone over to another posture."""
_GUESSES = 10

Motion = Iterator[None]
"""A motion in the making: after each step of it the arm's ``told`` and ``width`` hold for one control period."""


class NoWay(Exception):  # noqa: N818 (no error: something else is tried)
    """A place cannot be reached as things stand."""


class Lost(Exception):  # noqa: N818
    """What was held is not held any more."""


@dataclass(frozen=True, eq=False)
class Entry:
    """A way in along a straight line: ``path`` (k, n) begins where there is room and ends at the place."""

    path: Array

    @property
    def start(self) -> Array:
        """The first configuration."""
        return np.asarray(self.path[0])


class Arm:
    """Plans and goes motions. Its methods that return a ``Motion`` are generators, one item a control step.

    Attributes:
        told: where the joints are told to be (n,) [rad].
        width: how far the gripper is told to be open [m].
        truth: the state of the world, renewed by ``see`` at each step.
    """

    def __init__(self, world: World, robot: str, tool: str, body: Body, period: float, rng: np.random.Generator):
        self.world = world
        self.chain = Chain.to(world.model(robot), tool)
        self._robot, self._period, self._rng = robot, period, rng
        self._scene = CollisionScene(world, robot, self.chain)
        assert body.gripper is not None
        self.widest = body.gripper.width
        self._speed, self._acceleration = PACE * self.chain.speed, np.full(len(self.chain), ACCELERATION)

    @cached_property
    def stowed(self) -> Array:
        """The configuration in which the robot drives: the tool drawn in and up from where the file has it.

        Raises:
            NoWay: the arm cannot be drawn in.
        """
        home = np.zeros(len(self.chain))
        path = self.line(home, self._base @ self.chain.forward(home), self._base[:3, :3] @ STOWED)
        if path is None:
            raise NoWay
        return np.asarray(path[-1])

    def begin(self, truth: Truth) -> None:
        """Take over from where the arm is."""
        self.see(truth)
        self.told = self.chain.clamp(self.chain.configuration(truth.models[self._robot].joints))
        self.width = self.width_now

    def see(self, truth: Truth) -> None:
        """Take in the state of the world."""
        self.truth = truth
        self._base = transform_of(truth.models[self._robot].pose)

    # --- what it knows ------------------------------------------------------------------------------------------------

    @property
    def width_now(self) -> float:
        """How far the gripper is open [m]."""
        joints = self.truth.models[self._robot].joints
        return sum(joints[finger] for finger in FINGERS)

    @property
    def tool(self) -> Array:
        """Where the tool is told to be (4, 4), in the world."""
        return np.asarray(self._base @ self.chain.forward(self.told))

    @property
    def tool_now(self) -> Array:
        """Where the tool is (4, 4), in the world."""
        joints = self.truth.models[self._robot].joints
        return np.asarray(self._base @ self.chain.forward(self.chain.configuration(joints)))

    def pose(self, model: str) -> Pose:
        """Return where a model is."""
        return self.truth.models[model].pose

    def holds(self, model: str) -> bool:
        """Return whether both fingers touch a model."""
        return model in self.truth.held

    # --- looking for ways ---------------------------------------------------------------------------------------------

    def arrange(self, ignoring: Collection[str] = (), held: str | None = None, width: float | None = None) -> None:
        """Look at things as they stand from now on; ``width`` is how far the gripper will be open."""
        fingers = {} if width is None else dict.fromkeys(FINGERS, width / 2)
        self._scene.arrange(self.truth, ignoring, held, fingers)

    def is_free(self, configuration: Array, clearance: float) -> bool:
        """Return whether the arm is so far from everything [m] as last arranged."""
        return self._scene.is_free(configuration, clearance)

    def solutions(self, tool: Array) -> list[Array]:
        """Return the configurations that bring the tool to a transform in the world, the nearest first."""
        return solve(
            self.chain, np.linalg.inv(self._base) @ tool, self.told, self._rng, guesses=_GUESSES, iterations=25
        )

    def entry(self, tool: Array, lead: Array, clearance: float = 0.0) -> Entry | None:
        """Return a way to a transform along a straight line, free as last arranged, or None.

        Args:
            tool: where the tool shall come to.
            lead: from where it comes: a translation [m] of ``tool`` in the world.
            clearance: distance to keep on the line [m].
        """
        for end in self.solutions(tool):
            if not self.is_free(end, clearance):
                continue
            path = self.line(end, tool, lead)
            if path is not None and self._scene.is_path_free([*path[::4], path[-1]], clearance):
                return Entry(path[::-1])
        return None

    def line(self, start: Array, tool: Array, way: Array) -> Array | None:
        """Return configurations (k, n) along a straight line of the tool, or None where an arm cannot follow it."""
        count = max(1, int(np.ceil(np.linalg.norm(way) / _LINE_STEP)))
        targets = np.repeat(tool[None], count, axis=0)
        targets[:, :3, 3] += way * np.arange(1, count + 1)[:, None] / count
        targets = np.linalg.inv(self._base) @ targets
        path = [start]
        for piece in np.split(targets, range(_LINE_PIECE, count, _LINE_PIECE)):
            reached = refine(self.chain, np.repeat(path[-1][None], len(piece), axis=0), piece, iterations=12)
            path.extend(reached)
            off = np.abs(deviation(piece, self.chain.forward(reached))).max()
            if off > _OFF_LINE or np.abs(np.diff(path[-len(piece) - 1 :], axis=0)).max() > _JUMP:
                return None
        return np.array(path)

    # --- motions ------------------------------------------------------------------------------------------------------

    def wait(self, seconds: float) -> Motion:
        """Stay where it is told to be."""
        for _ in range(max(1, round(seconds / self._period))):
            yield

    def grip(self, width: float, seconds: float = 0.3) -> Motion:
        """Bring the gripper to a width [m] at a gentle speed and wait for it."""
        width = min(max(width, 0.0), self.widest)
        step = GRIPPER_SPEED * self._period
        for _ in range(int(abs(width - self.width) / step)):
            self.width += min(max(width - self.width, -step), step)
            yield
        self.width = width
        yield from self.wait(seconds)

    def travel(self, goals: Iterable[Array], holding: str | None = None, ignoring: Collection[str] = ()) -> Motion:
        """Go to one of some configurations around everything.

        Raises:
            NoWay: there is none.
            Lost: what was held is not any more.
        """
        goals = list(goals)
        self.arrange(ignoring, holding)
        for clearance in CLEARANCES:
            if (route := self._route(goals, clearance)) is not None:
                break
        else:
            # What it touches to begin with it may touch on the way.
            self._scene.tolerate(self.told, CLEARANCES[-1])
            route = self._route(goals, CLEARANCES[-1])
        if route is None:
            raise NoWay
        yield from self.go(time_path(route, self._speed, self._acceleration), holding)

    def _route(self, goals: list[Array], clearance: float) -> Array | None:
        def is_free(configuration: Array) -> bool:
            return self.is_free(configuration, clearance)

        free = [goal for goal in goals if is_free(goal)]
        return plan_route(self.chain, self.told, free, is_free, self._rng) if is_free(self.told) else None

    def along(self, path: Array, speed: float = 0.15, holding: str | None = None) -> Motion:
        """Go a path of short steps, the tool at no more than ``speed`` [m/s] on average."""
        tips = self.chain.forward(path)[:, :3, 3]
        length = float(np.linalg.norm(np.diff(tips, axis=0), axis=1).sum())
        timed = time_path(path, self._speed, self._acceleration)
        stretch = max(1.0, length / speed / max(timed.duration, 1e-9))
        yield from self.go(Trajectory(timed.times * stretch, timed.positions), holding)

    def shift(self, way: Array, speed: float = 0.15, holding: str | None = None) -> Motion:
        """Move the tool along a straight line [m] in the world, whatever is there.

        Raises:
            NoWay: the arm cannot follow the line.
            Lost: what was held is not any more.
        """
        path = self.line(self.told, self.tool, way)
        if path is None:
            raise NoWay
        yield from self.along(path, speed, holding)

    def can_shift(self, way: Array, holding: str) -> bool:
        """Return whether the tool can be moved along a straight line and the arm be free at its end."""
        path = self.line(self.told, self.tool, way)
        self.arrange(held=holding)
        return path is not None and self.is_free(path[-1], CLEARANCES[-1])

    def go(self, trajectory: Trajectory, holding: str | None = None) -> Motion:
        """Go a trajectory to its end; raises Lost once ``holding`` is not held for three steps."""
        steps = int(np.ceil(trajectory.duration / self._period - 1e-9))
        missed = 0
        for k in range(1, steps + 1):
            self.told = self.chain.clamp(trajectory.at(k * self._period))
            yield
            missed = missed + 1 if holding is not None and not self.holds(holding) else 0
            if missed >= 3:
                raise Lost
