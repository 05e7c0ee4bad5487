"""What the bridge runs: a trial of a task, or a robot that drives freely; either without a word of ROS 2."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from vla_sim import seeding
from vla_sim.engines import make_engine
from vla_sim.engines.engine import Command, Engine, Truth
from vla_sim.envs.body import Body, body_of
from vla_sim.envs.env import VlaSimEnv
from vla_sim.envs.lines import CommandLine
from vla_sim.envs.loading import find_robot, find_world
from vla_sim.errors import InputError
from vla_sim.faults.injector import Injector
from vla_sim.faults.spec import FaultLike, read_faults
from vla_sim.faults.target import channels
from vla_sim.sdf import load_model, load_world
from vla_sim.sdf.scene import DiffDrive, JointPositionController, Model, World
from vla_sim.sensing.reading import Reading, Stream
from vla_sim.tasks.task import Words

NO_TASK = "none"
"""The name of what is no task: to drive about, with nobody judging."""
NO_GOALS: Mapping[str, float] = MappingProxyType({})
"""Joints stay where they are told to be."""
_ARRIVED = 1e-9


@dataclass(frozen=True, slots=True)
class WorldSpec:
    """What to simulate."""

    world: str = "arena"
    task: str = "go_to_object"
    robot: str | None = None
    engine: str = "embedded"
    renderer: str = "auto"
    control_rate: float = 10.0
    """Steps a second of simulated time: a command holds for one of them, and after each the trial is judged."""
    words: Words = "seen"
    faults: Sequence[FaultLike] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """Where the world stands after a step."""

    time: float
    """Simulated time since the reset [s]."""
    readings: tuple[Reading, ...]
    """What has arrived since the last moment, in the order of its arrival."""
    place: tuple[float, float, float]
    """Ground truth of the robot: x [m], y [m], yaw [rad]."""
    requested: tuple[str, ...] = ()
    """Faults that were asked for."""
    active: tuple[str, ...] = ()
    """Those that are on."""
    faults: Sequence[Mapping[str, Any]] = ()
    """What was asked of each fault, and what became of it."""
    words: str = ""
    """The goal as the robot hears it."""
    progress: float = 0.0
    verdict: str | None = None
    """None while nothing is decided, ``success``, or why the trial has failed."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    """Of a trial that is over."""


class SimulatedWorld(Protocol):
    """A world with a robot in it. All calls must come from one thread, which a renderer may be bound to."""

    period: float
    """Length of a step [s]."""
    robot: Model
    body: Body
    """What the robot can be told."""

    @property
    def streams(self) -> Mapping[str, Stream]:
        """What the robot senses."""
        ...

    @property
    def task(self) -> str:
        """Name of the task, or ``none``."""
        ...

    @property
    def scene(self) -> World:
        """The world as the file has it."""
        ...

    def reset(self, seed: int) -> Moment:
        """Begin anew and return the moment one step later, with the robot at rest."""
        ...

    def step(self, linear: float, angular: float, joints: Mapping[str, float] = NO_GOALS) -> Moment:
        """Drive for one step [m/s, rad/s], and bring joints to their goals [rad or m] in it, as far as they can."""
        ...

    def close(self) -> None:
        """Free the engine."""
        ...


def open_world(spec: WorldSpec) -> SimulatedWorld:
    """Load a world.

    Raises:
        InputError: there is no such world, task or robot, or a fault does not fit.
    """
    return FreeWorld(spec) if spec.task == NO_TASK else TrialWorld(spec)


class TrialWorld:
    """A trial of a task, judged as the environment does."""

    def __init__(self, spec: WorldSpec):
        self._env = env = VlaSimEnv(
            spec.world,
            spec.task,
            robot=spec.robot,
            engine=spec.engine,
            renderer=spec.renderer,
            control_rate=spec.control_rate,
            faults=spec.faults,
            words=spec.words,
        )
        with contextlib.ExitStack() as on_error:
            on_error.callback(env.close)
            self.period = round(1.0 / spec.control_rate, 9)
            _check(env.faults, env.engine.streams, self.period)
            on_error.pop_all()
        self.task = spec.task
        self.scene, self.robot, self.body = env.site.world, env.site.robot, env.body
        self._line = _Arrivals()

    @property
    def streams(self) -> Mapping[str, Stream]:
        """What the robot senses."""
        return self._env.engine.streams

    def reset(self, seed: int) -> Moment:
        """Begin the trial of a seed."""
        observation, info = self._env.reset(seed=seed)
        self._line = _Arrivals()
        return self._moment(observation, info)

    def step(self, linear: float, angular: float, joints: Mapping[str, float] = NO_GOALS) -> Moment:
        """Drive for one step, and bring joints to their goals."""
        env, action = self._env, (linear, angular)
        told = env.body.told(Command(*action), {**env.goals, **joints}) if env.body.joints else action
        observation, _, _, _, info = env.step(told)
        return self._moment(observation, info)

    def close(self) -> None:
        """Free the engine."""
        self._env.close()

    def _moment(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> Moment:
        env = self._env
        return Moment(
            time=env.time,
            readings=self._line.come(env.readings, env.time),
            place=_place(env.truth, self.robot.name),
            requested=tuple(map(str, env.faults)),
            active=tuple(env.injector.active(env.time)),
            faults=info["faults"],
            words=str(observation["goal"]),
            progress=float(info["progress"]),
            verdict="success" if info["success"] else info["reason"] or None,
            metrics=info.get("metrics", {}),
        )


class FreeWorld:
    """A robot in any world, with nothing to do and nobody judging."""

    task = NO_TASK

    def __init__(self, spec: WorldSpec):
        self.scene = _scene(spec.world, spec.robot)
        self.robot = _commanded(self.scene)
        self.body = body_of(self.robot)
        self._faults = read_faults(spec.faults)
        self._engine: Engine = make_engine(spec.engine, renderer=spec.renderer)
        with contextlib.ExitStack() as on_error:
            on_error.callback(self._engine.close)
            self._engine.load(self.scene)
            steps = max(1, round(1.0 / (spec.control_rate * self._engine.physics_step)))
            self.period = round(steps * self._engine.physics_step, 9)
            _check(self._faults, self._engine.streams, self.period)
            on_error.pop_all()

    @property
    def streams(self) -> Mapping[str, Stream]:
        """What the robot senses."""
        return self._engine.streams

    def reset(self, seed: int) -> Moment:
        """Put everything where the file has it."""
        self._engine.reset(seed=seeding.derive_seed(seed, "engine"))
        streams = {**self._engine.streams, **channels(self.period, [joint.name for joint in self.body.movable])}
        self._injector = Injector(self._faults, streams, seeding.derive_seed(seed, "faults"))
        self._commands, self._line = CommandLine(self._engine, self._injector, self.body), _Arrivals()
        return self.step(0.0, 0.0)

    def step(self, linear: float, angular: float, joints: Mapping[str, float] = NO_GOALS) -> Moment:
        """Drive for one step, and bring joints to their goals."""
        backward, forward, right, left = self.body.drive or (0.0, 0.0, 0.0, 0.0)
        goals = {
            joint.name: min(max(joints[joint.name], joint.lower), joint.upper)
            for joint in self.body.movable
            if joint.name in joints
        }
        speeds = min(max(linear, backward), forward), min(max(angular, right), left)
        command = Command(*speeds, joints=goals, duration=self.period if goals else 0.0)
        readings = self._injector.process(self._commands.drive(command, self.period))
        now = self._engine.time
        return Moment(
            time=now,
            readings=self._line.come(readings, now),
            place=_place(self._engine.truth(), self.robot.name),
            requested=tuple(map(str, self._faults)),
            active=tuple(self._injector.active(now)),
            faults=self._injector.report(),
        )

    def close(self) -> None:
        """Free the engine."""
        self._engine.close()


class _Arrivals:
    """Readings on their way: a fault may hold them back."""

    def __init__(self) -> None:
        self._underway: list[Reading] = []

    def come(self, sent: Sequence[Reading], now: float) -> tuple[Reading, ...]:
        """Take what was sent, and return what has come by a time [s]."""
        self._underway += sent
        latest = now + _ARRIVED
        come = [reading for reading in self._underway if reading.arrival <= latest]
        self._underway = [reading for reading in self._underway if reading.arrival > latest]
        return tuple(sorted(come, key=lambda reading: reading.arrival))


def _check(faults: Sequence[Any], streams: Mapping[str, Stream], period: float) -> None:
    problems = Injector(faults, {**streams, **channels(period)}).unsupported()
    if problems:
        raise InputError(problems[0], field="fault")


def _place(truth: Truth, robot: str) -> tuple[float, float, float]:
    pose = truth.models[robot].pose
    return pose.position[0], pose.position[1], pose.yaw


def _commanded(scene: World) -> Model:
    """Return the first model that can be driven, which is the one that engines send commands to, or that has an arm."""
    for kind in (DiffDrive, JointPositionController):
        for model in scene.models:
            if any(isinstance(plugin, kind) for plugin in model.plugins):
                return model
    raise InputError(
        f"the world '{scene.name}' has no robot with a DiffDrive or a JointPositionController plugin",
        file=scene.source,
        field="world",
    )


def _scene(world: str | Path, robot: str | None) -> World:
    scene = load_world(find_world(world))
    if robot is None:
        return scene
    place = _commanded(scene)
    return scene.with_model(replace(load_model(find_robot(robot)), name=place.name, pose=place.pose))
