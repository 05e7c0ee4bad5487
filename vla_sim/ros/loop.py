"""The agent between readings and commands, in any time: on live topics and on recorded ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from vla_sim.agent import Agent, HeldAgent
from vla_sim.engines.engine import Command
from vla_sim.envs.actions import JointActions
from vla_sim.envs.vocabulary import Vocabulary
from vla_sim.explanation import CertainAgent, Certainty
from vla_sim.ros.robot import RobotSpec
from vla_sim.ros.synchroniser import Batch
from vla_sim.sensing.goal_text import CHARACTERS, LENGTH
from vla_sim.sensing.observation import ObservationBuilder


@dataclass(frozen=True, slots=True)
class Decision:
    """What an agent made of a batch."""

    time: float
    """The batch's [s]."""
    command: Command
    """What the robot is to do, within its limits."""
    wanted: Command
    """What the agent would have done: the same, unless ``held``."""
    words: str
    missing: tuple[str, ...] = ()
    skipped: int = 0
    ages: Mapping[str, float] = field(default_factory=dict)
    """Age [s] of what is known of each sensor; of one that never spoke the time since the reset."""
    certainty: Certainty | None = None
    held: str = ""
    """Why the robot stands still instead of doing what the agent wants; else ""."""


class AgentLoop:
    """Gives an agent its observations, as the environment does, and holds the robot where it must not be trusted.

    Args:
        agent: it gives words of the discrete vocabulary if ``discrete``, else goals of the joints of a robot that has
            some, else speeds.
        robot: the robot that the agent knows.
        period: time between two batches [s].
        threshold: certainty below which the robot is held.
    """

    def __init__(
        self, agent: Agent, robot: RobotSpec, period: float = 0.1, threshold: float = 0.0, *, discrete: bool = False
    ):
        self.agent, self.threshold = agent, threshold
        self._robot, self._period = robot, period
        body = robot.body
        self._vocabulary = Vocabulary(body.drive, robot.streams, body.gripper) if discrete else None
        self._joints = JointActions(body, period) if body.joints and not discrete else None
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Forget all that was sensed; the words stay."""
        self._builder = ObservationBuilder(self._robot.streams, self._period)
        self.agent.reset(seed)

    def hold(self) -> None:
        """Tell the agent that the robot stands still instead of doing what it wants."""
        if isinstance(self.agent, HeldAgent):
            self.agent.held()

    def decide(self, batch: Batch, words: str) -> Decision:
        """Take in a batch, ask the agent, and return what is to be done.

        Without words the robot is held, and the agent is not asked. What the agent raises is not caught.

        Raises:
            ValueError: the agent's action is no such action.
        """
        # What belongs to a batch is known to it, however late in its window it came.
        self._builder.push(
            reading._replace(arrival=batch.time) if reading.arrival > batch.time else reading
            for reading in batch.readings
        )
        observation = self._builder.observe(batch.time, heard(words))
        ages = dict(zip(self._builder.names, map(float, observation["age"]), strict=True))
        heard_nothing = Decision(
            batch.time, Command(), Command(), words, batch.missing, batch.skipped, ages, held="no words yet"
        )
        if not words.strip():
            return heard_nothing
        action = self.agent.act(observation)
        if self._vocabulary is not None:
            wanted, _ = self._vocabulary.execute(int(action), observation)
        elif self._joints is not None:
            wanted, _ = self._joints.command(action, observation, {})
        else:
            linear, angular = (float(speed) for speed in np.asarray(action, float))
            if not (math.isfinite(linear) and math.isfinite(angular)):
                raise ValueError(f"an action is two finite numbers, speed [m/s] and yaw rate [rad/s]; got {action!r}")
            wanted = Command(*self._robot.clipped(linear, angular))
        certainty = self.agent.certainty() if isinstance(self.agent, CertainAgent) else None
        doubtful = certainty is not None and certainty.total < self.threshold
        if doubtful:
            self.hold()
        return replace(
            heard_nothing,
            command=Command() if doubtful else wanted,
            wanted=wanted,
            certainty=certainty,
            held=f"confidence {certainty.total:.2f} is below {self.threshold:g}" if certainty and doubtful else "",
        )


def heard(words: str) -> str:
    r"""Return words as an observation may hold them: what it has no letters for becomes a space, and the rest is cut.

    >>> heard("go to the\tred cube")
    'go to the red cube'
    """
    return "".join(character if character in _LETTERS else " " for character in words[:LENGTH])


_LETTERS = frozenset(CHARACTERS)
