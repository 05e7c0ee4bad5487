"""What the joints' position controllers are told: goals that move on, and goals that press no harder than they may.

Gazebo's controllers know neither a time in which to get somewhere nor an effort that changes: both are made here, by
goals that are said anew every ``PERIOD``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from vla_sim.engines.engine import Command
from vla_sim.engines.gazebo.topics import joint_topic
from vla_sim.gz import Node, Publisher, message_type
from vla_sim.sdf.scene import JointPositionController, World

PERIOD = 0.02
"""Goals that move are said this often [s of simulated time]."""
_PUBLISH_S = 5.0

_Double = message_type("gz.msgs.Double")

Angles = Mapping[str, Mapping[str, float]]
"""Positions of the joints by model and joint."""


@dataclass(slots=True)
class _Controller:
    """One controller: where its goal is on its way, and what was said last."""

    spec: JointPositionController
    model: str
    publisher: Publisher
    start: float = 0.0
    """Where the goal was when the last command came."""
    since: float = 0.0
    goal: float = 0.0
    duration: float = 0.0
    effort: float | None = None
    said: float | None = None

    def now(self, time: float) -> float:
        """Return where the goal is at a time."""
        if not self.spec.use_velocity_commands or self.duration <= 0.0:
            return self.goal
        share = min(1.0, (time - self.since) / self.duration)
        return self.start + share * (self.goal - self.start)

    def moves(self, time: float) -> bool:
        """Tell whether it has to be said anew."""
        return self.effort is not None or (self.spec.use_velocity_commands and time < self.since + self.duration - 1e-9)

    def say(self, time: float, ahead: float, position: float | None) -> None:
        """Publish the goal of a little later, if it is another one than before."""
        goal = self.now(time + ahead)
        if self.effort is not None and position is not None and self.spec.p_gain > 0.0:
            reach = self.effort / self.spec.p_gain
            goal = position + min(max(goal - position, -reach), reach)
        if goal != self.said:
            self.said = goal
            self.publisher.publish(_Double(data=goal), _PUBLISH_S)


class JointGoals:
    """All position controllers of a world on a server, by joint name (``model/joint`` where two models share one)."""

    def __init__(self, world: World, node: Node):
        found = [
            _Controller(plugin, model.name, node.advertise(joint_topic(model.name, plugin.joint), "gz.msgs.Double"))
            for model in world.models
            for plugin in model.plugins
            if isinstance(plugin, JointPositionController)
        ]
        names = [one.spec.joint for one in found]
        self._controllers = {
            (one.spec.joint if names.count(one.spec.joint) == 1 else f"{one.model}/{one.spec.joint}"): one
            for one in found
        }

    def reset(self) -> None:
        """Begin with the goals of the file, which the server takes by itself."""
        for one in self._controllers.values():
            one.start = one.goal = one.spec.initial_position
            one.since = one.duration = 0.0
            one.effort = one.said = None

    def check(self, command: Command) -> None:
        """Check a command.

        Raises:
            ValueError: a joint has no controller, or one that limits no effort.
        """
        for joint in (*command.joints, *command.efforts):
            if joint not in self._controllers:
                raise ValueError(f"no position controller for joint {joint!r}; there are: {sorted(self._controllers)}")
        for joint, effort in command.efforts.items():
            if self._controllers[joint].spec.use_velocity_commands:
                raise ValueError(f"the controller of joint {joint!r} works by velocity; its effort cannot be commanded")
            if not 0.0 <= effort < math.inf:
                raise ValueError(f"the greatest effort {effort} of joint {joint!r} must be a number of at least 0")

    def apply(self, command: Command, time: float) -> None:
        """Take a command that holds from a time [s] on."""
        for joint, one in self._controllers.items():
            effort = command.efforts.get(joint)
            one.effort = None if effort is None or effort >= one.spec.cmd_max else effort
            if joint in command.joints:
                one.start, one.since = one.now(time), time
                one.goal, one.duration = command.joints[joint], command.duration

    def step(self, time: float, angles: Angles) -> float:
        """Say what is to be said before the next steps, and return for how long [s] it may stand."""
        moving = False
        for one in self._controllers.values():
            again = one.moves(time)
            moving = moving or again
            if again or one.goal != one.spec.initial_position or one.said is not None:
                one.say(time, PERIOD if again else 0.0, angles.get(one.model, {}).get(one.spec.joint))
        return PERIOD if moving else math.inf
