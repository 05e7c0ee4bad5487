"""What is kept of one trial on one engine, to be held against the same trial on the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from vla_sim.envs.env import VlaSimEnv


@dataclass(frozen=True, slots=True)
class Moment:
    """One control step: the robot's pose in the world [m, rad], what it was told and what the sensors said."""

    time: float
    x: float
    y: float
    yaw: float
    command: tuple[float, float]
    touches: frozenset[str]
    """What the robot touches, but for the ground."""
    readings: Mapping[str, NDArray[np.generic]]
    """The newest reading of each sensor that spoke in the step."""


@dataclass(slots=True)
class Drive:
    """Watches a trial and keeps its moments."""

    moments: list[Moment] = field(default_factory=list)
    modalities: dict[str, str] = field(default_factory=dict)

    def watch(self, env: VlaSimEnv, observation: Mapping[str, Any], info: Mapping[str, Any]) -> None:
        """Note one control step."""
        if not self.moments:
            self.modalities = {name: stream.modality for name, stream in env.engine.streams.items()}
        robot = env.site.robot.name
        pose = env.truth.models[robot].pose
        touches = {name for pair in env.truth.contacts if robot in pair for name in pair if name != robot}
        self.moments.append(
            Moment(
                time=env.truth.time,
                x=pose.position[0],
                y=pose.position[1],
                yaw=pose.yaw,
                command=(env.command.linear, env.command.angular),
                touches=frozenset(touches - env.site.ground),
                readings={
                    reading.sensor: reading.data for reading in env.readings if reading.sensor in self.modalities
                },
            )
        )
