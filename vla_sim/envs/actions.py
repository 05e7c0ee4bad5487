"""What actions mean: for each type of action its space, and the command that an action stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from gymnasium import spaces

from vla_sim.engines.engine import Command
from vla_sim.envs.action_types import ActionType
from vla_sim.envs.body import Body
from vla_sim.envs.vocabulary import WORDS, Primitive, Vocabulary
from vla_sim.errors import InputError
from vla_sim.sdf.scene import Model
from vla_sim.sensing.reading import Stream


class Actions(Protocol):
    """What an action of one type means; ``goals`` are where the joints were told to be, by name."""

    space: spaces.Space[Any]

    def still(self, goals: Mapping[str, float]) -> Any:
        """Return the action that leaves everything as it is told to be."""
        ...

    def command(
        self, action: Any, observation: Mapping[str, Any], goals: Mapping[str, float]
    ) -> tuple[Command, Primitive | None]:
        """Return the command for one control period, and for words what they did.

        Raises:
            ValueError: the action is no member of the space, not even after clipping.
        """
        ...


def make_actions(kind: ActionType, model: Model, body: Body, streams: Mapping[str, Stream], period: float) -> Actions:
    """Return the meaning of a type of actions for a robot that is commanded once a control period [s].

    Raises:
        InputError: the robot has nothing that such actions could move.
    """
    if kind == "discrete":
        return WordActions(body, streams)
    if kind == "continuous":
        if body.drive is None:
            raise InputError(f"the robot '{model.name}' has no drive; use joints or end_effector", field="action_type")
        return DriveActions(body)
    if not body.joints:
        raise InputError(
            f"the robot '{model.name}' has no joints with a position controller; use continuous", field="action_type"
        )
    if kind == "joints":
        return JointActions(body, period)
    from vla_sim.envs.tool_actions import ToolActions

    return ToolActions(model, body, period)


class DriveActions:
    """Speed [m/s] and yaw rate [rad/s], clipped to the drive's limits."""

    def __init__(self, body: Body):
        self.space: spaces.Space[Any] = spaces.Box(body.low[:2], body.high[:2])
        assert body.drive is not None
        self._backward, self._forward, self._right, self._left = body.drive

    def still(self, goals: Mapping[str, float]) -> Any:
        """Return the action that stands."""
        return np.zeros(2, np.float32)

    def command(
        self, action: Any, observation: Mapping[str, Any], goals: Mapping[str, float]
    ) -> tuple[Command, Primitive | None]:
        """Return the command to drive."""
        linear, angular = numbers(action, 2, "two finite numbers, speed [m/s] and yaw rate [rad/s]")
        return Command(
            min(max(linear, self._backward), self._forward), min(max(angular, self._right), self._left)
        ), None


class WordActions:
    """A word of the vocabulary."""

    def __init__(self, body: Body, streams: Mapping[str, Stream]):
        self.space: spaces.Space[Any] = spaces.Discrete(len(WORDS))
        self._vocabulary = Vocabulary(body.drive, streams, body.gripper)

    def still(self, goals: Mapping[str, float]) -> Any:
        """Return the word that stops."""
        return WORDS.index("stop")

    def command(
        self, action: Any, observation: Mapping[str, Any], goals: Mapping[str, float]
    ) -> tuple[Command, Primitive | None]:
        """Return what the word stands for."""
        return self._vocabulary.execute(int(action), observation)


class JointActions:
    """Goals of the joints [rad or m], then the gripper's width [m]; in front of them speed and yaw rate of a drive."""

    def __init__(self, body: Body, period: float):
        self._body, self._period = body, period
        self.space: spaces.Space[Any] = spaces.Box(body.low, body.high)

    def still(self, goals: Mapping[str, float]) -> Any:
        """Return the goals as they are."""
        return self._body.told(Command(), goals)

    def command(
        self, action: Any, observation: Mapping[str, Any], goals: Mapping[str, float]
    ) -> tuple[Command, Primitive | None]:
        """Return the command to go there in one period; numbers outside the limits are clipped to them."""
        body = self._body
        values = numbers(action, len(body.names), f"{len(body.names)} finite numbers, {', '.join(body.names)}")
        clipped = np.clip(values, body.low, body.high).tolist()
        linear, angular = clipped[:2] if body.drive else (0.0, 0.0)
        rest = clipped[2:] if body.drive else clipped
        joints = {joint.name: goal for joint, goal in zip(body.joints, rest, strict=False)}
        if body.gripper:
            joints |= body.gripper.goals(rest[-1])
        return Command(linear, angular, joints, duration=self._period), None


def numbers(action: Any, count: int, meaning: str) -> list[float]:
    """Return an action as finite numbers, or raise ValueError that says what they mean."""
    try:
        values = [float(value) for value in action]
    except (TypeError, ValueError):
        values = []
    if len(values) != count or not np.isfinite(values).all():
        raise ValueError(f"an action is {meaning}; got {action!r}")
    return values
