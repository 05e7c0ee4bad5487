"""The lines between agent and robot: commands one way, words the other, where faults can get at them."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import zip_longest

import numpy as np

from vla_sim.engines.engine import Command, Engine, Truth
from vla_sim.envs.body import Body
from vla_sim.faults.injector import Injector
from vla_sim.faults.target import COMMAND, GOAL, JOINTS
from vla_sim.sensing.reading import Reading

_ARRIVED = 1e-9
_NOTHING: frozenset[str] = frozenset()


class _Underway:
    """Readings on their way; one that was overtaken by a newer one never comes."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self._newest = -math.inf

    def come(self, now: float) -> list[Reading]:
        """Return what has arrived by a time [s], in the order in which it was sent."""
        latest = now + _ARRIVED
        arrived = [reading for reading in self.readings if reading.arrival <= latest]
        self.readings = [reading for reading in self.readings if reading.arrival > latest]
        come = []
        for reading in arrived:
            if reading.stamp >= self._newest:
                self._newest = reading.stamp
                come.append(reading)
        return come


class CommandLine:
    """Brings commands to the robot: speeds to its drive, goals to its joints, each over a stream of its own.

    The robot holds the last one of each that came; one overtaken by a newer one is ignored.
    """

    def __init__(self, engine: Engine, injector: Injector, body: Body):
        self._engine, self._injector, self._body = engine, injector, body
        self._faulty = injector.touches(COMMAND) or injector.touches(JOINTS)
        self._speeds, self._goals = _Underway(), _Underway()
        self._held = Command()
        self.goals: dict[str, float] = body.at_first()
        """Where each joint was told to be by the agent [rad or m]."""
        self.contacts: frozenset[tuple[str, str]] = frozenset()
        """What touched in the last period before its last part, which the engine's truth does not tell."""
        self.felt: dict[str, frozenset[str]] = {}
        """What contact sensors felt in that time."""
        self.forces: dict[str, float] = {}
        """The greatest force [N] of each stream in that time."""
        self.arrived: list[tuple[float, Command]] = []
        """What the robot was told in the last period, and when [s since the reset]."""

    def drive(self, command: Command, period: float) -> list[Reading]:
        """Send a command, run the engine for a control period [s] and return its readings."""
        self.arrived = []
        self.goals |= command.joints
        if not self._faulty:
            self._apply(command)
            return self._engine.step(period)
        self._send(command)
        self.contacts, self.felt, self.forces = frozenset(), {}, {}
        readings: list[Reading] = []
        left = round(period / self._engine.physics_step)
        while left:
            self._deliver()
            steps = min(left, self._steps_to_next(left))
            readings += self._engine.step(steps * self._engine.physics_step)
            left -= steps
            if left:
                self._keep(self._engine.truth())
        return readings

    def whole(self, truth: Truth) -> Truth:
        """Return the truth at the end of the last period with all that touched in it."""
        if not (self.contacts or self.felt or self.forces):
            return truth
        felt = {name: models | self.felt.get(name, _NOTHING) for name, models in truth.felt.items()}
        forces = {name: max(force, self.forces.get(name, 0.0)) for name, force in truth.forces.items()}
        return replace(truth, contacts=truth.contacts | self.contacts, felt=felt, forces=forces)

    def _keep(self, truth: Truth) -> None:
        self.contacts |= truth.contacts
        self.felt = {name: models | self.felt.get(name, _NOTHING) for name, models in truth.felt.items()}
        self.forces = {name: max(force, self.forces.get(name, 0.0)) for name, force in truth.forces.items()}

    def _send(self, command: Command) -> None:
        now, movable = self._engine.time, self._body.movable
        self._held = replace(self._held, duration=command.duration)
        sent = Reading(COMMAND, now, np.array([command.linear, command.angular]), now)
        self._speeds.readings += self._injector.process([sent])
        if movable:
            efforts = [command.efforts.get(joint.name, _number(joint.effort)) for joint in movable]
            data = np.array([(self.goals[joint.name], effort) for joint, effort in zip(movable, efforts, strict=True)])
            self._goals.readings += self._injector.process([Reading(JOINTS, now, data, now)])

    def _deliver(self) -> None:
        """Apply the commands that have come."""
        now = self._engine.time
        for speeds, goals in zip_longest(self._speeds.come(now), self._goals.come(now)):
            if speeds is not None:
                linear, angular = speeds.data.tolist()
                self._held = replace(self._held, linear=linear, angular=angular)
            if goals is not None:
                rows = list(zip(self._body.movable, goals.data.tolist(), strict=True))
                self._held = replace(
                    self._held,
                    joints={joint.name: goal for joint, (goal, _) in rows},
                    efforts={joint.name: effort for joint, (_, effort) in rows if joint.effort is not None},
                )
            self._apply(self._held)

    def _apply(self, command: Command) -> None:
        self.arrived.append((self._engine.time, command))
        self._engine.apply(command)

    def _steps_to_next(self, most: int) -> int:
        """Return after how many physics steps, at ``most``, the next command has come."""
        underway = (*self._speeds.readings, *self._goals.readings)
        wait = min((reading.arrival for reading in underway), default=math.inf) - self._engine.time
        return most if math.isinf(wait) else max(1, math.ceil(wait / self._engine.physics_step - 1e-6))


def _number(effort: float | None) -> float:
    """Return an effort as it stands in a ``joint_command``: nan where none can be commanded."""
    return math.nan if effort is None else effort


class GoalLine:
    """Brings the goal's words to the agent, who goes by the last ones that came.

    Args:
        injector: the faults.
        heard: what the agent has heard before any have come.
    """

    def __init__(self, injector: Injector, heard: str = ""):
        self._injector = injector
        self._faulty = injector.touches(GOAL)
        self._underway = _Underway()
        self._heard = heard
        self.script: list[dict[str, object]] = []
        """What the agent heard and when [s since the reset], where a fault is on the words."""

    def hear(self, now: float, words: str) -> str:
        """Say the words as they stand, and return what the agent hears."""
        if not self._faulty:
            return words
        self._underway.readings += self._injector.process([Reading(GOAL, now, np.array(words), now)])
        for reading in self._underway.come(now):
            self._heard = str(reading.data)
        if not self.script or self.script[-1]["words"] != self._heard:
            self.script.append({"time": round(now, 6), "words": self._heard})
        return self._heard
